# SPDX-License-Identifier: Apache-2.0
"""Requests to an IPVS, over a generic netlink socket of the kernel or the unix socket of an engine.

The bytes of a request are the same for both but for the family's number and the port; so must be
those of the reply. Numbers are those of linux/ip_vs.h.
"""

import errno
import socket
import struct

REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
NEW_SERVICE, SET_SERVICE, DEL_SERVICE, GET_SERVICE = 1, 2, 3, 4
NEW_DEST, SET_DEST, DEL_DEST, GET_DEST = 5, 6, 7, 8
SET_CONFIG, GET_CONFIG, GET_INFO, ZERO, FLUSH = 12, 13, 15, 16, 17
_ERROR, _DONE, _CONTROLLER, _GET_FAMILY = 2, 3, 16, 3

#: Where counters stand in a service and in a server, which are summed up by a clock.
_STATISTICS = {1: (10, 12), 2: (10, 12)}


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def word(kind, value):
    return attribute(kind, struct.pack("=I", value & 0xffffffff))


def half(kind, value):
    return attribute(kind, struct.pack("=H", value))


def port(kind, value):
    return attribute(kind, struct.pack("!H", value))


def text(kind, value):
    return attribute(kind, value.encode() + b"\0")


def attributes(data):
    place = 0
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, place)
        if length < 4:
            return
        yield kind & 0x3fff, data[place + 4:place + length]
        place += (length + 3) & ~3


class Answer:
    """What came back: an errno (0: none), and the generic netlink part of each reply."""

    def __init__(self, code, replies):
        self.errno = code
        self.replies = replies

    def __eq__(self, other):
        return (self.errno, self.replies) == (other.errno, other.replies)

    def __repr__(self):
        name = errno.errorcode.get(self.errno, str(self.errno)) if self.errno else "success"
        return "\n    ".join([name, *(reply.hex() for reply in self.replies)])

    def without_statistics(self):
        return Answer(self.errno, [_stripped(reply) for reply in self.replies])


def _stripped(reply):
    """The reply with the counters and rates of services and servers left out."""
    made = reply[:4]
    for kind, data in attributes(reply[4:]):
        if kind in _STATISTICS:
            data = b"".join(
                attribute(inner, value) for inner, value in attributes(data)
                if inner not in _STATISTICS[kind])
        made += attribute(kind, data)
    return made


class Connection:
    """One open socket: an engine's, or the kernel's in the network namespace of its making."""

    def __init__(self, engine=None):
        self.socket = engine or socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.settimeout(10)
        name = text(2, "IPVS")
        reply, = self._exchange(_CONTROLLER, _GET_FAMILY, 0, name).replies
        self.family = struct.unpack("=H", dict(attributes(reply[4:]))[1])[0]

    def close(self):
        self.socket.close()

    def ask(self, command, payload=b"", flags=ACK):
        return self._exchange(self.family, command, flags, payload)

    def _exchange(self, family, command, flags, payload):
        body = struct.pack("=BBH", command, 1, 0) + payload
        self.socket.send(struct.pack(
            "=IHHII", 16 + len(body), family, flags | REQUEST, 1, 0) + body)
        replies = []
        while True:
            for kind, message in _messages(self.socket.recv(1 << 17)):
                if kind == _ERROR:
                    return Answer(-struct.unpack_from("=i", message)[0], replies)
                if kind == _DONE:
                    return Answer(0, replies)
                replies.append(message)
                if not flags:
                    return Answer(0, replies)


def _messages(data):
    place = 0
    while place + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, place)
        yield kind, data[place + 16:place + length]
        place += (length + 3) & ~3
