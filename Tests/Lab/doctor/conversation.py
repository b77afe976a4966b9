# SPDX-License-Identifier: Apache-2.0
"""Servers that say the name of their host, and clients that count who answered.

All are threads of this process with sockets in the hosts' namespaces: a program of its own takes
longer to start in User-Mode Linux than all that it would do here.

A client sends a line, the number of bytes that follow, and these bytes; the server answers with a
line, its name, and waits until the client is done.
"""

import collections
import contextlib
import errno
import socket
import threading

IP_PKTINFO = 8
LINE_MAXIMUM = 100


class Answerer:
    """Servers on `ports` of a host, TCP and UDP, at every address or at one."""

    def __init__(self, host, *ports, address=None):
        self.name = host.name.encode()
        self._sockets = set()
        families = (socket.AF_INET,) if address else (socket.AF_INET, socket.AF_INET6)
        with host.inside():
            for port in ports:
                for family in families:
                    self._start(self._accept, _listening(family, address or "", port))
                self._start(self._echo, _datagrams(address or "", port))

    def close(self):
        for one in list(self._sockets):
            # A thread that waits in a system call is woken; close(2) alone would leave it there.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _start(self, work, one):
        self._sockets.add(one)
        threading.Thread(target=self._until_closed, args=(work, one), daemon=True).start()

    def _until_closed(self, work, one):
        with contextlib.suppress(OSError, ValueError), one:
            work(one)
        self._sockets.discard(one)

    def _accept(self, listener):
        while True:
            connection, _ = listener.accept()
            self._start(self._answer, connection)

    def _answer(self, connection):
        with connection.makefile("rb") as received:
            received.read(int(received.readline(LINE_MAXIMUM)))
            connection.sendall(self.name + b"\n")
            received.read()

    def _echo(self, one):
        while True:
            _, ((level, kind, place),), _, peer = one.recvmsg(LINE_MAXIMUM, 64)
            # The answer comes from the address that was asked, by whatever interface.
            one.sendmsg([self.name + b"\n"], [(level, kind, bytes(4) + place[4:])], 0, peer)


def _listening(family, address, port):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, port))
    listener.listen(512)
    return listener


def _datagrams(address, port):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    one.bind((address, port))
    return one


class Question:
    """What a client asks, and how: of each `ask` every request has a connection of its own."""

    def __init__(self, client, address, port=80, *, count=4, udp=False, body=0, source="",
                 source_ports=(), patience=1.0):
        self.client = client
        self.address, self.port = address, port
        self.udp, self.body, self.patience = udp, body, patience
        self._sources = [(source, number) for number in source_ports or [0] * count]

    def ask(self):
        """How many requests, all at once, ended how: {"server2": 2, "none": 2}.

        "none" is a time-out; else a server's name, "refused", "unreachable", "reset", or an errno.
        """
        with self.client.inside():
            return self._ask()

    @contextlib.contextmanager
    def asked_again_and_again(self):
        """Asks in another thread for as long as the block takes."""
        is_over = threading.Event()

        def repeat():
            while not is_over.wait(0.1):
                self._ask()

        thread = threading.Thread(target=repeat, daemon=True)
        # A thread stays in the namespace in which it was started.
        with self.client.inside():
            thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    def _ask(self):
        endings = collections.Counter()
        sockets = [self._socket(source) for source in self._sources]
        threads = [threading.Thread(target=self._one, args=(one, endings)) for one in sockets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return dict(endings)

    def _socket(self, source):
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        one = socket.socket(family, socket.SOCK_DGRAM if self.udp else socket.SOCK_STREAM)
        one.settimeout(self.patience)
        if source != ("", 0):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(source)
        return one

    def _one(self, one, endings):
        with one:
            ending = self._ending(one)
        with _COUNTING:
            endings[ending] += 1

    def _ending(self, one):
        try:
            one.connect((self.address, self.port))
            one.sendall(b"%d\n" % self.body + bytes(self.body))
            return one.recv(LINE_MAXIMUM).decode().strip() or "closed"
        except TimeoutError:
            return "none"
        except OSError as error:
            return _ENDINGS.get(error.errno) or errno.errorcode[error.errno]


_COUNTING = threading.Lock()
_ENDINGS = {
    errno.ECONNREFUSED: "refused", errno.ECONNRESET: "reset", errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
}


def held(client, address, port=80):
    """A connection to a server that has answered, and that lasts until it is closed."""
    with client.inside():
        one = socket.create_connection((address, port), 10)
    one.sendall(b"0\n")
    assert one.recv(LINE_MAXIMUM)
    return one


def scatter(client, address, port, sources):
    """Sends a datagram from each port of `sources`, and waits for no answer."""
    with client.inside():
        for source in sources:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                one.bind(("", source))
                one.sendto(b"0\n", (address, port))
