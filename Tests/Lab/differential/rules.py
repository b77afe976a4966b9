# SPDX-License-Identifier: Apache-2.0
"""Rules as the generator keeps them, and the requests that put them into an IPVS."""

import dataclasses
import struct
from typing import NamedTuple

from differential import asking
from differential.asking import attribute, half, port, text, word
from differential.packets import family, packed, unpacked

class Request(NamedTuple):
    """What is asked of an IPVS: the numbers and bytes, and in words for a recording."""

    command: int
    payload: bytes
    words: dict


MASQUERADING, LOCAL, TUNNEL, ROUTE = 0, 1, 2, 3
PERSISTENT, ONE_PACKET, SECOND, THIRD = 0x1, 0x4, 0x8, 0x10


@dataclasses.dataclass
class Server:
    address: str
    port: int
    weight: int = 1
    upper: int = 0
    lower: int = 0
    method: int = MASQUERADING
    tunnel: tuple = (0, 0, 0)

    def words(self):
        return [self.address, self.port, self.weight, self.upper, self.lower, self.method,
                *self.tunnel]

    def key(self):
        return (attribute(1, packed(self.address).ljust(16, b"\0")) + port(2, self.port)
                + half(11, family(self.address)))

    def full(self):
        kind, place, flags = self.tunnel
        return (self.key() + word(3, self.method) + word(4, self.weight) + word(5, self.upper)
                + word(6, self.lower) + attribute(13, bytes([kind])) + port(14, place)
                + half(15, flags))


@dataclasses.dataclass
class Service:
    """A service by address, or by `mark` where that is not 0."""

    protocol: int
    address: str
    port: int
    scheduler: str
    flags: int = 0
    timeout: int = 0
    #: IPv4: four bytes; IPv6: a length of prefix.
    netmask: object = None
    mark: int = 0
    #: How its servers are reached.
    method: int = MASQUERADING
    tunnel: tuple = (0, 0, 0)
    servers: list = dataclasses.field(default_factory=list)

    @property
    def family(self):
        return family(self.address)

    def key(self):
        if self.mark:
            return half(1, self.family) + word(5, self.mark)
        return (half(1, self.family) + half(2, self.protocol)
                + attribute(3, packed(self.address).ljust(16, b"\0")) + port(4, self.port))

    def full(self):
        made = self.key() + text(6, self.scheduler) + attribute(
            7, (self.flags & 0xffffffff).to_bytes(4, "little") + b"\xff" * 4)
        made += word(8, self.timeout)
        if ":" in self.address:
            return made + word(9, self.netmask or 128)
        return made + attribute(9, self.netmask or b"\xff" * 4)

    def adding(self):
        return self._request(
            asking.NEW_SERVICE, "add", attribute(1, self.full()), **self._settings())

    def editing(self):
        return self._request(
            asking.SET_SERVICE, "edit", attribute(1, self.full()), **self._settings())

    def deleting(self):
        return self._request(asking.DEL_SERVICE, "delete", attribute(1, self.key()))

    def adding_server(self, server):
        return self._about(asking.NEW_DEST, "add-server", server, server.full())

    def editing_server(self, server):
        return self._about(asking.SET_DEST, "edit-server", server, server.full())

    def deleting_server(self, server):
        return self._about(asking.DEL_DEST, "delete-server", server, server.key())

    def listing_servers(self):
        return self._request(asking.GET_DEST, "servers", attribute(1, self.key()))

    def _about(self, command, verb, server, fields):
        payload = attribute(1, self.key()) + attribute(2, fields)
        return self._request(command, verb, payload, server=server.words())

    def _request(self, command, verb, payload, **more):
        key = [self.protocol, self.address, self.port, self.mark]
        return Request(command, payload, {"do": verb, "service": key, **more})

    def _settings(self):
        mask = self.netmask or (128 if ":" in self.address else b"\xff" * 4)
        number = mask if isinstance(mask, int) else int.from_bytes(mask, "big")
        return {"scheduler": self.scheduler, "numbers": [self.flags, self.timeout, number]}


def timeouts(established, fin, datagrams):
    """Seconds; 0 keeps what there is."""
    seconds = [established, fin, datagrams]
    payload = b"".join(word(4 + place, value) for place, value in enumerate(seconds))
    return Request(asking.SET_CONFIG, payload, {"do": "timeouts", "seconds": seconds})


def server_counts(reply):
    """Of a reply of GET_DEST: address, port, weight, and connections: active, inactive, persistent."""
    fields = dict(asking.attributes(dict(asking.attributes(reply[4:]))[2]))
    family, = struct.unpack("=H", fields[11])
    numbers = [struct.unpack("=I", fields[kind])[0] for kind in (4, 7, 8, 9)]
    return [unpacked(fields[1][:16 if family == 10 else 4]), *struct.unpack("!H", fields[2]),
            *numbers]
