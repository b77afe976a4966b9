# SPDX-License-Identifier: Apache-2.0
"""The live view of a table (`-L --watch`), seen on a real terminal."""

import os
import signal

import pytest

from changes.place import IS_ENGINE
from engine.process import Engine
from watching.tmux import PROMPT, eventually, rows

RULES = """\
-A -t 192.0.2.10:80 -s wrr
-a -t 192.0.2.10:80 -r 10.99.0.11:8080 -m -w 10
-a -t 192.0.2.10:80 -r 10.99.0.12:8080 -m -w 30
-A -u 192.0.2.10:53 -s rr
-a -u 192.0.2.10:53 -r 10.99.0.13 -m -w 0
"""

WATCH = "ipvsadm -L -n --watch=1"


@pytest.fixture
def view(place, terminal):
    """A terminal that shows the view of a table."""
    place.set(RULES)
    terminal.enter(f"clear; {WATCH}")
    terminal.see("2 services, 3 servers")
    return terminal


def is_restored(terminal):
    """The terminal is as a shell needs it: no alternate screen, a cursor, and lines with an echo."""
    mode = terminal.answer("stty -a | grep -Eow -- '-?(echo|icanon|isig)' | sort").split()
    return terminal.state() == ["0", "1"] and mode == ["echo", "icanon", "isig"]


