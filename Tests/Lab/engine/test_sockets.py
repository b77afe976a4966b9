# SPDX-License-Identifier: Apache-2.0
"""The clients of an engine, in any state."""

import contextlib
import itertools
import os
import resource
import socket
import struct
import subprocess
import time

import pytest

from differential import asking
from differential.asking import Connection
from engine.process import LOOK_UP, PATIENCE, Engine
from traffic.deadline import eventually

CLIENT = os.path.join(os.environ["PROGRAMS"], "ipvsadm")

#: The option of that name, which Python does not have.
SO_SNDBUFFORCE = 32

#: What an engine answers to a client too many: EUSERS.
REFUSAL = struct.pack("=IHHIIi", 36, 2, 0x100, 0, 0, -87)


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    assert not engine.close()


def processor_time(engine):
    with open(f"/proc/{engine.process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(engine):
    with open(f"/proc/{engine.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def half_closed(engine, asked):
    client = engine.connect()
    for datagram in asked:
        client.send(datagram)
    client.shutdown(socket.SHUT_WR)
    return client


@pytest.mark.parametrize("asked", [
    [], [b""], [LOOK_UP], [b"", LOOK_UP, b""], [LOOK_UP * 3000]],
    ids=["nothing", "empty", "question", "between", "unread"])
def test_a_client_that_has_closed_its_side(engine, asked):
    """It costs no time, and is disconnected when it has its answers."""
    open_before = engine.descriptors()
    clients = [half_closed(engine, asked) for _ in range(5)]
    time.sleep(0.5)
    before = processor_time(engine)
    time.sleep(2)
    assert processor_time(engine) - before < 0.1
    for client in clients:
        client.settimeout(PATIENCE)
        received = []
        while datagram := client.recv(1 << 16):
            received.append(datagram)
        # Each look-up has two answers.
        assert len(received) == 2 * sum(len(datagram) // len(LOOK_UP) for datagram in asked)
        client.close()
    eventually(lambda: engine.descriptors() <= open_before)


@pytest.mark.parametrize("how", [socket.SHUT_RD, socket.SHUT_RDWR])
def test_a_client_that_reads_no_more(engine, how):
    open_before = engine.descriptors()
    client = engine.connect()
    client.send(LOOK_UP * 3000)
    client.shutdown(how)
    time.sleep(0.5)
    before = processor_time(engine)
    time.sleep(1)
    assert processor_time(engine) - before < 0.1
    client.close()
    eventually(lambda: engine.descriptors() <= open_before)


#: What an engine keeps of a client at most (ipvs-engine(8), THE SOCKET): one datagram, and answers.
KEPT = (1 << 20) + (64 << 10) + (33 << 10)


def test_answers_that_nobody_reads(engine):
    """Many requests in one datagram: they wait until the answers before are read."""
    clients = []
    orderly = Connection(engine.connect())
    question = struct.pack("=IHHIIBBH", 20, orderly.family, 0x5, 1, 0, 15, 1, 0)
    questions = (1 << 20) // len(question)
    before = memory(engine)
    for _ in range(20):
        client = engine.connect()
        client.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20)
        client.send(question * questions)
        clients.append(client)
        assert not orderly.ask(asking.FLUSH).errno
    # Two rounds: what is there after one stays.
    time.sleep(0.5)
    assert memory(engine) - before < len(clients) * KEPT * 5 // 4
    began = time.monotonic()
    assert not orderly.ask(asking.FLUSH).errno
    assert time.monotonic() - began < 1
    client = clients.pop()
    client.settimeout(PATIENCE)
    for _ in range(2 * questions):
        assert client.recv(1 << 16)
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)
    for client in clients:
        client.close()


def test_requests_that_wait_are_carried_out_when_their_client_is_gone(engine):
    orderly = Connection(engine.connect())
    client = engine.connect()
    client.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20)
    question = struct.pack("=IHHIIBBH", 20, orderly.family, 0x5, 1, 0, 15, 1, 0)
    last = struct.pack("=IHHIIBBH", 28, orderly.family, 0x5, 1, 0, 12, 1, 0)
    last += struct.pack("=HHI", 8, 4, 77)
    client.send(question * 30_000 + last)
    client.close()

    def timeouts():
        return b"".join(orderly.ask(13).replies).find(struct.pack("=I", 77)) >= 0

    eventually(timeouts)


