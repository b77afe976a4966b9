# SPDX-License-Identifier: Apache-2.0
"""Lines of --restore that must all succeed, and edits that keep the rest."""

import re

import pytest

RULES = """\
-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0 -b flag-1
-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 7 -x 100 -y 80
-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 5
-a -t 10.0.0.1:80 -r 10.1.0.2:8081 -m -w 6
-a -t 10.0.0.1:80 -r 10.1.0.3:80 -g -w 4
-A -u 10.0.0.1:53 -s rr -o
-A -f 5 -s sh -b sh-port
-a -f 5 -r 10.1.0.1:0 -i -w 3 --tun-type gue --tun-port 6080 --tun-csum
"""


@pytest.fixture(autouse=True)
def filled(place):
    place.set(RULES)


def rows(place):
    return set(place.table().splitlines()[1:])


#: Lines of which some fail, the exit status of --restore, and that with --strict.
STRICT = [
    (["-A -t 10.0.0.2:80 -s rr"], 0, 0),
    (["-A -t 10.0.0.1:80 -s rr", "-A -t 10.0.0.2:80 -s rr"], 0, 255),
    (["-A -t 10.0.0.2:80 -s rr", "-A -t 10.0.0.1:80 -s rr"], 255, 255),
    (["-d -t 10.0.0.1:80 -r 10.9.9.9", "-L -t 10.0.0.1:99", "-A -t 10.0.0.2:80"], 1, 255),
    (["-A -t 10.0.0.2:80 -w 1", "-A -t 10.0.0.2:80 -s rr"], 2, 2),
    (["-A -t 10.0.0.1:80", "-A -t 10.0.0.2:80 -w 1"], 2, 255),
    ([], 0, 0),
]


