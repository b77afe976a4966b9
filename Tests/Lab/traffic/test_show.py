# SPDX-License-Identifier: Apache-2.0
"""The script of `make run`: what it shows, and that it leaves nothing."""

import os
import pathlib
import subprocess

import kernels
import tutorial
from network import environment

SHOW = pathlib.Path(__file__).parent.with_name("show")


def state_of_machine():
    """Namespaces, interfaces, programs and temporary files."""
    programs = []
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            programs.append(process.read_bytes().replace(b"\0", b" ").strip())
        except OSError:  # ended meanwhile
            continue
    return {
        "namespaces": sorted(os.listdir("/run/netns")),
        "interfaces": sorted(os.listdir("/sys/class/net")),
        "programs": sorted(program for program in programs if program),
    }


def shown(directory, programs=None):
    """A run of the script, with `directory` for its temporary files."""
    changes = {"TMPDIR": str(directory), **({"PROGRAMS": programs} if programs else {})}
    return subprocess.run(
        [SHOW], env={**environment(), **changes}, capture_output=True, text=True, timeout=120
    )


def test_it_shows_the_table_and_both_servers_and_leaves_nothing(tmp_path):
    before = state_of_machine()
    ended = shown(tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"Linux {os.uname().release}" in ended.stdout.splitlines()[0]
    for rule in (tutorial.RULES / "2.2.sh").read_text().splitlines():
        assert f"director# {rule}\n" in ended.stdout
    assert f"director# ipvsadm -Ln\n{tutorial.table('2.2')}" in kernels.without_size(ended.stdout)
    assert "This is server2 at 172.16.0.2, port 80.\n" in ended.stdout
    assert "This is server3 at 172.16.0.3, port 8000.\n" in ended.stdout
    assert state_of_machine() == before
    assert list(tmp_path.iterdir()) == []


def test_it_fails_with_the_program_and_leaves_nothing(tmp_path):
    """A rule that is refused ends the script."""
    programs = tmp_path / "programs"
    programs.mkdir()
    broken = programs / "ipvsadm"
    broken.write_text("#!/bin/sh\necho refused >&2\nexit 2\n")
    broken.chmod(0o755)
    place = tmp_path / "place"
    place.mkdir()
    before = state_of_machine()
    ended = shown(place, str(programs))
    assert ended.returncode != 0
    assert ended.stderr == "refused\n"
    assert "This is" not in ended.stdout
    assert state_of_machine() == before
    assert list(place.iterdir()) == []
