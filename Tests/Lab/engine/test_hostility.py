# SPDX-License-Identifier: Apache-2.0
"""Clients that send noise, stall, never read, or vanish: none harms the engine or another client.

`LAB_SECONDS` asks for a longer time of noise, `IPVS_TEST_SEED` gives another.
"""

import os
import random
import socket
import struct
import time

import pytest

from engine.noise import Noise
from engine.process import Engine
from traffic.deadline import eventually
from differential import asking
from differential.asking import DUMP, Connection
from differential.packets import TCP
from differential.rules import Server, Service

SEED = os.environ.get("IPVS_TEST_SEED") or "20261126"
SECONDS = float(os.environ.get("LAB_SECONDS") or 10)

#: What an engine may need beside what it needed at first, in bytes: the noise makes at most some
#: hundreds of services and servers.
GROWTH = 64 << 20

#: How long a client may wait for an answer while others misbehave, in seconds.
SOON = 1


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    assert not engine.close()


def memory(engine):
    """The memory that the engine has, in bytes."""
    with open(f"/proc/{engine.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fill(connection, services, servers=10):
    for number in range(services):
        service = Service(TCP, "10.0.0.1", number + 1, "wlc")
        assert not connection.ask(*service.adding()[:2]).errno
        for server in range(servers):
            added = service.adding_server(Server(f"10.2.0.{server + 1}", 80))
            assert not connection.ask(*added[:2]).errno


#: What a new engine lists of three services, and when they are flushed.
AS_NEW = (3, 0, [])


def listed(connection):
    """What an engine, flushed, lists of three services, and when they are flushed."""
    assert not connection.ask(asking.FLUSH).errno
    fill(connection, 3)
    found = connection.ask(asking.GET_SERVICE, flags=DUMP)
    connection.ask(asking.FLUSH)
    left = connection.ask(asking.GET_SERVICE, flags=DUMP)
    return len(found.replies), found.errno, left.replies


def test_noise(engine):
    """Noise from many clients at once, of which some read and some do not."""
    dice = random.Random(SEED)
    orderly = Connection(engine.connect())
    assert listed(orderly) == AS_NEW
    noise = Noise(dice, orderly.family)
    clients, sent, end = [], 0, time.monotonic() + SECONDS
    before, open_before = memory(engine), engine.descriptors()
    while time.monotonic() < end:
        if len(clients) < 30:
            clients.append(engine.connect())
            clients[-1].setblocking(False)
        client = dice.choice(clients)
        try:
            client.send(noise.datagram())
            sent += 1
            if dice.random() < 0.7:
                client.recv(1 << 17)
        except BlockingIOError:
            pass
        except ConnectionError:
            clients.remove(client)
        if dice.random() < 0.02 and client in clients:
            clients.remove(client)
            client.close()
        assert engine.process.poll() is None, f"seed {SEED}: {engine}"
    for client in clients:
        client.close()
    # What clients sent before they went is still carried out, and may be a service more.
    eventually(lambda: engine.descriptors() == open_before)
    assert listed(orderly) == AS_NEW, f"seed {SEED}"
    assert memory(engine) - before < GROWTH, f"seed {SEED}"
    assert sent > 100 * SECONDS


def test_client_that_never_reads(engine):
    """It asks for large dumps and takes none: what waits for it stays in bounds."""
    orderly = Connection(engine.connect())
    fill(orderly, 200)
    before = memory(engine)
    lazy = [engine.connect() for _ in range(50)]
    message = struct.pack("=IHHII", 20, orderly.family, 0x301, 1, 0) + struct.pack(
        "=BBH", asking.GET_SERVICE, 1, 0)
    for client in lazy:
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            for _ in range(100_000):
                client.send(message * 1000)
        began = time.monotonic()
        assert len(orderly.ask(asking.GET_SERVICE, flags=DUMP).replies) == 200
        assert time.monotonic() - began < SOON
    assert memory(engine) - before < GROWTH


def test_clients_that_stall(engine):
    """Many that come and say nothing, or half of something, and stay."""
    silent = [engine.connect() for _ in range(300)]
    for client in silent[::2]:
        client.send(struct.pack("=IHH", 20, 16, 1))
    connection = Connection(engine.connect())
    began = time.monotonic()
    fill(connection, 5)
    assert time.monotonic() - began < SOON
    for client in silent:
        client.close()


def test_client_that_dies_before_the_answer(engine):
    orderly = Connection(engine.connect())
    fill(orderly, 100)
    for _ in range(200):
        client = Connection(engine.connect())
        client.socket.send(struct.pack("=IHHII", 20, client.family, 0x301, 1, 0)
                           + struct.pack("=BBH", asking.GET_SERVICE, 1, 0))
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    assert len(orderly.ask(asking.GET_SERVICE, flags=DUMP).replies) == 100


def test_a_change_is_carried_out_though_nobody_waits(engine):
    """As in the kernel: the request of a client that closed its socket is carried out."""
    sender = Connection(engine.connect())
    command, payload, _ = Service(TCP, "10.0.0.1", 80, "rr").adding()
    body = struct.pack("=BBH", command, 1, 0) + payload
    sender.socket.send(struct.pack("=IHHII", 16 + len(body), sender.family, 5, 1, 0) + body)
    sender.close()
    end = time.monotonic() + SOON
    watcher = Connection(engine.connect())
    while not watcher.ask(asking.GET_SERVICE, flags=DUMP).replies:
        assert time.monotonic() < end
