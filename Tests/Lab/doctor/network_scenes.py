# SPDX-License-Identifier: Apache-2.0
"""Faults on the way to the director, and between it and its servers."""

import json

from conversation import Question
from deadline import eventually
from networks import LAN_VIP, NAT_SERVERS, VIP, VIP6, lan, masquerading, tun
from scene import Fault
from segment import SERVER2, SERVER3

WEB = f"-t {VIP}:80"
SECOND, THIRD = NAT_SERVERS
NO_ANSWERS = {"none": 4}
HALF = {"server3": 2, "none": 2}


class ForwardingOff(Fault):
    code = "D10"
    looks_twice = True
    failing = NO_ANSWERS

    def plant(self):
        self.sysctl(self.director, ip_forward=0)


class ForwardingOfIPv6Off(Fault):
    code = "D11"
    failing = NO_ANSWERS

    def prepare(self):
        self.rules(*masquerading(
            f"-t [{VIP6}]:80", ["[2001:db8:d::2]:8080", "[2001:db8:d::3]:8080"]))
        self.question = Question(self.client, VIP6)
        # Link-local addresses, from which neighbours are asked, are checked for a second.
        eventually(lambda: self.traffic() == self.working)

    def plant(self):
        self.director.sysctl("net/ipv6/conf/all/forwarding", 0)
        self.director.ip("route replace 2001:db8:c::/64 dev outside",
                         "route replace 2001:db8:d::/64 dev inside")


class VirtualAddressMissing(Fault):
    code = "D12"

    def plant(self):
        self.director.ip(f"addr del {VIP}/32 dev lo")

    def fails(self, seen):
        return not seen.keys() & self.working.keys()

    def trap(self):
        """AnyIP: an address of no interface is local by a route."""
        where = json.loads(self.director.run("ip", "-j", "addr", "show", "to", VIP))
        self.director.ip(*(f"addr del {VIP}/32 dev {one['ifname']}" for one in where if one),
                         "route add local 203.0.113.0/24 dev lo")


class DuplicateOfIPv6(Fault):
    """A server has the virtual address on its link, and not on lo."""

    code = "D13"
    kind = staticmethod(lan)
    vip = "2001:db8:1::100"
    failing = {"server3": 4}

    def prepare(self):
        hosts = (self.client, self.director, self.server2, self.server3)
        for number, host in enumerate(hosts, 9):
            host.ip(f"addr add 2001:db8:1::{number}/64 dev eth0 nodad")
        for host in hosts[1:]:
            host.ip(f"addr add {self.vip}/128 dev lo nodad")
        self.question = Question(self.client, self.vip)
        self.rules("-C", f"-A -t [{self.vip}]:80 -s rr",
                   *(f"-a -t [{self.vip}]:80 -r [2001:db8:1::{number}] -g" for number in (11, 12)))
        self.client.ip(f"route add {self.vip} via 2001:db8:1::10")
        eventually(lambda: self.traffic() == self.working)

    def plant(self):
        self.server3.ip(f"addr del {self.vip}/128 dev lo", f"addr add {self.vip}/128 dev eth0 nodad")
        self.director.ip(f"addr del {self.vip}/128 dev lo", f"addr add {self.vip}/128 dev eth0")
        eventually(lambda: "dadfailed" in self.director.run("ip", "-6", "addr", "show", "dev", "eth0"))
        self.client.ip(f"route replace {self.vip} dev eth0")

    def mend(self):
        self.server3.ip(f"addr del {self.vip}/128 dev eth0", f"addr add {self.vip}/128 dev lo nodad")
        self.director.ip(f"addr del {self.vip}/128 dev eth0",
                         f"addr add {self.vip}/128 dev eth0 nodad")
        self.client.ip(f"route replace {self.vip} via 2001:db8:1::10")


class NoRouteToServer(Fault):
    code = "D20"

    def prepare(self):
        self.server2.ip("addr add 198.18.7.2/32 dev lo")
        self.director.ip("route add 198.18.7.0/24 via 192.0.2.2")
        self.rules(f"-d {WEB} -r {SECOND}", f"-a {WEB} -r 198.18.7.2:8080 -m")

    def plant(self):
        self.director.ip("route del 198.18.7.0/24")

    def fails(self, seen):
        return seen.get("server3") == 2 and "server2" not in seen

    def mend(self):
        self.director.ip("route add 198.18.7.0/24 via 192.0.2.2")


