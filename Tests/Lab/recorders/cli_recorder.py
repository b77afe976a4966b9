# SPDX-License-Identifier: Apache-2.0
"""Command lines, played by Debian's ipvsadm on the files and interfaces that a recording names."""

import subprocess

import kernels
from cli import live, recordings
from cli.original import comparable
from cli.stage import ORIGINAL, Result, Side, Step

#: Surroundings that this kernel has: who runs the steps, and whether the room has its interfaces.
_ROOMS = {
    "usual": ("root", True), "net-admin": ("net-admin", True), "bare": ("root", False),
    "nobody": ("nobody", False), "user-namespace": ("user-namespace", False),
}


def record(recording):
    environment = recording["environment"]
    recording["program"] = _program()
    side, kept = Side(ORIGINAL, environment), []
    for case in recording["cases"]:
        played = recordings.case(case, environment)
        if played.surroundings in _ROOMS:
            rights, is_furnished = _ROOMS[played.surroundings]
            room = side.room(is_furnished)
            results = room.play(played.steps, rights)
        elif played.surroundings == "live":
            room = Side(ORIGINAL, live.environment(environment)).room()
            results = live.play(room, played)
        else:
            kept.append((case["name"], f"needs another kernel: {case['requires']}"))
            continue
        room.close()
        for step, result in zip(case["steps"], results):
            step.update(stdout=result.stdout, stderr=result.stderr, exit=result.exit)
    return kept


def _program():
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "ipvsadm"], capture_output=True, text=True,
        check=True).stdout
    return f"ipvsadm {version.split(':')[-1].split('-')[0]} (Debian {version})"


def masked(recording):
    """The order of rows of --nosort, and of live connections their rates, seconds and order."""
    side = Side(ORIGINAL, recording["environment"])
    for case in recording["cases"]:
        is_live = recordings.surroundings(case) == "live"
        for step in case["steps"]:
            line = Step(tuple(step["argv"]), step.get("stdin"))
            result = Result(step["exit"], step["stdout"], step["stderr"])
            hidden = live.masked(line, result) if is_live else comparable(side, line, result)
            step["stdout"] = hidden[1]
    return recording
