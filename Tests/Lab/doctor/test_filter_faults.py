# SPDX-License-Identifier: Apache-2.0
"""Faults of firewalls, and of real servers."""

import firewall_scenes
import server_scenes
from playing import played, test_healthy, test_mended, test_planted  # noqa: F401

play = played(firewall_scenes, server_scenes)
