# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the scenarios."""

import os
import subprocess

import pytest

pytest.register_assert_rewrite("connections", "deadline", "network")

import tutorial  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def no_name_servers():
    """Lets names that are in no file fail at once: this network has no name servers.

    In the lab's kernel only, whose mounts are its own.
    """
    if os.path.exists("/etc/resolv.conf"):
        subprocess.run(["mount", "--bind", "/dev/null", "/etc/resolv.conf"], check=True)


@pytest.fixture
def site():
    """The tutorial's network, fresh: counters and connections outlive a cleared table."""
    with tutorial.site() as fresh:
        yield fresh
