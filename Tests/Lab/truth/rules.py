"""Rules as the generator keeps them, and the requests that put them into an IPVS."""

import dataclasses

from truth import asking
from truth.asking import attribute, half, port, text, word
from truth.packets import family, packed

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

    # Each of these is (command, payload).

    def adding(self):
        return asking.NEW_SERVICE, attribute(1, self.full())

    def editing(self):
        return asking.SET_SERVICE, attribute(1, self.full())

    def deleting(self):
        return asking.DEL_SERVICE, attribute(1, self.key())

    def adding_server(self, server):
        return asking.NEW_DEST, attribute(1, self.key()) + attribute(2, server.full())

    def editing_server(self, server):
        return asking.SET_DEST, attribute(1, self.key()) + attribute(2, server.full())

    def deleting_server(self, server):
        return asking.DEL_DEST, attribute(1, self.key()) + attribute(2, server.key())

    def listing_servers(self):
        return asking.GET_DEST, attribute(1, self.key())


def timeouts(established, fin, datagrams):
    """Seconds; 0 keeps what there is."""
    return asking.SET_CONFIG, word(4, established) + word(5, fin) + word(6, datagrams)
