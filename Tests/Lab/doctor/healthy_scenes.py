# SPDX-License-Identifier: Apache-2.0
"""Directors with nothing wrong, among them those that look as if there were.

Each is played by test_healthy.py: traffic works, and the doctor finds no error and no warning.
"""

import segment as one_segment
from conversation import Question
from deadline import eventually
from network import load_module
from networks import LAN_VIP, NAT_SERVERS, VIP, VIP6, lan, masquerading, tun
from scene import Scene
from segment import SERVER2, SERVER3

WEB = f"-t {VIP}:80"
ONE_SERVER = ({"server2": 4}, {"server3": 4})


class Healthy(Scene, abstract=True):
    """A director with nothing wrong, changed by `prepare`."""

    @property
    def places(self):
        """The hosts on which the doctor looks, and what it is told there."""
        return [(self.director, ()), *self.server_places]

    #: Real servers that are looked at, too.
    server_places = ()


class Masquerading(Healthy):
    pass


class DirectRouting(Healthy):
    kind = staticmethod(lan)

    @property
    def server_places(self):
        words = ("--real-server", "--vip", LAN_VIP)
        return [(self.server2, words), (self.server2, ("--real-server",)),
                (self.server3, (*words, "--port", "80"))]


class DirectRoutingWithoutForwarding(Healthy):
    kind = staticmethod(lan)

    def prepare(self):
        self.director.sysctl("net/ipv4/ip_forward", 0)


class DirectRoutingARPOfOneLink(DirectRouting):
    """The link's own setting is enough."""

    def prepare(self):
        for server in self.lab.servers:
            self.sysctl(server, conf__all__arp_ignore=0, conf__eth0__arp_ignore=1)


class DirectRoutingOfIPv6(Healthy):
    kind = staticmethod(lan)
    vip = "2001:db8:1::100"

    def prepare(self):
        hosts = (self.client, self.director, self.server2, self.server3)
        for number, host in enumerate(hosts, 1):
            host.ip(f"addr add 2001:db8:1::{number}/64 dev eth0 nodad")
            if host is not self.client:
                host.ip(f"addr add {self.vip}/128 dev lo nodad")
        self.client.ip(f"route add {self.vip} via 2001:db8:1::2")
        self.rules("-C", f"-A -t [{self.vip}]:80 -s rr",
                   *(f"-a -t [{self.vip}]:80 -r [2001:db8:1::{number}] -g" for number in (3, 4)))
        self.question = Question(self.client, self.vip)
        eventually(lambda: self.traffic() == self.working)


class TunnelIPIP(Healthy):
    kind = staticmethod(tun)

    def prepare(self):
        self.director.sysctl("net/ipv4/ip_forward", 0)

    @property
    def server_places(self):
        return [(self.server2, ("--real-server", "--vip", LAN_VIP, "--tunnel", "ipip"))]


class TunnelVIPOnLoopback(TunnelIPIP):
    def prepare(self):
        for server in self.lab.servers:
            server.ip(f"addr del {LAN_VIP}/32 dev tunl0", f"addr add {LAN_VIP}/32 dev lo")


class TunnelLooseFilter(TunnelIPIP):
    """The larger of all and tunl0 counts."""

    def prepare(self):
        self.sysctl(self.server2, conf__all__rp_filter=1, conf__tunl0__rp_filter=2)


class TunnelGUE(Healthy):
    kind = staticmethod(tun)
    options = "--tun-type gue --tun-port 6080"

    def prepare(self):
        load_module("fou")
        for server in self.lab.servers:
            self.open(server)
        self.rules(f"-D -t {LAN_VIP}:80", f"-A -t {LAN_VIP}:80 -s rr", *(
            f"-a -t {LAN_VIP}:80 -r {server} -i {self.options}" for server in (SERVER2, SERVER3)))

    def open(self, server):
        server.ip("fou add port 6080 gue")

    @property
    def server_places(self):
        kind = self.options.split()[1]
        return [(self.server2, ("--real-server", "--vip", LAN_VIP, "--tunnel", kind))]


class TunnelGUEWithChecksum(TunnelGUE):
    options = "--tun-type gue --tun-port 6080 --tun-csum"


class TunnelGRE(TunnelGUE):
    options = "--tun-type gre"

    def open(self, server):
        address = {self.server2: SERVER2, self.server3: SERVER3}[server]
        server.ip(f"addr del {LAN_VIP}/32 dev tunl0", "link set tunl0 down",
                  f"link add gre1 type gre local {address}")
        one_segment.open_tunnel(server, "gre1")


class MasqueradingOfIPv6(Healthy):
    def prepare(self):
        self.rules(*masquerading(
            f"-t [{VIP6}]:80", ["[2001:db8:d::2]:8080", "[2001:db8:d::3]:8080"]))
        self.director.sysctl("net/ipv4/ip_forward", 1)
        self.question = Question(self.client, VIP6)
        eventually(lambda: self.traffic() == self.working)


