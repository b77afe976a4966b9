# SPDX-License-Identifier: Apache-2.0
"""The hosts and programs of traffic, for these tests."""

import os
import sys

import pytest

TRAFFIC = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "traffic")
sys.path.insert(0, TRAFFIC)
pytest.register_assert_rewrite("deadline", "network", "conversation", "playing", "report")
