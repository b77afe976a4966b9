# SPDX-License-Identifier: Apache-2.0
"""Who is compared, and for how long: `IPVS_TEST_SEED` gives other packets, `LAB_DECISIONS` more."""

import os

from differential.engine_testbed import EngineTestbed
from differential.testbed import Testbed

SEED = os.environ.get("IPVS_TEST_SEED") or "20261126"
DECISIONS = int(os.environ.get("LAB_DECISIONS") or 20_000)


def side_by_side(settings):
    return Testbed(settings), EngineTestbed(settings)


def kernel_alone(settings):
    return (Testbed(settings),)


def two_kernels(settings):
    return Testbed(settings), Testbed(settings)
