# SPDX-License-Identifier: Apache-2.0
"""A watched table where there is no terminal, or none that can be written anew."""

import json
import re
import signal

import pytest

from engine.process import Engine
from watching.schema import validate
from watching.tmux import PROMPT, rows

RULES = """\
-A -t 192.0.2.10:80 -s wrr
-a -t 192.0.2.10:80 -r 10.99.0.11:8080 -m -w 10
-a -t 192.0.2.10:80 -r 10.99.0.12:8080 -m -w 30
"""

HEADING = re.compile(r"ipvsadm  (kernel|engine \S+)  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  every 1 s")


@pytest.fixture
def ready(place):
    place.set(RULES)
    return place


def block(stream):
    """The lines up to the next empty one."""
    lines = []
    while (line := stream.readline().decode().rstrip("\n")):
        lines.append(line)
    return lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_blocks(ready, number):
    child = ready.start("-L", "-n", "--watch=1")
    first, second = block(child.stdout), block(child.stdout)
    assert HEADING.fullmatch(first[0]) and HEADING.fullmatch(second[0])
    # Of one read there are no rates.
    assert [row["CONN/S"] for row in rows(first).values()] == ["-", "-", "-"]
    assert [row["CONN/S"] for row in rows(second).values()] == ["0", "0", "0"]
    assert "\x1b" not in "".join(first + second)
    child.send_signal(number)
    _, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, b"")


def test_documents(ready):
    child = ready.start("-L", "-j", "--watch=1", "--color=always")
    found = [validate(child.stdout.readline()) for _ in range(3)]
    child.terminate()
    assert child.wait(60) == 0
    [plain] = ready.run("-L -j").stdout.splitlines()
    for document in found:
        times = document.pop("time"), document.pop("monotonic_ms")
        assert all(isinstance(time, int) and time > 0 for time in times)
        assert document == json.loads(plain)


@pytest.mark.parametrize("words", ["-L -n --watch=1", "-L -j --watch=1", "--monitor=1"])
def test_the_reader_leaves(ready, words):
    """`| head`: it ends at once and in silence, and not only when there is something to print."""
    child = ready.start(*words.split())
    if words != "--monitor=1":
        assert child.stdout.readline()
    else:
        assert b"looks every" in child.stderr.readline()
    child.stdout.close()
    assert child.wait(60) == 0
    assert child.stderr.read() == b""


def test_a_full_disk(ready):
    with open("/dev/full", "wb") as full:
        child = ready.start("-L", "-n", "--watch=1", stdout=full)
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 1 and errors.startswith(b"cannot write standard output\n")


@pytest.mark.parametrize("term", ["TERM=dumb", "-u TERM"])
def test_a_terminal_without_a_screen(ready, terminal, term):
    terminal.enter(f"clear; env {term} ipvsadm -L -n --watch=1")
    lines = terminal.see(lambda lines: sum("every 1 s" in line for line in lines) >= 2)
    assert terminal.state() == ["0", "1"] and lines[0].startswith("ipvsadm")
    terminal.press("C-c")
    terminal.see(PROMPT.strip())


@pytest.mark.parametrize("words, colored", [
    ("", True), ("--color=never", False), ("--color=always", True), ("NO_COLOR=1", False),
    ("NO_COLOR=", True), ("NO_COLOR=1 --color=always", True)])
def test_colors(ready, terminal, words, colored):
    variables = " ".join(word for word in words.split() if not word.startswith("-"))
    options = " ".join(word for word in words.split() if word.startswith("-"))
    terminal.enter(f"clear; env {variables} ipvsadm -L -n --watch=1 {options}")
    terminal.see("1 service, 2 servers")
    assert ("\x1b[1m" in "\n".join(terminal.screen("-e"))) == colored


def test_colors_of_blocks(ready):
    for options, colored in (([], False), (["--color", "always"], True)):
        child = ready.start("-L", "-n", "--watch=1", *options)
        assert ("\x1b[1m" in "".join(block(child.stdout))) == colored
        child.terminate()
        child.communicate(timeout=60)


def test_the_table_cannot_be_read(ready):
    """One complaint, and blocks again when it can be read."""
    engine = Engine(path=f"{ready.folder}/other")
    child = ready.start("-L", "-n", "--watch=1", "--engine", engine.socket)
    block(child.stdout)
    engine.close()
    complaint = child.stderr.readline().decode()
    assert complaint
    again = Engine(path=engine.socket)
    # The pipe may hold blocks from before.
    headings = [block(child.stdout)[0] for _ in range(3)]
    child.terminate()
    _, errors = child.communicate(timeout=60)
    assert all(HEADING.fullmatch(line) for line in headings)
    assert child.returncode == 0 and complaint not in errors.decode()
    again.close()


def test_no_table(place):
    result = place.run("-L", "--watch", "--engine", f"{place.folder}/nothing")
    plain = place.run("-L", "--engine", f"{place.folder}/nothing")
    assert result == plain and result.exit == 2
