# SPDX-License-Identifier: Apache-2.0
"""Faults of real servers, which --doctor --real-server finds there."""

import json

from conversation import Question
from networks import LAN_VIP, lan, nat, tun
from scene import Fault
from segment import SERVER2

HALF = {"server3": 2, "none": 2}


class ServerFault(Fault, abstract=True):
    kind = staticmethod(lan)
    words = ("--real-server", "--vip", LAN_VIP)
    failing = HALF

    @property
    def place(self):
        return self.server2


class ServerWithoutVIP(ServerFault):
    code = "R01"

    def plant(self):
        self.server2.ip(f"addr del {LAN_VIP}/32 dev lo")


class NeighbourFault(ServerFault, abstract=True):
    """Whoever answers the client's question for the virtual address gets all its packets."""

    failing = {"server2": 4}

    def neighbour(self):
        """What the client takes for the link address of the virtual address."""
        found = json.loads(self.client.run("ip", "-j", "neigh", "show", LAN_VIP, "dev", "eth0"))
        return next((one["lladdr"] for one in found if "lladdr" in one), None)

    def director_link(self):
        return json.loads(self.director.run("ip", "-j", "link", "show", "eth0"))[0]["address"]


class AnswersForVIP(NeighbourFault):
    code = "R02"

    def plant(self):
        self.sysctl(self.server2, conf__all__arp_ignore=0, conf__eth0__arp_ignore=0)
        self.let_answer()

    def let_answer(self):
        """Lets the client hear the server first."""
        self.lan.ip("link set director down")
        self.client.ip("neigh flush dev eth0")
        Question(self.client, LAN_VIP, count=1).ask()
        self.lan.ip("link set director up")

    def works(self, seen):
        return super().works(seen) and self.neighbour() == self.director_link()

    def forget(self):
        self.client.ip("neigh flush dev eth0")


class AnswersForAddressOfLink(AnswersForVIP):
    """arp_ignore = 1 silences only addresses of other links."""

    def plant(self):
        self.server2.ip(f"addr del {LAN_VIP}/32 dev lo", f"addr add {LAN_VIP}/32 dev eth0")
        self.let_answer()

    def mend(self):
        self.server2.ip(f"addr del {LAN_VIP}/32 dev eth0", f"addr add {LAN_VIP}/32 dev lo")


class NamesVIPWhenAsking(NeighbourFault):
    """arp_ignore alone is not enough: who is asked learns who asked, and by which address."""

    code, severity = "R03", "warning"

    def traffic(self):
        for server in self.lab.servers:
            server.ip("neigh flush dev eth0")
        self.question.ask()
        for server in self.lab.servers:
            server.ip("neigh flush dev eth0")
        self.question.ask()
        return {"is the director's": self.neighbour() == self.director_link()}

    working = {"is the director's": True}
    failing = {"is the director's": False}

    def plant(self):
        self.sysctl(self.server2, conf__all__arp_announce=0, conf__eth0__arp_announce=0)

    def forget(self):
        self.client.ip("neigh flush dev eth0")


class TunnelFault(ServerFault, abstract=True):
    kind = staticmethod(tun)
    words = (*ServerFault.words, "--tunnel", "ipip")


class TunnelDown(TunnelFault):
    """The virtual address may as well be on lo; packets are refused, as if of no protocol."""

    code = "R04"

    def prepare(self):
        self.server2.ip(f"addr add {LAN_VIP}/32 dev lo")

    def plant(self):
        self.server2.ip("link set tunl0 down")

    def fails(self, seen):
        return seen.get("server3") == 2 and "server2" not in seen


class FilteredInTunnel(TunnelFault):
    code = "R05"

    def plant(self):
        self.sysctl(self.server2, conf__tunl0__rp_filter=1)

    def trap(self):
        self.sysctl(self.server2, conf__all__rp_filter=1, conf__tunl0__rp_filter=2)


class AnswersPassDirectorBy(ServerFault):
    """A masqueraded server whose gateway is not the director."""

    code = "R06"
    kind = staticmethod(nat)
    words = ("--real-server", "--director", "192.0.2.1")

    def plant(self):
        self.server2.ip("route replace default via 192.0.2.200")


class NotListening(ServerFault):
    """A server that listens at its own address only."""

    code = "R07"
    words = (*ServerFault.words, "--port", "8090")
    working = {"at its own": {"server2": 4}, "at the virtual": {"server2": 4}}
    failing = {"at its own": {"server2": 4}, "at the virtual": {"refused": 4}}

    def prepare(self):
        self.both = self.lab.answer(self.server2, 8090)
        self.rules(f"-A -t {LAN_VIP}:8090 -s rr", f"-a -t {LAN_VIP}:8090 -r {SERVER2} -g")

    def traffic(self):
        own, virtual = (Question(self.client, address, 8090).ask() for address in (SERVER2, LAN_VIP))
        return {"at its own": own, "at the virtual": virtual}

    def plant(self):
        self.both.close()
        self.one = self.lab.answer(self.server2, 8090, address=SERVER2)

    def mend(self):
        self.one.close()
        self.lab.answer(self.server2, 8090)


class ServerDrops(ServerFault):
    code = "R08"
    has_firewall = True

    def plant(self):
        self.firewall(
            self.server2,
            "add table ip filter; add chain ip filter i { type filter hook input priority 0; policy drop; };"
            f" add rule ip filter i ip daddr {SERVER2} accept",
            ["-P INPUT DROP", f"-A INPUT -d {SERVER2} -j ACCEPT"])


class WideMask(ServerFault):
    """The clients' network is local to the server, and answers never leave it."""

    code = "R10"

    def plant(self):
        self.server2.ip(f"addr del {LAN_VIP}/32 dev lo", f"addr add {LAN_VIP}/24 dev lo")

    def mend(self):
        self.server2.ip(f"addr del {LAN_VIP}/24 dev lo", f"addr add {LAN_VIP}/32 dev lo")
