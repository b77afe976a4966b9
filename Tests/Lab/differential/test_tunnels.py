# SPDX-License-Identifier: Apache-2.0
"""The kernel's IPVS and the engine, side by side: errors of routers about the director's own tunnels."""

import pytest

from differential import tunnels
from differential.sides import side_by_side, two_kernels


ALL = tunnels.KINDS | tunnels.PORTED


@pytest.mark.parametrize("kind", ALL)
def test_errors(kind):
    """Every byte of what clients are told, the size of packets that is learned, and the counters."""
    assert tunnels.refuse(side_by_side, ALL[kind]) > 0


def test_two_kernels_do_the_same():
    """What differs between two kernels' directors tells nothing of an engine."""
    assert tunnels.refuse(two_kernels, tunnels.KINDS["gue"]) > 0
