# SPDX-License-Identifier: Apache-2.0
"""Commands that plan and promise read a table while another program changes it as fast as it can.

Each gives a table that was there at one moment, or is refused with status 4. A plain --save, which makes no
such promise, gives others now and then: without that the tests would show nothing.
"""

import os
import re
import subprocess
import sys

import pytest

from changes import rival

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#: How many generations the rival makes in a row, the milliseconds between, and how often each command reads.
#: A table that changes all the time is mostly refused, which takes eight attempts.
PACES = {"always": (1, 0, 60), "bursts": (2, 40, 440)}

BUSY, DIFFERENT = 4, 1

REFUSAL = "the table kept changing while it was read"


@pytest.fixture(params=PACES)
def read(place, request):
    """A place whose table a rival changes."""
    assert place.run("-R", stdin="\n".join(sorted(rival.lines(rival.first())))).exit == 0
    burst, place.pause, place.reads = PACES[request.param]
    child = subprocess.Popen(
        [sys.executable, "-m", "changes.rival", str(burst), str(place.pause),
         *([place.socket] if place.socket else [])],
        cwd=LAB, stdin=subprocess.PIPE)
    place.end_rival = child.stdin.close
    yield place
    place.end_rival()
    assert child.wait(20) == 0


def was_there(lines):
    """Whether a table had these lines at any moment."""
    lines = frozenset(lines)
    latest = max(int(number) for line in lines for number in re.findall(r"-w (\d+)", line))
    return any(lines == state for generation in (latest - 1, latest)
               for state in rival.states(generation))


def saved(place, *words):
    result = place.run("-S", "-n", *words)
    return result, [line for line in result.stdout.splitlines() if line.startswith(("-A", "-a"))]


def compared(place):
    """The table as --diff tells it that all of it must go."""
    result = place.run("--diff", place.file("-A -f 1 -s rr\n"))
    lines, service = [], None
    for row in result.stdout.splitlines():
        words = row.split()
        if words[:2] == ["-", "TCP"]:
            service = f"-t {words[2]}"
            timeout = f" -p {words[5]}" if words[4:] else ""
            lines.append(f"-A {service} -s {words[3]}{timeout}")
        elif words[0] == "-":
            lines.append(f"-a {service} -r {words[1]} -m -w {words[4]}")
    return result, lines


READERS = {"save": (lambda place: saved(place, "--full"), 0), "diff": (compared, DIFFERENT)}


@pytest.mark.parametrize("command", READERS)
def test_reads(read, command):
    """1,000 reads: 60 and 440 by each of the two."""
    look, success = READERS[command]
    results = [look(read) for _ in range(read.reads)]
    read.end_rival()
    refused = [result for result, _ in results if result.exit == BUSY]
    assert all(result.stdout == "" and result.headline == REFUSAL for result in refused)
    seen = [(result, lines) for result, lines in results if result.exit != BUSY]
    for result, lines in seen:
        assert result.exit == success, result
        assert was_there(lines), f"a table that never was: {sorted(lines)}"
    print(f"{len(refused)} of {read.reads} were refused")
    assert seen or read.pause == 0


def test_control(read):
    """Half a picture is to be had, and is recognised."""
    assert any(not was_there(saved(read)[1]) for _ in range(read.reads))
