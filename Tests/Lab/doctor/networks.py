# SPDX-License-Identifier: Apache-2.0
"""The directors that are examined, each with a client, two real servers, and a service that works.

`nat`: masqueraded servers behind the director, IPv4 and, without a service yet, IPv6.

      client 198.51.100.10, 2001:db8:c::10
         | 198.51.100.1, 2001:db8:c::1  outside
      director, with the virtual addresses 203.0.113.1 and 2001:db8:f::1 on lo
         | 192.0.2.1, 2001:db8:d::1     inside
        lan __ server2 192.0.2.2, 2001:db8:d::2
            \\_ server3 192.0.2.3, 2001:db8:d::3

`lan`: direct routing on the segment of traffic/segment.py; `tun`: tunnels there.
"""

import contextlib
import subprocess
from typing import NamedTuple

import segment as one_segment
from conversation import Answerer, Question
from network import Host, Network

VIP, VIP6 = "203.0.113.1", "2001:db8:f::1"
LAN_VIP = one_segment.VIRTUAL

#: Of `nat`; the servers' port is not the service's.
NAT_SERVERS = ("192.0.2.2:8080", "192.0.2.3:8080")


class Lab(NamedTuple):
    client: Host
    director: Host
    server2: Host
    server3: Host
    lan: Host
    network: Network
    virtual: str
    closing: contextlib.ExitStack

    @property
    def servers(self):
        return self.server2, self.server3

    @property
    def question(self):
        return Question(self.client, self.virtual)

    def rules(self, *lines, host=None):
        """Gives the director lines of ipvsadm, in one run."""
        (host or self.director).run("ipvsadm", "-R", stdin="\n".join(lines) + "\n")

    def outside(self, *command):
        """Runs a program in the first network namespace, to which settings of the machine belong."""
        subprocess.run(command, check=True, capture_output=True)

    def answer(self, host, *ports, address=None):
        """Starts servers, until the lab is over."""
        answerer = Answerer(host, *ports, address=address)
        self.closing.callback(answerer.close)
        return answerer


def masquerading(service, servers=NAT_SERVERS):
    """The rules of a service with these servers."""
    return (f"-A {service} -s rr", *(f"-a {service} -r {server} -m" for server in servers))


@contextlib.contextmanager
def nat():
    with Network() as network, contextlib.ExitStack() as closing:
        hosts = network.add_hosts("client", "director", "server2", "server3")
        client, director, *servers = hosts
        lan = network.add_switch("lan")
        network.lay_cables((client, "eth0", director, "outside"))
        network.plug(lan, (director, "inside"), *((server, "eth0") for server in servers))
        director.ip(
            f"addr add {VIP}/32 dev lo", f"addr add {VIP6}/128 dev lo nodad",
            "addr add 198.51.100.1/24 dev outside", "addr add 2001:db8:c::1/64 dev outside nodad",
            "addr add 192.0.2.1/24 dev inside", "addr add 2001:db8:d::1/64 dev inside nodad")
        director.sysctl("net/ipv4/ip_forward", 1)
        director.sysctl("net/ipv6/conf/all/forwarding", 1)
        client.ip(
            "addr add 198.51.100.10/24 dev eth0", "addr add 2001:db8:c::10/64 dev eth0 nodad",
            "route add default via 198.51.100.1", "route add default via 2001:db8:c::1")
        lab = Lab(*hosts, lan, network, VIP, closing)
        for number, server in enumerate(servers, 2):
            server.ip(
                f"addr add 192.0.2.{number}/24 dev eth0",
                f"addr add 2001:db8:d::{number}/64 dev eth0 nodad",
                "route add default via 192.0.2.1", "route add default via 2001:db8:d::1")
            lab.answer(server, 80, 8080)
        lab.rules(*masquerading(f"-t {VIP}:80"))
        yield lab


@contextlib.contextmanager
def _on_one_segment():
    with contextlib.ExitStack() as closing:
        def serve(host, port):
            closing.callback(Answerer(host, port).close)

        with one_segment.segment(serve) as built:
            *hosts, lan, network = built
            yield Lab(*hosts, lan, network, LAN_VIP, closing)
            # Sockets would keep the hosts' namespaces.
            closing.close()


def direct(service=f"-t {LAN_VIP}:80", method="-g"):
    return (f"-A {service} -s rr", *(
        f"-a {service} -r {server} {method}"
        for server in (one_segment.SERVER2, one_segment.SERVER3)))


@contextlib.contextmanager
def lan():
    with _on_one_segment() as lab:
        for server in lab.servers:
            one_segment.accept_virtual_address(server, "lo")
        lab.rules(*direct())
        yield lab


@contextlib.contextmanager
def tun():
    """Links inside have room for what a tunnel adds to whole packets of clients."""
    with _on_one_segment() as lab:
        lab.lan.ip(*(f"link set {name} mtu 1600" for name in ("director", "server2", "server3")))
        lab.director.ip("link set eth0 mtu 1600")
        for server, address in zip(lab.servers, (one_segment.SERVER2, one_segment.SERVER3)):
            server.ip(
                "link set eth0 mtu 1600",
                f"route replace 10.1.0.0/24 dev eth0 src {address} advmss 1460")
            one_segment.open_tunnel(server, "tunl0")
        lab.rules(*direct(method="-i"))
        yield lab
