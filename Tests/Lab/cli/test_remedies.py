# SPDX-License-Identifier: Apache-2.0
"""Texts on the kernel's own table: what they say of the kernel, and that a remedy that is a command
does what it says and leaves the rest of the table alone.
"""

import os
import re
import subprocess

import pytest

from cli.stage import Step

RULES = """\
-A -t 10.99.0.1:80 -s wrr -p 300
-a -t 10.99.0.1:80 -r 10.99.0.2:8080 -m -w 7 -x 1000 -y 800
-a -t 10.99.0.1:80 -r 10.99.0.3:8080 -m -w 3
-A -u 10.99.0.1:53 -s rr -o
-A -f 5 -s lc
"""

#: A line that the kernel refuses, and what its remedy changes in `-Sn` and the thresholds: a row
#: before and after; None: nothing.
REMEDIES = [
    ("-e -t 10.99.0.1:80 -r 10.99.0.2:8080 -w 0",
     ("10.99.0.2:8080 -m -w 7 1000 800", "10.99.0.2:8080 -m -w 0 1000 800")),
    ("-e -t 10.99.0.1:80 -r 10.99.0.3 -m -w 9",
     ("10.99.0.3:8080 -m -w 3 0 0", "10.99.0.3:8080 -m -w 9 0 0")),
    ("-e -t 10.99.0.1:80 -r 10.99.0.2:8080 -x 2000",
     ("10.99.0.2:8080 -m -w 7 1000 800", "10.99.0.2:8080 -m -w 7 2000 800")),
    ("-a -t 10.99.0.1:80 -r 10.99.0.2:8080 -m -w 1",
     ("10.99.0.2:8080 -m -w 7 1000 800", "10.99.0.2:8080 -m -w 1 1000 800")),
    ("-A -t 10.99.0.1:80 -s lc",
     ("-A -t 10.99.0.1:80 -s wrr -p 300", "-A -t 10.99.0.1:80 -s lc -p 300")),
    ("-A -u 10.99.0.1:53 -s lc", ("-A -u 10.99.0.1:53 -s rr -o", "-A -u 10.99.0.1:53 -s lc -o")),
    ("-d -t 10.99.0.1:80 -r 10.99.0.3", ("10.99.0.3:8080 -m -w 3 0 0", None)),
    ("-a -t 10.99.0.9:81 -r 10.99.0.3 -m", (None, "-A -t 10.99.0.9:81 -s wlc")),
    ("-L -t 10.99.0.1:81", None),
    ("--stop-daemon master", None),
    ("-R rules", (None, "-A -t 10.9.9.9:80 -s wlc")),
]


@pytest.fixture
def room(ours):
    room = ours.room()
    assert room.run(Step(("ipvsadm", "-R"), RULES)).exit == 0
    yield room
    room.close()


def run(room, line, stdin=None):
    return room.run(Step(("ipvsadm", *line.split()), stdin))


def table(room):
    """The rows of the table, those of servers with their thresholds."""
    thresholds = {
        row.split()[1]: " ".join(row.split()[2:4])
        for row in run(room, "-Ln --thresholds").stdout.splitlines() if row.startswith("  -> ")}
    rows = set()
    for row in run(room, "-Sn").stdout.splitlines():
        words = row.split()
        rows.add(row if words[0] == "-A"
                 else " ".join(words[4:] + [thresholds[words[4]]]))
    return rows


@pytest.mark.parametrize("line, change", REMEDIES)
def test_remedy(room, line, change):
    before = table(room)
    result = run(room, line)
    assert result.exit != 0 and table(room) == before
    remedy = next(row for row in result.stderr.splitlines() if row.startswith("  remedy: "))
    commands = re.findall(r"'ipvsadm ([^']*)'", remedy)
    assert commands, remedy
    old, new = change or (None, None)
    for command in commands[-1:]:
        command = command.split(" < ")[0].split(" > ")[0]
        typed = run(room, command, "-A -t 10.9.9.9:80 -s wlc")
        assert (typed.exit, typed.stderr) == (0, ""), remedy
    assert table(room) == (before - {old}) | ({new} if new else set())


def test_scheduler_that_this_kernel_does_not_have(room):
    """Of the schedulers only those are listed that the kernel can load: in Debian's, all but twos."""
    result = run(room, "-A -t 10.99.0.7:80 -s nosuch")
    remedy = result.stderr.splitlines()[-1]
    listed = remedy.split(": ")[-1].split()
    assert "wlc" in listed and "mh" in listed, remedy
    for name in listed:
        added = run(room, f"-A -t 10.99.0.7:80 -s {name}")
        assert added.exit == 0, name
        run(room, "-D -t 10.99.0.7:80")
    twos = run(room, "-A -t 10.99.0.7:80 -s twos")
    assert ("twos" in listed) == (twos.exit == 0)
    if twos.exit != 0:
        assert "has no module ip_vs_twos" in twos.stderr, twos.stderr


@pytest.mark.parametrize("name, meant", [("WLC", "wlc"), ("wrrr", "wrr"), ("lblcs", "lblc")])
def test_near_miss_of_a_scheduler(room, name, meant):
    assert f"did you mean -s {meant}" in run(room, f"-A -t 10.99.0.7:80 -s {name}").stderr


def test_interface_that_is_not_there(room):
    result = run(room, "--start-daemon master --mcast-interface nothere0")
    assert "this network namespace has no interface nothere0; it has: lo" in result.stderr


def test_engine_of_another_namespace(room, tmp_path):
    """An engine is not explained by the interfaces, the modules and the rights of its client."""
    socket = str(tmp_path / "engine")
    engine = subprocess.Popen(
        ["unshare", "-n", os.path.join(os.environ["PROGRAMS"], "ipvs-engine"), "serve",
         f"--socket={socket}"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if os.path.exists(socket):
                break
            subprocess.run(["sleep", "0.05"], check=True)
        result = run(room, f"--engine {socket} --start-daemon master --mcast-interface d0")
        assert result.complaint == "No such device"
        assert f"engine: {socket}" in result.stderr
        assert "network namespace of the engine has no interface d0; it has: lo" in result.stderr
        unknown = run(room, f"--engine {socket} -A -t 10.99.0.7:80 -s nosuch")
        assert "module" not in unknown.stderr and "the engine has no scheduler" in unknown.stderr
        absent = run(room, f"--engine {socket} -a -t 10.99.0.7:80 -r 10.99.0.2 -m").stderr
        assert f"'ipvsadm --engine {socket} -A -t 10.99.0.7:80 -s wlc'" in absent
    finally:
        engine.terminate()
        engine.wait()
