# SPDX-License-Identifier: Apache-2.0
"""Files that are not what they should be. A fault is told with its line and column, and nothing is sent."""

import itertools
import os
import random
import re
import subprocess
import threading

import pytest

from changes.place import IS_ENGINE, OURS

FAULTY = 2


@pytest.fixture(autouse=True)
def unchanged(place):
    """No file of these tests changes the table."""
    assert place.run("-R", stdin="-A -t 10.0.0.1:80 -s rr\n").exit == 0
    before = place.table()
    yield
    assert place.table() == before


def faults(result, file):
    """Line, column, and text of each complaint about a file."""
    return [(int(line), int(column), text) for line, column, text in re.findall(
        rf"^{re.escape(file)}:(\d+):(\d+): (.*)$", result.stderr, re.M)]


def refused(place, content):
    """The faults of a file, for which all commands give the same texts and the same status."""
    file = place.file(content)
    results = [place.run(*words, file) for words in (("--check",), ("--diff",), ("--apply",))]
    assert {result.exit for result in results} == {FAULTY}, results
    assert len({result.stderr for result in results}) == 1, results
    return faults(results[0], file)


def accepted(place, content):
    file = place.file(content)
    result = place.run("--check", file)
    assert result.exit == 0, result
    return result, file


RULES = "-A -t 10.0.0.1:81 -s rr\n-a -t 10.0.0.1:81 -r 10.1.0.1:81 -m -w 1\n"


def test_a_folder(place):
    result = place.run("--apply", place.folder)
    assert (result.exit, result.headline) == (FAULTY, f"cannot read {place.folder}")
    assert "cause: it is a folder" in result.stderr and "remedy: " in result.stderr


def test_a_file_that_is_missing_and_one_that_may_not_be_read(place):
    result = place.run("--apply", f"{place.folder}/none")
    assert (result.exit, result.headline) == (FAULTY, f"cannot read {place.folder}/none")
    assert "cause: No such file or directory" in result.stderr


def test_a_fifo(place):
    """It is read to its end, as standard input is."""
    path = f"{place.folder}/fifo"
    os.mkfifo(path)
    child = place.start("--check", path)
    with open(path, "w", encoding="ascii") as file:
        file.write(RULES)
    out, _ = child.communicate(timeout=20)
    assert (child.returncode, out.decode()) == (0, f"{path}: no faults; 1 service, 1 server\n")
    result = place.run("--check", "-", stdin=RULES)
    assert result.stdout == "standard input: no faults; 1 service, 1 server\n"


def test_a_file_that_changes_while_it_is_read(place):
    """What was read may be half of the one and half of the other."""
    file = place.file("".join(
        f"-A -t 10.{n >> 16}.{n >> 8 & 255}.{n & 255}:80 -s rr\n" for n in range(50_000)))
    ends = threading.Event()

    def touch():
        for time in itertools.count():
            if ends.is_set():
                return
            os.utime(file, ns=(time, time))
    thread = threading.Thread(target=touch)
    thread.start()
    try:
        result = place.run("--apply", file)
    finally:
        ends.set()
        thread.join()
    assert (result.exit, result.headline) == (FAULTY, f"cannot read {file}")
    assert "cause: it changed while it was read" in result.stderr and "rename" in result.stderr


@pytest.mark.parametrize("length", [1, 100, 100_000])
def test_noise(place, length):
    """Binary data is refused, in printable text of a bounded length for each fault."""
    noise = bytes(random.Random(length).choices(range(256), k=length)) + b"\n-X\n"
    file = place.file(noise)
    result = place.run("--apply", file)
    assert result.exit == FAULTY
    assert all(line.isprintable() or "\udc80" <= max(line) for line in result.stderr.split("\n"))
    assert max(map(len, result.stderr.split("\n"))) < 800


