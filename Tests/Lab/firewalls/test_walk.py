# SPDX-License-Identifier: Apache-2.0
"""What the doctor says of random firewalls, beside what they do to packets.

Where it says that packets are dropped, none comes through; where it says nothing, all do. Where it says that they
may be dropped, both are right.
"""

import contextlib
import ctypes
import json
import os
import random
import socket
import struct
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import kernels  # noqa: E402
from differential import packets  # noqa: E402
from differential.packets import Ends  # noqa: E402
from firewalls import rule_sets  # noqa: E402

SEED = int(os.environ.get("IPVS_TEST_SEED") or 20261201)
RULE_SETS = int(os.environ.get("LAB_RULE_SETS") or 60)

_IPVSADM = os.path.join(os.path.abspath(os.environ["PROGRAMS"]), "ipvsadm")
_NEW_NETWORK = 0x40000000
_ALL_FRAMES, _ARP = 3, 0x0806
_libc = ctypes.CDLL(None, use_errno=True)

#: Services, and the server of each. A port of a server belongs to one service.
SERVICES = {
    ("203.0.113.1", 80): ("192.0.2.11", 8080), ("203.0.113.1", 443): ("192.0.2.11", 443),
    ("203.0.113.2", 80): ("192.0.2.11", 80), ("203.0.113.2", 8080): ("192.0.2.11", 1080),
}
SOURCES = ("198.51.100.10", "198.51.100.77", "10.9.8.7", "172.20.1.1")


def _enter(namespace):
    if _libc.setns(namespace, _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Host:
    """A network namespace."""

    def __init__(self, name):
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.namespace = os.open(f"/run/netns/{name}", os.O_RDONLY)

    @contextlib.contextmanager
    def inside(self):
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            _enter(self.namespace)
            yield
        finally:
            _enter(home)
            os.close(home)

    def ip(self, *lines):
        subprocess.run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(lines), text=True,
                       check=True)

    def set(self, **settings):
        with self.inside():
            for name, value in settings.items():
                path = "/proc/sys/net/ipv4/" + name.replace("__", "/")
                with open(path, "w", encoding="ascii") as file:
                    file.write(str(value))

    def tap(self, device):
        """A socket that gets copies of all frames of a device."""
        with self.inside():
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_FRAMES))
            tap.bind((device, _ALL_FRAMES))
            tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            tap.setblocking(False)
            return tap

    def run(self, *words, **more):
        with self.inside():
            return subprocess.run(words, text=True, capture_output=True, check=False, **more)


class Site:
    """A client, a director, and a server that listens at all ports of services."""

    def __init__(self):
        # Frames are handled in their order by the processor that sends them.
        os.sched_setaffinity(0, {0})
        self.client, self.director, self.server = map(Host, ("fwclient", "fwdirector", "fwserver"))
        self.director.ip(
            "link set lo up", "link add out type veth peer name eth0 netns fwclient",
            "link add in type veth peer name eth0 netns fwserver", "link set out up", "link set in up",
            "addr add 198.51.100.1/24 dev out", "addr add 192.0.2.1/24 dev in",
            "addr add 203.0.113.1/32 dev lo", "addr add 203.0.113.2/32 dev lo")
        self.client.ip(
            "link set eth0 up", "addr add 198.51.100.10/24 dev eth0", "addr add 198.51.100.77/24 dev eth0",
            "route add default via 198.51.100.1")
        self.server.ip(
            "link set lo up", "link set eth0 up", "addr add 192.0.2.11/24 dev eth0",
            "route add default via 192.0.2.1")
        self.director.ip("route add default via 198.51.100.10")
        self.director.set(
            ip_forward=1, conf__all__rp_filter=0, conf__in__rp_filter=0, conf__out__rp_filter=0)
        self._ipvsadm("-C")
        for (address, port), (server, own) in SERVICES.items():
            self._ipvsadm("-A", "-t", f"{address}:{port}", "-s", "rr")
            self._ipvsadm("-a", "-t", f"{address}:{port}", "-r", f"{server}:{own}", "-m")
        self.listeners = []
        with self.server.inside():
            for server, port in SERVICES.values():
                listener = socket.socket()
                listener.bind((server, port))
                listener.listen(4096)
                self.listeners.append(listener)
        self.at_client, self.at_server = self.client.tap("eth0"), self.server.tap("eth0")
        with self.client.inside():
            self.sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.port = 10_000
        self._settle()

    def _ipvsadm(self, *words):
        ran = self.director.run(_IPVSADM, *words)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def _settle(self):
        """Returns when all that was sent before has been handled: ARP is answered, which rules of IP do
        not see, and each answer is behind the packets before it.
        """
        for host, own, address in (
                (self.client, "198.51.100.10", "198.51.100.1"),
                (self.server, "192.0.2.11", "192.0.2.1")) * 3:
            _ask(host, own, address)

    def load(self, lines, is_nft):
        if is_nft:
            self.director.run("nft", "flush ruleset")
        words = ["nft", "-f", "-"] if is_nft else ["iptables-legacy-restore"]
        ran = self.director.run(*words, input="\n".join(lines) + "\n")
        assert ran.returncode == 0, "\n".join([*lines, ran.stderr])

    def clear(self, is_nft):
        if is_nft:
            self.director.run("nft", "flush ruleset")
        else:
            empty = [f"*{table}\nCOMMIT" for table in ("mangle", "filter")]
            self.director.run("iptables-legacy-restore", input="\n".join(empty) + "\n")

    def told(self):
        """For each code and object that the doctor names the severity."""
        ran = self.director.run(_IPVSADM, "--doctor", "--quick", "-j")
        assert ran.returncode in (0, 1), ran.stderr
        report = json.loads(ran.stdout)
        assert not [skip for skip in report["skipped"] if skip["code"] in ("D35", "D36", "D38")]
        return {(finding["code"], thing): finding["severity"]
                for finding in report["findings"] for thing in finding["objects"]}

    def traffic(self):
        """Sends a SYN of each source to each service. Returns for each how far it came: the numbers of
        those that IPVS took, that came to the server, and that were answered to the client.
        """
        for tap in (self.at_client, self.at_server):
            _drained(tap)
        sent = {}
        for service in SERVICES:
            for source in SOURCES:
                self.port += 1
                ends = Ends(source, self.port, *service)
                sent[self.port] = service
                self.sender.sendto(
                    packets.ip(source, service[0], packets.TCP, packets.tcp(ends, packets.SYN)),
                    (service[0], 0))
        self._settle()
        with self.director.inside(), open("/proc/net/ip_vs_conn", encoding="ascii") as file:
            taken = {int(line.split()[2], 16) for line in file.read().splitlines()[1:]}
        arrived = {ends[0] for ends, flags in _segments(self.at_server) if flags & 0x12 == 0x02}
        answered = {ends[1] for ends, flags in _segments(self.at_client) if flags & 0x12 == 0x12}
        return {
            service: [
                len([port for port, of in sent.items() if of == service and port in ports])
                for ports in (taken, arrived, answered)]
            for service in SERVICES}


