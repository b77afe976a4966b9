# SPDX-License-Identifier: Apache-2.0
"""Packets, from the IP header on: made field by field, and read again.

Addresses are text; a packet is bytes. Checksums are right unless a caller spoils them.
"""

import socket
import struct
from typing import NamedTuple

ICMP, TCP, UDP, ICMP6, SCTP = 1, 6, 17, 58, 132
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

#: The sides of a director.
CLIENTS, SERVERS = "c", "s"


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address):
    return socket.inet_pton(family(address), address)


def unpacked(data):
    return socket.inet_ntop(socket.AF_INET6 if len(data) == 16 else socket.AF_INET, data)


def checksum(data):
    """RFC 1071, as a number to be stored."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def _pseudo(source, target, protocol, length):
    ends = packed(source) + packed(target)
    return ends + struct.pack("!IHxB" if len(ends) == 32 else "!xBH", *(
        (length, 0, protocol) if len(ends) == 32 else (protocol, length)))


class Ends(NamedTuple):
    """Where a packet comes from and goes to; ports are 0 where a protocol has none."""

    source: str
    sport: int
    target: str
    dport: int

    def back(self):
        return Ends(self.target, self.dport, self.source, self.sport)


def ip(source, target, protocol, body, ttl=64, identification=0, fragment=0x4000, tos=0,
       options=b""):
    """A packet. `fragment` is the field of flags and offset; IPv6 has none of it, nor the id."""
    if family(source) == socket.AF_INET6:
        head = struct.pack("!IHBB", 6 << 28 | tos << 20, len(body), protocol, ttl)
        return head + packed(source) + packed(target) + body
    words = 5 + len(options) // 4
    head = struct.pack(
        "!BBHHHBBH", 4 << 4 | words, tos, words * 4 + len(body), identification, fragment, ttl,
        protocol, 0) + packed(source) + packed(target) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def _summed(ends, protocol, head, place, payload):
    """The transport's bytes with the checksum that belongs at `place`."""
    body = head + payload
    total = checksum(_pseudo(ends.source, ends.target, protocol, len(body)) + body)
    if protocol == UDP and total == 0:
        total = 0xffff
    return body[:place] + struct.pack("!H", total) + body[place + 2:]


def tcp(ends, flags, payload=b"", sequence=1000, acknowledged=0, options=b""):
    words = 5 + len(options) // 4
    head = struct.pack(
        "!HHIIBBHHH", ends.sport, ends.dport, sequence & 0xffffffff, acknowledged & 0xffffffff,
        words << 4, flags, 0xffff, 0, 0) + options
    return _summed(ends, TCP, head, 16, payload)


def udp(ends, payload=b"", has_checksum=True):
    head = struct.pack("!HHHH", ends.sport, ends.dport, 8 + len(payload), 0)
    return _summed(ends, UDP, head, 6, payload) if has_checksum else head + payload


def sctp(ends, *chunks):
    """`chunks` are (type, value); the sum is CRC32c over all with the sum's place zero."""
    body = b"".join(
        struct.pack("!BBH", kind, 0, 4 + len(value)) + value + b"\0" * (-len(value) % 4)
        for kind, value in chunks)
    head = struct.pack("!HHI", ends.sport, ends.dport, 0x01020304)
    return head + struct.pack("<I", crc32c(head + bytes(4) + body)) + body


def _table():
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82f63b78 if number & 1 else 0)
        yield number


_CRC = tuple(_table())


def crc32c(data):
    value = 0xffffffff
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xff]
    return value ^ 0xffffffff


def icmp(source, target, kind, code, rest, quoted):
    """An ICMP message of the family of `source`; `rest` is the second word of its header."""
    head = struct.pack("!BBHI", kind, code, 0, rest)
    if family(source) == socket.AF_INET6:
        return _summed(Ends(source, 0, target, 0), ICMP6, head, 2, quoted)
    return head[:2] + struct.pack("!H", checksum(head + quoted)) + head[4:] + quoted


def pieces(packet, size, number):
    """The packet cut into fragments of `size` bytes of payload, a multiple of 8; `number` is their
    identification in IPv6. It has no extension headers. A packet that is short enough stays as it is.
    """
    six = packet[0] >> 4 == 6
    start = 40 if six else (packet[0] & 15) * 4
    head, body = bytearray(packet[:start]), packet[start:]
    if len(body) <= size:
        return [packet]
    made = []
    for place in range(0, len(body), size):
        part, more = body[place:place + size], place + size < len(body)
        if six:
            part = struct.pack("!BxHI", head[6], place | more, number) + part
            made.append(bytes(head[:4]) + struct.pack("!HB", len(part), 44) + head[7:] + part)
        else:
            head[2:4] = struct.pack("!H", start + len(part))
            head[6:8] = struct.pack("!H", place >> 3 | more << 13)
            head[10:12] = b"\0\0"
            made.append(bytes(head[:10]) + struct.pack("!H", checksum(bytes(head))) + head[12:] + part)
    return made


class Seen(NamedTuple):
    """What of a packet tells where it belongs."""

    protocol: int
    ends: Ends

    #: Of ICMP messages: type and code.
    kind: tuple = None


def read(packet):
    """The protocol and ends of a packet without extension headers; the end of one may be cut off."""
    if packet[0] >> 4 == 6:
        protocol, start, size = packet[6], 40, 16
        ends = packet[8:40]
    else:
        protocol, start, size = packet[9], (packet[0] & 15) * 4, 4
        ends = packet[12:20]
    source, target = unpacked(ends[:size]), unpacked(ends[size:])
    ports = (0, 0)
    if protocol in (TCP, UDP, SCTP) and len(packet) >= start + 4:
        ports = struct.unpack_from("!HH", packet, start)
    kind = tuple(packet[start:start + 2]) if protocol in (ICMP, ICMP6) else None
    return Seen(protocol, Ends(source, ports[0], target, ports[1]), kind)