@pytest.mark.parametrize("lines, plain, strict", STRICT)
def test_restore_strict(place, lines, plain, strict):
    """The status is that of the first line that fails; what is carried out is the same."""
    text = "".join(f"{line}\n" for line in lines)
    seen = []
    for words, status in ((("-R",), plain), (("-R", "--strict"), strict)):
        place.set(RULES)
        result = place.run(*words, stdin=text)
        assert result.exit == status, result
        seen.append((result.stderr, rows(place)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("lines, plain, strict", [
    (["-A -t 10.0.0.2:80 -s rr"], 0, 0),
    (["-A -t 10.0.0.2:80", "-A -t 10.0.0.2:80", "-A -f 1"], 0, 255),
    (["-A -t 10.0.0.2:80", "-A -f 1 -w 1"], 2, 2)])
def test_restore_program_strict(place, lines, plain, strict):
    text = "".join(f"{line}\n" for line in lines)
    assert place.run("ipvsadm-restore", stdin=text).exit == plain
    assert place.run("ipvsadm-restore", "--strict", stdin=text).exit == strict


@pytest.mark.parametrize("words", [["--help"], ["-n"], ["rules"], ["--strict", "x"], ["--strict=1"]])
def test_restore_program_refuses_words(place, words):
    """Before it touches anything: 1.31 empties the table."""
    before = place.table()
    result = place.run("ipvsadm-restore", *words, stdin="")
    assert result.exit == 2 and "nothing was changed" in result.stderr
    assert place.table() == before


_SERVER = "-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 7 -x 100 -y 80"
_SERVICE = "-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0 -b flag-1"
_TUNNEL = "-a -f 5 -r 10.1.0.1:0 -i -w 3 --tun-type gue --tun-port 6080 --tun-csum"

#: Lines with --keep-rest in all spellings, and the row before and after.
KEPT = [
    ("-e -t 10.0.0.1:80 -r 10.1.0.1:8080 -w 0 --keep-rest", _SERVER, _SERVER.replace("-w 7", "-w 0")),
    ("-e --keep-rest -t 10.0.0.1:80 -r 10.1.0.1 -w 9", _SERVER, _SERVER.replace("-w 7", "-w 9")),
    ("--edit-server --tcp-service 10.0.0.1:80 --keep-rest --real-server 10.1.0.1 --weight=9", _SERVER,
     _SERVER.replace("-w 7", "-w 9")),
    ("-e -t 10.0.0.1:80 -r 10.1.0.1 -x 200 --keep-rest", _SERVER, _SERVER.replace("-x 100", "-x 200")),
    ("-e -t 10.0.0.1:80 -r 10.1.0.1 -y 0 --keep-rest", _SERVER, _SERVER.replace(" -y 80", "")),
    ("-e -t 10.0.0.1:80 -r 10.1.0.1:8080 -m --keep-rest", _SERVER, _SERVER),
    ("-e -f 5 -r 10.1.0.1 -w 9 --keep-rest", _TUNNEL, _TUNNEL.replace("-w 3", "-w 9")),
    ("-e -f 5 -r 10.1.0.1 -i -w 9 --keep-rest", _TUNNEL, _TUNNEL.replace("-w 3", "-w 9")),
    ("-e -f 5 -r 10.1.0.1 -m --keep-rest", _TUNNEL, "-a -f 5 -r 10.1.0.1:0 -m -w 3"),
    ("-E -t 10.0.0.1:80 -p 60 --keep-rest", _SERVICE, _SERVICE.replace("-p 300", "-p 60")),
    ("-E -t 10.0.0.1:80 --keep-rest -p", _SERVICE, _SERVICE.replace("-p 300", "-p 360")),
    ("--edit-service -t 10.0.0.1:80 --keep-rest --netmask 255.0.0.0", _SERVICE,
     _SERVICE.replace("255.255.255.0", "255.0.0.0")),
    ("-E -t 10.0.0.1:80 -s wrr --keep-rest", _SERVICE, _SERVICE),
    ("-E -t 10.0.0.1:80 -s rr --keep-rest", _SERVICE,
     _SERVICE.replace("-s wrr", "-s rr").replace(" -b flag-1", "")),
    ("-E -u 10.0.0.1:53 -s wlc --keep-rest", "-A -u 10.0.0.1:53 -s rr -o", "-A -u 10.0.0.1:53 -s wlc -o"),
]


@pytest.mark.parametrize("line, old, new", KEPT)
@pytest.mark.parametrize("way", ["line", "restore"])
def test_keep_rest(place, line, old, new, way):
    before = rows(place)
    assert old in before
    result = place.run(line) if way == "line" else place.run("-R", stdin=f"{line}\n")
    assert result == (0, "", "")
    assert rows(place) == before - {old} | {new}


@pytest.mark.parametrize("line, told", [
    ("-e -t 10.0.0.1:80 -r 10.1.0.2 -w 1 --keep-rest", "-r 10.1.0.2:8080"),
    ("-e -t 10.0.0.1:80 -r 10.1.0.9 -w 1 --keep-rest", "10.1.0.9"),
    ("-e -t 10.0.0.1:80 -r 10.1.0.1:9999 -w 1 --keep-rest", "8080"),
    ("-E -t 10.0.0.9:80 -s rr --keep-rest", "10.0.0.9:80"),
    ("-e -t 10.0.0.9:80 -r 10.1.0.1 -w 1 --keep-rest", "10.0.0.9:80")])
def test_keep_rest_of_what_is_not_there(place, line, told):
    before = place.table()
    result = place.run(line)
    assert result.exit == 255 and told in result.stderr, result
    assert place.table() == before


@pytest.mark.parametrize("line", ["-a -t 10.0.0.1:80 -r 10.1.0.5 --keep-rest", "-L --keep-rest",
                                  "-d -t 10.0.0.1:80 -r 10.1.0.3 --keep-rest", "-C --keep-rest"])
def test_keep_rest_belongs_to_edits(place, line):
    before = place.table()
    assert place.run(line).exit != 0
    assert place.table() == before


def test_the_commonest_drain_line(place):
    """The cause is the method that is missing, and the remedy drains the server and does no more."""
    before = rows(place)
    result = place.run("-e -t 10.0.0.1:80 -r 10.1.0.1:8080 -w 0")
    assert (result.exit, result.headline) == (255, "No such destination")
    assert "-m" in result.stderr and "port" in result.stderr
    commands = re.findall(r"'ipvsadm ([^']*)'", result.stderr)
    assert commands and "--keep-rest" in commands[-1], result
    assert rows(place) == before
    assert place.run(commands[-1]) == (0, "", "")
    assert rows(place) == before - {_SERVER} | {_SERVER.replace("-w 7", "-w 0")}
