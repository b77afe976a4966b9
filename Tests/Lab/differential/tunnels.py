# SPDX-License-Identifier: Apache-2.0
"""Scenarios about the errors that a director gets about its own tunnels: a router on the way to a
tunnel's other end refuses an outer packet, and tells the director, who is its sender.
"""

import struct

from differential import packets
from differential.packets import ACK, CLIENTS, ICMP, SERVERS, SYN, TCP, UDP, Ends
from differential.play import Play, scene
from differential.rules import TUNNEL, Server, Service

#: Type, port, and checksum flags.
KINDS = {"ipip": (0, 0, 0), "gue": (1, 6080, 0), "gre": (2, 0, 0), "gre-csum": (2, 0, 1)}

#: With a port that the kind has no use for, the kernel hears no errors about a tunnel.
PORTED = {"ipip-port": (0, 6080, 0), "gre-port": (2, 6080, 0)}

_CLIENT, _VIRTUAL, _SERVER = "198.51.100.7", "10.0.0.1", "10.2.0.1"
_DIRECTOR, _ROUTER = "10.2.255.254", "10.2.9.9"

#: What a tunnel puts before a packet, in bytes.
_OVERHEADS = {0: 20, 1: 32, 2: 24}

#: Types and codes, handled or not, and unassigned ones.
_ERRORS = ((3, 0), (3, 1), (3, 3), (3, 13), (3, 77), (4, 0), (11, 0), (11, 1), (12, 0), (0, 0))

#: How much of the packet inside an error quotes.
_QUOTED = (0, 10, 19, 20, 23, 24, 28, 500, 1000)

#: A recorded route without room, which no router changes.
_FULL_ROUTE = bytes([7, 7, 8]) + packets.packed("203.0.113.1") + b"\0"

_WHOLE, _FRAGMENTATION_NEEDED = 0x4000, (3, 4)


def refuse(make, tunnel, record=None):
    """Plays the scenario for one kind of tunnel."""
    testbeds = make({})
    play = Play(*testbeds, record=record)
    with scene(testbeds, f"tunnel {tunnel}"):
        for service in (Service(TCP, _VIRTUAL, 80, "rr"), Service(UDP, _VIRTUAL, 53, "rr")):
            play.ask(service.adding())
            play.ask(service.adding_server(
                Server(_SERVER, service.port, method=TUNNEL, tunnel=tunnel)))
        refusals = _Refusals(play, _OVERHEADS[tunnel[0]] + 4 * tunnel[2])
        refusals.of_all_kinds()
        refusals.cut_off()
        refusals.of_others()
        refusals.of_size()
        play.connections()
        play.listings()
        play.traffic()
    return play.packets


class _Refusals:

    def __init__(self, play, overhead):
        self.play, self.overhead = play, overhead
        self.ends = Ends(_CLIENT, 2000, _VIRTUAL, 80)
        self.flags = SYN

    def request(self, size=100, fragment=_WHOLE, protocol=TCP, **more):
        """What the director sends to the server when a client sends `size` bytes."""
        if protocol == UDP:
            body = packets.udp(self.ends._replace(dport=53), b"u" * size)
        else:
            body, self.flags = packets.tcp(self.ends, self.flags, b"t" * size), ACK
        out = self.play.send(CLIENTS, packets.ip(
            _CLIENT, _VIRTUAL, protocol, body, fragment=fragment, **more))
        return next((packet for side, packet in out if side == SERVERS), None)

    def answer(self, outer, kind, code, rest=0, quoted=28, target=_DIRECTOR, spoil=0, **more):
        """An error about an outer packet, which quotes `quoted` bytes of the packet inside."""
        if outer is None:
            return
        body = bytearray(packets.icmp(
            _ROUTER, target, kind, code, rest, outer[:self.overhead + quoted]))
        body[2] ^= spoil
        self.play.send(
            SERVERS, packets.ip(_ROUTER, target, ICMP, bytes(body), fragment=0, tos=0xc0, **more))

    def of_all_kinds(self):
        """Without options in the error's own header: the kernel dies of them."""
        for kind, code in _ERRORS:
            self.answer(self.request(), kind, code, 0x01020304)
        self.answer(self.request(fragment=0, tos=0x2d), 3, 1, quoted=100)
        self.answer(self.request(protocol=UDP), 3, 3)
        self.answer(self.request(), 3, 1, spoil=0x55)
        self.answer(self.request(options=_FULL_ROUTE), 3, 1, quoted=60)
        self.answer(self.request(), 3, 1, target=_VIRTUAL)

    def cut_off(self):
        for quoted in _QUOTED:
            self.answer(self.request(max(100, quoted)), 3, 1, quoted=quoted)
        # Nothing, and not all, of what testbeds before the packet inside.
        for quoted in (-self.overhead, 19 - self.overhead, 20 - self.overhead, -1):
            self.answer(self.request(), 3, 1, quoted=quoted)

    def of_others(self):
        """About packets that are none of the director's, and packets that are not for it."""
        outer = self.request()
        self.answer(outer, 3, 1, target="10.1.7.7")
        self.answer(_edited(outer, 16, packets.packed("10.2.0.9")), 3, 1)
        self.answer(_edited(outer, 12, packets.packed("10.2.0.9")), 3, 1)
        self.answer(_edited(outer, 6, b"\0\3"), 3, 1)
        self.answer(_edited(outer, self.overhead + 20, b"\x12\x34"), 3, 1)
        self.answer(_edited(outer, self.overhead, b"\x46"), 3, 1)
        for number in (4, 17, 47):
            self.answer(_edited(outer, 9, bytes([number])), 3, 1)
        # Each byte between the headers of IP.
        for place in range(20, self.overhead):
            self.answer(_edited(outer, place, bytes([outer[place] ^ 1])), 3, 1)

    def of_size(self):
        self.learn(9000)
        self.learn(1400)
        self.learn(1400)
        self.sizes(1400)
        self.learn(1300, fragment=0)
        self.learn(1300)
        self.learn(1350)
        self.sizes(1300)
        self.learn(600)
        self.learn(0, size=100)
        self.sizes(552)
        self.learn(553, size=100)
        self.learn(60, size=100)
        self.sizes(552)

    def learn(self, mtu, size=500, **more):
        self.answer(self.request(size, **more), *_FRAGMENTATION_NEEDED, mtu)

    def sizes(self, mtu):
        """Packets that just fit the MTU, and that do not."""
        room = mtu - self.overhead - 40
        for size in (room, room + 1):
            self.request(size)
            self.request(size, fragment=0)


def _edited(packet, place, new):
    """The packet with other bytes at a place of the outer header, or behind it."""
    packet = packet[:place] + new + packet[place + len(new):]
    head = packet[:10] + b"\0\0" + packet[12:20]
    return head[:10] + struct.pack("!H", packets.checksum(head)) + packet[12:]
