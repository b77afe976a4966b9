# SPDX-License-Identifier: Apache-2.0
"""Walks of packets over one connection: its state, its time, and how its server counts it."""

import time

from differential import asking, packets, rules
from differential.packets import CLIENTS, SERVERS, Ends
from differential.testbed import Testbed

_CLIENT = Ends("198.51.100.7", 40001, "10.0.0.1", 80)
_SERVER = Ends("10.2.0.1", 80, "198.51.100.7", 40001)
_FLAGS = {"F": packets.FIN, "S": packets.SYN, "R": packets.RST, "P": packets.PSH, "A": packets.ACK}

#: The columns of a step that are outputs, by place in its row, and those of /proc/net/ip_vs_conn.
_OUTPUTS, _STATE, _SECONDS = 2, 7, 8

#: The kernel looks once a second which table of TCP states it shall use.
_DEFENCE = 1.5

#: Testbeds that are ready at the same time.
_BATCH = 20


def record(recording):
    walks = recording["walks"]
    for first in range(0, len(walks), _BATCH):
        batch = walks[first:first + _BATCH]
        testbeds = [_testbed(walk) for walk in batch]
        if any(walk.get("secure_tcp") for walk in batch):
            time.sleep(_DEFENCE)
        for walk, (testbed, service) in zip(batch, testbeds):
            for step in walk["walk"]:
                side, packet = step[0], _packet(step[0], step[1])
                testbed.send(CLIENTS if side == "c" else SERVERS, packet)
                step[_OUTPUTS:] = _outcome(testbed, service)
            testbed.close()
    return []


def _testbed(walk):
    testbed = Testbed({
        "secure_tcp": walk.get("secure_tcp", 0), "conn_reuse_mode": walk["conn_reuse_mode"]})
    protocol = packets.TCP if walk["protocol"] == "tcp" else packets.SCTP
    service = rules.Service(protocol, _CLIENT.target, _CLIENT.dport, "rr")
    method = rules.MASQUERADING if walk["forward"] == "masq" else rules.ROUTE
    server = rules.Server(_SERVER.source, _SERVER.sport, method=method)
    for request in (service.adding(), service.adding_server(server)):
        answer = testbed.ask(request, asking.ACK)
        assert answer.errno == 0, f"{request.words}: {answer}"
    return testbed, service


def _packet(side, kind):
    ends = _CLIENT if side == "c" else _SERVER
    if isinstance(kind, int):
        return packets.ip(
            ends.source, ends.target, packets.SCTP, packets.sctp(ends, (kind, b"")))
    flags = sum(_FLAGS.get(letter, 0) for letter in kind)
    return packets.ip(
        ends.source, ends.target, packets.TCP,
        packets.tcp(ends, flags, sequence=1, acknowledged=1))


def _outcome(testbed, service):
    """State, seconds, and active and inactive connections; of several connections the newest one."""
    rows = _rows(testbed)
    state, seconds = (rows[0][_STATE], int(rows[0][_SECONDS])) if rows else (None, None)
    listing = service.listing_servers()
    reply, = testbed.connection.ask(listing.command, listing.payload, asking.DUMP).replies
    return [state, seconds, *rules.server_counts(reply)[3:5]]


def _rows(testbed):
    """The kernel's table in its own order, in which the newer of two with the same ends is first."""
    with testbed.inside(), open("/proc/net/ip_vs_conn", encoding="ascii") as file:
        return [line.split() for line in file.read().splitlines()[1:]]


def masked(recording):
    """Without seconds, which may differ by one, and without the connections that made room for a newer
    one, which servers count until the next tick.
    """
    for walk in recording["walks"]:
        for step in walk["walk"]:
            step[3] = step[3] is None
            step[5] = min(step[5], max(0, 1 - step[4]))
    return recording
