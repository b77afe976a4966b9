# SPDX-License-Identifier: Apache-2.0
"""Two changes at once, other programs beside one, and a system that does not let us do all of it."""

import contextlib
import os
import re
import subprocess
import threading

import pytest

from changes import tables
from changes.place import IS_ENGINE, ORIGINAL, OURS, STATE
from changes.proxy import Proxy
from cli.stage import RIGHTS
from traffic import deadline

REFUSED, BUSY = 255, 4


@pytest.fixture
def proxy(place):
    made = Proxy(place)
    place.set(tables.before())
    yield made
    made.close()


def held(proxy, number):
    """Lets the changes of the next client go up to the n-th, then calls back and waits."""
    arrived, go_on = threading.Event(), threading.Event()

    def pause(came):
        if came == number:
            arrived.set()
            assert go_on.wait(30)
    proxy.harm()
    proxy.at_change = pause
    return arrived, go_on


def test_two_at_once(place, proxy):
    """The second is told who holds the table, or waits and finds it as wanted."""
    arrived, go_on = held(proxy, 5)
    target = place.file(tables.target())
    first = place.start("--apply", target, socket=proxy.path)
    assert arrived.wait(30)
    second = place.run("--apply", target, "--lock-wait", "0", socket=proxy.path)
    assert second.exit == BUSY
    assert re.fullmatch(
        rf"busy: held by ipvsadm --apply {target} \(process {first.pid}\) since \d+ s",
        second.headline), second
    assert "--lock-wait" in second.stderr
    undo = place.run("--undo", "--lock-wait", "0", socket=proxy.path)
    assert (undo.exit, undo.headline.split(" since")[0]) == (
        BUSY, second.headline.split(" since")[0])
    third = place.start("--apply", target, socket=proxy.path)
    proxy.at_change = None
    go_on.set()
    assert first.wait(30) == 0
    out, err = third.communicate(timeout=30)
    assert (third.returncode, err) == (0, b"") and b"nothing to change" in out


def test_undo_waits_for_a_change(place, proxy):
    """It takes back the change that it waited for, not the one before that."""
    start = place.table()
    assert place.run("--apply", place.file("-A -t 10.0.0.1:1 -s rr\n"), socket=proxy.path).exit == 0
    between = place.table()
    arrived, go_on = held(proxy, 1)
    first = place.start("--apply", place.file(tables.target()), socket=proxy.path)
    assert arrived.wait(30)
    # What it holds as the table before is replaced by this, as if it were about to be written.
    kept, = (f"{STATE}/{name}" for name in os.listdir(STATE) if name.endswith("proxy.before"))
    with open(kept, "r+", encoding="ascii") as file:
        right = file.read()
        file.seek(0)
        file.truncate()
        file.write(start)
    undo = place.start("--undo", socket=proxy.path)
    proxy.at_change = None
    waiting_for_lock(undo)
    with open(kept, "w", encoding="ascii") as file:
        file.write(right)
    go_on.set()
    assert first.wait(30) == 0
    assert undo.wait(30) == 0
    assert place.table() == between


def waiting_for_lock(child):
    """Returns when a process has the file of the lock open."""
    folder = f"/proc/{child.pid}/fd"
    deadline.eventually(lambda: any(
        os.path.realpath(f"{folder}/{name}").endswith(".lock") for name in os.listdir(folder)))


def test_another_program_meanwhile(place, proxy):
    """What it did is told after the change, and stays."""
    def interfere(came):
        if came == 3:
            place.run("-A -t 10.0.0.77:7 -s rr", side=ORIGINAL)
            place.run("-a -t 10.0.0.77:7 -r 10.0.0.78:7 -m -w 9", side=ORIGINAL)
    proxy.harm()
    proxy.at_change = interfere
    result = place.run("--apply", place.file(tables.target()), socket=proxy.path)
    assert result.exit == BUSY
    assert result.stderr.splitlines() == [
        "another program changed the table meanwhile; what is different now:",
        "  + TCP 10.0.0.77:7 rr", "  +   10.0.0.78:7  masq  weight 9"]


def test_another_program_and_a_refusal(place, proxy):
    """What the plan did is taken back, and what the other program did stays and is told."""
    def interfere(came):
        if came == 3:
            place.run("-A -t 10.0.0.77:7 -s rr", side=ORIGINAL)
    before = place.table()
    proxy.harm(refused=[20])
    proxy.at_change = interfere
    result = place.run("--apply", place.file(tables.target()), socket=proxy.path)
    assert result.exit == 3
    assert "  + TCP 10.0.0.77:7 rr" in result.stderr.splitlines()
    left = [line for line in place.table().splitlines() if "10.0.0.77" not in line]
    assert left == before.splitlines()


