# SPDX-License-Identifier: Apache-2.0
"""Faults of the network."""

import network_scenes
from playing import played, test_healthy, test_mended, test_planted  # noqa: F401

play = played(network_scenes)
