# SPDX-License-Identifier: Apache-2.0
"""Captures replayed through rules: what is sent, what is reported, and what goes wrong."""

import os
import pty
import resource
import signal
import subprocess
import time

import pytest

import captures
from captures import tcp
from programs import PROGRAMS, environment, outcome, run

RULES = """-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m
-a -t 10.0.0.1:80 -r 10.1.0.3:8080 -m
-A -t 10.0.0.1:81 -s rr
-a -t 10.0.0.1:81 -r 10.1.0.2:81 -i
"""
SYN, ACK = 0x02, 0x10


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules").write_text(RULES)
    return tmp_path


def replay(folder, packets, *words):
    captures.write(folder / "in", packets)
    return outcome(
        "ipvs-engine", "replay", f"--rules={folder}/rules", f"--read={folder}/in", *words)


def conversation(port):
    """What a client sends, and what a server that has the connection answers."""
    return [tcp(port, 80, SYN), tcp(port, 80, ACK), tcp(port, 80, ACK, payload=b"question")]


def test_packets_go_to_servers_and_back_at_the_time_of_the_capture(folder):
    packets = [(100 + number / 10, packet) for number, packet in enumerate(conversation(3456))]
    packets.append((101.5, tcp(8080, 3456, SYN | ACK, "10.1.0.3 10.9.0.2")))
    status, said, errors = replay(folder, packets, f"--write={folder}/out")
    assert (status, errors) == (0, "")
    sent = captures.read(folder / "out")
    assert [when for when, _ in sent] == pytest.approx([100, 100.1, 100.2, 101.5])
    # The last server that was added is asked first.
    assert [packet[16:20] for _, packet in sent[:3]] == [bytes([10, 1, 0, 3])] * 3
    assert sent[3][1][12:24] == bytes([10, 0, 0, 1, 10, 9, 0, 2, 0, 80, 3456 >> 8, 3456 & 255])
    assert all(captures.checksum(packet[:20]) == 0 for _, packet in sent)


@pytest.mark.parametrize("times", [
    [5, 4, 3, 2, 1, 0], [100, 4_000_000_000, 100, 0, 4_294_967_295, 50]], ids=["back", "leaps"])
def test_a_capture_whose_time_goes_backwards(folder, times):
    """No packet is lost by it."""
    packets = [(when, tcp(3456, 80, SYN)) for when in times]
    status, _, errors = replay(folder, packets, f"--write={folder}/out")
    assert (status, errors) == (0, "")
    assert [packet[16:19] for _, packet in captures.read(folder / "out")] == [b"\n\1\0"] * len(times)


def test_the_account(folder):
    packets = [packet for port in range(1024, 1034) for packet in conversation(port)]
    packets += [tcp(9, 9, SYN, "10.9.0.2 10.9.0.3"), b"\x45broken", tcp(1024, 81, SYN)]
    status, said, errors = replay(folder, [(number, packet) for number, packet in enumerate(packets)])
    assert (status, errors) == (0, "")
    assert said == """\
          33  frames in the capture
          33  packets
          31    sent to real servers
           0    sent back to clients
           1    let through
           1    broken
          11  connections
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.0.0.1:80                        10       30        0     1280        0
  -> 10.1.0.2:8080                       5       15        0      640        0
  -> 10.1.0.3:8080                       5       15        0      640        0
TCP  10.0.0.1:81                         1        1        0       40        0
  -> 10.1.0.2:81                         1        1        0       40        0
"""


def test_what_is_dropped_has_a_reason(folder):
    short = tcp(1024, 80, SYN)[:30]
    short = short[:2] + b"\0\x1e" + short[4:10] + b"\0\0" + short[12:]
    short = short[:10] + captures.checksum(short[:20]).to_bytes(2, "big") + short[12:]
    status, said, _ = replay(folder, [(0, short)])
    assert status == 0
    assert "           1    dropped: without a whole transport header\n" in said


def test_a_capture_may_come_from_a_pipe_and_go_to_one(folder):
    captures.write(folder / "in", [(0, tcp(3456, 80, SYN))])
    with open(folder / "in", "rb") as source, open(folder / "out", "wb") as target:
        ended = subprocess.run(
            ["ipvs-engine", "replay", f"--rules={folder}/rules", "--read=-", "--write=-"],
            executable=os.path.join(PROGRAMS, "ipvs-engine"), stdin=source, stdout=target,
            stderr=subprocess.PIPE, text=True, timeout=60)
    assert ended.returncode == 0
    assert "           1  packets\n" in ended.stderr
    assert len(captures.read(folder / "out")) == 1


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"nothing of the kind, in more than twenty bytes", "it does not begin as files of tcpdump do"),
     (b"\x0a\x0d\x0d\x0a" + bytes(40), "it is of the format pcapng"),
     (captures.head(9999), "kind of network that is not known here, number 9999"),
     (captures.head() + b"\0" * 9, "packet 1 is not whole; those before it were taken"),
     (captures.head() + b"\0" * 8 + b"\xff" * 8, "packet 1 is not whole")])
def test_files_that_are_no_captures(folder, content, cause):
    (folder / "wrong").write_bytes(content)
    status, _, errors = outcome(
        "ipvs-engine", "replay", f"--rules={folder}/rules", f"--read={folder}/wrong")
    assert status == 1
    assert errors.splitlines()[1] == f"  file: {folder}/wrong"
    assert cause in errors


