"""Tests of ipvs-engine as a whole, on the machine's own kernel."""

import os
import sys

import pytest

TRAFFIC = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "traffic")
sys.path.insert(0, TRAFFIC)
pytest.register_assert_rewrite("deadline", "network")

import tutorial  # noqa: E402


@pytest.fixture
def site():
    """The tutorial's network, with an engine on the director."""
    with tutorial.site() as fresh:
        yield fresh
