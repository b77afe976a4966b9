# SPDX-License-Identifier: Apache-2.0
"""Where /proc is not mounted, as early in the boot of a machine."""

import os
import subprocess

PROGRAM = os.path.join(os.environ["PROGRAMS"], "ipvsadm")


def without_proc(*words):
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    return subprocess.run([*hidden, PROGRAM, *words], capture_output=True, text=True, timeout=60)


def test_help_needs_no_proc():
    ended = without_proc("-h")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == subprocess.run([PROGRAM, "-h"], capture_output=True, text=True).stdout


def test_a_kernel_without_ipvs_is_still_explained():
    ended = without_proc("-L")
    assert ended.returncode == 2
    assert "\n  " in ended.stderr
