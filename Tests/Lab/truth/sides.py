"""Who is compared, and for how long: `IPVS_TEST_SEED` repeats a run, `LAB_DECISIONS` asks for more."""

import os
import random

from truth.engine_stand import EngineStand
from truth.stand import Stand

SEED = os.environ.get("IPVS_TEST_SEED") or str(random.randrange(1 << 32))
DECISIONS = int(os.environ.get("LAB_DECISIONS") or 20_000)


def side_by_side(settings):
    return Stand(settings), EngineStand(settings)


def two_kernels(settings):
    return Stand(settings), Stand(settings)
