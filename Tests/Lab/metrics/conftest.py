# SPDX-License-Identifier: Apache-2.0
"""A place for a table alone, and the tutorial's network for one with traffic."""

import os
import sys

import pytest

TRAFFIC = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "traffic")
sys.path.insert(0, TRAFFIC)
pytest.register_assert_rewrite("deadline", "network")

import tutorial  # noqa: E402
from changes.place import Place  # noqa: E402


@pytest.fixture
def place():
    made = Place()
    yield made
    made.close()


@pytest.fixture
def site():
    with tutorial.site() as fresh:
        yield fresh
