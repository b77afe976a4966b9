"""What the scenarios share."""

import pytest

pytest.register_assert_rewrite("connections", "deadline", "network")

import tutorial  # noqa: E402


@pytest.fixture
def site():
    """The tutorial's network, fresh: counters and connections outlive a cleared table."""
    with tutorial.site() as fresh:
        yield fresh
