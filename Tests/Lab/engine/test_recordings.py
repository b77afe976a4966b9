# SPDX-License-Identifier: Apache-2.0
"""Every case recorded from ipvsadm 1.31 on a real kernel, on an engine: by the original itself, which
knows nothing of engines, and by the program under test.
"""

import os

import pytest

from cli import recordings, report, table
from cli.original import Mended, comparable
from cli.stage import ORIGINAL
from cli.test_recordings import check
from engine.rooms import EngineSide

CASES = recordings.load()
USUAL = [case for case in CASES if case.surroundings in ("usual", "bare")]

#: Surroundings that an engine cannot have, and why.
ELSEWHERE = {
    "nobody": "the engine's socket is its owner's, and refuses others whatever they may do",
    "net-admin": "the right to program the kernel is none to write to another user's socket",
    "user-namespace": "the right to a socket does not depend on namespaces",
    "absent": "there is no module to be absent",
    "absent-nobody": "there is no module to be absent",
    "live": "client, director, and server in one machine: its packets pass no device",
}

#: Cases in which an engine is not the recorded kernel, and why: there the order of rows is not compared.
UNORDERED = {
    "sort-services-overflow": "1.31 sorts by a comparison that is no order, so that what comes of it"
    " hangs on the order of the kernel's dump, which is a hash of its memory addresses",
}


@pytest.fixture(scope="module")
def original():
    return Mended(CASES[0].environment, EngineSide(ORIGINAL, CASES[0].environment))


@pytest.fixture(scope="module")
def ours():
    return EngineSide(os.environ["PROGRAMS"], CASES[0].environment)


@pytest.mark.parametrize("case", USUAL, ids=[case.name for case in USUAL])
def test_original(original, case):
    side = original.side
    room = side.room()
    results = room.play(case.steps)
    room.close()
    got = [comparable(side, s, r) for s, r in zip(case.steps, results)]
    expected = [comparable(side, s, r) for s, r in zip(case.steps, case.results)]
    if case.name in UNORDERED:
        assert got != expected, "an exception that makes no difference"
        got, expected = ([(status, table.in_no_order(text), complaint)
                          for status, text, complaint in results] for results in (got, expected))
    if got != expected:
        pytest.fail(report.differences(case.steps, got, expected), pytrace=False)


@pytest.mark.parametrize("case", USUAL, ids=[case.name for case in USUAL])
def test_ours(ours, original, case):
    check(ours, original, case, "root", furnished=True)


def test_nothing_is_left_out():
    names = {case.name for case in CASES}
    assert UNORDERED.keys() <= names
    assert [case.name for case in CASES if case.surroundings not in {"usual", "bare", *ELSEWHERE}] == []
