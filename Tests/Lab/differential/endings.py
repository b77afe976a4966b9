# SPDX-License-Identifier: Apache-2.0
"""A scenario about the end of connections in which no clock decides.

All are opened before anything is waited for, in waves, the shortest lived first: whatever holds the
machine up only sets the ends of two waves further from each other. What is compared is the order in which the
waves end and what their servers count meanwhile, never a moment; and what must end is waited for
far longer than it lives.
"""

import collections
import random

from differential import packets
from differential.asking import DUMP
from differential.packets import CLIENTS, FIN, RST, SCTP, TCP, UDP
from differential.play import ALL_LISTINGS, Difference, Play, scene
from differential.rules import PERSISTENT, Server, Service, server_counts, timeouts
from differential.walk import Walk, ended, established

#: Seconds that are fixed: SCTP's INIT1, a template of persistence, and TCP's CLOSE. The kernel's timers
#: are late by up to an eighth of a step of their wheel, 0.08 s below 5 s and 0.64 s below 40 s.
_INIT, _TEMPLATE, _CLOSE = 4, 6, 10

#: Seconds that are drawn: of TCP's ESTABLISHED and FIN_WAIT, and of UDP.
_SETTABLE = (1, 2, 3)

#: Seconds after which what is there is there for good.
_PATIENCE = 60

#: Connections of a kind, half of them on each of two servers.
_EACH = 4

#: States that count as active, among those that there are.
_ACTIVE = ("ESTABLISHED",)


class Endings:
    def __init__(self, make, seed):
        self.dice = random.Random(seed)
        self.testbeds = make({})
        self.play = Play(*self.testbeds)
        self.seconds = self.dice.sample(_SETTABLE, 3)
        self.services = [
            Service(TCP, self._address(), 80, "rr"), Service(UDP, self._address(), 53, "rr"),
            Service(SCTP, self._address(), 2905, "rr"),
            Service(UDP, self._address(), 69, "rr", PERSISTENT, _TEMPLATE)]
        self.walk = Walk(
            self.play, self.dice.getrandbits(64), self.services, clients=100_000)

        #: Of each wave, in the order of their ends: the clients as a listing names them.
        self.waves = []

    def _address(self):
        return self.dice.choice(["10.0.0.1", "2001:db8::1"])

    def run(self):
        self.play.ask(timeouts(*self.seconds))
        for service in self.services:
            self.play.ask(service.adding())
            for number in (1, 2):
                self._add_server(service, number)
        self._open()
        self._watch()
        self.play.listings(ALL_LISTINGS)
        # Servers that were full take connections again.
        for service in self.services:
            for _ in range(_EACH):
                assert self.walk.open(service).seen, f"no server for {service}"
        self.walk.compare_rules()

    def _add_server(self, service, number):
        """A server that is full when a wave has come to it."""
        six = ":" in service.address
        address = f"2001:db8:2::{number}" if six else f"10.2.0.{number}"
        port = service.port + 8000 * (number - 1)
        # A template counts as a connection.
        full = _EACH if service.flags & PERSISTENT else _EACH // 2
        server = Server(address, port, upper=100 if service.protocol == TCP else full)
        self.play.ask(service.adding_server(server))
        service.servers.insert(0, server)

    def _open(self):
        tcp, udp, sctp, persistent = self.services
        of_established, of_fin, of_datagrams = self.seconds
        synchronized = established(TCP)
        kinds = [
            (of_established, tcp, synchronized),
            (of_fin, tcp, (*synchronized, (packets.SERVERS, FIN | packets.ACK))),
            (of_datagrams, udp, established(UDP)), (_INIT, sctp, ()), (_TEMPLATE, persistent, ()),
            (_CLOSE, tcp, (*synchronized, (CLIENTS, RST)))]
        for _, service, words in sorted(kinds, key=lambda kind: kind[0]):
            flows = [self.walk.open(service) for _ in range(_EACH)]
            for flow in flows:
                self.walk.converse(flow, words)
            self.waves.append({_client(flow, service is not persistent) for flow in flows})
        # Of these nothing ends for two minutes.
        for _ in range(_EACH):
            self.walk.converse(self.walk.open(tcp), (*synchronized, *ended(TCP)))

    def _watch(self):
        """Looks at all directors by turns until each has seen the end of all waves."""
        began = self.play.seconds
        waiting = dict.fromkeys(self.testbeds, True)
        while any(waiting.values()):
            for testbed in [testbed for testbed in self.testbeds if waiting[testbed]]:
                left = self._look(testbed)
                waiting[testbed] = any(left)
                if self.play.seconds - began > _PATIENCE:
                    raise Difference(f"{testbed}: after {_PATIENCE} s there are still {left}")

    def _look(self, testbed):
        """How many connections of each wave a director still has."""
        rows, counted = self._rows_and_counts(testbed)
        shown = _counts(rows)
        if counted != shown:
            raise Difference(
                f"{testbed}: servers count {counted - shown}, of which the table knows nothing, and not"
                f" {shown - counted}: {rows}")
        clients = {row[3] for row in rows}
        left = [len(wave & clients) for wave in self.waves]
        ending = next((number for number, count in enumerate(left) if count), len(left))
        if any(count < len(wave) for count, wave in zip(left[ending + 1:], self.waves[ending + 1:])):
            raise Difference(f"{testbed}: of {self.waves} there are {left}, with {self.seconds}")
        return left

    def _rows_and_counts(self, testbed):
        """The words of each row, and what the servers count, both of the same moment."""
        rows = testbed.connections()
        while True:
            counted = collections.Counter()
            for service in self.services:
                for reply in testbed.ask(service.listing_servers(), DUMP).replies:
                    counted += _counted(service, server_counts(reply))
            before, rows = rows, testbed.connections()
            if list(map(_lasting, before)) == list(map(_lasting, rows)):
                return [row.split() for row in rows], counted


def _lasting(row):
    """A row without the time to its end."""
    words = row.split()
    return words[0], *words[2:]


def _name(address, port):
    address = packets.unpacked(packets.packed(address))
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _client(flow, has_port):
    return _name(flow.ends.source, flow.ends.sport if has_port else 0)


def _counted(service, counts):
    """By protocol, virtual server, server, and kind of connection: how many a server has."""
    address, port, _, active, inactive, persistent = counts
    where = (service.protocol, _name(service.address, service.port), _name(address, port))
    return collections.Counter({
        (*where, "active"): active, (*where, "inactive"): inactive, (*where, "template"): persistent})


def _counts(rows):
    """The same, of a table of connections."""
    numbers = {"TCP": TCP, "UDP": UDP, "SCTP": SCTP}
    kinds = {True: "active", False: "inactive"}
    return collections.Counter(
        (numbers[row[0]], row[4], row[5],
         "template" if row[3].endswith(":0") else kinds[row[2] in _ACTIVE]) for row in rows)


def play(make, seed):
    """Plays one scenario; how many waves there were."""
    endings = Endings(make, seed)
    with scene(endings.testbeds, f"seed {seed}"):
        endings.run()
    return len(endings.waves)
