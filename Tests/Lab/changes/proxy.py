# SPDX-License-Identifier: Apache-2.0
"""Stands between programs and their table, and does harm to the changes that they ask for.

Each packet on the unix socket is a datagram of netlink. Its messages are passed on one at a time, each
after the answer to the one before, so that the table is known at each of them. Numbers are those of
linux/netlink.h, linux/genetlink.h, and linux/ip_vs.h.
"""

import contextlib
import os
import signal
import socket
import struct
import threading

_ERROR, _DONE = 2, 3
_ACK, _DUMP = 0x4, 0x300
_CONTROLLER, _GET_INFO = 16, 15

#: Commands of IPVS that change something: services, servers, daemons, timeouts; zero, flush.
_CHANGES = frozenset((1, 2, 3, 5, 6, 7, 9, 10, 12, 16, 17))

#: The number of the family IPVS_ENGINE, which changes nothing, in an engine; a kernel may give it to IPVS.
_ENGINE = 29

ENOMEM = 12

#: No answer takes this long, in seconds.
PATIENCE = 10


class Proxy:
    """Listens on `path` until it is closed. Changes are counted from 1 at each `harm`.

    `refused` holds the numbers of the changes that are answered with ENOMEM and not passed on; `last` is
    the number of the one after which the client is killed. `came` counts them, and `at_change` is called
    with that number before each.
    """

    def __init__(self, place):
        self.place = place
        self.path = f"{place.folder}/proxy"
        self.harm()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        os.unlink(self.path)

    def harm(self, refused=(), last=None):
        """What happens to the changes of the next client."""
        self.refused, self.last, self.came, self.at_change = frozenset(refused), last, 0, None

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_client, args=(client,), daemon=True).start()

    def _serve_client(self, client):
        director = self.place.engine.connect() if self.place.engine else socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, 16)
        director.settimeout(PATIENCE)
        with client, director, contextlib.suppress(ConnectionError):
            while datagram := client.recv(1 << 18):
                for message in _messages(datagram):
                    if not self._pass(message, client, director):
                        break

    def _pass(self, message, client, director):
        """Passes a message on, and its answers back; returns false when the client is dead."""
        _, family, flags, sequence, _ = struct.unpack_from("=IHHII", message)
        others = (_CONTROLLER, _ENGINE) if self.place.engine else (_CONTROLLER,)
        is_change = family not in others and message[16] in _CHANGES
        if is_change:
            self.came += 1
            if self.at_change:
                self.at_change(self.came)
            if self.came in self.refused:
                body = struct.pack("=i", -ENOMEM) + message
                client.send(struct.pack("=IHHII", 16 + len(body), _ERROR, 0, sequence, 0) + body)
                return True
        for answer in _answers(director, message, is_change):
            if flags & _ACK or not _is_success(answer):
                client.send(answer)
        if is_change and self.came == self.last:
            self._kill(client)
            return False
        return True

    @staticmethod
    def _kill(client):
        pid, _, _ = struct.unpack(
            "3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        os.kill(pid, signal.SIGKILL)


def _answers(director, message, is_change):
    """Passes a request on, and gives the datagrams that answer it.

    A change may have no answer: the kernel says nothing of a sync daemon that is stopped before it ran
    (EINTR, `netlink_rcv_skb`). So another question is put behind it, whose answer ends the wait.
    """
    _, family, flags, sequence, _ = struct.unpack_from("=IHHII", message)
    is_dump = flags & _DUMP == _DUMP
    request = message if is_dump else message[:6] + struct.pack("=H", flags | _ACK) + message[8:]
    end = sequence ^ 0x80000000
    if is_change:
        request += struct.pack("=IHHIIBBH", 20, family, 1, end, 0, _GET_INFO, 1, 0)
    director.send(request)
    while True:
        datagram = director.recv(1 << 18)
        found = [struct.unpack_from("=IHHI", message) for message in _messages(datagram)]
        if found[-1][3] == end:
            return
        yield datagram
        kinds = {kind for _, kind, _, _ in found}
        if not is_change and (_DONE in kinds or _ERROR in kinds):
            return


def _is_success(datagram):
    kind, = struct.unpack_from("=H", datagram, 4)
    return kind == _ERROR and struct.unpack_from("=i", datagram, 16)[0] == 0


def _messages(data):
    at = 0
    while at + 16 <= len(data):
        length, = struct.unpack_from("=I", data, at)
        yield data[at:at + length]
        at += (length + 3) & ~3
