# SPDX-License-Identifier: Apache-2.0
"""What User-Mode Linux needs of the machine on which it runs, and what `boot` does and says where that
is missing.

These tests run on the machine itself, without a kernel of their own (`run booting`).
"""

import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BOOT = HERE.with_name("boot")


def made(name):
    return subprocess.check_output([HERE / "compile", name], text=True).strip()


def boot(*words, before=(), **variables):
    """Boots User-Mode Linux for a command that prints its release."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("LAB_") and name != "TMPDIR"}
    return subprocess.run(
        [*before, BOOT, *words, "--", "uname", "-r"], capture_output=True, text=True, timeout=300,
        env={**environment, **variables}, check=False)


REFUSED, WRITTEN = (1, "Bad address"), (0, "written")


@pytest.mark.parametrize("libraries, expected", [
    ((), REFUSED), (("xstate",), WRITTEN), (("amx",), REFUSED), (("xstate", "amx"), WRITTEN),
], ids=["alone", "with xstate", "with amx", "with both"])
def test_a_short_set_of_registers(libraries, expected):
    """The kernel takes but the whole set; with the library it gets that, on any processor."""
    ended = subprocess.run(
        [made("write-registers")], capture_output=True, text=True, check=False,
        env={"LD_PRELOAD": " ".join(map(made, libraries))})
    size, _, told = ended.stdout.strip().partition(" bytes: ")
    assert (ended.returncode, told) == expected, ended
    assert (int(size) == 11008) or "amx" not in libraries


def test_it_boots_on_a_processor_with_amx():
    ended = boot(LAB_MACHINE="amx")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("6.1.")


_OWN_MOUNTS = ["unshare", "--mount"] + ["--map-root-user"] * (os.geteuid() != 0)
NOT_EXECUTABLE = [*_OWN_MOUNTS, "sh", "-c",
                  'mount -t tmpfs -o noexec none /dev/shm && exec "$@"', "sh"]
TOO_SMALL = [*_OWN_MOUNTS, "sh", "-c",
             'mount -t tmpfs -o size=16M none /dev/shm && exec "$@"', "sh"]


@pytest.mark.parametrize("words, surroundings, console, remedy", [
    ((), {"LAB_MACHINE": "amx", "LAB_XSTATE": "never"},
     "ptrace set fp regs failed, errno = 14", "unset LAB_XSTATE"),
    (("--memory", "8M"), {}, "Too few physical memory", "--memory 768M"),
    ((), {"before": NOT_EXECUTABLE}, "must be not mounted noexec", "remount,exec /dev/shm"),
    ((), {"before": TOO_SMALL}, "ran out of space", "remount,size=2G /dev/shm"),
    ((), {"TMPDIR": "/run"}, "No such file or directory", "outside /run"),
], ids=["amx", "little memory", "not executable", "too small", "unseen files"])
def test_a_kernel_that_does_not_start_says_why(words, surroundings, console, remedy):
    ended = boot(*words, **surroundings)
    assert (ended.returncode, ended.stdout) == (125, "")
    first, *lines = ended.stderr.splitlines()
    assert first.startswith("lab: the kernel ended with status ")
    assert any(line.startswith("  ") and console in line for line in lines), ended.stderr
    (told,) = [line for line in lines if line.startswith("lab: ") and remedy in line]
    assert "no cause is known" not in told
    assert lines[-1] == "lab: the kernel ended without running the command to its end"
