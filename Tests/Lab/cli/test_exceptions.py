# SPDX-License-Identifier: Apache-2.0
"""Each row of the table of exceptions differs from the original still, and just as it says."""

import pytest

from cli import exceptions, recordings, report
from cli.original import agree, comparable, mended, plain

ROWS = exceptions.rows(recordings.load()[0].environment)
EXAMPLES = [
    pytest.param(steps, id=f"{row.name}-{number}")
    for row in ROWS for number, steps in enumerate(row.examples, 1) if row.name != "own texts"]


@pytest.mark.parametrize("steps", EXAMPLES)
def test_example(ours, original, steps):
    room = ours.room()
    got = [comparable(ours, step, result) for step, result in zip(steps, room.play(steps))]
    room.close()
    expected = mended(original, steps, [original.step(step) for step in steps])
    assert plain(original, steps) != expected, "an exception that makes no difference"
    if not all(map(agree, got, expected)):
        pytest.fail(report.differences(steps, got, expected), pytrace=False)


@pytest.mark.parametrize("option", ["-h", "--help", "-v", "--version"])
def test_own_texts_name_the_version(ours, original, option):
    text = ours.own_text("ipvsadm", option)
    assert text.startswith("ipvsadm v1.31") and text.endswith("\n")
    assert option in ("-v", "--version") or text != original.side.own_text("ipvsadm", option)


def test_every_row_has_a_reason_and_a_proof():
    """Rows without examples are shown elsewhere: by recordings of other surroundings, or in
    test_trouble.py."""
    elsewhere = {
        "help needs no kernel", "quiet modprobe", "output errors", "input errors", "long rows",
        "foreign methods", "foreign checksums"}
    assert all(row.reason for row in ROWS)
    assert {row.name for row in ROWS if not row.examples} == elsewhere
