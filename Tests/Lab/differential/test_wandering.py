# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS and the engine, side by side: connections whose states wander at random, and among
them packets that are spoiled, out of place, or about others.
"""

import os

import pytest

from differential import wandering
from differential.rules import MASQUERADING, ROUTE, TUNNEL
from differential.sides import DECISIONS, side_by_side, two_kernels

#: The same walks each time, so that a change is judged by what it changes; `IPVS_TEST_SEED` gives others.
#: How connections end is another test's matter: two clocks never tick at the same moment.
SEED = os.environ.get("IPVS_TEST_SEED") or "20261126"

#: Packets in a scenario at most.
EACH = 500


@pytest.mark.parametrize("number", range(max(1, DECISIONS // 1000)))
def test_packets(number):
    """States, seconds to expiry, every byte of what comes out, and the connections of servers."""
    assert wandering.wander(side_by_side, f"{SEED}-{number}", EACH) > 0


@pytest.mark.parametrize("number", range(3))
def test_statistics(number):
    """What `ipvsadm --stats` shows of services and servers."""
    assert wandering.wander(side_by_side, f"{SEED}-{number}", EACH, counts=True) > 0


@pytest.mark.parametrize("methods", [(MASQUERADING,), (ROUTE,), (TUNNEL,)])
def test_ways(methods):
    """What does not fit, and what comes in fragments, on all ways to servers."""
    assert wandering.squeeze(side_by_side, SEED, EACH, methods) > 0


def test_two_kernels_do_the_same():
    """What differs between two kernels' directors tells nothing of an engine."""
    assert wandering.wander(two_kernels, SEED, EACH, counts=True) > 0