class Marks(Healthy):
    """One rule, of a set of ports."""

    has_firewall = True

    def prepare(self):
        self.rules("-C", *masquerading("-f 7"))
        self.firewall(
            self.director,
            "add table ip marks; add chain ip marks p { type filter hook prerouting priority mangle; };"
            f" add rule ip marks p ip daddr {VIP} tcp dport {{ 80, 443 }} meta mark set 7",
            [f"-t mangle -A PREROUTING -d {VIP} -p tcp -m multiport --dports 80,443"
             " -j MARK --set-mark 7"])


class Firewall(Healthy):
    """Nothing may pass but what has to, and connections are not tracked for IPVS."""

    has_firewall = True

    def prepare(self):
        self.firewall(
            self.director,
            f"""
            add table inet filter
            add chain inet filter input {{ type filter hook input priority 0; policy drop; }}
            add rule inet filter input iif lo accept
            add rule inet filter input meta l4proto {{ icmp, ipv6-icmp }} accept
            add rule inet filter input ip daddr {VIP} tcp dport {{ 80, 443 }} counter accept
            add rule inet filter input ct state established,related accept
            add rule inet filter input limit rate 5/second log prefix "dropped: "
            add chain inet filter forward {{ type filter hook forward priority 0; policy drop; }}
            add rule inet filter forward ip saddr 192.0.2.0/24 tcp sport 8080 accept
            add rule inet filter forward ct state invalid drop
            add rule inet filter forward ct state established,related accept
            add chain inet filter output {{ type filter hook output priority 0; policy drop; }}
            add rule inet filter output oifname {{ lo, outside, inside }} accept
            """,
            ["-P INPUT DROP", "-A INPUT -i lo -j ACCEPT", "-A INPUT -p icmp -j ACCEPT",
             "-N services", f"-A INPUT -d {VIP} -j services",
             "-A services -p tcp -m multiport --dports 80,443 -j ACCEPT",
             "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
             "-A INPUT -m limit --limit 5/second -j LOG",
             "-P FORWARD DROP", "-A FORWARD -s 192.0.2.0/24 -p tcp --sport 8080 -j ACCEPT",
             "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
             "-P OUTPUT DROP", "-A OUTPUT -o lo -j ACCEPT", "-A OUTPUT -o outside -j ACCEPT",
             "-A OUTPUT -o inside -j ACCEPT"])


class FirewallThatTracks(Healthy):
    """Connections of IPVS are tracked, and their state lets answers pass."""

    has_firewall = True

    def prepare(self):
        self.sysctl(self.director, vs__conntrack=1)
        self.firewall(
            self.director,
            f"""
            add table inet filter
            add chain inet filter input {{ type filter hook input priority 0; policy drop; }}
            add rule inet filter input ct state vmap {{ invalid : drop, established : accept, related : accept }}
            add rule inet filter input ip daddr {VIP} tcp dport 80 accept
            add rule inet filter input meta l4proto {{ icmp, ipv6-icmp }} accept
            add chain inet filter forward {{ type filter hook forward priority 0; policy drop; }}
            add rule inet filter forward ct state invalid drop
            add rule inet filter forward ct state established,related accept
            """,
            ["-P INPUT DROP", "-A INPUT -m conntrack --ctstate INVALID -j DROP",
             "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
             f"-A INPUT -d {VIP} -p tcp --dport 80 -j ACCEPT",
             "-P FORWARD DROP", "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
             "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"])


class FirewallOfOthers(Healthy):
    """Rules that drop, of other links, addresses, ports, and protocols."""

    has_firewall = True

    def prepare(self):
        self.director.ip("link add other type veth peer name rehto", "link set other up")
        self.firewall(
            self.director,
            f"""
            add table ip filter
            add chain ip filter input {{ type filter hook input priority 0; policy accept; }}
            add rule ip filter input iifname other drop
            add rule ip filter input ip daddr 203.0.113.2 drop
            add rule ip filter input ip daddr {VIP} tcp dport != 80 drop
            add rule ip filter input ip daddr {VIP} udp dport 80 drop
            add chain ip filter forward {{ type filter hook forward priority 0; policy accept; }}
            add rule ip filter forward iifname other ct state invalid drop
            add rule ip filter forward ip saddr 192.0.3.0/24 drop
            add rule ip filter forward iifname outside drop
            """,
            ["-A INPUT -i other -j DROP", "-A INPUT -d 203.0.113.2 -j DROP",
             f"-A INPUT -d {VIP} -p tcp ! --dport 80 -j DROP",
             f"-A INPUT -d {VIP} -p udp --dport 80 -j DROP",
             "-A FORWARD -i other -m conntrack --ctstate INVALID -j DROP",
             "-A FORWARD -s 192.0.3.0/24 -j DROP", "-A FORWARD -i outside -j DROP"])


