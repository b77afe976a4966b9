# SPDX-License-Identifier: Apache-2.0
"""A unix socket behind which the kernel's IPVS answers: what an engine has, with nothing of it.

Each packet goes into a generic netlink socket of the connection's own as one datagram, and each
datagram comes back as one packet. What works here works against the kernel itself.
"""

import os
import select
import signal
import socket
import sys

LARGEST = 1 << 20


class Forwarder:
    """A process of its own in the network namespace in which this is made."""

    def __init__(self, path):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        listener.listen(64)
        self.process = os.fork()
        if self.process == 0:
            _forward(listener)
        listener.close()

    def close(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


def _forward(listener):
    try:
        _Pairs(listener).run()
    finally:
        sys.stderr.flush()
        os._exit(1)


class _Pairs:
    def __init__(self, listener):
        self.listener = listener
        self.other = {}
        self.poll = select.poll()
        self.poll.register(listener, select.POLLIN)

    def run(self):
        while True:
            for descriptor, _ in self.poll.poll():
                if descriptor == self.listener.fileno():
                    self._open()
                elif descriptor in self.other:
                    self._pass(descriptor)

    def _open(self):
        client, _ = self.listener.accept()
        kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        kernel.bind((0, 0))
        for one, two in ((client, kernel), (kernel, client)):
            self.other[one.fileno()] = (one, two)
            self.poll.register(one, select.POLLIN)

    def _pass(self, descriptor):
        one, two = self.other[descriptor]
        try:
            packet = one.recv(LARGEST)
            if packet:
                two.send(packet)
                return
        except ConnectionError:
            pass
        for end in (one, two):
            self.poll.unregister(end)
            del self.other[end.fileno()]
            end.close()
