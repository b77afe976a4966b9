# SPDX-License-Identifier: Apache-2.0
"""The two stages, made once: our program's and the original's, on the recordings' files."""

import os

import pytest

from cli import recordings
from cli.original import Mended
from cli.stage import Side


@pytest.fixture(scope="session")
def environment():
    return recordings.load()[0].environment


@pytest.fixture(scope="session")
def ours(environment):
    return Side(os.environ["PROGRAMS"], environment)


@pytest.fixture(scope="session")
def original(environment):
    return Mended(environment)
