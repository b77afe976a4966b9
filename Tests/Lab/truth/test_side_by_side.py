"""The kernel's IPVS and the engine, side by side: the same rules at random, the same packets at random,
and never a difference.

Both are directors in network namespaces of this kernel, whose packets the tests hand over and take
themselves. `IPVS_TEST_SEED` repeats a run; `LAB_DECISIONS` asks for more.
"""

import os
import random

import pytest

from truth import expiry, scenarios, wandering
from truth.engine_stand import EngineStand
from truth.stand import Stand

SEED = os.environ.get("IPVS_TEST_SEED") or str(random.randrange(1 << 32))
DECISIONS = int(os.environ.get("LAB_DECISIONS") or 20_000)

#: In a scenario at most: its first timer must not fire before it is over.
DECISIONS_EACH = 500
PACKETS_EACH = 500


def side_by_side(settings):
    return Stand(settings), EngineStand(settings)


def two_kernels(settings):
    return Stand(settings), Stand(settings)


@pytest.mark.parametrize("scheduler", scenarios.SCHEDULERS)
def test_decisions(scheduler):
    """Whom a new connection is given to, under every scheduler."""
    decided, number = 0, 0
    while decided * len(scenarios.SCHEDULERS) < DECISIONS:
        decided += scenarios.schedule(
            side_by_side, f"{SEED}-{number}", scheduler, DECISIONS_EACH)
        number += 1


@pytest.mark.parametrize("number", range(max(1, DECISIONS // 1000)))
def test_packets(number):
    """States, seconds to expiry, every byte of what comes out, and the connections of servers."""
    assert wandering.wander(side_by_side, f"{SEED}-{number}", PACKETS_EACH) > 0


def test_statistics():
    assert wandering.wander(side_by_side, SEED, PACKETS_EACH, counts=True) > 0


@pytest.mark.parametrize("number", range(3))
def test_expiry(number):
    assert expiry.expire(side_by_side, f"{SEED}-{number}") > 0


def test_two_kernels_do_the_same():
    """What differs between two kernels' directors tells nothing of an engine."""
    assert scenarios.schedule(two_kernels, SEED, "wlc", DECISIONS_EACH) > 0
    assert wandering.wander(two_kernels, SEED, PACKETS_EACH, counts=True) > 0
    assert expiry.expire(two_kernels, SEED) > 0