class ServerGone(Fault):
    """Nobody answers to the server's address; clients are told after three seconds."""

    code = "D21"
    looks_twice = True

    def prepare(self):
        self.question = Question(self.client, VIP, patience=4)

    def plant(self):
        self.server2.ip("link set eth0 down")
        self.director.ip("neigh flush dev inside")

    def fails(self, seen):
        return seen in ({"server3": 2, "unreachable": 2}, HALF)

    def mend(self):
        self.server2.ip("link set eth0 up", "route add default via 192.0.2.1")
        self.director.ip("neigh flush dev inside")


class DirectRoutingThroughRouter(Fault):
    """server2 routes to server3: it gets the packet for the virtual address."""

    code = "D22"
    kind = staticmethod(lan)
    working = {"server3": 4}
    failing = NO_ANSWERS

    def prepare(self):
        self.server3.ip("addr add 198.18.7.3/32 dev lo")
        self.server2.ip(f"addr del {LAN_VIP}/32 dev lo", f"route add 198.18.7.3 via {SERVER3}")
        self.server2.sysctl("net/ipv4/ip_forward", 1)
        self.director.ip(f"route add 198.18.7.0/24 via {SERVER2}")
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER2}:80")

    def plant(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER3}:80", f"-a -t {LAN_VIP}:80 -r 198.18.7.3 -g")

    def mend(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r 198.18.7.3:80", f"-a -t {LAN_VIP}:80 -r {SERVER3} -g")


class MasqueradingToLoopback(Fault):
    code = "D23"
    working = {"director": 2, "server3": 2}
    failing = HALF

    def prepare(self):
        self.lab.answer(self.director, 8081)
        self.rules(f"-d {WEB} -r {SECOND}", f"-a {WEB} -r 192.0.2.1:8081 -m")

    def plant(self):
        self.rules(f"-d {WEB} -r 192.0.2.1:8081", f"-a {WEB} -r 127.0.0.1:8081 -m")

    def mend(self):
        self.rules(f"-d {WEB} -r 127.0.0.1:8081", f"-a {WEB} -r 192.0.2.1:8081 -m")


class NobodyListensHere(Fault):
    """The director is a server of its own, at the virtual address and the service's port."""

    code = "D24"
    kind = staticmethod(lan)
    working = {"director": 2, "server3": 2}
    failing = {"refused": 2, "server3": 2}

    def prepare(self):
        self.local = self.lab.answer(self.director, 80)
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER2}:80", f"-a -t {LAN_VIP}:80 -r 10.1.0.1 -g")

    def plant(self):
        self.local.close()

    def mend(self):
        self.lab.answer(self.director, 80)


class AnswersTakeAnotherWay(Fault):
    """The server's gateway is not the director."""

    code, severity = "D25", "warning"
    looks_twice = True
    failing = HALF

    def plant(self):
        self.server2.ip("route replace default via 192.0.2.200")

    def mend(self):
        self.server2.ip("route replace default via 192.0.2.1")
        self.forget_connections()

    def forget_connections(self):
        """Half-open ones would stay for a minute."""
        self.sysctl(self.director, vs__expire_nodest_conn=1)
        self.rules("-C")
        eventually(lambda: len(self.director.read("/proc/net/ip_vs_conn").splitlines()) == 1)
        self.rules(*masquerading(WEB))


class ClientAmongServers(AnswersTakeAnotherWay):
    """The server answers the client directly, which knows no such connection."""

    code, severity = "D26", "error"
    looks_twice = False
    has_firewall = True
    working = {"server2": 4}
    failing = NO_ANSWERS

    def prepare(self):
        self.server3.ip("addr add 192.0.2.99/24 dev eth0", f"route add {VIP} via 192.0.2.1")
        self.rules(f"-d {WEB} -r {THIRD}")

    def plant(self):
        self.question = Question(self.server3, VIP, source="192.0.2.99")

    def mend(self):
        self.forget_connections()
        self.rules(f"-d {WEB} -r {THIRD}")
        self.sysctl(self.director, vs__conntrack=1)
        self.firewall(
            self.director,
            "add table ip n; add chain ip n p { type nat hook postrouting priority srcnat; };"
            " add rule ip n p ip saddr 192.0.2.0/24 ip daddr 192.0.2.0/24 masquerade",
            ["-t nat -A POSTROUTING -s 192.0.2.0/24 -d 192.0.2.0/24 -j MASQUERADE"])


