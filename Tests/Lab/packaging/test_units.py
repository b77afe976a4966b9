# SPDX-License-Identifier: Apache-2.0
"""The systemd units of the Debian packages, as systemd's own tools judge them. They run in make test-deb."""

import os
import pathlib
import shutil
import subprocess

import pytest

DEBIAN = pathlib.Path(__file__).parents[3] / "debian"
# What debhelper puts before the names of units that are not called after their package.
FILES = {path.name.removeprefix("ipvsadm-swift."): path
         for kind in ("service", "socket", "timer") for path in DEBIAN.glob(f"*.{kind}")}
# How much a unit exposes at most, in tenths of what systemd-analyze calls points.
EXPOSURE = {"ipvsadm.service": 27, "ipvsadm-metrics.service": 17, "ipvs-engine@.service": 28}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A root that holds the units, those of systemd, and the programs that they start."""
    root = tmp_path_factory.mktemp("root")
    units = root / "usr/lib/systemd/system"
    units.parent.mkdir(parents=True)
    shutil.copytree("/lib/systemd/system", units, symlinks=True)
    os.symlink("usr/lib", root / "lib")
    for name, path in FILES.items():
        shutil.copy(path, units / name)
    for program in ("usr/sbin/ipvsadm", "usr/sbin/ipvs-engine", "usr/libexec/ipvsadm/rules"):
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        (root / program).touch(0o755)
    return root


def analyze(root, *words):
    return subprocess.run(
        ["systemd-analyze", f"--root={root}", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60)


def test_the_units_are_all():
    assert sorted(FILES) == [
        "ipvs-engine@.service", "ipvs-engine@.socket", "ipvsadm-metrics.service",
        "ipvsadm-metrics.timer", "ipvsadm.service"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_systemd_has_nothing_to_say_of(root, name):
    ended = analyze(root, "verify", "--man=no", "--recursive-errors=no", name.replace("@", "@one"))
    assert (ended.returncode, ended.stdout) == (0, "")


@pytest.mark.parametrize("name", sorted(EXPOSURE))
def test_a_unit_exposes_little(root, name):
    words = ("security", "--offline=true", f"--threshold={EXPOSURE[name]}", name.replace("@", "@one"))
    ended = analyze(root, *words)
    assert ended.returncode == 0, ended.stdout


def test_all_that_is_executed_is_sandboxed():
    assert sorted(EXPOSURE) == sorted(name for name in FILES if name.endswith(".service"))
