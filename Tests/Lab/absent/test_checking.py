# SPDX-License-Identifier: Apache-2.0
"""Commands of rule files where the kernel has no ip_vs, and for a user without rights."""

import os
import subprocess

import pytest

from cli.stage import RIGHTS

RULES = "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w {}\n"


@pytest.fixture
def files(tmp_path):
    """Two files of rules, of which a server has another weight."""
    os.chmod(tmp_path, 0o755)
    paths = []
    for weight in (1, 2):
        paths.append(tmp_path / f"rules-{weight}")
        paths[-1].write_text(RULES.format(weight))
    for folder in tmp_path.parents[:2]:
        os.chmod(folder, 0o755)
    return [str(path) for path in paths]


def run(*words, rights="root"):
    return subprocess.run(
        [*RIGHTS[rights], f"{os.environ['PROGRAMS']}/ipvsadm", *words], capture_output=True,
        text=True, timeout=60)


@pytest.mark.parametrize("rights", ["root", "nobody"])
def test_files_need_no_kernel(files, rights):
    assert not os.path.exists("/proc/net/ip_vs"), "this kernel has ip_vs"
    result = run("--check", *files, rights=rights)
    assert (result.returncode, result.stderr) == (0, "")
    result = run("--diff", *files, rights=rights)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout == "  TCP 10.0.0.1:80 rr\n~   10.0.0.2:80  weight 1 -> 2\n"
    result = run("--check", rights=rights)
    assert result.stderr.startswith("--check: missing file name\n")


@pytest.mark.parametrize("words", [["--diff"], ["--apply"], ["--apply", "--dry-run"]])
def test_tables_need_one(files, words):
    """A fault of the file is told all the same, before IPVS is asked for."""
    result = run(*words, files[0])
    assert result.returncode == 2
    assert result.stderr.startswith("Can't initialize ipvs: Protocol not available\n")
    assert "module ip_vs" in result.stderr and "modprobe ip_vs" in result.stderr
    with open(files[0], "a", encoding="ascii") as file:
        file.write("-A -t 10.0.0.1:80 -s rr\n")
    result = run(*words, files[0])
    assert result.returncode == 2
    assert result.stderr.startswith(f"{files[0]}:3:7: service TCP 10.0.0.1:80 is in line 1 already\n")
