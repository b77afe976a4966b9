# SPDX-License-Identifier: Apache-2.0
"""Tests of what the Debian packages add to the programs."""

import os
import sys

# For `programs`, which starts engines.
sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "userspace"))
