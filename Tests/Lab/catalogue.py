# SPDX-License-Identifier: Apache-2.0
"""The schedulers that the program under test knows, read from its help."""

import os
import re
import subprocess


def _schedulers():
    text = subprocess.run([f"{os.environ['PROGRAMS']}/ipvsadm", "-h"], check=True,
                          capture_output=True, text=True).stdout
    names = re.search(r"--scheduler NAME\s+(.*?), or another", text, re.DOTALL).group(1)
    return tuple(names.replace(",", " ").split())


SCHEDULERS = _schedulers()
