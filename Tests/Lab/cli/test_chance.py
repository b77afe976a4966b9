# SPDX-License-Identifier: Apache-2.0
"""The same random command lines through the program under test and through Debian's ipvsadm.

Each has its own network namespace; each step is compared. The seed is the same in each run;
IPVS_TEST_SEED gives other lines, and LAB_LINES says how many (`make chance`). The lines of the
recordings are compared beside the recordings, in test_recordings.py.
"""

import os

import pytest

from cli import report
from cli.found import FOUND, Found
from cli.generator import Generator
from cli.original import agree, comparable, mended, plain

SEED = int(os.environ.get("IPVS_TEST_SEED", "20261126"))

#: A case is some fifteen lines and takes about a second: some ten processes on either side.
LINES = int(os.environ.get("LAB_LINES", "1000"))

#: Cases whose lines are shortened before they are shown; each costs many runs.
SHORTENED = 3


def ours_on(ours, steps):
    room = ours.room()
    results = room.play(steps)
    room.close()
    return [comparable(ours, step, result) for step, result in zip(steps, results)]


def same(got, expected):
    return all(map(agree, got, expected))


def disagreement(ours, original, steps):
    """None if the programs agree on the steps; else what each did.

    Where the table of exceptions changes lines, the original is told the changed ones, but for a
    line on which that makes the difference: if it has another fault, both refuse it for that one.
    """
    got, expected = ours_on(ours, steps), plain(original, steps)
    if same(got, expected):
        return None
    told, nearest = [original.step(step) for step in steps], None
    while True:
        expected = mended(original, steps, told)
        nearest = nearest or (got, expected)
        pairs = enumerate(zip(got, expected))
        index = next((i for i, pair in pairs if not agree(*pair)), None)
        if index is None:
            return None
        if told[index] == steps[index]:
            return nearest
        told[index] = steps[index]


def shortened(ours, original, steps):
    """The fewest steps, and words, on which the programs still disagree."""
    steps, index = list(steps), 0
    while index < len(steps):
        fewer = steps[:index] + steps[index + 1:]
        if fewer and disagreement(ours, original, fewer):
            steps = fewer
        else:
            index += 1
    for index, step in enumerate(steps):
        for word in range(len(step.argv) - 1, 1, -1):
            argv = steps[index].argv[:word] + steps[index].argv[word + 1:]
            fewer = [*steps[:index], step._replace(argv=argv), *steps[index + 1:]]
            if disagreement(ours, original, fewer):
                steps = fewer
    return tuple(steps)


def test_random_lines(ours, original, capsys):
    with capsys.disabled():
        print(f"\nrandom lines: IPVS_TEST_SEED={SEED} LAB_LINES={LINES}")
    generator, failures, lines, number = Generator(SEED), [], 0, 0
    while lines < LINES:
        number, steps = number + 1, generator.case()
        lines += sum(1 + (step.stdin or "").count("\n") for step in steps)
        found = disagreement(ours, original, steps)
        if found and len(failures) < SHORTENED:
            steps = shortened(ours, original, steps)
            found = disagreement(ours, original, steps) or found
        if found:
            failures.append(f"seed {SEED}, case {number}: {report.differences(steps, *found)}\n"
                            f"for found.py: {Found(SEED, number, steps)!r}")
    with capsys.disabled():
        print(f"{lines} command lines and restored lines compared, {len(failures)} cases differ")
    assert lines > 0
    if failures:
        pytest.fail("\n\n".join(failures), pytrace=False)


@pytest.mark.parametrize("row", FOUND, ids=lambda row: f"{row.seed}-{row.case}")
def test_found(ours, original, row):
    found = disagreement(ours, original, row.steps)
    if found:
        pytest.fail(report.differences(row.steps, *found), pytrace=False)


def test_a_seed_gives_the_same_lines():
    once, again = Generator(7), Generator(7)
    assert [once.case() for _ in range(50)] == [again.case() for _ in range(50)]
