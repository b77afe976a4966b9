# SPDX-License-Identifier: Apache-2.0
"""A place for each test, or one for the tests of a file that leave it as it was."""

import pytest

from changes.place import Place


@pytest.fixture
def place():
    made = Place()
    yield made
    made.close()
