# SPDX-License-Identifier: Apache-2.0
"""What --save --full prints is the whole table, for --apply and for Debian's ipvsadm; and a plan is input for
--restore of both.
"""

import os

import pytest

from changes.place import OURS, ORIGINAL
from changes.random_tables import Tables

SEED = int(os.environ.get("IPVS_TEST_SEED", "11"))

#: How many tables, and how many pairs of them.
TABLES, PAIRS = 12, 8

DIFFERENT = 1


@pytest.fixture
def random_tables(place):
    """Tables by chance that the place's IPVS accepts line by line."""
    chance = Tables(SEED)
    print(f"IPVS_TEST_SEED={SEED}")

    def take():
        text = chance.next()
        assert place.run("--check", place.file(text, "checked")).exit == 0, text
        return text
    return take


def stop_daemons(place):
    for role in ("master", "backup"):
        place.run(f"--stop-daemon {role}")


def clear(place):
    stop_daemons(place)
    assert place.run("-C").exit == 0
    assert place.run("--set 900 120 300").exit == 0


def test_save_clear_apply(place, random_tables):
    """The same table by --apply, by our --restore, and by Debian's, which complains of nothing."""
    for _ in range(TABLES):
        text = random_tables()
        loaded = place.run("-R", "--strict", stdin=text)
        assert (loaded.exit, loaded.stderr) == (0, ""), text
        saved = place.table()
        assert place.run("--diff", place.file(saved)).exit == 0
        for way in (lambda: place.run("--apply", place.file(saved), "--allow-empty"),
                    lambda: place.run("-R", "--strict", stdin=saved),
                    lambda: place.run("-R", stdin=saved, side=ORIGINAL)):
            clear(place)
            result = way()
            assert (result.exit, result.stderr) == (0, ""), saved
            assert place.table() == saved
        clear(place)


def make_room_for(text, place):
    """A daemon that a file does not name goes on, and keeps servers of another family out."""
    if "--start-daemon" not in text:
        stop_daemons(place)


def commands(plan):
    """A plan without its comments, which 1.31 does not know."""
    return "".join(f"{line}\n" for line in plan.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("side", [OURS, ORIGINAL], ids=["ours", "original"])
def test_plans(place, random_tables, side):
    """A plan that --dry-run prints gives the target when --restore carries it out."""
    for _ in range(PAIRS):
        clear(place)
        first, second = random_tables(), random_tables()
        assert place.run("-R", "--strict", stdin=first).exit == 0
        make_room_for(second, place)
        target = place.file(second)
        plan = place.run("--apply", target, "--dry-run", "--allow-empty")
        assert plan.exit == 0, plan
        lines = plan.stdout if side == OURS else commands(plan.stdout)
        result = place.run("-R", stdin=lines, side=side)
        assert (result.exit, result.stderr) == (0, ""), (first, second, lines)
        assert place.run("--diff", target).stdout == ""


def test_apply_from_any_table_to_any(place, random_tables):
    """Whole, in one run, and back by --undo."""
    for _ in range(PAIRS):
        text = random_tables()
        make_room_for(text, place)
        before = place.table()
        target = place.file(text)
        result = place.run("--apply", target, "--allow-empty")
        assert (result.exit, result.stderr) == (0, ""), (before, target)
        assert place.run("--diff", target).exit == 0
        if "nothing to change" not in result.stdout:
            assert place.run("--undo").exit == 0
            assert place.table() == before
            assert place.run("--undo").exit == 0
            assert place.run("--diff", target).exit == 0