def head_of_account(frames):
    return f"{frames:>12}  frames in the capture\n"


@pytest.mark.parametrize("missing", [1, 30, 40, 50])
def test_a_capture_cut_in_its_last_packet(folder, missing):
    """The account comes first, and the packets sent until then are written."""
    packets = [(number, packet) for number, packet in enumerate(conversation(3456))]
    captures.write(folder / "in", packets + [(9, tcp(3456, 80, ACK))])
    content = (folder / "in").read_bytes()
    (folder / "in").write_bytes(content[:-missing])
    status, said, errors = outcome(
        "ipvs-engine", "replay", f"--rules={folder}/rules", f"--read={folder}/in",
        f"--write={folder}/out")
    assert status == 1
    assert said.startswith(head_of_account(3)) and "TCP  10.0.0.1:80" in said
    assert "cause: packet 4 is not whole; those before it were taken" in errors
    assert len(captures.read(folder / "out")) == 3
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = run_into(full, folder)
    assert ended.returncode == 1
    assert b"ipvs-engine: cannot write the account\n" in ended.stderr
    assert b"packet 4 is not whole" in ended.stderr


def run_into(output, folder, *words, **options):
    return subprocess.run(
        ["ipvs-engine", "replay", f"--rules={folder}/rules", f"--read={folder}/in", *words],
        executable=os.path.join(PROGRAMS, "ipvs-engine"), stdout=output, stdin=subprocess.DEVNULL,
        env=environment(), **{"stderr": subprocess.PIPE, **options}, timeout=60)


@pytest.mark.parametrize("packets", [[], [(0, tcp(3456, 80, SYN))]], ids=["none", "one"])
def test_an_account_that_cannot_be_written_is_an_error(folder, packets):
    captures.write(folder / "in", packets)
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = run_into(full, folder)
    assert (ended.returncode, ended.stderr) == (
        1, b"ipvs-engine: cannot write the account\n  cause: No space left on device\n"
           b"  remedy: what was printed is not complete; print it to another place\n")
    # A reader that is gone, and an output that is closed.
    reader, writer = os.pipe()
    os.close(reader)
    assert run_into(writer, folder).returncode == 1
    os.close(writer)
    assert run_into(None, folder, preexec_fn=lambda: os.close(1)).returncode == 1
    # Where the capture goes to standard output, the account goes to standard error.
    with open("/dev/full", "w", encoding="ascii") as full:
        assert run_into(subprocess.DEVNULL, folder, "--write=-", stderr=full).returncode == 1


@pytest.mark.parametrize("room", [150, 300, 700])
def test_an_account_whose_table_cannot_be_written_is_an_error(folder, room):
    """The output takes `room` bytes and no more."""
    captures.write(folder / "in", [(0, tcp(3456, 80, SYN))])

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    with open(folder / "account", "wb") as account:
        ended = run_into(account, folder, preexec_fn=limit)
    whole = outcome("ipvs-engine", "replay", f"--rules={folder}/rules", f"--read={folder}/in")[1]
    assert len(whole) > room and (folder / "account").read_text() == whole[:room]
    assert ended.returncode == 1 and b"cause: File too large\n" in ended.stderr


def test_a_full_disk_is_an_error(folder):
    packets = [(0, tcp(3456, 80, SYN))] * 10
    status, said, errors = replay(folder, packets, "--write=/dev/full")
    assert (status, said) == (1, "")
    assert errors == (
        "ipvs-engine: cannot write a capture\n  file: /dev/full\n"
        "  cause: No space left on device\n  remedy: what was written is not complete\n")


def test_the_capture_is_not_written_over_itself(folder):
    captures.write(folder / "in", [(0, tcp(3456, 80, SYN))])
    before = (folder / "in").read_bytes()
    assert replay(folder, [(0, tcp(3456, 80, SYN))], f"--write={folder}/in")[0] == 2
    assert (folder / "in").read_bytes() == before


def test_it_is_the_same_every_time(folder):
    (folder / "rules").write_text(RULES.replace("rr", "twos"))
    packets = [(number, packet) for number in range(200) for packet in conversation(1024 + number)]
    first = replay(folder, packets, f"--write={folder}/out")
    again = captures.read(folder / "out")
    assert replay(folder, packets, f"--write={folder}/out") == first
    assert captures.read(folder / "out") == again
    replay(folder, packets, f"--write={folder}/out", "--seed=1")
    assert captures.read(folder / "out") != again


def test_progress_is_told_to_a_terminal_only(folder):
    frames = captures.record(0, tcp(3456, 80, SYN)) * 4096
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        ["ipvs-engine", "replay", f"--rules={folder}/rules", "--read=-"],
        executable=os.path.join(PROGRAMS, "ipvs-engine"), env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    process.stdin.write(captures.head() + frames)
    process.stdin.flush()
    time.sleep(0.7)
    process.stdin.write(frames)
    said, _ = process.communicate(timeout=60)
    shown = os.read(leader, 1 << 16)
    os.close(leader)
    assert process.returncode == 0
    assert shown == b"\r8192 frames\r\x1b[K"
    assert said.startswith(b"        8192  frames in the capture\n")
