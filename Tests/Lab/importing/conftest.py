# SPDX-License-Identifier: Apache-2.0
"""A director for each test."""

import subprocess

import pytest

from importing.programs import Director


@pytest.fixture
def director():
    subprocess.run(["modprobe", "-d", "/run/kernel", "dummy"], check=False)
    with Director() as made:
        yield made
