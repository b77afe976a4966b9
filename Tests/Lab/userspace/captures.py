# SPDX-License-Identifier: Apache-2.0
"""Files of captured packets (pcap)."""

import struct

RAW = 101


def write(path, packets):
    """`packets` are (seconds, bytes from the IP header on)."""
    with open(path, "wb") as file:
        file.write(head())
        for packet in packets:
            file.write(record(*packet))


def head(link=RAW):
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)


def record(seconds, packet):
    whole, part = int(seconds), round(seconds % 1 * 1_000_000)
    return struct.pack("<IIII", whole, part, len(packet), len(packet)) + packet


def read(path):
    """The packets of a file as ipvs-engine writes it: times in nanoseconds."""
    with open(path, "rb") as file:
        data = file.read()
    assert struct.unpack_from("<I", data)[0] == 0xA1B23C4D
    place, found = 24, []
    while place < len(data):
        seconds, part, length, _ = struct.unpack_from("<IIII", data, place)
        found.append((seconds + part / 1e9, data[place + 16:place + 16 + length]))
        place += 16 + length
    return found


def tcp(source, target, flags, ends="10.9.0.2 10.0.0.1", payload=b""):
    """A TCP packet between two ports, with its checksums."""
    client, server = (bytes(map(int, end.split("."))) for end in ends.split())
    body = struct.pack("!HHIIBBHHH", source, target, 1, 0, 0x50, flags, 65535, 0, 0) + payload
    pseudo = client + server + struct.pack("!BBH", 0, 6, len(body))
    body = body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0x4000, 64, 6, 0) + client + server
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
