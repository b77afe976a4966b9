# SPDX-License-Identifier: Apache-2.0
"""The recordings as files: which there are, how they are written, and how two of them differ."""

import copy
import importlib
import json
import os
from typing import NamedTuple

import kernels

_RECORDINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Recordings")

#: The kinds that can be recorded; each has a module KIND_recorder with two functions:
#: `record(recording)` replaces the outputs in a recording and returns what it kept as (step, reason);
#: `masked(recording)` hides, in a recording of its own, what differs from run to run by chance.
KINDS = ("cli", "requests", "states", "schedule", "nat", "firewall")


class Recorded(NamedTuple):
    text: str

    #: The number of values that are equal, and (path, recorded, now) for each that is not.
    equal: int
    different: list

    #: Those of `different` that are left when what differs by chance is hidden.
    unexpected: list

    kept: list


def folder(kind):
    return os.path.normpath(os.path.join(_RECORDINGS, kind))


def names(kind):
    return sorted(name for name in os.listdir(folder(kind)) if name.endswith(".json"))


def load(kind, name):
    """The text of a recording and what it holds."""
    with open(os.path.join(folder(kind), name), encoding="utf-8") as file:
        text = file.read()
    return text, json.loads(text)


def recorder(kind):
    """The module that records a kind."""
    return importlib.import_module(f"recorders.{kind}_recorder")


def record(kind, name):
    own = recorder(kind)
    old, before = load(kind, name)
    after = copy.deepcopy(before)
    kept = own.record(after)
    if "kernel" in after:
        after["kernel"] = ".".join(map(str, kernels.RUNNING.release))
    equal, different = compare(before, after)
    _, unexpected = compare(
        own.masked(copy.deepcopy(before)), own.masked(copy.deepcopy(after)))
    return Recorded(written(after, old, before), equal, different, unexpected, kept)


def written(recording, old, before):
    """The text of a recording, in the layout of the old text, which holds `before`."""
    for indent in (None, 0, 1):
        for is_ascii in (True, False):
            for end in ("", "\n"):
                if json.dumps(before, indent=indent, ensure_ascii=is_ascii) + end == old:
                    return json.dumps(recording, indent=indent, ensure_ascii=is_ascii) + end
    return _case_by_line(recording)


def _case_by_line(recording):
    head = {key: value for key, value in recording.items() if key != "cases"}
    lines = ",\n".join(map(json.dumps, recording["cases"]))
    return json.dumps(head)[:-1] + f', "cases": [\n{lines}\n]}}\n'


def compare(before, after, path=""):
    """The number of equal values, and (path, before, after) for each different one."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        pairs = [(key, before.get(key), after.get(key)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(number, *pair) for number, pair in enumerate(zip(before, after))]
    else:
        return (1, []) if before == after else (0, [(path, before, after)])
    equal, different = 0, []
    for key, was, now in pairs:
        count, found = compare(was, now, f"{path}/{key}")
        equal += count
        different += found
    return equal, different
