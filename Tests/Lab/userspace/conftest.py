# SPDX-License-Identifier: Apache-2.0
"""Tests of ipvs-engine as a whole, on the machine's own kernel."""

import os
import signal
import sys

import pytest

TRAFFIC = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "traffic")
sys.path.insert(0, TRAFFIC)
pytest.register_assert_rewrite("deadline", "diverting", "network")

import tutorial  # noqa: E402
import userspace  # noqa: E402

# A shell has what it starts in the background ignore these, and so would the programs under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def devices():
    userspace.provide_devices()


@pytest.fixture
def site():
    """The tutorial's network, with an engine on the director."""
    with tutorial.site() as fresh:
        yield fresh
