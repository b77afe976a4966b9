# SPDX-License-Identifier: Apache-2.0
"""Decisions of a scheduler: the server that each connection gets, and how servers count them."""

from differential import asking, packets, rules
from differential.packets import ACK, CLIENTS, FIN, ICMP, ICMP6, RST, SERVERS, SYN, TCP, UDP, Ends
from differential.testbed import Testbed

#: Where the addresses are that clients of a service by mark ask for.
_MARKED = "10.0.0.0/8"


def record(recording):
    for scenario in recording["scenarios"]:
        player = _Player(scenario)
        for number, operation in enumerate(scenario["ops"]):
            player.play(number, operation)
        player.testbed.close()
    return []


class _Player:
    def __init__(self, scenario):
        self.scenario = scenario
        self.testbed = Testbed({})
        mark = scenario["fwmark"] or 0
        if mark:
            self.testbed.mark({mark: _MARKED})
        self.service = rules.Service(
            TCP if scenario["protocol"] == "tcp" else UDP, scenario["vip"] or "0.0.0.0",
            scenario["vport"] or 0, scenario["scheduler"], flags=scenario["service_flags"],
            timeout=scenario["timeout"], mark=mark)
        if self.service.family == packets.family("0.0.0.0"):
            self.service.netmask = packets.packed(scenario["netmask"])
        self._ask(self.service.adding())
        #: The ends of a connection at the client and at the server, by the operation that began it.
        self.open = {}

    def _ask(self, request):
        answer = self.testbed.ask(request, asking.ACK)
        assert answer.errno == 0, f"{request.words}: {answer}"

    def play(self, number, operation):
        getattr(self, f"_{operation['op']}")(number, operation)

    def _add(self, _, operation):
        self._ask(self.service.adding_server(_server(operation)))

    def _set(self, _, operation):
        self._ask(self.service.editing_server(_server(operation)))

    def _del(self, _, operation):
        self._ask(self.service.deleting_server(_server(operation)))

    def _service(self, _, operation):
        self.service.scheduler = operation["sched"]
        self._ask(self.service.editing())

    def _counts(self, _, operation):
        listing = self.service.listing_servers()
        replies = self.testbed.connection.ask(listing.command, listing.payload, asking.DUMP).replies
        counts = [rules.server_counts(reply) for reply in replies]
        operation["dests"] = [
            {"addr": address, "port": port, "weight": weight, "active": active,
             "inactive": inactive, "persistent": persistent}
            for address, port, weight, active, inactive, persistent in counts]

    def _conn(self, number, operation):
        scenario, mode = self.scenario, operation["mode"]
        ends = Ends(
            operation["c"], operation["p"], operation.get("v", scenario["vip"]),
            operation.get("vp", scenario["vport"]))
        if mode == "udp":
            sent = self.testbed.send(
                CLIENTS, packets.ip(ends.source, ends.target, UDP, packets.udp(ends, b"x")))
        else:
            sent = self._send(CLIENTS, ends, SYN)
        for field in ("rs", "rp", "icmp"):
            operation.pop(field, None)
        seen = [(side, packets.read(packet)) for side, packet in sent]
        server = next((packet.ends for side, packet in seen if side == SERVERS), None)
        if server is None:
            kinds = [packet.kind for _, packet in seen if packet.protocol in (ICMP, ICMP6)]
            operation.update(rs=None, icmp=list(kinds[0]) if kinds else None)
            return
        operation.update(rs=server.target, rp=server.dport)
        self.open[number] = (ends, server)
        if mode in ("keep", "close", "rst"):
            self._send(SERVERS, server.back(), SYN | ACK)
            self._send(CLIENTS, ends, ACK)
        if mode == "rst":
            self._send(CLIENTS, ends, RST)
        if mode == "close":
            self._close(None, {"conn": number})

    def _send(self, side, ends, flags):
        return self.testbed.send(
            side, packets.ip(ends.source, ends.target, TCP, packets.tcp(ends, flags)))

    def _close(self, _, operation):
        """Ends a connection that was begun, from both sides."""
        if operation["conn"] in self.open:
            ends, server = self.open[operation["conn"]]
            self._send(CLIENTS, ends, FIN | ACK)
            self._send(SERVERS, server.back(), FIN | ACK)
            self._send(CLIENTS, ends, ACK)


def _server(operation):
    return rules.Server(
        operation["addr"], operation["port"], operation.get("weight", 1),
        operation.get("u_thresh", 0), operation.get("l_thresh", 0))


def masked(recording):
    """Nothing here differs by chance."""
    return recording