@pytest.fixture
def many_files():
    """Room for more descriptors than an engine has clients."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_client_too_many_is_told_so(many_files):
    engine = Engine()
    clients = [engine.connect() for _ in range(1000)]
    clients[-1].send(LOOK_UP)
    assert len(clients[-1].recv(1 << 16)) > 36
    with engine.connect() as late:
        late.settimeout(PATIENCE)
        assert late.recv(1 << 16)[:20] == REFUSAL
        assert late.recv(1 << 16) == b""
    for words, text in ((["-Ln"], ""), (["-A", "-t", "10.0.0.1:80"], ""), (["-R"], "-A -t 1.2.3.4:5\n")):
        began = time.monotonic()
        ended = subprocess.run(
            [CLIENT, *words], env={"IPVSADM_ENGINE": engine.socket}, input=text, text=True,
            capture_output=True, timeout=60)
        assert time.monotonic() - began < 5
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.splitlines() == [
            "Can't initialize ipvs: Too many users",
            "Are you sure that IP Virtual Server is built in the kernel or as module?",
            f"  engine: {engine.socket}",
            "  cause: the engine is full: it serves 1000 clients at a time",
            "  remedy: try again when one of them has ended; 'ss -xp' lists who is connected"]
    clients.pop().close()
    eventually(lambda: subprocess.run(
        [CLIENT, "-Ln"], env={"IPVSADM_ENGINE": engine.socket}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0)
    for client in clients:
        client.close()
    assert not engine.close()


@pytest.fixture
def few_files():
    """Room for fewer descriptors than an engine has clients."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, before[1]))
    engine = Engine()
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    yield engine
    engine.close()


def is_answered(client):
    try:
        return len(client.recv(1 << 16, socket.MSG_DONTWAIT | socket.MSG_PEEK)) > 36
    except BlockingIOError:
        return False


def answered_first(clients):
    return list(itertools.takewhile(is_answered, clients))


def test_without_descriptors_clients_wait_and_the_engine_tells(few_files):
    engine = few_files
    clients = [engine.connect() for _ in range(60)]
    for client in clients:
        client.send(LOOK_UP)
    text = ("ipvs-engine: clients wait for others to end\n  cause: Too many open files\n"
            "  remedy: let the process have more files open (ulimit -n): it serves 1000 clients at a time")
    eventually(lambda: engine.said() == text)
    # It tells before it has answered all that it took, in the order in which they came.
    served = eventually(lambda: answered if len(answered := answered_first(clients)) > 20 else None)
    assert len(served) < 40
    # The one that has waited longest is next, as often as one goes.
    for next_one in clients[len(served):]:
        clients.remove(served[0])
        served.pop(0).close()
        eventually(lambda: is_answered(next_one), 2)
        served.append(next_one)
    for client in clients:
        client.close()
    assert engine.said() == text


@pytest.mark.parametrize("interval", [0.1, 4, 9])
def test_an_engine_that_answers_something_else_for_ever(path, interval):
    """A command ends when its patience of ten seconds is over, however often messages come."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(path)
        server.listen()
        client = subprocess.Popen(
            [CLIENT, "-Ln"], env={"IPVSADM_ENGINE": path}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        connection, _ = server.accept()
        sequence, port = struct.unpack_from("=II", connection.recv(1 << 16), 8)
        family = struct.pack("=BBHHHHHHH4sI", 1, 2, 0, 6, 1, 30, 0, 9, 2, b"IPVS", 0)
        connection.send(struct.pack("=IHHII", 16 + len(family), 16, 0, sequence, port) + family)
        began = time.monotonic()
        while client.poll() is None and time.monotonic() - began < 30:
            with contextlib.suppress(OSError):
                stray = struct.pack("=IHHIIBBH", 20, 30, 0, 77, 0, 1, 1, 0)
                connection.send(stray, socket.MSG_DONTWAIT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(interval)
        assert 8 < time.monotonic() - began < 15
        assert client.wait() == 1 and "cause: the engine did not answer in time" in client.stderr.read()
        client.stderr.close()
        connection.close()
    os.unlink(path)
