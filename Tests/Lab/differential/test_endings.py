# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS and the engine, side by side: connections come to their ends in the same order,
and make room for others.
"""

from differential import endings
from differential.sides import SEED, side_by_side


def test_endings():
    assert endings.play(side_by_side, SEED) == 6
