# SPDX-License-Identifier: Apache-2.0
"""Faults of firewalls, marks, and connection tracking.

IPVS takes requests behind PREROUTING and INPUT, sends them to the servers through OUTPUT, and gets the
answers of masqueraded servers behind FORWARD.
"""

import pathlib

from conversation import Question, scatter
from deadline import eventually
from networks import NAT_SERVERS, VIP, masquerading
from scene import Fault

NO_ANSWERS = {"none": 4}
CONNECTIONS_TRACKED = pathlib.Path("/proc/sys/net/netfilter/nf_conntrack_max")


class FirewallFault(Fault, abstract=True):
    has_firewall = True
    failing = NO_ANSWERS

    def marks(self):
        """Packets of the service get the mark 7."""
        self.firewall(
            self.director,
            "add table ip marks; add chain ip marks p { type filter hook prerouting priority mangle; };"
            f" add rule ip marks p ip daddr {VIP} tcp dport 80 meta mark set 7",
            [f"-t mangle -A PREROUTING -d {VIP} -p tcp --dport 80 -j MARK --set-mark 7"])

    def tracks(self):
        """Connections are tracked, as a rule asks for their state."""
        self.firewall(
            self.director,
            "add table ip t; add chain ip t p { type filter hook prerouting priority 0; };"
            " add rule ip t p ct state new counter",
            ["-t mangle -A PREROUTING -m conntrack --ctstate NEW"])


class InShadowOfMark(FirewallFault):
    """A service by mark gets what one by address is there for."""

    code, severity = "D14", "note"
    failing = {"server2": 4}

    def plant(self):
        self.rules(*masquerading("-f 7", NAT_SERVERS[:1]))
        self.marks()

    def mend(self):
        self.rules("-D -f 7")


class NothingSetsMark(FirewallFault):
    code = "D15"
    failing = {"refused": 4}

    def prepare(self):
        self.begin()
        self.marks()

    def begin(self):
        self.rules("-C", *masquerading("-f 7"))

    def plant(self):
        self.firewall(self.director, "delete table ip marks", ["-t mangle -F PREROUTING"])
        self.begin()

    def mend(self):
        self.marks()


class InputDrops(FirewallFault):
    code = "D35"

    def plant(self):
        self.firewall(
            self.director,
            "add table ip filter; add chain ip filter i { type filter hook input priority 0; policy drop; };"
            " add rule ip filter i tcp dport 22 accept",
            ["-P INPUT DROP", "-A INPUT -p tcp --dport 22 -j ACCEPT"])


class ForwardDrops(FirewallFault):
    code = "D36"
    looks_twice = True

    def plant(self):
        self.firewall(
            self.director,
            "add table ip filter;"
            " add chain ip filter f { type filter hook forward priority 0; policy drop; }",
            ["-P FORWARD DROP"])


class InvalidDropped(FirewallFault):
    """Connection tracking does not know the servers' answers while vs.conntrack is 0."""

    code = "D37"

    def plant(self):
        self.firewall(
            self.director,
            "add table ip filter;"
            " add chain ip filter f { type filter hook forward priority 0; policy accept; };"
            " add rule ip filter f ct state invalid drop",
            ["-A FORWARD -m conntrack --ctstate INVALID -j DROP"])


class OutputDrops(FirewallFault):
    code = "D38"
    looks_twice = True

    def plant(self):
        self.firewall(
            self.director,
            "add table ip filter; add chain ip filter o { type filter hook output priority 0; policy drop; };"
            " add rule ip filter o ip daddr 198.51.100.0/24 accept",
            ["-A OUTPUT -d 198.51.100.0/24 -j ACCEPT", "-P OUTPUT DROP"])


class MasqueradingUntracked(FirewallFault):
    """The servers have no way back to clients, and packets of IPVS pass the rule that would help."""

    code = "D39"

    def prepare(self):
        for server in self.lab.servers:
            server.ip("route del default")
        self.sysctl(self.director, vs__conntrack=1)
        self.firewall(
            self.director,
            "add table ip n; add chain ip n p { type nat hook postrouting priority srcnat; };"
            " add rule ip n p oifname inside masquerade",
            ["-t nat -A POSTROUTING -o inside -j MASQUERADE"])

    def plant(self):
        self.sysctl(self.director, vs__conntrack=0)


class TrackingTableFull(FirewallFault):
    code = "D40"

    def prepare(self):
        self.tracks()
        before = CONNECTIONS_TRACKED.read_text()
        self.lab.closing.callback(CONNECTIONS_TRACKED.write_text, before)

    def plant(self):
        CONNECTIONS_TRACKED.write_text("4")
        for port in range(9000, 9012):
            scatter(self.client, "198.51.100.1", port, [20000])

    def type_remedy(self, command):
        # The number is the whole machine's, and can be changed in the first namespace only.
        self.lab.outside("sh", "-c", command)


class OldConnectionReused(FirewallFault):
    """Since Linux 5.9 no SYN is dropped that reuses a port, and the settings alone are no fault."""

    code, severity = "D45", None
    working = failing = {"server2": 2}

    def prepare(self):
        self.tracks()
        self.client.sysctl("net/ipv4/tcp_tw_reuse", 1)
        self.rules(f"-d -t {VIP}:80 -r {NAT_SERVERS[1]}")
        self.question = Question(self.client, VIP, source_ports=[5555], patience=0.9)

    def traffic(self):
        (first,), (second,) = self.question.ask(), eventually(self.again)
        return {first: 2} if first == second else {first: 1, second: 1}

    def again(self):
        """By the same port, which the client itself leaves alone for a second."""
        seen = self.question.ask()
        return None if "EADDRNOTAVAIL" in seen else seen

    def plant(self):
        self.sysctl(self.director, vs__conntrack=1, vs__conn_reuse_mode=1)

    def mend(self):
        self.sysctl(self.director, vs__conn_reuse_mode=0)
