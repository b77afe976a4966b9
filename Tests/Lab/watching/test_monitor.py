# SPDX-License-Identifier: Apache-2.0
"""The changes of a table that others make (`--monitor`)."""

import re
import signal

import pytest

from changes.place import ORIGINAL
from engine.process import Engine
from watching.schema import validate

RULES = """\
-A -t 192.0.2.10:80 -s wrr
-a -t 192.0.2.10:80 -r 10.99.0.11:8080 -m -w 10
-a -t 192.0.2.10:80 -r 10.99.0.12:8080 -m -w 30
"""

#: A change by Debian's program, and the lines that tell of it.
CHANGES = [
    ("-e -t 192.0.2.10:80 -r 10.99.0.11:8080 -m -w 40 -x 9",
     ["~ TCP 192.0.2.10:80  10.99.0.11:8080  weight 10 -> 40  upper threshold 0 -> 9"]),
    ("-E -t 192.0.2.10:80 -s rr -p 60",
     ["~ TCP 192.0.2.10:80  scheduler wrr -> rr  persistence none -> 60"]),
    ("-a -t 192.0.2.10:80 -r 10.99.0.13:8080 -m",
     ["+ TCP 192.0.2.10:80  10.99.0.13:8080  masq  weight 1"]),
    ("-d -t 192.0.2.10:80 -r 10.99.0.13:8080",
     ["- TCP 192.0.2.10:80  10.99.0.13:8080  masq  weight 1"]),
    ("-A -f 5 -6", ["+ firewall mark 5, IPv6 wlc"]),
    ("--set 901 0 0", ["~ timeouts  tcp 900 -> 901"]),
    ("-D -t 192.0.2.10:80",
     ["- TCP 192.0.2.10:80  10.99.0.11:8080  masq  weight 40  upper threshold 9",
      "- TCP 192.0.2.10:80  10.99.0.12:8080  masq  weight 30",
      "- TCP 192.0.2.10:80 rr  persistence 60"]),
    ("-C", ["- firewall mark 5, IPv6 wlc"]),
]


@pytest.fixture
def ready(place):
    place.set(RULES)
    place.run("--set 900 120 300", side=ORIGINAL)
    return place


def start(place, *words):
    """The monitor, which has seen the table."""
    child = place.start("--monitor=1", *words)
    note = child.stderr.readline().decode()
    assert note.startswith("looks every 1 s; not seen is what is changed back")
    return child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_change(ready, number):
    child = start(ready)
    for change, expected in CHANGES:
        assert ready.run(change, side=ORIGINAL).exit == 0
        for line in expected:
            stamp, text = child.stdout.readline().decode().rstrip("\n").split("  ", 1)
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", stamp)
            assert text == line
    child.send_signal(number)
    output, errors = child.communicate(timeout=60)
    assert (child.returncode, output, errors) == (0, b"", b"")


def test_daemons(ready):
    child = start(ready)
    ready.run("--start-daemon master --mcast-interface d0 --syncid 7", side=ORIGINAL)
    assert b"+ sync daemon master on d0, sync ID 7" in child.stdout.readline()
    ready.run("--stop-daemon master", side=ORIGINAL)
    assert b"- sync daemon master on d0, sync ID 7" in child.stdout.readline()
    child.terminate()
    child.communicate(timeout=60)


def test_documents(ready):
    child = start(ready, "-j", "--color=always")
    for change, expected in CHANGES[:4]:
        ready.run(change, side=ORIGINAL)
        document = validate(child.stdout.readline())
        action = {"~": "edit", "+": "add", "-": "delete"}[expected[0][0]]
        assert document["change"]["action"] == action and document["time"] > 0
    ready.run("-e -t 192.0.2.10:80 -r 10.99.0.12:8080 -m -w 31", side=ORIGINAL)
    change = validate(child.stdout.readline())["change"]
    assert change["fields"] == {"weight": [30, 31]}
    assert (change["service"], change["server"]) == ("tcp 192.0.2.10:80", "10.99.0.12:8080")
    child.terminate()
    assert child.wait(60) == 0


def test_nothing_but_counters(ready):
    """Counters that are set to zero are no change, nor is a rule that is written anew as it is."""
    child = start(ready)
    ready.run("-Z", side=ORIGINAL)
    ready.run("-e -t 192.0.2.10:80 -r 10.99.0.12:8080 -m -w 30", side=ORIGINAL)
    ready.run("-A -f 9", side=ORIGINAL)
    assert child.stdout.readline().decode().endswith("+ firewall mark 9 wlc\n")
    child.terminate()
    child.communicate(timeout=60)


def test_the_table_cannot_be_read(ready):
    """What changed meanwhile is told when it can be read again."""
    engine = Engine(path=f"{ready.folder}/other")
    words = ("--engine", engine.socket)
    ready.run("-A", "-f", "1", *words)
    child = ready.start("--monitor", *words)
    child.stderr.readline()
    engine.close()
    assert child.stderr.readline()
    again = Engine(path=engine.socket)
    ready.run("-A", "-f", "2", *words)
    found = [child.stdout.readline().decode().split("  ", 1)[1]]
    while found[-1] != "+ firewall mark 2 wlc\n":
        found.append(child.stdout.readline().decode().split("  ", 1)[1])
    assert set(found) <= {"- firewall mark 1 wlc\n", "+ firewall mark 2 wlc\n"}
    child.terminate()
    _, errors = child.communicate(timeout=60)
    assert errors.decode().endswith("the table is read again\n") and child.returncode == 0
    again.close()


def test_no_table(place):
    result = place.run("--monitor", "--engine", f"{place.folder}/nothing")
    assert result.exit == 2 and result.stdout == "" and "looks every" not in result.stderr