def test_lines_that_change_at_once_are_kept_apart_by_the_lock(place):
    """Ten processes apply two files: each succeeds, and the table is that of one of the two."""
    files = [place.file(text(), name) for name, text in (
        ("one", tables.before), ("other", tables.target))]
    children = [place.start("--apply", files[n % 2], "--lock-wait", "60") for n in range(10)]
    for child in children:
        _, err = child.communicate(timeout=60)
        assert (child.returncode, err) == (0, b"")
    assert sorted(place.run("--diff", file).exit for file in files) == [0, 1]


def as_nobody(place, *words):
    return subprocess.run(
        [*RIGHTS["nobody"], f"{OURS}/ipvsadm", *words], capture_output=True, text=True,
        env=place.environment(), timeout=60)


def test_without_rights(place):
    """A user who may not read the table is told why, and can check a file all the same."""
    place.set(tables.before())
    before = place.table()
    os.chmod(place.folder, 0o755)
    file = place.file(tables.target())
    for command in ("--diff", "--apply"):
        result = as_nobody(place, command, file)
        assert result.returncode == 2
        remedy = "the user that the engine runs as" if IS_ENGINE else "run it as root"
        assert result.stderr.startswith("Can't initialize ipvs: Permission denied"), result
        assert remedy in result.stderr, result
    assert place.table() == before
    assert not os.path.exists("/tmp/ipvsadm-65534"), "it keeps something for this user"
    assert as_nobody(place, "--check", file).returncode == 0


class Mounted:
    """A file system over the folder in which programs remember."""

    def __init__(self, options):
        os.makedirs(STATE, mode=0o700, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", STATE], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", STATE], check=True)


def fill():
    with contextlib.suppress(OSError), open(f"{STATE}/filler", "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_folder_that_is_read_only(place):
    """The lock needs it: an error that names the file, and nothing is changed."""
    place.set(tables.before())
    before = place.table()
    with Mounted("ro,mode=700"):
        result = place.run("--apply", place.file(tables.target()))
        assert result.exit == REFUSED
        assert result.headline == "cannot lock the table"
        assert f"cause: {STATE}/" in result.stderr and "Read-only file system" in result.stderr
        assert "remedy: " in result.stderr
        assert place.table() == before
        # Nothing else needs the folder.
        assert place.run("--diff", place.file(tables.target())).exit == 1
        assert place.run("--apply", place.file(tables.target()), "--dry-run").exit == 0
        assert place.run("-a -t 10.0.0.1:80 -r 10.1.0.99:80 -m").exit == 0
        assert place.run("-R", stdin="-A -t 10.0.0.99:80 -s rr\n").exit == 0


def test_a_folder_that_is_full(place):
    """The table before the change is not kept, which is told; the change is made."""
    place.set(tables.before())
    target = place.file(tables.target())
    with Mounted("mode=700,size=8k,nr_inodes=10"):
        fill()
        result = place.run("--apply", target)
        assert result.exit == 0, result
        assert result.headline == "warning: the table before this change is not kept"
        assert f"cause: {STATE}/" in result.stderr and "No space left on device" in result.stderr
        assert "--undo" in result.stderr
        assert place.run("--diff", target).exit == 0
        assert [name for name in os.listdir(STATE) if name.startswith(".ipvsadm.")] == []
        undo = place.run("--undo")
        assert (undo.exit, undo.headline) == (REFUSED, "nothing to undo")


def test_a_folder_that_became_full(place):
    """An older table that is kept is not taken for the one before this change."""
    place.set(tables.before())
    with Mounted("mode=700,size=64k"):
        assert place.run("--apply", place.file(tables.target())).exit == 0
        fill()
        result = place.run("--apply", place.file("-A -t 10.0.0.1:1 -s rr\n", "other"))
        assert result.exit == 0 and result.headline.startswith("warning: "), result
        os.unlink(f"{STATE}/filler")
        undo = place.run("--undo")
        assert (undo.exit, undo.headline) == (REFUSED, "nothing to undo")


def test_a_folder_of_another_user(place):
    """Others could write there: it is not used."""
    place.set(tables.before())
    before = place.table()
    os.makedirs(STATE, exist_ok=True)
    os.chown(STATE, 65534, 65534)
    result = place.run("--apply", place.file(tables.target()))
    assert (result.exit, result.headline) == (REFUSED, "cannot lock the table")
    assert place.table() == before


def test_a_kept_table_that_is_not_ours(place):
    """What cannot be read whole is not applied in part."""
    assert place.run("--apply", place.file(tables.before())).exit == 0
    kept, = (f"{STATE}/{name}" for name in os.listdir(STATE) if name.endswith(".before"))
    with open(kept, "a", encoding="ascii") as file:
        file.write("-A -t 10.0.0.1:1 -s rr\n-a -t 10.0.0.1:1 -r 10.1.0.1:1 -")
    before = place.table()
    result = place.run("--undo")
    assert (result.exit, result.headline) == (REFUSED, f"cannot read {kept}")
    assert place.table() == before