class NoRoomInTunnel(Fault):
    """Uploads of whole packets hang where a filter eats what the director says about their size."""

    code, severity = "D27", "warning"
    kind = staticmethod(tun)
    has_firewall = True
    failing = NO_ANSWERS

    def prepare(self):
        self.question = Question(self.client, LAN_VIP, body=20000)
        self.firewall(
            self.client,
            "add table ip f; add chain ip f i { type filter hook input priority 0; };"
            " add rule ip f i icmp type destination-unreachable drop",
            ["-A INPUT -p icmp --icmp-type 3 -j DROP"])

    def plant(self):
        self.director.ip("link set eth0 mtu 1500")

    def mend(self):
        self.director.ip("link set eth0 mtu 1600")


class TunnelOfOtherFamily(Fault):
    """IPv4 in IPv6: the server needs a device that unpacks it."""

    code, severity = "D28", "note"
    kind = staticmethod(tun)
    working = {"server2": 4}
    failing = working

    def prepare(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER3}:80")
        self.director.ip("addr add 2001:db8:1::1/64 dev eth0 nodad")
        self.server2.ip(
            "addr add 2001:db8:1::2/64 dev eth0 nodad",
            "link add in6 type ip6tnl mode ipip6 local 2001:db8:1::2 remote 2001:db8:1::1",
            "link set in6 up")

    def plant(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER2}:80",
                   f"-a -t {LAN_VIP}:80 -r [2001:db8:1::2] -i")
        eventually(lambda: self.traffic() == self.working)

    def mend(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r [2001:db8:1::2]:80",
                   f"-a -t {LAN_VIP}:80 -r {SERVER2} -i")


class DirectorIsGateway(Fault):
    """The director drops answers that carry its own virtual address as their source."""

    code = "D29"
    looks_twice = True
    failing = NO_ANSWERS

    def prepare(self):
        self.rules("-C", f"-A {WEB} -s rr", f"-a {WEB} -r 192.0.2.2 -g", f"-a {WEB} -r 192.0.2.3 -g")
        add_second_leg(self)
        for server in self.lab.servers:
            self.sysctl(server, conf__all__arp_ignore=1, conf__all__arp_announce=2)
            server.ip(f"addr add {VIP}/32 dev lo", "route replace default via 192.0.2.254")

    def plant(self):
        for server in self.lab.servers:
            server.ip("route replace default via 192.0.2.1")

    def mend(self):
        for server in self.lab.servers:
            server.ip("route replace default via 192.0.2.254")


class ReversePathFilter(Fault):
    """The director's way to the client is by another link than the client's to it."""

    code, severity = "D31", "warning"
    looks_twice = True
    failing = NO_ANSWERS

    def prepare(self):
        add_second_leg(self)
        self.client.ip("addr add 198.18.9.9/32 dev lo")
        self.director.ip("route add 198.18.9.9 via 192.0.2.254")
        self.sysctl(self.director, conf__all__rp_filter=0, conf__outside__rp_filter=0,
                    conf__all__send_redirects=0, conf__inside__send_redirects=0)
        self.question = Question(self.client, VIP, source="198.18.9.9")

    def plant(self):
        self.sysctl(self.director, conf__outside__rp_filter=1)


class RedirectsOfOneArm(ReversePathFilter):
    """The answers could go to the client directly, and the director may say so to the server."""

    code, severity = "D30", "note"
    looks_twice = False
    failing = Fault.working

    def plant(self):
        self.sysctl(self.director, conf__all__send_redirects=1)

    def mend(self):
        self.sysctl(self.director, conf__all__send_redirects=0)


class TrafficControl(Fault):
    """What is attached there can drop packets, and is not judged."""

    code, severity = "D41", "note"
    failing = Fault.working

    def plant(self):
        self.director.run("tc", "qdisc", "add", "dev", "outside", "clsact")

    def mend(self):
        self.director.run("tc", "qdisc", "del", "dev", "outside", "clsact")


def add_second_leg(scene):
    """The client becomes a router on the servers' own network, too, 192.0.2.254."""
    scene.lab.network.lay_cables((scene.lan, "leg", scene.client, "eth1"))
    scene.lan.ip("link set leg master switch")
    scene.client.ip("addr add 192.0.2.254/24 dev eth1")
    scene.sysctl(scene.client, conf__all__rp_filter=0, conf__eth1__rp_filter=0)
