# SPDX-License-Identifier: Apache-2.0
"""What happens at random to a director: rules come, change, and go, and connections run through it.

A Walk decides by a seeded generator what to do next, and what servers answer by what they were
sent. It never looks at how the director works: whatever it does, every director must do the same.
"""

import random
import time

from differential import packets
from differential.asking import DUMP
from differential.packets import ACK, FIN, PSH, RST, SCTP, SYN, TCP, UDP, Ends
from differential.rules import MASQUERADING, ONE_PACKET, PERSISTENT, Server

#: Longer than two of the kernel's ticks: what happens "at once" happens on the next.
TICKS = 0.025

#: Where packets with a mark go to.
MARKED = {1: "10.3.1.", 2: "10.3.2."}

_FLAGS = (0, SYN, SYN | ACK, ACK, ACK, PSH | ACK, FIN, FIN | ACK, RST, RST | ACK, SYN | FIN, FIN | RST,
          SYN | RST, 0x3f)

#: Types of SCTP chunks (RFC 9260), and an unknown one.
_CHUNKS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 63)


class Flow:
    """What a client and a server say to each other through the director."""

    def __init__(self, service, ends):
        self.service = service
        self.ends = ends

        #: As the server sees it; nothing before its first packet.
        self.seen = None

        #: Whether the server answers through the director.
        self.answers = service.method == MASQUERADING


class Walk:
    def __init__(self, play, seed, services, clients=64, largest_weight=6):
        self.play = play
        self.random = random.Random(seed)
        self.services = services
        self.clients = clients
        self.largest_weight = largest_weight
        self.flows = []
        self.decisions = 0
        self.ports = iter(range(1024, 65536))

    # Rules

    def begin(self):
        for service in self.services:
            self.play.ask(service.adding())
            for _ in range(self.random.randint(1, 6)):
                self.add_server(service)

    def add_server(self, service):
        pool = [self._server(service, number) for number in range(1, 9)]
        there = {server.address for server in service.servers}
        pool = [server for server in pool if server.address not in there]
        if not pool:
            return
        server = self.random.choice(pool)
        self._weigh(server)
        if not self.play.ask(service.adding_server(server)).errno:
            service.servers.insert(0, server)

    def _server(self, service, number):
        six = ":" in service.address
        own = service.port if number % 2 or not service.port else service.port + 8000
        address = f"2001:db8:2::{number:x}" if six else f"10.2.0.{number}"
        return Server(address, own, method=service.method, tunnel=service.tunnel)

    def _weigh(self, server):
        server.weight = self.random.choice(
            [0, 1, 1, 1, 2, 3, self.random.randint(0, self.largest_weight)])
        server.upper = server.lower = 0
        if self.random.random() < 0.25:
            server.upper = self.random.randint(1, 8)
            server.lower = self.random.choice([0, self.random.randint(0, server.upper)])

    def edit_server(self, service):
        if service.servers:
            server = self.random.choice(service.servers)
            self._weigh(server)
            self.play.ask(service.editing_server(server))

    def delete_server(self, service):
        if service.servers:
            server = service.servers.pop(self.random.randrange(len(service.servers)))
            self.play.ask(service.deleting_server(server))
            self.play.sweep(server)
            time.sleep(TICKS)

    def edit_service(self, service, schedulers):
        service.scheduler = self.random.choice(schedulers)
        service.flags = self.random.choice([0, 8, 0x10, 0x18]) | service.flags & (
            PERSISTENT | ONE_PACKET)
        self.play.ask(service.editing())

    def compare_rules(self):
        """The servers of all services, with the number of their connections."""
        for service in self.services:
            self.play.ask(service.listing_servers(), DUMP)

    # Packets

    def open(self, service):
        """The first packet of a connection: a decision of the scheduler."""
        flow = Flow(service, self._ends(service))
        self.decisions += 1
        self.flows.append(flow)
        self.say(flow, packets.CLIENTS, self._first(flow))
        if flow.seen is None and self.random.random() < 0.9:
            self.flows.remove(flow)
        return flow

    def _ends(self, service):
        number = self.random.randrange(self.clients)
        six = ":" in service.address
        client = (f"2001:db8:9:{number % 7}::{number >> 12:x}:{number & 0xfff:x}" if six
                  else f"198.{number % 7}.{number >> 8 & 255}.{number & 255}")
        port = next(self.ports, None) or self.random.randint(1024, 65535)
        virtual = service.address
        if service.mark:
            virtual = MARKED[service.mark] + str(self.random.randint(1, 60))
        place = self.random.choice([80, 443, 8080]) if service.mark else service.port
        return Ends(client, port, virtual, place)

    def _first(self, flow):
        protocol = flow.service.protocol
        return SYN if protocol == TCP else 1 if protocol == SCTP else b"ask"

    def say(self, flow, side, what):
        """One packet of a connection from the client's or the server's side."""
        ends = flow.ends if side == packets.CLIENTS else flow.seen.back()
        protocol = flow.service.protocol
        if protocol == TCP:
            payload = b"x" * self.random.choice([0, 0, 1, 7, 64]) if not what & SYN else b""
            body = packets.tcp(
                ends, what, payload, self.random.getrandbits(32), self.random.getrandbits(32))
        elif protocol == UDP:
            body = packets.udp(ends, what, self.random.random() < 0.8)
        else:
            body = packets.sctp(ends, (what, b"\0" * self.random.choice([0, 4, 12])))
        sent = packets.ip(
            ends.source, ends.target, protocol, body, ttl=self.random.choice([64, 64, 64, 255, 9]),
            identification=self.random.getrandbits(16), tos=self.random.choice([0, 0, 0x10, 0xb8]))
        out = self.play.send(side, sent, flow.service.mark)
        for where, packet in out:
            if side == packets.CLIENTS and where == packets.SERVERS and flow.answers:
                seen = packets.read(packet)
                if seen.protocol == protocol:
                    flow.seen = seen.ends
        return out

    def any_word(self, protocol):
        """What a packet can say, sense or not."""
        if protocol == TCP:
            return self.random.choice(_FLAGS)
        return self.random.choice(_CHUNKS) if protocol == SCTP else b"y" * self.random.randint(0, 9)

    def go_on(self, flow):
        """A packet at random, from either side."""
        sides = [packets.CLIENTS] + [packets.SERVERS] * (flow.seen is not None)
        side = self.random.choice(sides)
        what = self.any_word(flow.service.protocol)
        self.say(flow, side, what)
        protocol = flow.service.protocol
        if protocol == TCP and what & SYN or protocol == SCTP and what == 1:
            self.let_begin_again()

    @staticmethod
    def let_begin_again():
        """The director may have ended a connection for the sake of a new one: wait for its end."""
        time.sleep(TICKS)

    def converse(self, flow, words):
        """Known packets in their order: (side, what)."""
        for side, what in words:
            if side == packets.SERVERS and flow.seen is None:
                return
            self.say(flow, side, what)


def established(protocol):
    """How a connection of a protocol goes on after its first packet."""
    c, s = packets.CLIENTS, packets.SERVERS
    return {
        TCP: ((s, SYN | ACK), (c, ACK)), UDP: ((s, b"answer"),),
        SCTP: ((s, 2), (c, 10), (s, 11)),
    }[protocol]


def ended(protocol):
    """How an open connection ends."""
    c, s = packets.CLIENTS, packets.SERVERS
    return {
        TCP: ((c, FIN | ACK), (s, FIN | ACK), (c, ACK)), UDP: ((c, b"bye"),),
        SCTP: ((c, 7), (s, 8), (c, 14)),
    }[protocol]


