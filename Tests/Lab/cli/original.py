# SPDX-License-Identifier: Apache-2.0
"""What the original does, and what it would do if it were mended as the table says."""

import os

import kernels
from cli import exceptions, mends, table
from cli.mends import OWN_COMPLAINT, OWN_LISTING
from cli.stage import ORIGINAL, Side, Step
from cli.words import Item, put_together, take_apart, take_beginning


class Mended:
    """The original on a stage of its own, and the table of exceptions applied to it."""

    def __init__(self, environment, side=None):
        self.side = side or Side(ORIGINAL, environment)
        self.rows = exceptions.rows(environment)

    def step(self, step):
        """The step that makes the original do what a mended program does with `step`."""
        argv, stdin = step.argv, step.stdin
        if os.path.basename(argv[0]) == "ipvsadm":
            argv = (argv[0], *self._words(argv[1:]))
        for row in self.rows:
            argv = row.words(argv) if row.words else argv
        if stdin is not None and _restores(step.argv):
            for row in self.rows:
                stdin = row.input(stdin) if row.input else stdin
            stdin = "".join(self._restored(line) for line in mends.lines_of(stdin))
        return Step(argv, stdin)

    def _words(self, words):
        """The words that say the same in the original; these ones if they do."""
        items, rest = take_beginning(words)
        changed = items
        for row in self.rows if items else ():
            changed = row.line(changed) if row.line else changed
        return words if changed == items else (*put_together(changed), *rest)

    def _restored(self, line):
        words = tuple(word for word in line.split() if word != "ipvsadm")
        changed = self._words(words)
        return line if changed == words or not all(changed) else " ".join(changed) + "\n"

    def result(self, step, result, guide=None):
        """The original's result as it would be if it were mended."""
        for row in self.rows:
            result = row.output(step, result, guide) if row.output else result
            result = row.own(step, result) if row.own else result
        return result

    def play(self, steps):
        """Runs steps that `step` gave, for the mended results."""
        room = self.side.room()
        results = []
        for step in steps:
            found = room.run(step)
            guide = self._guide(room, step) if table.has_rows(found.stdout) else None
            results.append(self.result(step, found, guide))
        room.close()
        return results

    def _guide(self, room, step):
        numeric = _without_names(step)
        director = room.director()
        flags = frozenset(director.third_flags())
        director.close()
        return mends.Guide(room.run(numeric).stdout if numeric else None, flags)


def _restores(argv):
    if os.path.basename(argv[0]) == "ipvsadm-restore":
        return True
    items = take_apart(argv[1:])
    return bool(items) and items[0].name == "restore"


def _without_names(step):
    """The step that lists the same rows as `step` without names; None if it has none already."""
    program = os.path.basename(step.argv[0])
    if program != "ipvsadm":
        return Step(("ipvsadm", "-Sn")) if program == "ipvsadm-save" else None
    words = [word for word in step.argv[1:] if word != "--"]
    items = take_apart(words) if words else [Item("list")]
    if not items or items[0].name not in ("list", "save") or Item("numeric") in items:
        return None
    kept = [i for i in items if i.name.endswith("-service") or i.name in ("ipv6", "nosort")]
    return Step(("ipvsadm", *put_together([items[0], Item("numeric"), *kept])))


def comparable(side, step, result):
    """What has to be the same: exit status, standard output, first line of standard error."""
    text = result.stdout
    for option, token in (("-h", exceptions.HELP), ("-v", exceptions.VERSION)):
        if "ipvsadm v1.31" in text:
            own = side.own_text(step.argv[0], option)
            text = text.replace(own, token) if own else text
    if "--nosort" in step.argv:
        text = table.in_no_order(text)
    if _restores(step.argv):
        text = kernels.without_size(text)
    return (result.exit, text, result.complaint)


def agree(own, expected):
    """Whether two comparables are the same; of a complaint and of a listing of our own only whether it is
    there."""
    if expected[1] == OWN_LISTING:
        # Or a value of our own options is wrong, which the original does not get to.
        return own[0] == 0 and own[2] == "" or own[:2] == (2, "") and own[2] != ""
    if expected[2] == OWN_COMPLAINT:
        return own[:2] == expected[:2] and own[2] != ""
    return own == expected


def plain(original, steps):
    """What the original does, as comparables."""
    room = original.side.room()
    results = room.play(steps)
    room.close()
    return [comparable(original.side, step, result) for step, result in zip(steps, results)]


def mended(original, steps, told):
    """What it does where it is told `told`, for the comparables of `steps`."""
    results = original.play(told)
    return [comparable(original.side, step, result) for step, result in zip(steps, results)]
