# SPDX-License-Identifier: Apache-2.0
"""Failures told so that a person can repeat them: the command lines, then what differs."""

import difflib


def differences(steps, got, expected):
    """`got` and `expected` are lists of comparables; only the steps that differ are shown."""
    lines = ["the command lines, on an empty table:"]
    lines += [f"  {number}: {step}" for number, step in enumerate(steps, 1)]
    for number, (step, ours, theirs) in enumerate(zip(steps, got, expected), 1):
        if ours == theirs:
            continue
        lines.append(f"step {number}: {step}")
        for what, mine, other in zip(("exit status", "standard output", "first line of standard"
                                      " error"), ours, theirs):
            if mine != other:
                lines += _one(what, mine, other)
    return "\n".join(lines)


def _one(what, ours, expected):
    if what != "standard output":
        return [f"  {what}: expected {expected!r}", f"  {' ' * len(what)}       got {ours!r}"]
    rows = difflib.unified_diff(
        [repr(line) for line in expected.splitlines(keepends=True)],
        [repr(line) for line in ours.splitlines(keepends=True)], "expected", "got", lineterm="")
    return [f"  {what}:"] + [f"    {row}" for row in rows]
