# SPDX-License-Identifier: Apache-2.0
"""What of a packet's options comes back in the errors that a director makes about it."""

from differential import packets
from differential.asking import ACK
from differential.packets import CLIENTS, SYN, TCP, UDP, Ends
from differential.rules import MASQUERADING, Server, Service

_CLIENT = "198.51.100.7"


def _route(kind, slots, filled):
    """Record route or a source route, with this number of slots filled."""
    taken = b"".join(packets.packed(f"203.0.113.{n + 1}") for n in range(filled))
    return bytes([kind, 3 + 4 * slots, 4 + 4 * filled]) + taken.ljust(4 * slots, b"\0")


#: Each padded to whole words.
OPTIONS = tuple(made + b"\0" * (-len(made) % 4) for made in (
    b"\1\1\1\1", b"\1\0\0\0", b"\x94\4\0\0", _route(7, 3, 0), _route(7, 3, 1), _route(7, 3, 2),
    _route(7, 2, 2), b"\1" + _route(7, 9, 3), b"\1\1" + _route(7, 1, 0), _route(7, 2, 0) + b"\x94\4\0\0",
    # An unused number.
    b"\x9f\6abcd", b"\x94\4\0\0" + _route(7, 1, 1)))


def options(make):
    """The errors about packets with options that a director refuses, in hexadecimal digits."""
    testbed, = make({})
    try:
        empty = Service(UDP, "10.0.0.1", 53, "rr")
        served = Service(TCP, "10.0.0.1", 80, "rr")
        for request in (empty.adding(), served.adding(), served.adding_server(
                Server("10.2.0.1", 80, method=MASQUERADING))):
            assert testbed.ask(request, ACK).errno == 0
        return [error.hex() for number, option in enumerate(OPTIONS)
                for packet in _refused(number, option) for _, error in testbed.send(CLIENTS, packet)]
    finally:
        testbed.close()


def _refused(number, option):
    """Packets to a service without servers, at the end of their life, and of too many bytes."""
    ends = Ends(_CLIENT, 2000 + number, "10.0.0.1", 53)
    for size in (8, 700):
        yield packets.ip(
            ends.source, ends.target, UDP, packets.udp(ends, b"o" * size), identification=number,
            options=option, tos=0x10)
    ends = ends._replace(dport=80)
    for ttl, size in ((1, 0), (64, 1600)):
        yield packets.ip(
            ends.source, ends.target, TCP, packets.tcp(ends, SYN, b"o" * size),
            identification=number, options=option, ttl=ttl)
