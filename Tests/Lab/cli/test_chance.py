"""The same command lines by chance through the program under test and through Debian's ipvsadm.

Each has its own network namespace; compared is each step. LAB_CASES cases from LAB_SEED. The lines
of the recordings are compared beside the recordings, in test_recordings.py.
"""

import os
import random

import pytest

from cli import report
from cli.generator import Generator
from cli.original import agree, comparable, mended, plain

#: A case takes about a second: some ten processes on either side.
CASES = int(os.environ.get("LAB_CASES", "60"))
SEED = int(os.environ.get("LAB_SEED", random.SystemRandom().randrange(10**9)))

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
        place = next((i for i, pair in pairs if not agree(*pair)), None)
        if place is None:
            return None
        if told[place] == steps[place]:
            return nearest
        told[place] = steps[place]


def shortened(ours, original, steps):
    """The fewest steps, and words, on which the programs still disagree."""
    steps, place = list(steps), 0
    while place < len(steps):
        fewer = steps[:place] + steps[place + 1:]
        if fewer and disagreement(ours, original, fewer):
            steps = fewer
        else:
            place += 1
    for place, step in enumerate(steps):
        for word in range(len(step.argv) - 1, 1, -1):
            argv = steps[place].argv[:word] + steps[place].argv[word + 1:]
            fewer = [*steps[:place], step._replace(argv=argv), *steps[place + 1:]]
            if disagreement(ours, original, fewer):
                steps = fewer
    return steps


def test_lines_by_chance(ours, original, capsys):
    with capsys.disabled():
        print(f"\n{CASES} cases by chance; to repeat them: LAB_SEED={SEED} LAB_CASES={CASES}")
    generator, failures, lines = Generator(SEED), [], 0
    for number in range(1, CASES + 1):
        steps = generator.case()
        lines += sum(1 + (step.stdin or "").count("\n") for step in steps)
        found = disagreement(ours, original, steps)
        if found and len(failures) < SHORTENED:
            steps = shortened(ours, original, steps)
            found = disagreement(ours, original, steps) or found
        if found:
            failures.append(f"case {number}: " + report.differences(steps, *found))
    with capsys.disabled():
        print(f"{lines} command lines and restored lines compared")
    assert CASES > 0 and lines > 0
    if failures:
        told = "\n\n".join(failures)
        pytest.fail(f"LAB_SEED={SEED}: {len(failures)} of {CASES} cases\n{told}", pytrace=False)


def test_chance_is_repeatable():
    once, again = Generator(7), Generator(7)
    assert [once.case() for _ in range(50)] == [again.case() for _ in range(50)]
