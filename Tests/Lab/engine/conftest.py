# SPDX-License-Identifier: Apache-2.0
"""Leaves the namespaces of the rooms after the tests of a file, so that the next file starts in those
of the machine.
"""

import os

import pytest

from cli import kernel


@pytest.fixture(scope="module", autouse=True)
def at_home():
    homes = [(kernel.namespace(name), kind) for name, kind in (
        ("mnt", kernel.CLONE_NEWNS), ("net", kernel.CLONE_NEWNET))]
    yield
    for home, kind in homes:
        kernel.enter(home, kind)
        os.close(home)


@pytest.fixture
def path(tmp_path):
    """A path for a socket, at which nothing is left at the end."""
    path = tmp_path / "socket"
    yield str(path)
    assert os.listdir(tmp_path) == []
