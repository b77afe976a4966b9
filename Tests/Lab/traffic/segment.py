# SPDX-License-Identifier: Apache-2.0
"""One Ethernet segment, as direct routing and tunnelling need it.

      client 10.1.0.9   director 10.1.0.1    server2 10.1.0.2    server3 10.1.0.3
             |           and 10.1.0.100              |                   |
             |_________________|_____________________|___________________|

Real servers answer the client themselves, from the virtual address.
"""

import contextlib
from typing import NamedTuple

import userspace
from network import Host, Network
from services import web_server

VIRTUAL = "10.1.0.100"
CLIENT = "10.1.0.9"
DIRECTOR = "10.1.0.1"
SERVER2 = "10.1.0.2"
SERVER3 = "10.1.0.3"


class Segment(NamedTuple):
    """The hosts of the segment; the virtual address is on the director only."""

    client: Host
    director: Host
    server2: Host
    server3: Host
    lan: Host
    network: Network


@contextlib.contextmanager
def segment(serve=web_server):
    """The segment, on whose real servers `serve` starts a service, given the host and its port."""
    with Network() as network:
        hosts = network.add_hosts("client", "director", "server2", "server3")
        lan = network.add_switch("lan")
        network.plug(lan, *((host, "eth0") for host in hosts))
        for host, address in zip(hosts, (CLIENT, DIRECTOR, SERVER2, SERVER3)):
            host.ip(f"addr add {address}/24 dev eth0")
        built = Segment(*hosts, lan, network)
        built.director.ip(f"addr add {VIRTUAL}/32 dev eth0")
        userspace.balance_if_wanted(built.director)
        serve(built.server2, 80)
        serve(built.server3, 80)
        yield built


def accept_virtual_address(server, interface):
    """Makes a real server accept packets for the virtual address, without ARP for it.

    A server that answered ARP for the address, or announced it, would get the clients' packets itself.
    """
    server.sysctl("net/ipv4/conf/all/arp_ignore", 1)
    server.sysctl("net/ipv4/conf/all/arp_announce", 2)
    server.ip(f"addr add {VIRTUAL}/32 dev {interface}")


def open_tunnel(server, interface, *lines):
    """A decapsulating interface on a real server, made by `lines` of ip(8).

    Packets from it have the client's address, to which the route leads through another interface.
    """
    server.sysctl("net/ipv4/conf/all/rp_filter", 0)
    server.sysctl("net/ipv4/conf/default/rp_filter", 0)
    server.ip(*lines, f"link set {interface} up")
    accept_virtual_address(server, interface)
