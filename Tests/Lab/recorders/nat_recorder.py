# SPDX-License-Identifier: Apache-2.0
"""Packets through a director, byte for byte: what it sends to clients and to servers."""

from differential import asking, packets, rules
from differential.packets import CLIENTS, SERVERS
from differential.testbed import Testbed

_SETTINGS = {"conntrack": 0, "snat_reroute": 1}
_TABLE = "conn_table"

#: Fields of steps that depend on what was before a recording, or on the time between its steps.
_KEPT = {
    "proc_ip_vs": "the table at a time that is not recorded",
    "proc_ip_vs_stats": "counters at a time that is not recorded",
    "get_service_reply": "counters at a time that is not recorded",
    "estimator_trace": "rates of traffic that is not recorded",
}


def record(recording):
    player, kept = _Player(), []
    for number, step in enumerate(recording["steps"]):
        reason = next((_KEPT[field] for field in step if field in _KEPT), None)
        if reason:
            kept.append((f"{number} ({', '.join(step)})", reason))
        elif "config" in step:
            player.configure(step["config"])
        elif "in_hex" in step:
            player.send(step)
        else:
            player.send_of_length(step)
    player.close()
    return kept


class _Player:
    def __init__(self):
        self.testbed = Testbed(_SETTINGS)
        for option, port, mark in (("--sport", "1111", "77"), ("--dport", "3128", "9")):
            self.testbed.run(
                "iptables-legacy", "-t", "mangle", "-A", "PREROUTING", "-p", "tcp", option, port,
                "-j", "MARK", "--set-mark", mark)
        # To a transparent cache goes what is marked 9, wherever it is addressed to.
        for line in ("rule add fwmark 9 lookup 100", "route add local default dev lo table 100"):
            self.testbed.run("ip", *line.split())
        #: The services that there are, with their servers; the last ones that were named.
        self.services = []
        self.service = self.server = None
        #: The ends of the last IPv4 packet from a client.
        self.client = None

    def close(self):
        self.testbed.close()

    def _ask(self, request):
        answer = self.testbed.ask(request, asking.ACK)
        assert answer.errno == 0, f"{request.words}: {answer}"

    def configure(self, config):
        if isinstance(config, str):
            self._do(config)
        elif "delete_service" in config:
            service = _service(config["delete_service"])
            self.services = [other for other in self.services if other.key() != service.key()]
            self._ask(service.deleting())
        elif "service" in config:
            self.service = _service(
                config["service"], config["scheduler"], config["flags"], config["timeout"])
            self.services.append(self.service)
            self._ask(self.service.adding())
            for named in config["dests_in_order_of_adding"]:
                self._add(rules.Server(
                    named["addr"], named["port"], named.get("weight", 1),
                    method=named.get("fwd", 0), tunnel=(
                        named.get("tun_type", 0), named.get("tun_port", 0),
                        named.get("tun_flags", 0))))
        else:
            (name, value), = config.items()
            self.testbed.run("sysctl", "-q", "-w", f"{name.removeprefix('sysctl ')}={value}")

    def _add(self, server):
        self.server = server
        self.service.servers.append(server)
        self._ask(self.service.adding_server(server))

    def _do(self, sentence):
        """`tuns mtu N`; or of the last server, or one that is named ADDRESS:PORT: `dest ... added`,
        `dest deleted`, `dest re-added`, `dest ... weight N`.
        """
        words = sentence.replace(",", "").split()
        weight = int(words[words.index("weight") + 1]) if "weight" in words else 1
        named = next((word.rsplit(":", 1) for word in words if ":" in word), None)
        if sentence.startswith("tuns mtu "):
            self.testbed.run("ip", "link", "set", "tuns", "mtu", words[2])
            return
        if sentence.startswith("dest deleted"):
            self._ask(self.service.deleting_server(self.server))
            self.service.servers.remove(self.server)
        if sentence.startswith("dest re-added"):
            self._add(rules.Server(self.server.address, self.server.port, weight))
        elif sentence.endswith("added"):
            address, port = named or ("10.2.0.1", self.service.port)
            self._add(rules.Server(address, int(port), weight))
        elif "weight" in words:
            self.service, self.server = next(
                (service, server) for service in self.services for server in service.servers
                if [server.address, str(server.port)] == named)
            self.server.weight = weight
            self._ask(self.service.editing_server(self.server))

    def send(self, step):
        packet = bytes.fromhex(step["in_hex"])
        sent = self.testbed.send(step["in"], packet)
        for field, side in (("out_c", CLIENTS), ("out_s", SERVERS)):
            step[field] = [made.hex() for where, made in sent if where == side]
        if step["in"] == CLIENTS and packet[0] == 0x45 and len(packet) > 21:
            self.client = packets.read(packet).ends
        if _TABLE in step:
            step[_TABLE] = [" ".join(row.split()) for row in self.testbed.table()]

    def send_of_length(self, step):
        """A packet of which the recording has only the length, on the last client's connection."""
        words = step["name"].replace(",", "").split()
        length = int(words[words.index("length") + 1])
        ends = self.client._replace(target="10.0.0.1", dport=self.service.port)
        body = packets.tcp(ends, packets.ACK, b"x" * (length - 40))
        fragment = 0 if "no" in words else 0x4000
        packet = packets.ip(ends.source, ends.target, packets.TCP, body, fragment=fragment)
        sent = self.testbed.send(CLIENTS, packet)
        step["out_c_summary"] = [
            [made[20], made[21], int.from_bytes(made[26:28], "big")]
            for side, made in sent if side == CLIENTS]
        step["out_s_lengths"] = [len(made) for side, made in sent if side == SERVERS]


def _service(named, scheduler="rr", flags=0, timeout=0):
    is_six = named["af"] == 10
    return rules.Service(
        named["protocol"] or 0, named["addr"] or ("::" if is_six else "0.0.0.0"),
        named["port"] or 0, scheduler, flags, timeout, mark=named.get("fwmark", 0))


def masked(recording):
    """Without what depends on secrets of a run: identifications, flow labels and source ports of GUE, with
    the sums over them; of tables of connections only the packet's own rows, without seconds, and
    none of a connection that has no second left: it goes with the next tick.
    """
    for step in recording["steps"]:
        for field in ("out_c", "out_s"):
            if field in step:
                step[field] = [_hidden(bytes.fromhex(packet)).hex() for packet in step[field]]
        if _TABLE in step:
            ends = packets.read(bytes.fromhex(step["in_hex"])).ends
            ports = {f"{ends.sport:04X}", f"{ends.dport:04X}"}
            rows = [row.split() for row in step[_TABLE]]
            step[_TABLE] = sorted(
                row[:8] for row in rows if ports == {row[2], row[4]} and row[8] != "0")
    return recording


def _hidden(packet):
    made = bytearray(packet)

    def hide(*ranges):
        for first, end in ranges:
            made[first:end] = bytes(end - first)
    if packet[0] >> 4 == 6:
        if packet[6] == packets.ICMP6:
            hide((1, 4))
        if packet[6] == 44:
            hide((44, 48))
        if packet[6] == packets.UDP and packet[42:44] == b"\x17\xc0":
            hide((40, 42), (46, 48))
        return bytes(made)
    is_gue = packet[9] == packets.UDP and packet[22:24] == b"\x17\xc0"
    if is_gue or packet[9] in (packets.ICMP, 4, 41, 47):
        hide((4, 6), (10, 12))
    if is_gue:
        hide((20, 22), (26, 28))
    return bytes(made)
