# SPDX-License-Identifier: Apache-2.0
"""Faults in the table, its settings, and its daemons."""

import daemon_scenes
import table_scenes
from playing import played, test_healthy, test_mended, test_planted  # noqa: F401

play = played(daemon_scenes, table_scenes)
