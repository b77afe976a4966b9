# SPDX-License-Identifier: Apache-2.0
"""The recording that lists live connections: the traffic it saw, made again in one namespace.

Client, director and real server are one machine, as when it was recorded. Three things cannot
repeat and are masked: seconds left, rates, and the order of rows, which is the kernel's hash. The
original, looking at the same connections at the same moment, is what those are compared with.
"""

import re
import socket
import time

from cli import kernel, table
from cli.words import Item, take_apart

CLIENT, ADDRESS, SERVER = "10.99.0.1", "10.99.0.100", "10.99.0.10"
SIX_CLIENT, SIX_ADDRESS, SIX_SERVER = "fd99::1", "fd99::100", "fd99::10"
NAMES = "10.99.0.1 client.example.test\n10.99.0.100 vip99.example.test\n"

#: The kernel sums up counters every 2 s (ip_vs_est.c); a little more, so that it has.
ESTIMATION = 2.5

_CALL = "INVITE sip:real@10.99.0.10 SIP/2.0\r\nCall-ID: {}\r\nSubject: "


def environment(usual):
    """The recordings' files, with names for the client and the virtual address."""
    files = dict(usual["files"])
    files["/etc/hosts"] += NAMES
    return {**usual, "files": files}


class Traffic:
    """Connections that stay open for as long as this lives."""

    def __init__(self, room):
        room.enter()
        route = kernel.RouteSocket()
        for address in (ADDRESS, SERVER):
            route.add_address("dummy0", address, 32)
        for address in (SIX_CLIENT, SIX_ADDRESS, SIX_SERVER):
            route.add_address("dummy0", address, 128)
        route.close()
        self.room = room
        self.listeners = {a: self._listener(a) for a in (SERVER, SIX_SERVER)}
        self.sinks = [self._datagrams(SERVER, port) for port in (9000, 5060)]
        self.open = []

    def start(self):
        self.room.enter()
        for client, address, server, port, local in (
                (CLIENT, ADDRESS, SERVER, 80, 40001), (CLIENT, ADDRESS, SERVER, 81, 40002),
                (CLIENT, ADDRESS, SERVER, 82, 40003), (CLIENT, ADDRESS, SERVER, 80, 40004),
                (SIX_CLIENT, SIX_ADDRESS, SIX_SERVER, 80, 40005)):
            self._connect(client, address, server, port, local)
            if local == 40004:
                self.open[-1][0].close()
        self.flood = self._datagrams(CLIENT, 40006)
        self.flood.sendto(b"x", (ADDRESS, 9000))
        self.sent = 1
        self.call(40007, "callid-12345@10.99.0.1", 201)
        time.sleep(ESTIMATION)

    def call(self, local, identity, length):
        """A SIP request of `length` bytes, by whose Call-ID the kernel remembers the client."""
        with self._datagrams(CLIENT, local) as caller:
            text = _CALL.format(identity)
            padding = "x" * (length - len(text) - 4)
            caller.sendto((text + padding + "\r\n\r\n").encode(), (ADDRESS, 5060))

    def reach(self, packets):
        """Sends datagrams of 60,000 bytes until the service on port 9000 has counted `packets`."""
        if packets <= self.sent:
            return
        for _ in range(packets - self.sent):
            self.flood.sendto(bytes(60000), (ADDRESS, 9000))
        self.sent = packets
        time.sleep(ESTIMATION)

    def _connect(self, client, address, server, port, local):
        family = socket.AF_INET6 if ":" in client else socket.AF_INET
        near = socket.socket(family, socket.SOCK_STREAM)
        near.settimeout(5)
        near.bind((client, local))
        near.connect((address, port))
        far, _ = self.listeners[server].accept()
        far.sendall(b"hello\n")
        near.recv(6)
        self.open.append((near, far))

    @staticmethod
    def _listener(address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.settimeout(5)
        listener.bind((address, 8080))
        listener.listen()
        return listener

    @staticmethod
    def _datagrams(address, port):
        plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        plain.bind((address, port))
        return plain

    def close(self):
        for opened in [*self.listeners.values(), *self.sinks, self.flood,
                       *(end for pair in self.open for end in pair)]:
            opened.close()


def play(room, case):
    """The results of the steps, with traffic before the first listing and where counters ask."""
    traffic = Traffic(room)
    results, started = [], False
    for step, recorded in zip(case.steps, case.results):
        if not started and _lists(step):
            traffic.start()
            started = True
        counted = re.search(rf"^UDP  {ADDRESS}:9000 +\d+ +(\d+) ", recorded.stdout, re.M)
        if counted and "--stats" in step.argv:
            room.enter()
            traffic.reach(int(counted[1]))
        results.append(room.run(step))
    traffic.close()
    return results


def _lists(step):
    items = take_apart(step.argv[1:])
    return bool(items) and items[0].name == "list"


def masked(step, result):
    """What of a result repeats from run to run."""
    text = result.stdout
    if "--rate" in step.argv:
        text = re.sub(r"^((?:TCP|UDP|  ->) +\S+)[ \dKMGT]+$", r"\1 #", text, flags=re.M)
    items = take_apart(step.argv[1:]) or [Item("list")]
    if Item("connection") in items:
        lines = text.splitlines(keepends=True)
        rows = [re.sub(r"^(\w+) \d\d:\d\d", r"\1 mm:ss", line) for line in lines[2:]]
        text = "".join(lines[:2] + sorted(rows))
    return (result.exit, table.in_no_order(text), result.complaint)
