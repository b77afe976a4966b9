# SPDX-License-Identifier: Apache-2.0
"""What is asked of, told to, and kept for a person at a terminal, and not for a script."""

import os
import subprocess

import pytest

from changes import tables
from changes.place import STATE
from changes.terminal import Terminal

REFUSED, BUSY = 255, 4

QUESTION = "keep these rules? "


@pytest.fixture
def ready(place):
    """A place with a table, what it prints of it, and the file of another one."""
    place.set(tables.before())
    place.before, place.target = place.table(), place.file(tables.target())
    return place


def is_applied(place):
    return place.run("--diff", place.target).exit == 0


def test_confirmed(ready):
    terminal = Terminal(ready, "--apply", ready.target, "--confirm", "60")
    terminal.see(QUESTION)
    assert is_applied(ready)
    terminal.type("yes\n")
    assert terminal.end()[0] == 0
    assert is_applied(ready)


@pytest.mark.parametrize("answer", ["no\n", "\n", "YES\n", "yes please\n", "y\n", "\x04", "\x03"],
                         ids=["no", "nothing", "YES", "more", "y", "end", "interrupt"])
def test_not_confirmed(ready, answer):
    terminal = Terminal(ready, "--apply", ready.target, "--confirm", "60")
    terminal.see(QUESTION)
    terminal.type(answer)
    status, text = terminal.end()
    assert (status, ready.table()) == (REFUSED, ready.before), text
    assert "not confirmed; the table is as before" in text


def test_silence(ready):
    """Nothing is answered in time."""
    terminal = Terminal(ready, "--apply", ready.target, "--confirm", "1")
    status, text = terminal.end()
    assert (status, ready.table()) == (REFUSED, ready.before), text
    assert QUESTION in text


def test_the_terminal_is_lost(ready):
    terminal = Terminal(ready, "--apply", ready.target, "--confirm", "60")
    terminal.see(QUESTION)
    terminal.hang_up()
    terminal.end()
    assert ready.table() == ready.before


def test_the_reader_of_the_output_is_gone(ready):
    """As when the other end of a remote shell has closed its pipes."""
    reading, writing = os.pipe()
    os.close(reading)
    child = ready.start("--apply", ready.target, "--confirm", "60", stdin=subprocess.PIPE,
                        stdout=writing, stderr=writing)
    os.close(writing)
    child.wait(30)
    assert ready.table() == ready.before


def test_confirmed_with_the_rules_on_standard_input(ready):
    """The answer comes from the terminal."""
    with open(ready.target, "rb") as rules:
        terminal = Terminal(ready, "--apply", "-", "--confirm", "60", stdin=rules)
        terminal.see(QUESTION)
        terminal.type("yes\n")
        assert terminal.end()[0] == 0
    assert is_applied(ready)


def test_confirm_without_a_terminal(ready):
    """The answer is read from standard input; an end of it is no answer."""
    assert ready.run("--apply", ready.target, "--confirm", "60", stdin="yes\n").exit == 0
    assert is_applied(ready)
    assert ready.run("--undo").exit == 0
    assert ready.run("--apply", ready.target, "--confirm", "60").exit == REFUSED
    assert ready.table() == ready.before


def test_no_other_change_while_a_question_is_open(ready):
    terminal = Terminal(ready, "--apply", ready.target, "--confirm", "60")
    terminal.see(QUESTION)
    assert ready.run("--undo", "--lock-wait", "0").exit == BUSY
    terminal.type("yes\n")
    assert terminal.end()[0] == 0
    assert ready.run("--undo").exit == 0
    assert ready.table() == ready.before


def kept(place):
    return [name for name in os.listdir(STATE) if name.endswith(".before")] \
        if os.path.isdir(STATE) else []


def test_a_typed_clear_is_kept(ready):
    assert Terminal(ready, "-C").end() == (0, "")
    assert ready.run("-Sn").stdout == "" and len(kept(ready)) == 1
    assert os.stat(f"{STATE}/{kept(ready)[0]}").st_mode & 0o777 == 0o600
    assert ready.run("--undo").exit == 0
    assert ready.table() == ready.before


@pytest.mark.parametrize("program", ["-R", "ipvsadm-restore"])
def test_a_typed_restore_is_kept(ready, program):
    words = ("-R",) if program == "-R" else ("ipvsadm-restore",)
    with open(ready.file("-A -t 10.9.9.9:80 -s rr\n", "more"), "rb") as rules:
        assert Terminal(ready, *words, stdin=rules).end() == (0, "")
    assert ready.table() != ready.before and len(kept(ready)) == 1
    assert ready.run("--undo").exit == 0
    assert ready.table() == ready.before


def test_what_scripts_do_is_not_kept(ready):
    assert ready.run("-R", stdin="-A -t 10.9.9.9:80 -s rr\n").exit == 0
    assert ready.run("-C").exit == 0
    assert ready.run("ipvsadm-restore", stdin="-A -t 10.9.9.9:80 -s rr\n").exit == 0
    assert kept(ready) == []


def test_restore_says_what_it_waits_for(ready):
    """Until the end of the input the table is as it was, and an interrupt leaves it."""
    for key, status in (("\x03", -2), ("\x04", 0)):
        terminal = Terminal(ready, "ipvsadm-restore")
        text = terminal.see("\n")
        assert text == ("reading rules from the terminal, which replace the table at their end (^D); "
                        "^C leaves it\n")
        terminal.type("-A -t 10.9.9.9:80 -s rr\n")
        terminal.see("10.9.9.9")
        assert ready.table() == ready.before
        terminal.type(key)
        assert terminal.end()[0] == status
    assert ready.run("-Sn").stdout == "-A -t 10.9.9.9:80 -s rr\n"


#: Lines, and the settings that they give their defaults.
RESETS = [
    ("-e -t 10.0.0.1:80 -r 10.1.0.2:80 -m -w 9",
     "upper threshold 100 -> 0, lower threshold 80 -> 0"),
    ("-e -t 10.0.0.1:80 -r 10.1.0.2:80 -w 2",
     "method masq -> route, upper threshold 100 -> 0, lower threshold 80 -> 0"),
    ("-e -f 1 -r 10.1.0.2 -i -w 2", "tunnel gue at port 6080 -> ipip"),
    ("-E -t [fd00:1::1]:443 -s rr", "persistence 300 -> none, netmask 64 -> 128"),
    ("-E -f 1 -s sh", "scheduler flags sh-port -> none"),
    ("-E -u 10.0.0.1:53", "scheduler rr -> wlc, one packet on -> none"),
]


@pytest.mark.parametrize("line, fields", RESETS)
def test_what_went_back_to_its_default(ready, line, fields):
    """A line on a terminal; nothing off one, and nothing where nothing went back."""
    terminal = Terminal(ready, *line.split())
    assert terminal.end() == (
        0, f"back to defaults, as the line does not name them: {fields}; --keep-rest keeps them\n")
    assert Terminal(ready, *line.split()).end() == (0, "")
    ready.set(tables.before())
    assert ready.run(line) == (0, "", "")


@pytest.mark.parametrize("line", [f"{line} --keep-rest" for line, _ in RESETS])
def test_keep_rest_says_nothing(ready, line):
    assert Terminal(ready, *line.split()).end() == (0, "")