def test_a_million_lines(place):
    """A fault at the end is found. User-Mode Linux has no memory for a million rules: there are blanks."""
    blanks = 0 if IS_ENGINE else 9
    path = f"{place.folder}/million"
    with open(path, "w", encoding="ascii") as file:
        for service in range(10_000 // (1 + blanks)):
            name = f"10.{service >> 8}.{service & 255}.1:80"
            file.write(f"-A -t {name} -s rr\n")
            file.writelines("\n" * blanks + f"-a -t {name} -r 10.200.{n}.1:80 -m -w 1\n"
                            for n in range(100))
        file.write("-a -t 10.0.0.1:80 -r 10.200.0.1:80 -m -w 1\n")
    result = place.run("--check", path)
    assert result.exit == FAULTY
    lines = 10_000 // (1 + blanks) * (1 + 100 * (1 + blanks))
    assert lines >= 1_000_000
    assert faults(result, path) == [
        (lines + 1, 22,
         f"service TCP 10.0.0.1:80 has server 10.200.0.1:80 from line {2 + blanks} already")]


def test_ends_of_lines(place):
    for text in (RULES.replace("\n", "\r\n"), RULES.rstrip(), f"\n\n# a\n{RULES}  \n\t# b\n"):
        result, file = accepted(place, text)
        assert result.stdout == f"{file}: no faults; 1 service, 1 server\n"


def test_byte_order_mark(place):
    """In front of a file it is named, and passed over; elsewhere it is a fault."""
    result, file = accepted(place, "\ufeff" + RULES)
    assert result.headline.startswith(f"{file}:1:1: warning: the file begins with a byte order mark")
    (line, column, text), = refused(place, RULES + "\ufeff-A -t 10.0.0.2:81 -s rr\n")
    assert (line, column) == (3, 1) and "U+FEFF" in text
    (line, column, text), *_ = refused(place, RULES.encode("utf-16"))
    assert (line, column) == (1, 1) and "UTF-16" in text


@pytest.mark.parametrize("dash", "\u2010\u2011\u2013\u2014\u2212")
def test_typographic_dashes(place, dash):
    found = refused(place, f"{dash}A -t 10.0.0.2:80 -s rr\n-A -t 10.0.0.3:80 {dash}s rr\n")
    assert [fault[:2] for fault in found] == [(1, 1), (2, 19)]
    assert all(f"U+{ord(dash):04X}" in text for *_, text in found)


def test_names_that_do_not_resolve(place):
    """All of them are told, each once."""
    found = refused(
        place, RULES + "-A -t one.invalid:80 -s rr\n-a -t one.invalid:80 -r two.invalid:80 -m\n"
        "-a -t 10.0.0.1:81 -r three.invalid -m\n-A -u 10.0.0.1:no-such-port -s rr\n")
    assert [fault[:2] for fault in found] == [(3, 7), (5, 22), (6, 7)]
    assert all(name in text for (*_, text), name in zip(
        found, ("one.invalid", "three.invalid", "no-such-port")))


def test_doubles_name_both_lines(place):
    found = refused(place, RULES + RULES + "--set 1 2 3\n--set 1 2 3\n"
                    "--start-daemon backup\n--start-daemon backup --syncid 4\n")
    assert [(line, re.findall(r"line (\d+)", text)) for line, _, text in found] == [
        (3, ["1"]), (6, ["5"]), (8, ["7"])]
    (line, _, text), = refused(place, RULES + RULES.splitlines()[1])
    assert line == 3 and "from line 2 already" in text


def test_a_server_before_its_service(place):
    service, server = RULES.splitlines()
    (line, _, text), = refused(place, f"{server}\n{server.replace('1.0.1:', '1.0.2:')}\n{service}\n")
    assert line == 1 and "line 3 only" in text and "(1 more line has the same)" in text


@pytest.mark.parametrize("line", ["-E -t 10.0.0.1:81 -s wlc", "-e -t 10.0.0.1:81 -r 10.1.0.1:81 -m",
                                  "-D -t 10.0.0.1:81", "-d -t 10.0.0.1:81 -r 10.1.0.1:81", "-C", "-Z",
                                  "-L", "-S"])
def test_lines_that_describe_no_rule(place, line):
    (number, _, _), = refused(place, f"{RULES}{line}\n")
    assert number == 3


def test_a_file_without_services(place):
    for words in ((place.file("# nothing\n"),), ("-",)):
        result = place.run("--apply", *words)
        assert result.exit == FAULTY and "has no service" in result.headline
        assert "--allow-empty" in result.stderr and "-C" in result.stderr


def test_no_file(place):
    for command in ("--check", "--diff", "--apply"):
        result = place.run(command)
        assert result.headline == f"{command}: missing file name", result


#: Mistakes: what happens to a line, and what is said of it.
MISTAKES = [
    ("server", lambda line: line.replace("-w ", "-w x"), "is no whole decimal number"),
    ("server", lambda line: line.replace("-r ", ""), None),
    ("server", lambda line: line.replace("-a ", "-e "), "changes a table"),
    ("server", lambda line: line + " -y 5", "lower threshold 5 without"),
    ("server", lambda line: line + " --tun-type gre", None),
    ("server", lambda line: line.replace("-m", "-m -g"), None),
    ("server", lambda line: line.replace("10.1.", "10.1.999."), None),
    ("server", lambda line: line.replace("-m", "\u2013m"), "U+2013"),
    ("service", lambda line: line.replace("-s ", "-p 0 -s "), None),
    ("service", lambda line: line.replace("-A ", "-A -r 10.0.0.1 "), None),
    ("service", lambda line: line.replace("-A", "A"), "commands begin with a dash"),
    ("service", lambda line: line.replace(":80", ":99999"), None),
    ("service", lambda line: line.replace("-s ", "--shceduler "), None),
    ("service", lambda line: line + " -b foo", None),
]


@pytest.mark.parametrize("seed", range(8))
def test_five_planted_mistakes(place, seed):
    """Of 200 lines five are wrong, services with servers among them: five faults are told, in order."""
    chance = random.Random(f"{os.environ.get('IPVS_TEST_SEED', '')}{seed}")
    lines = []
    for service in range(20):
        lines.append(f"-A -t 10.0.{service}.1:80 -s rr")
        lines += [f"-a -t 10.0.{service}.1:80 -r 10.1.0.{n}:80 -m -w {n}" for n in range(1, 10)]
    assert len(lines) == 200
    accepted(place, "\n".join(lines))
    planted = {}
    # One in a service: what follows from a mistake hides others of the same service.
    for service, (kind, change, text) in zip(
            chance.sample(range(20), 5), chance.sample(MISTAKES, 5)):
        number = service * 10 + (0 if kind == "service" else chance.randint(1, 9))
        changed = change(lines[number])
        assert changed != lines[number]
        lines[number] = changed
        planted[number + 1] = text
    found = refused(place, "\n".join(lines))
    assert [line for line, *_ in found] == sorted(planted), (found, planted)
    for line, column, text in found:
        assert 1 <= column <= len(lines[line - 1])
        assert planted[line] is None or planted[line] in text


@pytest.mark.parametrize("address, is_looked_up", [("10.0.0.9:80", False), ("no.host:80", True)])
def test_look_ups(place, address, is_looked_up):
    """Only names are looked up: the files of names are pipes here, which have no reader otherwise."""
    pipe = f"{place.folder}/names"
    os.mkfifo(pipe)
    file = place.file(f"{RULES}-A -t {address} -s rr\n")
    child = subprocess.Popen([
        "unshare", "--mount", "sh", "-c",
        f"for name in hosts services; do mount --bind {pipe} /etc/$name || exit 9; done; exec \"$@\"",
        "sh", f"{OURS}/ipvsadm", "--check", file], stdout=subprocess.DEVNULL)
    if is_looked_up:
        # Opens when another process has opened it for reading. The C library gives a pipe up at once, so
        # that the program may have ended before it is killed.
        with open(pipe, "wb", buffering=0):
            child.kill()
    assert child.wait(30) in ([-9, 2] if is_looked_up else [0])
