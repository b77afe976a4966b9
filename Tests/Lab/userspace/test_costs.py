# SPDX-License-Identifier: Apache-2.0
"""What a packet costs, in instructions that valgrind counts: no number in a rule and no content of a
message may make one packet cost as much as thousands.
"""

import struct
import subprocess

import captures
import pytest
from catalogue import SCHEDULERS
from programs import PROGRAMS, environment

VIRTUAL = bytes([10, 0, 0, 1])
LARGEST = 2147483647
#: Instructions for one packet; the most expensive ordinary one takes a tenth.
PACKET_LIMIT = 600_000
#: Instructions for a rule: mh fills its table of 4093 entries.
RULE_LIMIT = 3_000_000


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(number, protocol, rest):
    header = bytearray(struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(rest), number, 0, 64, protocol, 0,
        bytes([192, 168, number >> 8, number & 255]), VIRTUAL))
    header[10:12] = struct.pack("!H", checksum(bytes(header)))
    return bytes(header) + rest


def syn(number):
    return packet(number, 6, struct.pack("!HHIIBBHHH", 1024 + number, 80, 1, 0, 0x50, 2, 1000, 0, 0))


def message(number, text):
    return packet(number, 17, struct.pack("!HHHH", 1024 + number, 5060, 8 + len(text), 0) + text)


def instructions(folder, rules, packets):
    """The instructions of a whole replay of the packets."""
    rule_file, capture, counts = folder / "rules", folder / "capture", folder / "counts"
    rule_file.write_text("".join(f"{line}\n" for line in rules), encoding="utf-8")
    captures.write(capture, [(1, one) for one in packets])
    subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}",
         f"{PROGRAMS}/ipvs-engine", "replay", "--rules", str(rule_file), "--read", str(capture)],
        check=True, capture_output=True, env=environment(), timeout=600)
    lines = counts.read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("summary:")))


def marginal(folder, rules, packets):
    """The instructions for one more packet."""
    first, rest = packets[:1], packets[1:]
    return (instructions(folder, rules, packets) - instructions(folder, rules, first)) / len(rest)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_largest_numbers_cost_nothing(tmp_path, scheduler):
    def rules(large, middle):
        service = f"-t 10.0.0.1:80 -s {scheduler}" if scheduler != "sh" else \
            "-t 10.0.0.1:80 -s sh -b sh-fallback"
        return [f"--set {large // 1000} {large // 1000} {large // 1000}", f"-A {service}",
                f"-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w {large} -x 1",
                f"-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -w {middle} -x 2",
                "-a -t 10.0.0.1:80 -r 10.1.0.3:80 -m -w 1"]

    packets = [syn(number) for number in range(9)]
    usual, largest = rules(3, 2), rules(LARGEST, LARGEST - 1)
    base = instructions(tmp_path, usual, packets[:1])
    assert instructions(tmp_path, largest, packets[:1]) - base < RULE_LIMIT
    assert marginal(tmp_path, largest, packets) < PACKET_LIMIT


@pytest.mark.parametrize("text", [
    b"\n" * 1400, b"\r" * 1400, b"\r\n" * 700, b"\n" * 60000, b"i" * 1400, b"\ni" * 700,
    b"\ni:@\n" * 280, b"\ncall-id" * 175, b"\ni:\n " * 280, b"\ni:" + b"x" * 1390, b" " * 1400,
], ids=["LF", "CR", "CR LF", "60000 LF", "letters", "short names", "values that are none",
        "long names", "folded lines", "a long value", "blanks"])
def test_no_sip_message_costs_much_more_than_a_usual_one_of_its_length(tmp_path, text):
    rules = ["-A -u 10.0.0.1:5060 -s rr -p 60 --pe sip", "-a -u 10.0.0.1:5060 -r 10.1.0.1:5060 -m"]
    line = b"Via: SIP/2.0/UDP aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
    usual = b"INVITE sip:a SIP/2.0\r\n" + line * (len(text) // len(line))
    costs = [marginal(tmp_path, rules, [message(number, one) for number in range(17)])
             for one in (usual, text)]
    assert costs[1] < 4 * costs[0]
