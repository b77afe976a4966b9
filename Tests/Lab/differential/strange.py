# SPDX-License-Identifier: Apache-2.0
"""Packets that no orderly client or server sends: spoiled, cut off, out of place, and ICMP errors."""

import struct

import kernels
from differential import packets
from differential.packets import ICMP, ICMP6, SCTP, SYN, TCP, UDP, Ends

#: ICMP messages that quote a packet, and one of each family that does not.
_MESSAGES = {False: ((3, 0), (3, 1), (3, 3), (3, 4), (4, 0), (11, 0), (11, 1), (12, 0), (5, 1), (8, 0)),
             True: ((1, 0), (1, 4), (2, 0), (3, 0), (4, 1), (128, 0))}

#: AH, ESP, GRE, and an unused number.
_PROTOCOLS = (51, 50, 47, 253)


class Strange:
    """`dice` is a random.Random. Everything it makes is (side, packet).

    `bare` directors have nothing around them that counts hops or cuts packets before IPVS sees
    them: for those there are packets at the end of their life, and some that fit no wire.
    """

    def __init__(self, dice, bare=False):
        self.dice = dice
        self.bare = bare

        #: Whether the last packet would begin a connection.
        self.begins = False

    def _six(self, ends):
        return ":" in ends.source

    def _ip(self, ends, protocol, body, **fields):
        if self.bare and self.dice.random() < 0.1:
            fields["ttl"] = self.dice.choice([1, 2])
        return packets.ip(
            ends.source, ends.target, protocol, body, identification=self.dice.getrandbits(16),
            **fields)

    def _transport(self, protocol, ends):
        if protocol == UDP:
            self.begins = False
            return packets.udp(ends, b"strange", self.dice.random() < 0.7)
        self.begins = self.dice.random() < 0.2
        if protocol == TCP:
            flags = SYN if self.begins else self.dice.choice([16, 24, 17, 4])
            return packets.tcp(ends, flags, b"strange")
        kind = 1 if self.begins else self.dice.choice([0, 3, 6])
        return packets.sctp(ends, (kind, b"odd!"))

    def of(self, flow):
        """Something that has to do with a connection."""
        sides = [(packets.CLIENTS, flow.ends)]
        if flow.seen is not None:
            sides += [(packets.SERVERS, flow.seen.back())] * 2
        side, ends = self.dice.choice(sides)
        makes = [self.spoiled, self.cut, self.dressed] + [self.large] * self.bare
        # Where ICMPv6 errors of servers are lost, they are so unless connection tracking, which a
        # service on FTP's port wakes, has looked at them before.
        is_lost = kernels.RUNNING.has("no ICMPv6 from servers")
        if not (is_lost and self._six(ends) and side == packets.SERVERS):
            makes += [self.error] * 3
        make = self.dice.choice(makes)
        return side, make(flow, side, ends)

    def spoiled(self, flow, _, ends):
        """A byte of the transport's header or what follows it is another."""
        body = bytearray(self._transport(flow.service.protocol, ends))
        place = self.dice.randrange(4, len(body))
        body[place] ^= 1 << self.dice.randrange(8)
        self.begins = True
        return self._ip(ends, flow.service.protocol, bytes(body))

    def cut(self, flow, _, ends):
        """The transport's header ends too early."""
        body = self._transport(flow.service.protocol, ends)
        return self._ip(ends, flow.service.protocol, body[:self.dice.randrange(4, 13)])

    def large(self, flow, side, ends, **fields):
        """About as much as a wire takes, with one tunnel or another before it."""
        if side == packets.SERVERS:
            return self.spoiled(flow, side, ends)
        payload = b"L" * (self.dice.choice([1500, 1480, 1472, 1460, 1440]) - self.dice.randrange(90))
        self.begins = False
        make = {TCP: lambda: packets.tcp(ends, 24, payload), UDP: lambda: packets.udp(ends, payload),
                SCTP: lambda: packets.sctp(ends, (0, payload[:len(payload) & ~3]))}
        return self._ip(ends, flow.service.protocol, make[flow.service.protocol](), **fields)

    def pieces(self, flow):
        """A large packet of a client in fragments, sometimes in another order, or without one."""
        packet = self.large(flow, packets.CLIENTS, flow.ends, fragment=0)
        size = self.dice.choice([8, 1, 3]) * 8 * self.dice.choice([20, 50])
        made = packets.pieces(packet, size, self.dice.getrandbits(32))
        if self.dice.random() < 0.2:
            self.dice.shuffle(made)
        if self.dice.random() < 0.1:
            made.pop(self.dice.randrange(len(made)))
        return made

    def dressed(self, flow, _, ends):
        """Options before the transport, and a field that few use."""
        body = self._transport(flow.service.protocol, ends)
        if self._six(ends):
            if (flow.service.protocol != UDP
                    and kernels.RUNNING.has("headers misread behind extensions")):
                return self._ip(ends, flow.service.protocol, body, tos=self.dice.choice([0, 3]))
            body = struct.pack("!BB", flow.service.protocol, 0) + b"\1\4\0\0\0\0" + body
            return self._ip(ends, self.dice.choice([0, 60]), body, tos=self.dice.choice([0, 3]))
        options = self.dice.choice([b"", b"\1\1\1\1", b"\x94\x04\0\0\1\1\1\0"])
        return self._ip(
            ends, flow.service.protocol, body, options=options, fragment=self.dice.choice(
                [0, 0x4000]), tos=self.dice.choice([0, 1, 2, 3, 0xff]))

    def error(self, flow, side, ends):
        """An ICMP message about a packet that the other side could have sent."""
        six = self._six(ends)
        kind, code = self.dice.choice(_MESSAGES[six])
        quoted = self._ip(
            ends.back(), flow.service.protocol, self._transport(flow.service.protocol, ends.back()),
            ttl=self.dice.choice([1, 57]))
        head = 40 if six else 20
        quoted = quoted[:head + self.dice.choice([0, 3, 8, 8, 8, 20, 60])]
        sender = ends.source
        # An engine behind a device gets what servers send, not what routers before them send.
        if self.dice.random() < 0.3 and (self.bare or side == packets.CLIENTS):
            router = {packets.CLIENTS: ("203.0.113.9", "2001:db8:9::9"),
                      packets.SERVERS: ("10.2.9.9", "2001:db8:2::99")}
            sender = router[side][six]
        rest = self.dice.choice([0, 1400, 576])
        body = bytearray(packets.icmp(sender, ends.target, kind, code, rest, quoted))
        # The director's system passes no ICMPv6 error with a wrong checksum to any program.
        if self.dice.random() < 0.1 and (self.bare or not six):
            body[2] ^= 0x55
        return packets.ip(
            sender, ends.target, ICMP6 if six else ICMP, bytes(body),
            identification=self.dice.getrandbits(16), tos=self.dice.choice([0, 0xc0]))

    def outsider(self, virtual, service):
        """A packet that belongs to no connection."""
        six = ":" in virtual
        client = "2001:db8:9::77" if six else "198.51.100.77"
        server = f"2001:db8:2::{self.dice.randint(1, 8):x}" if six else f"10.2.0.{self.dice.randint(1, 8)}"
        port = self.dice.randint(1024, 65535)
        protocol = self.dice.choice([TCP, UDP, SCTP])
        to_virtual = Ends(client, port, virtual, self.dice.choice([service.port, 20, 21, 9, 5000]))
        choice = self.dice.randrange(5)
        if choice == 0:
            ends = to_virtual._replace(sport=20)
        elif choice == 1:
            return packets.CLIENTS, self._ip(
                to_virtual, self.dice.choice(_PROTOCOLS), b"\0" * 24)
        elif choice == 2:
            ends = Ends(server, service.port, client, port)
            return packets.SERVERS, self._ip(ends, protocol, self._transport(protocol, ends))
        else:
            ends = to_virtual
        return packets.CLIENTS, self._ip(ends, protocol, self._transport(protocol, ends))
