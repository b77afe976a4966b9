# SPDX-License-Identifier: Apache-2.0
"""More than an engine can take: it loses packets as any router does, and goes on."""

import errno
import os
import signal

import pytest

from differential import packets
from differential.asking import ACK
from differential.engine_testbed import EngineTestbed
from differential.packets import CLIENTS, SERVERS, SYN, TCP, Ends
from differential.rules import Server, Service

WEB = Service(TCP, "10.0.0.1", 80, "rr")
SERVER = Server("10.2.0.1", 8080)
CLIENT = Ends("198.51.100.7", 40000, "10.0.0.1", 80)

#: More than wait before a TUN device (`txqueuelen`), and than its socket takes.
FLOOD = 20_000

#: The most packets that are forwarded before a request is answered.
PACKETS_A_TURN = 128


@pytest.fixture
def director():
    testbed = EngineTestbed({})
    assert not testbed.ask(WEB.adding(), ACK).errno
    assert not testbed.ask(WEB.adding_server(SERVER), ACK).errno
    yield testbed
    testbed.close()


def sent(ends, flags):
    return packets.ip(ends.source, ends.target, TCP, packets.tcp(ends, flags))


def test_packets_that_pile_up_while_the_engine_is_stopped(director):
    """What finds no room is lost; what was established goes on."""
    assert director.send(CLIENTS, sent(CLIENT, SYN), 1)
    answer = Ends(SERVER.address, SERVER.port, CLIENT.source, CLIENT.sport)
    assert director.send(SERVERS, sent(answer, SYN | packets.ACK), 1)
    director.engine.process.send_signal(signal.SIGSTOP)
    for number in range(FLOOD):
        os.write(director.ends[CLIENTS], sent(CLIENT._replace(sport=1024 + number % 50_000), SYN))
    director.engine.process.send_signal(signal.SIGCONT)
    # What asks for the end of the flood must find room: each answer comes a turn of packets later.
    for _ in range(FLOOD // PACKETS_A_TURN):
        assert director.ask(WEB.adding(), ACK).errno == errno.EEXIST
    arrived = director.settle()
    assert 0 < len(arrived) < FLOOD
    (side, packet), = director.send(CLIENTS, sent(CLIENT, packets.ACK), 1)
    assert (side, packets.read(packet).ends.target) == (SERVERS, SERVER.address)


def test_a_device_that_takes_no_more(director):
    """What the director sends is not read: the queue before the servers' wire is full, and stays so
    until it is read.
    """
    for number in range(FLOOD):
        os.write(director.ends[CLIENTS], sent(CLIENT._replace(sport=1024 + number), SYN))
    lost = FLOOD - len(director.waiting())
    assert lost > 0
    director.settle()
    assert director.send(CLIENTS, sent(CLIENT._replace(sport=65000), SYN), 1)
