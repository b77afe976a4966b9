# SPDX-License-Identifier: Apache-2.0
"""The recordings of the original, read from Tests/Recordings/cli: every file that lies there."""

import glob
import json
import os
from typing import NamedTuple

from cli.stage import Result, Step

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Recordings/cli")

#: Words of a recording's `requires`, and the surroundings they ask for. The first that fits counts.
SURROUNDINGS = (
    ("live TCP/UDP/SIP connections", "live"),
    ("with CAP_NET_ADMIN only", "net-admin"),
    ("unshare -Urn", "user-namespace"),
    ("new net namespace", "bare"),
    ("ip_vs absent, uid 65534", "absent-nobody"),
    ("ip_vs absent", "absent"),
    ("ip_vs module not loaded and not loadable", "absent"),
    ("uid 65534", "nobody"),
)


class Case(NamedTuple):
    name: str
    tags: tuple
    surroundings: str
    steps: tuple
    results: tuple
    environment: dict


def surroundings(case):
    asked = case.get("requires")
    if asked is None:
        return "usual"
    for words, name in SURROUNDINGS:
        if words in asked:
            return name
    raise ValueError(f"case {case['name']}: the lab cannot build '{asked}'")


def case(recorded, environment):
    return Case(
        name=recorded["name"], tags=tuple(recorded["tags"]), surroundings=surroundings(recorded),
        steps=tuple(Step(tuple(s["argv"]), s.get("stdin")) for s in recorded["steps"]),
        results=tuple(Result(s["exit"], s["stdout"], s["stderr"]) for s in recorded["steps"]),
        environment=environment)


def load():
    cases = []
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.json"))):
        with open(path, encoding="utf-8") as file:
            recording = json.load(file)
        cases += [case(recorded, recording["environment"]) for recorded in recording["cases"]]
    if not cases:
        raise ValueError(f"there are no recordings in {FOLDER}")
    return cases
