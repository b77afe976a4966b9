# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS and the engine, side by side: the same rules at random, the same connections at
random, and each is given to the same server.

Both are directors in network namespaces of this kernel, whose packets the tests hand over and take
themselves.
"""

import pytest

from differential import scenarios
from differential.sides import DECISIONS, SEED, side_by_side, two_kernels

#: In a scenario at most: making the directors takes a second.
EACH = 1000


@pytest.mark.parametrize("scheduler", scenarios.SCHEDULERS)
def test_decisions(scheduler):
    decided, number = 0, 0
    while decided * len(scenarios.SCHEDULERS) < DECISIONS:
        decided += scenarios.schedule(side_by_side, f"{SEED}-{number}", scheduler, EACH)
        number += 1


def test_two_kernels_decide_the_same():
    """What differs between two kernels' directors tells nothing of an engine."""
    assert scenarios.schedule(two_kernels, SEED, "wlc", EACH) > 0
