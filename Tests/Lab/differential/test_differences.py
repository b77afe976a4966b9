# SPDX-License-Identifier: Apache-2.0
"""The table of what differs between kernels is true on this one, and the engine does the same."""

import struct

import pytest

import kernels
from differential import packets
from differential.packets import ACK, CLIENTS, ICMP, ICMP6, SERVERS, SYN, TCP, Ends
from differential.play import Play, scene
from differential.rules import MASQUERADING, PERSISTENT, TUNNEL, Server, Service
from differential.sides import kernel_alone, side_by_side

_CLIENTS = {False: "198.51.100.7", True: "2001:db8:9::7"}
_VIRTUAL = {False: "10.0.0.1", True: "2001:db8::1"}
_SERVERS = {False: "10.2.0.{}", True: "2001:db8:2::{}"}
_DIRECTOR, _ROUTER = "10.2.255.254", "10.2.9.9"
_GRE = (2, 0, 0)

#: What does not fit the way to a tunnel's other end.
_FRAGMENTATION_NEEDED = (3, 4)


class _Site:
    """A service on both directors, of IPv4 or IPv6, and one client."""

    def __init__(self, play, six=False, method=MASQUERADING, flags=0, tunnel=(0, 0, 0)):
        self.play, self.six = play, six
        self.service = Service(
            TCP, _VIRTUAL[six], 80, "rr", flags, 300 if flags else 0, method=method, tunnel=tunnel)
        play.ask(self.service.adding())
        self.client, self.port = _CLIENTS[six], 2000

    def add(self, number, **limits):
        server = self._server(number, **limits)
        self.play.ask(self.service.adding_server(server))
        return server

    def _server(self, number, **limits):
        return Server(_SERVERS[self.six].format(number), 80, method=self.service.method,
                      tunnel=self.service.tunnel, **limits)

    def edit(self, number, **limits):
        self.play.ask(self.service.editing_server(self._server(number, **limits)))

    def open(self):
        """A new connection: its ends for the client, and what comes out."""
        self.port += 1
        ends = Ends(self.client, self.port, self.service.address, 80)
        return ends, self.play.send(CLIENTS, packets.ip(
            ends.source, ends.target, TCP, packets.tcp(ends, SYN), fragment=0x4000))

    def error(self, side, sender, about, spoil=0):
        """What comes of an ICMP error (port unreachable) about a packet that went to its sender."""
        kind, code = (1, 4) if self.six else (3, 3)
        quoted = packets.ip(about.source, about.target, TCP, packets.tcp(about, ACK))
        body = bytearray(packets.icmp(sender, about.source, kind, code, 0, quoted))
        body[2] ^= spoil
        return self.play.send(side, packets.ip(
            sender, about.source, ICMP6 if self.six else ICMP, bytes(body)))


def _lower_threshold_closes_nothing(play):
    site = _Site(play)
    site.add(1, upper=9)
    assert all(site.open()[1] for _ in range(4))
    site.edit(1, upper=3)
    return any(where == SERVERS for where, _ in site.open()[1])


def _error_is_checked(play):
    site = _Site(play, method=TUNNEL)
    site.add(1)
    ends, _ = site.open()
    assert site.error(CLIENTS, ends.source, ends.back())
    return not site.error(CLIENTS, ends.source, ends.back(), spoil=0x55)


def _error_of_server_is_lost(play):
    site = _Site(play, six=True)
    server = site.add(1)
    ends, _ = site.open()
    return not site.error(SERVERS, server.address, ends._replace(target=server.address))


def _mtu_is_that_of_the_tunnel(play):
    site = _Site(play, method=TUNNEL, tunnel=_GRE)
    site.add(1)
    _, [(_, outer)] = site.open()
    body = packets.icmp(_ROUTER, _DIRECTOR, *_FRAGMENTATION_NEEDED, 1400, outer)
    # The first error tells what was known before it.
    [(_, told)] = play.send(SERVERS, packets.ip(_ROUTER, _DIRECTOR, ICMP, body, fragment=0))
    mtu, = struct.unpack_from("!H", told, (told[0] & 15) * 4 + 6)
    assert mtu in (1476, 1480)
    return mtu == 1476


def _template_keeps_its_port(play):
    site = _Site(play, flags=PERSISTENT)
    first = site.add(1)
    site.open()
    site.add(2)
    play.ask(site.service.deleting_server(first))
    site.open()
    [port] = [row.split()[4].rpartition(":")[2] for row in play.connections()
              if row.split()[5] == f"{first.address}:65535"]
    assert port in ("80", "65535")
    return port == "80"


@pytest.mark.parametrize(("name", "shown"), [
    ("older counting", _lower_threshold_closes_nothing),
    ("errors checked by family", _error_is_checked),
    ("no ICMPv6 from servers", _error_of_server_is_lost),
    ("MTU of each tunnel", _mtu_is_that_of_the_tunnel),
    ("templates keep their port", _template_keeps_its_port),
])
def test_row(name, shown):
    testbeds = side_by_side({})
    with scene(testbeds, name):
        assert shown(Play(*testbeds)) == kernels.RUNNING.has(name)


def test_headers_behind_extensions():
    """A SYN is a SYN; an engine never takes it for something else."""
    testbeds = kernel_alone({})
    with scene(testbeds, "extensions"):
        site = _Site(Play(*testbeds), six=True)
        site.add(1)
        ends = Ends(site.client, 2000, site.service.address, 80)
        options = struct.pack("!BB", TCP, 0) + b"\1\4\0\0\0\0"
        site.play.send(CLIENTS, packets.ip(
            ends.source, ends.target, 60, options + packets.tcp(ends, SYN)))
        [row] = site.play.connections()
    is_misread = kernels.RUNNING.has("headers misread behind extensions")
    assert row.split()[2] == ("CLOSE" if is_misread else "SYN_RECV")


def test_size_of_the_table():
    testbeds = kernel_alone({})
    with scene(testbeds, "size of the table"):
        [testbed] = testbeds
        head = testbed.run("ipvsadm", "-Ln").splitlines()[0]
    size = 0 if kernels.RUNNING.has("tables as needed") else 4096
    assert head.endswith(f"(size={size})")


def test_masqueraded_errors_are_checked():
    """On each kernel, unlike those that pass as they are."""
    testbeds = side_by_side({})
    with scene(testbeds, "errors of clients"):
        site = _Site(Play(*testbeds))
        site.add(1)
        ends, _ = site.open()
        assert site.error(CLIENTS, ends.source, ends.back())
        assert site.error(CLIENTS, ends.source, ends.back(), spoil=0x55) == []