def has_ended(process):
    """Whether a process is gone, or waits for a parent that it no longer has."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_what_is_seen(view):
    lines = view.screen()
    assert lines[0].startswith("ipvsadm  engine" if IS_ENGINE else "ipvsadm  kernel  ")
    assert "  every 1 s  " in lines[0] and "q quit" in lines[0] and len(lines[0]) == 80
    found = rows(lines)
    assert list(found) == [
        "TCP 192.0.2.10:80", "10.99.0.11:8080", "10.99.0.12:8080", "UDP 192.0.2.10:53",
        "10.99.0.13:53"]
    assert [found[name]["WANT"] for name in ("10.99.0.11:8080", "10.99.0.12:8080")] == ["25%", "75%"]
    assert found["UDP 192.0.2.10:53"]["note"] in ("no usable server", "no server")
    # A table at rest: after the second read the rates are known.
    view.see(lambda lines: rows(lines)["10.99.0.12:8080"]["CONN/S"] == "0")
    assert all(len(line) <= 80 for line in view.screen())


@pytest.mark.parametrize("end", ["q", "C-c", "C-\\", signal.SIGTERM, signal.SIGHUP], ids=str)
def test_the_end(view, end):
    if isinstance(end, str):
        view.press(end)
    else:
        os.kill(view.pid("ipvsadm"), end)
    view.see(PROMPT.strip())
    assert view.answer('echo "status $?"') == "status 0"
    assert is_restored(view)
    assert "SERVICE / SERVER" not in "\n".join(view.screen())


def test_stopped_and_continued(view):
    view.press("C-z")
    view.see("Stopped")
    assert is_restored(view)
    view.enter("clear; fg")
    view.see("2 services, 3 servers")
    assert view.state() == ["1", "0"]
    # Keys are keys again.
    view.press("?")
    view.see("scroll by a page")
    view.press("?")
    view.see("SERVICE / SERVER")
    os.kill(view.pid("ipvsadm"), signal.SIGSTOP)
    view.see("Stopped")
    view.enter("fg")
    view.see("2 services, 3 servers")
    view.press("q")
    view.see(PROMPT.strip())
    assert is_restored(view)


def test_sizes(view):
    def fills(rows):
        """Whether the view is there from the first row to the last."""
        return lambda lines: (len(lines) == rows and lines[1].startswith("SERVICE / SERVER")
                              and lines[rows - 1].startswith("2 services"))
    view.resize(200, 60)
    lines = view.see(fills(60))
    assert "OUT B/S" in lines[1] and lines[0].endswith("q quit  s sort  ? keys")
    assert len(lines[0]) == 200
    view.resize(45, 10)
    lines = view.see(fills(10))
    assert lines[1].split() == ["SERVICE", "/", "SERVER", "WEIGHT", "ACTIVE"]
    assert "10.99.0.11:8080" in lines[3] and all(len(line) <= 45 for line in lines)
    view.resize(20, 4)
    view.see(lambda lines: lines == ["needs 40x5", "is 20x4", "", ""])
    view.resize(80, 4)
    view.see(lambda lines: lines[0] == "ipvsadm needs 40 columns and 5 rows; there are 80 and 4")
    view.resize(80, 24)
    view.see(fills(24))
    view.press("q")
    view.see(PROMPT.strip())
    assert is_restored(view)


def test_the_terminal_is_gone(view):
    process = view.pid("ipvsadm")
    view.close()
    eventually(lambda: has_ended(process), lambda: "the view goes on")


def test_the_table_changes(view, place):
    place.run("-a -t 192.0.2.10:80 -r 10.99.0.14:8080 -m -w 40")
    place.run("-e -t 192.0.2.10:80 -r 10.99.0.11:8080 -m -w 0")
    place.run("--drain -t 192.0.2.10:80 -r 10.99.0.12 --wait 0")
    lines = view.see(lambda lines: "10.99.0.14:8080" in rows(lines) and "draining" in "\n".join(lines))
    found = rows(lines)
    assert [found[f"10.99.0.{number}:8080"]["WANT"] for number in (11, 12, 14)] == ["0%", "0%", "100%"]
    assert found["10.99.0.12:8080"]["note"] in ("draining", "draining, was 30")
    assert found["10.99.0.11:8080"]["note"] == ""
    place.run("-D -t 192.0.2.10:80")
    view.see(lambda lines: list(rows(lines)) == ["UDP 192.0.2.10:53", "10.99.0.13:53"])
    place.run("-C")
    view.see("0 services, 0 servers")


def test_one_service(place, terminal):
    place.set(RULES)
    terminal.enter("clear; ipvsadm -L -n -u 192.0.2.10:53 --watch=1")
    lines = terminal.see("1 service, 1 server")
    assert list(rows(lines)) == ["UDP 192.0.2.10:53", "10.99.0.13:53"]
    place.run("-D -u 192.0.2.10:53")
    terminal.see("not read: ")
    place.run("-A -u 192.0.2.10:53")
    terminal.see("1 service, 0 servers")
    terminal.press("q")
    terminal.see(PROMPT.strip())
    # At the start it is an error, as with -L.
    place.run("-D -u 192.0.2.10:53")
    plain, watched = (place.run(f"-L -n -u 192.0.2.10:53 {more}") for more in ("", "--watch"))
    assert plain.exit == 1 and watched.exit == 1
    assert plain.stderr.splitlines()[:2] == watched.stderr.splitlines()[:2]


@pytest.mark.parametrize("selection, shown", [
    ("-r 10.99.0.12", "TCP 192.0.2.10:80"), ("-s rr", "UDP 192.0.2.10:53"),
    ("-t 192.0.2.10:80 -s wrr", "TCP 192.0.2.10:80")])
def test_a_selection(place, terminal, selection, shown):
    """Services are shown whole, so that shares are right."""
    place.set(RULES)
    terminal.enter(f"clear; ipvsadm -L -n --watch=1 {selection}")
    found = rows(terminal.see("1 service, "))
    assert list(found)[0] == shown
    if shown.startswith("TCP"):
        assert [found[f"10.99.0.{number}:8080"]["WANT"] for number in (11, 12)] == ["25%", "75%"]
    assert place.run("-L -n --watch -s nothing").exit == 2


def test_an_engine_that_ends(place, terminal):
    """The view says so, and goes on when there is one again."""
    path = f"{place.folder}/other"
    engine = Engine(path=path)
    terminal.enter(f"clear; ipvsadm -L -n --watch=1 --engine {path}")
    terminal.see("0 services, 0 servers")
    engine.close()
    terminal.see("not read: ")
    engine = Engine(path=path)
    lines = terminal.see("0 services, 0 servers")
    assert "not read" not in "\n".join(lines)
    engine.close()
    terminal.see("not read: ")
    terminal.press("q")
    terminal.see(PROMPT.strip())
    assert is_restored(terminal)


def test_keys(place, terminal):
    """Scrolling through 5,000 services; nothing but what changes is written."""
    place.set("".join(
        f"-A -f {number}\n" + "".join(f"-a -f {number} -r 10.99.0.{server} -m\n" for server in (1, 2))
        for number in range(1, 5001)))
    terminal.enter(f"clear; {WATCH}")
    lines = terminal.see("5,000 services, 10,000 servers")
    assert lines[2].startswith("FWM 1 wlc") and lines[23].endswith(" 1-21 of 15,000")
    for key, first in [("Down", 2), ("j", 3), ("k", 2), ("Up", 1), ("PageDown", 21), ("Space", 41),
                       ("PageUp", 21), ("b", 1), ("End", 14980), ("Home", 1), ("G", 14980), ("g", 1)]:
        terminal.press(key)
        last = first + 20
        terminal.see(f" {first:,}-{last:,} of 15,000")
    terminal.press("s")
    terminal.see("by weight")
    terminal.see(lambda lines: rows(lines)["FWM 1"]["CONN/S"] == "0")
    recording = f"{place.folder}/recording"
    terminal.record(recording)

    def size():
        return os.path.getsize(recording) if os.path.exists(recording) else 0
    before = eventually(size, lambda: "nothing is written")
    eventually(lambda: size() > before + 100, lambda: "nothing more is written")
    with open(recording, "rb") as file:
        written = file.read()
    # Only the line with the time changes, now that the rates are known.
    pieces = written.split(b"\x1b[1;1H\x1b[K")
    assert len(pieces) > 2 and all(len(piece) < 120 for piece in pieces)
    assert b";1H" not in b"".join(pieces[-2:])
