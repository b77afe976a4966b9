# SPDX-License-Identifier: Apache-2.0
"""The network of the tutorial "Virtual Server via NAT", and its rule sets as they were printed.

                        internet
        202.100.1.1 ___/        \\___ 202.103.106.1
                   |                |
      client 202.100.1.2      director 202.103.106.5   the virtual server
                                    172.16.0.1
                                    |  inside
                         ___________|___________
                        |                       |
              server2 172.16.0.2       server3 172.16.0.3
"""

import contextlib
import pathlib
from typing import NamedTuple

import firewall
import kernels
import userspace
from network import Host, Network
from services import line_server, web_server

RULES = pathlib.Path(__file__).with_name("rules")


def table(rules):
    """The output of `ipvsadm -Ln` for a file of rules, without what differs between kernels."""
    return kernels.without_size((RULES / f"{rules}.table").read_text())


class Addresses(NamedTuple):
    """Addresses of the hosts, in networks of 24 bits; the outer gateway is the .1 of its network."""

    virtual: str
    gateway: str
    inside: str
    server2: str
    server3: str


TUTORIAL = Addresses("202.103.106.5", "202.103.106.1", "172.16.0.1", "172.16.0.2", "172.16.0.3")
KOREAN = Addresses("211.57.163.10", "211.57.163.1", "192.168.1.1", "192.168.1.2", "192.168.1.3")
CLIENT = "202.100.1.2"


class Site(NamedTuple):
    """The hosts of the tutorial."""

    network: Network
    addresses: Addresses
    internet: Host
    client: Host
    director: Host
    lan: Host
    server2: Host
    server3: Host

    def start_line_services(self):
        """The service on port 21 of both real servers."""
        for server in (self.server2, self.server3):
            line_server(server, 21)

    def add_ipv6(self):
        """IPv6 beside it: client fd00:c::2, director fd00:d::5, servers fd00:e::2 and fd00:e::3."""
        self.client.ip("addr add fd00:c::2/64 dev eth0 nodad", "route add default via fd00:c::1")
        self.internet.ip(
            "addr add fd00:c::1/64 dev left nodad", "addr add fd00:d::1/64 dev right nodad"
        )
        self.director.ip(
            "addr add fd00:d::5/64 dev outside nodad",
            "addr add fd00:e::1/64 dev inside nodad",
            "route add default via fd00:d::1",
        )
        for router in (self.internet, self.director):
            router.sysctl("net/ipv6/conf/all/forwarding", 1)
        for server, number in ((self.server2, 2), (self.server3, 3)):
            server.ip(
                f"addr add fd00:e::{number}/64 dev eth0 nodad", "route add default via fd00:e::1"
            )

    def replay(self, rules):
        """Runs a file of `rules` on the director with a shell, as an administrator would."""
        return self.director.attempt("sh", "-e", str(RULES / rules))


@contextlib.contextmanager
def site(addresses=TUTORIAL):
    """The tutorial's network with its services, and no virtual server yet."""
    with Network() as network:
        internet, client, director, server2, server3 = network.add_hosts(
            "internet", "client", "director", "server2", "server3"
        )
        lan = network.add_switch("lan")
        network.lay_cables(
            (client, "eth0", internet, "left"), (director, "outside", internet, "right")
        )
        network.plug(lan, (director, "inside"), (server2, "eth0"), (server3, "eth0"))
        internet.ip(
            "addr add 202.100.1.1/24 dev left", f"addr add {addresses.gateway}/24 dev right"
        )
        internet.sysctl("net/ipv4/ip_forward", 1)
        client.ip(f"addr add {CLIENT}/24 dev eth0", "route add default via 202.100.1.1")
        director.ip(
            f"addr add {addresses.virtual}/24 dev outside",
            f"addr add {addresses.inside}/24 dev inside",
            f"route add default via {addresses.gateway}",
        )
        servers = ((server2, addresses.server2), (server3, addresses.server3))
        for server, address in servers:
            server.ip(
                f"addr add {address}/24 dev eth0", f"route add default via {addresses.inside}"
            )
            web_server(server, 80, 8000, 8080)
        # Lets real servers open connections; the tutorial does it with ipfwadm or ipchains.
        firewall.masquerade(director.run, "outside", f"{addresses.inside}/24")
        userspace.balance_if_wanted(director)
        yield Site(network, addresses, internet, client, director, lan, server2, server3)
