# SPDX-License-Identifier: Apache-2.0
"""A site with a diverting engine, and what is to be seen of its routing."""

import socket
import time

import pytest

from deadline import eventually
from network import Network
from services import web_server

VIRTUAL = {4: "192.0.2.1", 6: "2001:db8:aa::1"}
#: An address that the director has nowhere.
FOREIGN = {4: "192.0.2.2", 6: "2001:db8:aa::2"}
ONE = {4: "198.51.100.11", 6: "2001:db8:2::11"}
TWO = {4: "198.51.100.12", 6: "2001:db8:2::12"}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
SETTINGS = ("ipv4/ip_early_demux", "ipv4/ip_forward", "ipv4/conf/all/accept_local")
ROUTING = (
    "-d rule", "-6 -d rule", "-4 route show table all", "-6 route show table all proto static",
    "-6 route show table all proto 204", "-4 -o addr show scope host")


@pytest.fixture
def site():
    """A client, a director with an address for services, and two servers that answer through it."""
    with Network() as network:
        client, director, one, two = network.add_hosts("client", "director", "one", "two")
        director.ip("link add inside up type bridge")
        network.lay_cables(
            (client, "eth0", director, "outside"), (director, "one", one, "eth0"),
            (director, "two", two, "eth0"))
        director.ip(
            "link set one master inside", "link set two master inside",
            "addr add 203.0.113.1/24 dev outside", "addr add 192.0.2.1/32 dev outside",
            "addr add 198.51.100.1/24 dev inside", "addr add 2001:db8:1::1/64 dev outside nodad",
            "addr add 2001:db8:aa::1/128 dev outside nodad",
            "addr add 2001:db8:2::1/64 dev inside nodad")
        for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            director.sysctl(f"net/{name}", 1)
        director.sysctl("net/ipv4/conf/all/rp_filter", 0)
        client.ip(
            "addr add 203.0.113.2/24 dev eth0", "route add default via 203.0.113.1",
            "addr add 2001:db8:1::2/64 dev eth0 nodad", "route add default via 2001:db8:1::1")
        for host, family4, family6 in ((one, ONE[4], ONE[6]), (two, TWO[4], TWO[6])):
            host.ip(
                f"addr add {family4}/24 dev eth0", "route add default via 198.51.100.1",
                f"addr add {family6}/64 dev eth0 nodad", "route add default via 2001:db8:2::1")
            web_server(host, 80)
        # Neighbours of IPv6 take a moment to find each other.
        eventually(lambda: [page(director, ONE[6]), page(director, TWO[6])] == ["one", "two"])
        eventually(lambda: client.attempt("curl", "http://[2001:db8:1::1]:9/").returncode == 7)
        yield client, director, one, two


class Engine:
    """An engine on a director, with what it writes to standard error."""

    def __init__(self, director, *words):
        self.director = director
        self.path = director.directory / f"engine.{time.monotonic_ns()}"
        self._notes = self.path.with_suffix(".notes")
        with self._notes.open("w") as stderr:
            self.process = director.start(
                "ipvs-engine", "serve", "--tun", "ipvs0", "--divert", "--socket", str(self.path),
                *words, stderr=stderr)
        director.variables["IPVSADM_ENGINE"] = str(self.path)
        eventually(lambda: director.attempt("ipvsadm", "-Ln").returncode == 0)

    @property
    def notes(self):
        return self._notes.read_text()

    def serve(self, address, *servers, method="-m", scheduler="rr"):
        service = f"[{address}]" if ":" in address else address
        lines = [f"-A -t {service}:80 -s {scheduler}"]
        for server in servers:
            server = f"[{server}]" if ":" in server else server
            lines.append(f"-a -t {service}:80 -r {server}:80 {method}")
        self.director.run("ipvsadm", "-R", stdin="\n".join(lines) + "\n")

    def end(self):
        self.process.terminate()
        assert self.process.wait(10) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(10)


def url(address):
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


def page(client, address):
    """The page that a client gets, or nothing."""
    return client.attempt("curl", "-sS", "--max-time", "1", url(address)).stdout.strip()


def connections(director):
    """How many connections the table counts."""
    rows = [line.split() for line in director.run("ipvsadm", "-Ln").splitlines()]
    return sum(int(row[4]) + int(row[5]) for row in rows if row[0] == "->" and row[1][0] != "R")


def routing(director):
    """All that an engine changes of the system."""
    texts = [director.run("ip", *what.split()) for what in ROUTING]
    texts += [f"{name} {director.read(f'/proc/sys/net/{name}')}" for name in SETTINGS]
    return "".join(texts).splitlines()


def receives(host, family):
    """Whether the host's own address is local, without a look at how that comes."""
    with host.inside(), socket.socket(FAMILIES[family], socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((LOOPBACK[family], 9))
        except OSError:
            return False
        return asking.getsockname()[0] == LOOPBACK[family]


def local_rules(director, family):
    """The rules for local addresses that are not the engine's."""
    lines = director.run("ip", f"-{family}", "-d", "rule").splitlines()
    return [line.replace("\t", " ") for line in lines
            if "from all lookup local" in line and "proto 20" not in line]


def restore_main(director, family):
    """Adds the rules that `ip rule flush` takes, but for the engine's."""
    lines = ["rule add pref 32766 lookup main"]
    if family == 4:
        lines.append("rule add pref 32767 lookup default")
    director.run("ip", f"-{family}", "-batch", "-", stdin="\n".join(lines) + "\n")
