"""What the scenarios share."""

import pytest

import tutorial


@pytest.fixture
def site():
    """The tutorial's network, fresh: counters and connections outlive a cleared table."""
    with tutorial.site() as fresh:
        yield fresh
