# SPDX-License-Identifier: Apache-2.0
"""The recorded cases of a machine whose kernel has no ip_vs and can load none.

Run in a kernel that was booted without it. modprobe(8) finds no module there either: the machine's
own /lib/modules holds none for this kernel.
"""

import os

import pytest

from cli import recordings, report
from cli.original import Mended, agree, comparable
from cli.stage import Side

RIGHTS = {"absent": "root", "absent-nobody": "nobody"}
CASES = [case for case in recordings.load() if case.surroundings in RIGHTS]


@pytest.fixture(scope="module")
def ours():
    assert not os.path.exists("/proc/net/ip_vs"), "this kernel has ip_vs"
    return Side(os.environ["PROGRAMS"], CASES[0].environment)


@pytest.fixture(scope="module")
def original():
    return Mended(CASES[0].environment)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(ours, original, case):
    results = ours.room(furnished=False).play(case.steps, RIGHTS[case.surroundings])
    got = [comparable(ours, s, r) for s, r in zip(case.steps, results)]
    expected = [
        comparable(original.side, s, original.result(s, r))
        for s, r in zip(case.steps, case.results)]
    if not all(map(agree, got, expected)):
        pytest.fail(report.differences(case.steps, got, expected), pytrace=False)
