# SPDX-License-Identifier: Apache-2.0
"""What no recording can hold: output that fails, entries made by other programs, and connections
looked at by both programs in the same moment.
"""

import os

import pytest

from cli import live, report
from cli.director import Director
from cli.original import ORIGINAL, agree, comparable
from cli.stage import Side, Step


def step(line):
    return Step(("ipvsadm", *line.split()))


WEB = [step("-A -t 10.0.0.1:80 -s rr"), step("-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m")]
LISTINGS = ["-Ln", "-Sn", "-Lnc", "-L --timeout", "-Ln --stats", "-h", "-v"]


@pytest.fixture
def room(ours):
    room = ours.room()
    yield room
    room.close()


@pytest.mark.parametrize("line", LISTINGS)
def test_full_output(room, original, line):
    """A full disk is noticed, exit status 1; the original does not notice."""
    room.play(WEB)
    with open("/dev/full", "wb") as full:
        result = room.run(step(line), stdout=full)
        there = room.seen_by(original.side)
        assert there.run(step(line), stdout=full).exit == 0, "no exception any more"
        there.close()
    assert (result.exit, result.complaint != "") == (1, True)


@pytest.mark.parametrize("line", LISTINGS)
def test_closed_output(room, line):
    room.play(WEB)
    result = room.run(Step(("sh", "-c", f"exec ipvsadm {line} >&-")))
    assert (result.exit, result.complaint != "") == (1, True)


@pytest.mark.parametrize("line", ["ipvsadm -R </", "ipvsadm -R <&-", "ipvsadm-restore </"])
def test_unreadable_input(room, original, line):
    """A folder and a closed descriptor: an error, and the table stays as it is."""
    line = Step(("sh", "-c", f"exec {line}"))
    room.play(WEB)
    result = room.run(line)
    assert (result.exit, result.complaint) == (1, "cannot read standard input")
    assert len(room.run(step("-Sn")).stdout.splitlines()) == len(WEB)
    there = room.seen_by(original.side)
    assert there.run(line).exit == 0, "no exception any more"
    there.close()


#: Forwarding methods by their number in the kernel, and how ours shows and saves them.
METHODS = {1: ("Local", "-g"), 4: ("Bypass", "-g")}

#: Checksum flags of tunnels, and how ours shows them. Bits from 4 on mean nothing yet.
CHECKSUMS = {3: "+c,r+c", 5: "+c", 8: "-c"}


def _added(room, **entry):
    """What the program shows and saves of a server that another program added."""
    room.run(WEB[0])
    room.enter()
    director = Director()
    director.add_server(("10.0.0.1", 80), ("10.0.0.2", 80), **entry)
    director.close()
    return [room.run(step(line)) for line in ("-Ln --tun-info", "-Sn")]


def test_many_refusals(room):
    """Refusals of long requests fill what a socket has room for, and none is lost."""
    lines = []
    for host in range(1, 41):
        service = f"[2001:db8:aaaa:bbbb:cccc:dddd:eeee:{host:x}]:8080"
        lines.append(f"-A -t {service} -s wlc -p 300 -M 64")
        lines += (f"-a -t {service} -r [2001:db8:1111:2222:3333:4444:5555:{number:x}]:8080 "
                  f"-i --tun-type gue --tun-port 6080 -w 100 -x 1000 -y 900"
                  for number in range(1, 31))
    restore = Step(("ipvsadm", "-R"), "\n".join(lines))
    assert room.run(restore).exit == 0
    result = room.run(restore)
    told = [line.removesuffix(" ...") for line in result.stderr.splitlines()
            if line.startswith("  line ")]
    assert told == [f"  line {number}: {line[:120]}" for number, line in enumerate(lines, 1)]


@pytest.mark.parametrize("method", METHODS)
def test_foreign_method(room, method):
    listed, saved = _added(room, method=method)
    shown, option = METHODS[method]
    assert (listed.exit, saved.exit) == (0, 0)
    assert listed.stdout.splitlines()[-1].split()[2] == shown
    assert saved.stdout.splitlines()[-1] == f"-a -t 10.0.0.1:80 -r 10.0.0.2:80 {option} -w 1"


