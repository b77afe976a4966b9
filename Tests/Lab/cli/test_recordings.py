# SPDX-License-Identifier: Apache-2.0
"""Every case recorded from ipvsadm 1.31, against the program under test.

Expected is the recording; where the table of exceptions changes a step, it is what the original
does with the changed step, in this kernel.
"""

import os

import pytest

import kernels
from cli import live, recordings, report
from cli.original import agree, comparable, mended, plain
from cli.stage import Side

CASES = recordings.load()

#: Surroundings in which the table can be filled: rooms that have their interfaces.
FURNISHED = {"usual": "root", "net-admin": "net-admin"}
BARE = {"bare": "root", "nobody": "nobody", "user-namespace": "user-namespace"}


def _named(*surroundings):
    return [
        pytest.param(case, id=case.name) for case in CASES if case.surroundings in surroundings]


def expectation(original, case):
    """The comparables that the program under test has to reach."""
    changed = [original.step(step) for step in case.steps]
    results = [original.result(s, r) for s, r in zip(case.steps, case.results)]
    if changed != list(case.steps) or results != list(case.results):
        if case.surroundings in FURNISHED:
            results = original.play(changed)
    return [comparable(original.side, s, r) for s, r in zip(case.steps, results)]


#: What the program under test did, by the name of the case; two tests look at it.
_PLAYED = {}


def _played(ours, case, rights="root", furnished=True):
    if case.name not in _PLAYED:
        room = ours.room(furnished)
        results = room.play(case.steps, rights)
        room.close()
        _PLAYED[case.name] = [comparable(ours, s, r) for s, r in zip(case.steps, results)]
    return _PLAYED[case.name]


def _as_recorded(comparables):
    """Comparables of this kernel or of the recordings', as far as both must be the same."""
    return [(status, kernels.without_size(text), complaint) for status, text, complaint in comparables]


def check(ours, original, case, rights, furnished):
    got = _as_recorded(_played(ours, case, rights, furnished))
    expected = _as_recorded(expectation(original, case))
    if furnished and not all(map(agree, got, expected)):
        # A recording alone does not tell what it hides: the order of names, a flag unseen.
        told = [original.step(step) for step in case.steps]
        otherwise = mended(original, case.steps, told)
        if otherwise != plain(original, case.steps):
            expected = _as_recorded(otherwise)
    if not all(map(agree, got, expected)):
        pytest.fail(report.differences(case.steps, got, expected), pytrace=False)


@pytest.mark.parametrize("case", _named(*FURNISHED))
def test_case(ours, original, case):
    check(ours, original, case, FURNISHED[case.surroundings], furnished=True)


@pytest.mark.parametrize("case", _named("usual"))
def test_side_by_side(ours, original, case):
    """The original, in this kernel, does to the recorded lines what the program under test does."""
    got, expected = _played(ours, case), plain(original, case.steps)
    if not all(map(agree, got, expected)):
        told = [original.step(step) for step in case.steps]
        expected = mended(original, case.steps, told)
    if not all(map(agree, got, expected)):
        pytest.fail(report.differences(case.steps, got, expected), pytrace=False)


@pytest.mark.parametrize("case", _named(*BARE))
def test_rights(ours, original, case):
    check(ours, original, case, BARE[case.surroundings], furnished=False)


@pytest.mark.parametrize("case", _named("live"))
def test_live_connections(case):
    stage = Side(os.environ["PROGRAMS"], live.environment(case.environment))
    room = stage.room()
    results = live.play(room, case)
    room.close()
    got = _as_recorded(map(live.masked, case.steps, results))
    expected = _as_recorded(map(live.masked, case.steps, case.results))
    if got != expected:
        pytest.fail(report.differences(case.steps, got, expected), pytrace=False)


def test_nothing_is_left_out():
    """Each case belongs to a test: here, or in the folder for a kernel without ip_vs."""
    known = {*FURNISHED, *BARE, "live", "absent", "absent-nobody"}
    assert [case.name for case in CASES if case.surroundings not in known] == []