def _ask(host, own, address):
    """Asks by ARP for an address, and waits for the answer."""
    with host.inside(), socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP)) as asking:
        asking.bind(("eth0", _ARP))
        asking.settimeout(30)
        link = asking.getsockname()[4]
        request = struct.pack(
            "!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, link, socket.inet_aton(own), bytes(6),
            socket.inet_aton(address))
        asking.send(b"\xff" * 6 + link + struct.pack("!H", _ARP) + request)
        is_reply = False
        while not is_reply:
            frame = asking.recv(2048)
            is_reply = frame[20:22] == b"\0\2" and frame[28:32] == socket.inet_aton(address)


def _drained(tap):
    frames = []
    with contextlib.suppress(BlockingIOError):
        while True:
            frames.append(tap.recv(2048))
    return frames


def _segments(tap):
    """The ports and flags of the TCP segments among the frames."""
    for frame in _drained(tap):
        packet = frame[14:]
        if frame[12:14] == b"\x08\x00" and packet[9] == packets.TCP:
            segment = packet[(packet[0] & 15) * 4:]
            yield (int.from_bytes(segment[:2], "big"), int.from_bytes(segment[2:4], "big")), segment[13]


@pytest.fixture(scope="module")
def site():
    return Site()


def _backends():
    return [name for name, lacking in (("nft", "no nft"), ("legacy", "no iptables"))
            if not kernels.RUNNING.has(lacking)]


def _check(severity, passed, possible, what, lines):
    """Of `possible` packets `passed` went on."""
    if severity == "error":
        assert passed == 0, f"{what}: the doctor says dropped, {passed} passed\n{lines}"
    elif severity is None:
        assert passed == possible, f"{what}: the doctor says nothing, {passed} of {possible} passed\n{lines}"


@pytest.mark.parametrize("backend", _backends())
def test_random_rules(site, backend):
    chance = random.Random(SEED)
    is_nft = backend == "nft"
    verdicts = {"error": 0, "note": 0, None: 0}
    for number in range(RULE_SETS):
        lines = rule_sets.random_rules(chance, is_nft)
        site.director.set(vs__conntrack=chance.choice((0, 1)))
        site.load(lines, is_nft)
        told, came = site.told(), site.traffic()
        site.clear(is_nft)
        text = "\n".join(lines)
        for service, (server, port) in SERVICES.items():
            name = "TCP {}:{}".format(*service)
            behind = f"server {server}:{port} of {name}"
            taken, arrived, answered = came[service]
            asked = told.get(("D35", f"service {name}"))
            sent = told.get(("D38", behind))
            back = told.get(("D37", behind)) or told.get(("D36", behind))
            for severity in (asked, sent, back):
                verdicts[severity] += 1
            _check(asked, taken, len(SOURCES), f"set {number}, {name}, request", text)
            _check(sent, arrived, taken, f"set {number}, {name}, to the server", text)
            _check(back, answered, arrived, f"set {number}, {name}, answer", text)
    print(verdicts)
    assert min(verdicts.values()) > RULE_SETS / 10, verdicts
