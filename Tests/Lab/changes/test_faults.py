# SPDX-License-Identifier: Apache-2.0
"""A change of many is refused, or the program is killed, at each point: how is the table then?"""

import os
import re

import pytest

from changes import tables
from changes.difference import difference, reported
from changes.place import STATE, Place
from changes.proxy import Proxy

WAYS = {"there": (tables.before, tables.target), "back": (tables.target, tables.before)}

REFUSED, NOT_AS_BEFORE = 255, 3


class Change:
    """A table, and the file of another, applied through a proxy."""

    def __init__(self, start, target):
        self.place = Place()
        self.proxy = Proxy(self.place)
        self.start = self.place.file(start, "start")
        self.target = self.place.file(target)
        self.place.set(start)
        self.before = self.place.table()
        assert self.apply().exit == 0
        self.count, self.after = self.proxy.came, self.place.table()
        assert self.after != self.before
        self.reset()

    def apply(self, **harm):
        self.proxy.harm(**harm)
        return self.place.run("--apply", self.target, socket=self.proxy.path)

    def reset(self):
        """Gives the table the rules from before, where it has others."""
        if self.place.table() != self.before:
            self.go_back()
            assert self.place.table() == self.before

    def go_back(self):
        assert self.place.run("--apply", self.start).exit == 0

    def left(self):
        """The files of the table, by what is behind the last dot, with their sizes."""
        return {name.rpartition(".")[2]: os.path.getsize(f"{STATE}/{name}")
                for name in os.listdir(STATE) if "proxy" in name}

    def close(self):
        self.proxy.close()
        self.place.close()


@pytest.fixture(scope="module", params=WAYS)
def prepared(request):
    start, target = WAYS[request.param]
    made = Change(start(), target())
    yield made
    made.close()


@pytest.fixture
def change(prepared):
    prepared.reset()
    return prepared


def test_each_kind_of_change(change):
    """The plan holds each change of a table that there is, so that the tests below see all of them."""
    plan = change.place.run("--apply", change.target, "--dry-run").stdout
    lines = [line for line in plan.splitlines() if not line.startswith("#")]
    assert len(lines) == change.count
    commands = {line.split()[0] for line in lines}
    daemons = {"--start-daemon", "--stop-daemon"}
    assert commands == {"-A", "-E", "-D", "-a", "-e", "-d", "--set"} | daemons
    assert any(line.startswith("-e") and "-w 0" in line for line in lines)


def test_a_change_is_refused(change):
    """The table is as before, the first lines of the report name the change and the kernel's answer."""
    plan = change.place.run("--apply", change.target, "--dry-run").stdout
    lines = [line for line in plan.splitlines() if not line.startswith("#")]
    for number in range(1, change.count + 1):
        result = change.apply(refused=[number])
        assert change.place.table() == change.before, f"change {number}: {result}"
        assert result.exit == REFUSED, f"change {number}: {result}"
        told = result.stderr.splitlines()
        assert told[0] == "Memory allocation problem"
        assert told[1] == f"  asked: {lines[number - 1]}", f"change {number}: {result}"
        assert told[-1] == "the table is as before", result
        assert result.stdout == ""


def test_two_changes_are_refused(change):
    """The second is one of those after it, or the first one that takes others back."""
    for number in range(1, change.count):
        check(change, number, number + 1)


def test_the_program_is_killed(change):
    """The same command once more makes the table as wanted, and nothing else is left of the first."""
    for number in range(1, change.count + 1):
        assert change.apply(last=number).exit == -9
        result = change.apply()
        assert (result.exit, result.stderr) == (0, ""), f"killed after {number}: {result}"
        assert change.place.table() == change.after, f"killed after {number}"
        assert change.place.run("--diff", change.target).exit == 0
        left = change.left()
        assert left.keys() == {"lock", "before"} and left["lock"] == 0, f"{number}: {left}"
        change.go_back()


def _refused_changes_of_the_way_back(change):
    """Pairs of numbers: of a change that is refused, and of one of those that take it back."""
    change.apply(refused=[change.count])
    for second in range(change.count + 1, change.proxy.came + 1):
        yield change.count, second
    for first in range(2, change.count, 5):
        change.apply(refused=[first])
        if change.proxy.came > change.count:
            yield first, change.proxy.came


def test_a_change_of_the_way_back_is_refused(change):
    """The report lists what differs from the table before, and nothing else."""
    for first, second in list(_refused_changes_of_the_way_back(change)):
        assert check(change, first, second) == NOT_AS_BEFORE


def check(change, first, second):
    """Refuses two changes. The exit status and the report are those that the table asks for."""
    result = change.apply(refused=[first, second])
    differs = difference(change.before, change.place.table())
    context = f"changes {first} and {second}: {result}"
    assert result.exit == (NOT_AS_BEFORE if differs else REFUSED), context
    assert reported(result.stderr) == differs, context
    assert ("the table is as before" in result.stderr) == (not differs), context
    if differs:
        assert result.stderr.splitlines()[-1] == (
            "  remedy: 'ipvsadm --undo' makes the table as it was before")
        change.proxy.harm()
        undone = change.place.run("--undo", socket=change.proxy.path)
        assert (undone.exit, change.place.table()) == (0, change.before), context
    return result.exit


def test_counters_of_a_service_that_was_added_again(change):
    """Told of each such service, and of no other."""
    plan = change.place.run("--apply", change.target, "--dry-run").stdout
    deleted = [line for line in plan.splitlines() if line.startswith("-D ")]
    # The last change deletes a service.
    result = change.apply(refused=[change.count])
    told = re.findall(r"^(.*) was deleted and added again: its counters begin at 0$",
                      result.stderr, re.M)
    assert len(told) == len(deleted) - 1
