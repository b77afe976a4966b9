# SPDX-License-Identifier: Apache-2.0
"""The preloaded library changes nothing: Debian's ipvsadm, sent by it through a unix socket and a
forwarder to this kernel, does what was recorded of it without either.
"""

import os

import pytest

import kernels
from cli import recordings, report, table
from cli.original import comparable
from cli.stage import ORIGINAL, Side, Step
from engine import preload
from differential.forwarder import Forwarder

SOCKET = "/run/forwarder"


def _lists_connections(case):
    """Connections do not go over a kernel's netlink, so that a forwarder cannot pass them on."""
    return any(result.stdout.startswith("IPVS connection entries") for result in case.results)


USUAL = [case for case in recordings.load()
         if case.surroundings == "usual" and not _lists_connections(case)]

#: A fifth of the cases tells whether the library works; all of them on request.
CASES = USUAL if os.environ.get("LAB_LONG") else USUAL[::5]


@pytest.fixture(scope="module")
def sides():
    """The original on its way to the kernel, and through the forwarder."""
    plain, sent = (Side(ORIGINAL, CASES[0].environment) for _ in range(2))
    sent.variables.update(preload.variables(SOCKET))
    return plain, sent


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(sides, case):
    plain, sent = sides
    room = sent.room()
    forwarder = Forwarder(SOCKET)
    results = room.play(case.steps)
    forwarder.close()
    room.close()
    got = [_unordered(plain, s, r) for s, r in zip(case.steps, results)]
    expected = [_unordered(plain, s, r) for s, r in zip(case.steps, case.results)]
    if got != expected:
        pytest.fail(report.differences(case.steps, got, expected), pytrace=False)


def _unordered(side, step, result):
    """A comparable; what 1.31 takes for the order of large numbers starts from the kernel's hash."""
    status, text, complaint = comparable(side, step, result)
    return status, table.in_no_order(kernels.without_size(text)), complaint


def test_nothing_goes_past_the_library(sides):
    """With nothing behind the socket the original finds no IPVS, though this kernel has it."""
    for side, status in zip(sides, (0, 2)):
        room = side.room()
        result = room.run(Step(("ipvsadm", "-Ln")))
        room.close()
        assert result.exit == status
