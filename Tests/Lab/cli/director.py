# SPDX-License-Identifier: Apache-2.0
"""The kernel's table, asked and changed over generic netlink without any ipvsadm.

For what the original's listings do not tell, and for entries that no command line can make but
other programs can. Numbers are those of linux/ip_vs.h and linux/genetlink.h.
"""

import socket
import struct

_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_CONTROLLER, _GET_FAMILY = 16, 3
_NEW_SERVICE, _GET_SERVICE, _NEW_SERVER = 1, 4, 5
_NESTED = 0x8000

#: The scheduler's third flag, IP_VS_SVC_F_SCHED3.
THIRD_FLAG = 0x20


class Director:
    """A connection to the IPVS of the network namespace in which it is made, or to an engine by a
    socket that is connected to it.
    """

    def __init__(self, engine=None):
        self.socket = engine or socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        name = _attribute(2, b"IPVS\0")
        reply, = self._ask(_CONTROLLER, _GET_FAMILY, 0, name)
        self.family = struct.unpack("=H", _attributes(reply)[1])[0]

    def close(self):
        self.socket.close()

    def third_flags(self):
        """The services (keys as in table.service_key) of sh and mh whose third flag is set."""
        keys = set()
        for reply in self._ask(self.family, _GET_SERVICE, _DUMP, b""):
            service = _attributes(_attributes(reply)[1])
            flags = struct.unpack_from("=I", service[7])[0]
            if flags & THIRD_FLAG and service[6].rstrip(b"\0") in (b"sh", b"mh"):
                keys.add(_key(service))
        return keys

    def add_service(self, service, scheduler):
        """Adds a TCP service ("address", port) without flags, at any port."""
        entry = _tcp(service) + _attribute(6, scheduler.encode() + b"\0") + b"".join((
            _attribute(7, struct.pack("=II", 0, 0xffffffff)), _attribute(8, bytes(4)),
            _attribute(9, b"\xff" * 4)))
        self._ask(self.family, _NEW_SERVICE, _ACK, _attribute(1 | _NESTED, entry))

    def add_server(self, service, server, method, kind=0, port=0, flags=0):
        """Adds a real server ("address", port) to a TCP service, of any method and tunnel."""
        of = _tcp(service)
        entry = _endpoint(1, 2, server) + b"".join(
            _attribute(number, struct.pack("=I", value))
            for number, value in ((3, method), (4, 1), (5, 0), (6, 0)))
        entry += _attribute(13, struct.pack("=B", kind)) + _attribute(14, struct.pack("!H", port))
        entry += _attribute(15, struct.pack("=H", flags))
        self._ask(self.family, _NEW_SERVER, _ACK,
                  _attribute(1 | _NESTED, of) + _attribute(2 | _NESTED, entry))

    def _ask(self, family, command, flags, payload):
        body = struct.pack("=BBH", command, 1, 0) + payload
        header = struct.pack("=IHHII", 16 + len(body), family, flags | _REQUEST, 1, 0)
        self.socket.send(header + body)
        replies = []
        while True:
            for kind, message in _messages(self.socket.recv(65536)):
                if kind == _ERROR and struct.unpack_from("=i", message)[0] != 0:
                    number = -struct.unpack_from("=i", message)[0]
                    raise OSError(number, "the kernel refused a request")
                if kind in (_ERROR, _DONE):
                    return replies
                replies.append(message[4:])
                if not flags:
                    return replies


def _key(service):
    family = struct.unpack("=H", service[1])[0]
    if 5 in service:
        return (struct.unpack("=I", service[5])[0], family, 0, b"", 0)
    address = service[3][:16 if family == socket.AF_INET6 else 4]
    protocol, port = struct.unpack("=H", service[2])[0], struct.unpack("!H", service[4])[0]
    return (0, family, protocol, address, port)


def _tcp(service):
    return _attribute(1, struct.pack("=H", socket.AF_INET)) + _attribute(
        2, struct.pack("=H", socket.IPPROTO_TCP)) + _endpoint(3, 4, service)


def _endpoint(address, port, value):
    packed = socket.inet_pton(socket.AF_INET, value[0]) + bytes(12)
    return _attribute(address, packed) + _attribute(port, struct.pack("!H", value[1]))


def _attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def _attributes(data):
    found, place = {}, 0
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, place)
        found[kind & 0x3fff] = data[place + 4:place + length]
        place += (length + 3) & ~3
    return found


def _messages(data):
    place = 0
    while place + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, place)
        yield kind, data[place + 16:place + length]
        place += (length + 3) & ~3