@pytest.mark.parametrize("flags", CHECKSUMS)
@pytest.mark.parametrize("kind", ["gue", "gre"])
def test_foreign_checksums(room, kind, flags):
    port = 6080 if kind == "gue" else 0
    listed, saved = _added(
        room, method=2, kind={"gue": 1, "gre": 2}[kind], port=port, flags=flags)
    assert (listed.exit, saved.exit) == (0, 0)
    where = f"gue:{port}" if kind == "gue" else "gre"
    assert listed.stdout.splitlines()[-1].split()[3] == f"{where}:{CHECKSUMS[flags]}"
    # -R takes one checksum option at most, so two flags cannot both be saved.
    assert f" -i -w 1 --tun-type {kind} " in saved.stdout
    assert room.play([step("-C"), Step(("ipvsadm", "-R"), saved.stdout)])[1] == (0, "", "")


@pytest.fixture(scope="module")
def stages(environment):
    """Both sides on files that name the client and the virtual address."""
    names = live.environment(environment)
    return Side(os.environ["PROGRAMS"], names), Side(ORIGINAL, names)


@pytest.fixture
def traffic(stages):
    room = stages[0].room()
    made = live.Traffic(room)
    for line in (
            "-A -t 10.99.0.100:80 -s rr", "-a -t 10.99.0.100:80 -r 10.99.0.10:8080 -m",
            "-A -t 10.99.0.100:81 -s rr -p 60", "-a -t 10.99.0.100:81 -r 10.99.0.10:8080 -m",
            "-A -t 10.99.0.100:82 -s rr -p", "-a -t 10.99.0.100:82 -r 10.99.0.10:8080 -m",
            "-A -t [fd99::100]:80 -s rr -p 90", "-a -t [fd99::100]:80 -r [fd99::10]:8080 -m",
            "-A -u 10.99.0.100:9000 -s rr", "-a -u 10.99.0.100:9000 -r 10.99.0.10:9000 -m",
            "-A -u 10.99.0.100:5060 -s rr -p 70 --pe sip",
            "-a -u 10.99.0.100:5060 -r 10.99.0.10:5060 -m"):
        assert room.run(step(line)).exit == 0
    made.start()
    yield made
    made.close()
    room.close()


VIEWS = ["-Lnc", "-Lc", "-Lnc --persistent-conn", "-Ln --rate", "-Ln --rate --exact",
         "-Ln --stats --exact", "-L --persistent-conn", "-Ln"]


def test_same_moment(stages, traffic):
    """Seconds left, rates and the kernel's order, as the original shows them at the same time."""
    ours, theirs = traffic.room, traffic.room.seen_by(stages[1])
    for line in map(step, VIEWS):
        # A second or an estimation may pass between the two looks, but not every time.
        for _ in range(8):
            got = comparable(stages[0], line, ours.run(line))
            expected = comparable(stages[1], line, theirs.run(line))
            if agree(got, expected):
                break
        else:
            pytest.fail(report.differences([line], [got], [expected]), pytrace=False)
    theirs.close()


@pytest.mark.parametrize("length", [92, 185, 186, 187, 200, 250])
def test_long_rows(traffic, length):
    """A client chooses the Call-ID that the kernel puts at the end of a row."""
    identity = f"{length}-".ljust(length, "c")
    traffic.room.enter()
    traffic.call(40100, identity, 60 + length + 40)
    with open("/proc/net/ip_vs_conn", encoding="ascii") as file:
        rows = file.read().splitlines()[1:]
    assert any(row.endswith(identity) for row in rows), "the kernel did not keep the Call-ID"
    result = traffic.room.run(step("-Lnc --persistent-conn"))
    assert (result.exit, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 2 + len(rows)
    assert [row for row in result.stdout.splitlines() if row.endswith(" " + identity)]
