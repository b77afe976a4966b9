# SPDX-License-Identifier: Apache-2.0
"""A flood of SYNs, each from another address, through the engine as a program: what it takes of memory,
and whether a connection goes on meanwhile. `LAB_SOURCES` asks for more: 10000000 take a quarter of a minute.
"""

import os
import struct
import subprocess

from differential import packets
from differential.packets import ACK, SYN, TCP, Ends

SOURCES = int(os.environ.get("LAB_SOURCES") or 1_000_000)
MOST = SOURCES // 10

#: Bytes for a connection, with a share of the tables, which grow by doubling; and those for what else
#: the program needs.
EACH, BESIDE = 200, 16 << 20

RULES = "-A -t 10.0.0.1:80 -s wlc\n" + "".join(
    f"-a -t 10.0.0.1:80 -r 10.1.0.{number} -m\n" for number in range(1, 9))
VISITOR = "192.0.2.1"

#: The visitor sends a packet after this many of the flood.
EVERY = 1000


def tcp(source, flags):
    ends = Ends(source, 40000, "10.0.0.1", 80)
    return packets.ip(ends.source, ends.target, TCP, packets.tcp(ends, flags))


def record(number, packet):
    """As of a capture whose packets all come within half a minute."""
    part = number * 30_000_000 // SOURCES
    return struct.pack(
        "<IIII", 1000 + part // 1_000_000, part % 1_000_000, len(packet), len(packet)) + packet


def flood():
    """The capture in pieces."""
    yield struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    yield record(0, tcp(VISITOR, SYN))
    model = tcp("11.0.0.0", SYN)
    head, tail = model[:10], model[16:]
    base = struct.unpack("!10H", model[:10] + b"\0\0" + model[12:20])
    rest = sum(base) - base[6] - base[7]
    for start in range(0, SOURCES, EVERY):
        made = [record(start, tcp(VISITOR, ACK))]
        for number in range(start, min(start + EVERY, SOURCES)):
            # The transport's sum is not looked at, that of the IP header is.
            high, low = 0x0b00 + (number >> 16), number & 0xffff
            total = rest + high + low
            total = (total & 0xffff) + (total >> 16)
            total = (total & 0xffff) + (total >> 16)
            made.append(record(
                number, head + struct.pack("!HHH", ~total & 0xffff, high, low) + tail))
        yield b"".join(made)


def replay(folder, capture):
    """The bytes of memory that it took at most."""
    engine = os.path.join(os.environ["PROGRAMS"], "ipvs-engine")
    with open(folder / "said", "w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [engine, "replay", f"--rules={folder}/rules", "--read=-", f"--write={folder}/out",
             f"--sysctl=conn_max={MOST}"], stdin=subprocess.PIPE, stdout=said, stderr=said)
    for piece in capture:
        process.stdin.write(piece)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (folder / "said").read_text()
    return usage.ru_maxrss * 1024


def test_a_flood_is_held_within_its_bound(tmp_path):
    (tmp_path / "rules").write_text(RULES)
    few = [piece for piece, _ in zip(flood(), range(2))]
    before = replay(tmp_path, few)
    grown = replay(tmp_path, flood()) - before
    served, others = 0, 0
    with open(tmp_path / "out", "rb") as file:
        file.read(24)
        while head := file.read(16):
            packet = file.read(struct.unpack("<8xI4x", head)[0])
            if packets.unpacked(packet[12:16]) == VISITOR:
                served += 1
            else:
                others += 1
    assert served == 1 + -(-SOURCES // EVERY)
    assert others == MOST - 1
    assert grown < MOST * EACH + BESIDE