class MasqueradingOutwards(Healthy):
    """The servers may open connections; the rule is of another link than theirs."""

    has_firewall = True

    def prepare(self):
        self.firewall(
            self.director,
            "add table ip n; add chain ip n p { type nat hook postrouting priority srcnat; };"
            " add rule ip n p ip saddr 192.0.2.0/24 oifname outside masquerade",
            ["-t nat -A POSTROUTING -s 192.0.2.0/24 -o outside -j MASQUERADE"])


class DirectRoutingBehindForwardDrop(Healthy):
    """Answers of direct routing do not pass the director."""

    kind = staticmethod(lan)
    has_firewall = True

    def prepare(self):
        self.firewall(
            self.director,
            "add table ip filter;"
            " add chain ip filter f { type filter hook forward priority 0; policy drop; }",
            ["-P FORWARD DROP"])


class Persistence(Healthy):
    def prepare(self):
        self.rules(f"-E {WEB} -s rr -p 300")

    def works(self, seen):
        return seen in ONE_SERVER


class EveryPort(Persistence):
    """Port 0 with persistence, to servers at port 0."""

    def prepare(self):
        self.rules("-C", f"-A -t {VIP}:0 -s rr -p 300",
                   *(f"-a -t {VIP}:0 -r 192.0.2.{number}:0 -m" for number in (2, 3)))


class FTP(Healthy):
    def prepare(self):
        load_module("ip_vs_ftp")
        for server in self.lab.servers:
            self.lab.answer(server, 21)
        self.rules(*masquerading(f"-t {VIP}:21", ["192.0.2.2:21", "192.0.2.3:21"]))
        self.question = Question(self.client, VIP, 21)


class LocalNode(Healthy):
    kind = staticmethod(lan)
    working = {"director": 2, "server3": 2}

    def prepare(self):
        self.lab.answer(self.director, 80)
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER2}:80", f"-a -t {LAN_VIP}:80 -r 127.0.0.1 -g")


class LocalNodeMasqueraded(Healthy):
    """The director's own address, which no packet is forwarded to or from."""

    working = {"director": 4}

    def prepare(self):
        self.lab.answer(self.director, 8081)
        self.rules("-C", *masquerading(WEB, ["192.0.2.1:8081"]))
        self.sysctl(self.director, ip_forward=0)


class AnyIP(Healthy):
    """The virtual address is local by a route, and on no link."""

    def prepare(self):
        self.director.ip(f"addr del {VIP}/32 dev lo", "route add local 203.0.113.0/24 dev lo")


class OnePacketByDirectRouting(Healthy):
    kind = staticmethod(lan)

    def prepare(self):
        service = f"-u {LAN_VIP}:80"
        self.rules("-C", f"-A {service} -s rr -o",
                   *(f"-a {service} -r {server} -g" for server in (SERVER2, SERVER3)))
        self.question = Question(self.client, LAN_VIP, udp=True)


class Fallback(Healthy):
    """The slots of a server that is out are given to others."""

    working = {"server2": 4}

    def prepare(self):
        self.rules(f"-E {WEB} -s sh -b sh-fallback,sh-port",
                   f"-e {WEB} -r {NAT_SERVERS[1]} -m -w 0")


class Drained(Healthy):
    """A server that gets no clients any more, persistent ones neither."""

    def prepare(self):
        self.sysctl(self.director, vs__expire_quiescent_template=1)
        self.rules(f"-E {WEB} -s rr -p 300")
        self.question.ask()
        self.rules(f"-e {WEB} -r {NAT_SERVERS[0]} -m -w 0")

    working = {"server3": 4}


class BackupSettingWithoutBackup(Healthy):
    def prepare(self):
        self.sysctl(self.director, vs__backup_only=1)


class PairWithSync(Healthy):
    """A second director hears of all connections, and waits."""

    def prepare(self):
        (self.backup,) = self.lab.network.add_hosts("backup")
        self.lab.network.plug(self.lan, (self.backup, "inside"))
        self.backup.ip("addr add 192.0.2.250/24 dev inside")
        self.backup.sysctl("net/ipv4/ip_forward", 1)
        self.lan.ip("link set switch type bridge mcast_snooping 0")
        self.sysctl(self.director, vs__sync_threshold="1 2")
        self.rules("--start-daemon master --mcast-interface inside --syncid 7")
        self.lab.rules(
            *masquerading(WEB), "--start-daemon backup --mcast-interface inside --syncid 7",
            host=self.backup)

    def works(self, seen):
        return super().works(seen) and eventually(
            lambda: "SYNC" in self.backup.read("/proc/net/ip_vs_conn_sync"))

    @property
    def server_places(self):
        return [(self.backup, ())]
