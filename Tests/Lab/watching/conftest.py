# SPDX-License-Identifier: Apache-2.0
"""A place for each test, and a terminal in it."""

import pytest

from changes.place import Place
from watching.tmux import Tmux


@pytest.fixture
def place():
    made = Place()
    yield made
    made.close()


@pytest.fixture
def terminal(place):
    made = Tmux(place.folder, place.environment())
    yield made
    made.close()
