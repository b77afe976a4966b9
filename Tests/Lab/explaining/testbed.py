# SPDX-License-Identifier: Apache-2.0
"""A client and a director whose servers are not there: packets are sent, explained before, and looked for
among the connections afterwards.

      client 198.51.100.10, .11, .12, .77    director 203.0.113.0/24, 203.0.114.0/24 (marked)    servers
      2001:db8:c::10, ::77          |________________|  2001:db8:f::1           |___________________|

What the director did is read from where its connections are listed, which none of our code writes: the
kernel's /proc/net/ip_vs_conn. With an engine it is the listing of ipvsadm.
"""

import contextlib
import ipaddress
import functools
import json
import os
import socket
from typing import NamedTuple, Optional

import jsonschema

import firewall
import userspace
from deadline import eventually
from network import Network

IS_ENGINE = os.environ.get("IPVS") == "engine"

SCHEMA = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../Sources/ipvsadm/ipvsadm-1.schema.json")

#: The mark that the firewall gives to packets for MARKED.
MARK = 8
MARKED = "203.0.114.0/24"

#: A service that takes a packet after each of those that are explained: once that has passed, so has the other.
WITNESS = ("203.0.113.250", 9)
WITNESS_RULES = """\
-A -u 203.0.113.250:9 -s rr
-a -u 203.0.113.250:9 -r 192.0.2.99:9 -m -w 1
"""


@functools.cache
def validator():
    with open(SCHEMA, encoding="utf-8") as file:
        return jsonschema.Draft202012Validator(json.load(file))


class Packet(NamedTuple):
    """A packet that begins a connection; `mark` is what the firewall gives it."""

    protocol: str
    client: str
    client_port: int
    destination: str
    port: int
    mark: int = 0

    def words(self):
        return (self.protocol, _end(self.client, self.client_port), _end(self.destination, self.port),
                "--mark", str(self.mark))


class Answer(NamedTuple):
    """What `--explain --json` said."""

    exit: int
    certainty: str
    server: Optional[str]
    candidates: list
    may_be_none: bool
    document: dict

    def allows(self, server):
        """Whether a server, or None for none, is one of those that it names."""
        if self.certainty in ("certain", "now"):
            return server == self.server and self.candidates == [server]
        if self.certainty == "none":
            return server is None
        return self.may_be_none if server is None else server in self.candidates


def _end(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Testbed:
    def __init__(self, client, director):
        self.client = client
        self.director = director
        self._witnesses = iter(range(1024, 65536))

    def set(self, rules, edits=()):
        """The table of these rules alone, changed by lines; its old connections end."""
        changes = "".join(f"{line}\n" for line in edits)
        self.tell("-R", stdin=f"-C\n{rules}{WITNESS_RULES}{changes}")

    def tell(self, *words, stdin=""):
        self.director.run("ipvsadm", *words, stdin=stdin)

    def sysctl(self, name, value):
        self.director.sysctl(f"net/ipv4/vs/{name}", value)

    def ask(self, packet, *words, mark=True):
        """What --explain says of a packet, before it is sent."""
        asked = packet.words() if mark else packet.words()[:3]
        ended = self.director.attempt("ipvsadm", "--explain", "-j", *asked, *words)
        assert ended.returncode in (0, 1) and not ended.stderr, ended
        [line] = ended.stdout.splitlines()
        document = json.loads(line)
        validator().validate(document)
        answer = Answer(
            ended.returncode, document["certainty"], document["server"],
            [candidate["server"] for candidate in document["candidates"]],
            document["may_be_none"], document)
        assert answer.exit == (1 if answer.certainty == "none" else 0), document
        return answer

    def send(self, packet):
        """Sends a packet, and says which server its connection has; None where it has none."""
        with self.client.inside(), self._socket(packet) as sender:
            self._witness()
            connections = self.connections()
        del sender
        return connections.get((packet.protocol, packet.client, packet.client_port,
                                packet.destination, packet.port))

    @contextlib.contextmanager
    def _socket(self, packet):
        family = socket.AF_INET6 if ":" in packet.client else socket.AF_INET
        kind = socket.SOCK_STREAM if packet.protocol == "tcp" else socket.SOCK_DGRAM
        with socket.socket(family, kind) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sender.bind((packet.client, packet.client_port))
            sender.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                sender.connect((packet.destination, packet.port))
                sender.send(b"x")
            yield sender

    def _witness(self):
        port = next(self._witnesses)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("198.51.100.12", port))
            sender.sendto(b"x", WITNESS)
        key = ("udp", "198.51.100.12", port, *WITNESS)
        eventually(lambda: key in self.connections())

    def connections(self):
        """The server of each connection, by protocol and ends."""
        return self._listed() if IS_ENGINE else self._shown()

    def _shown(self):
        found = {}
        for line in self.director.read("/proc/thread-self/net/ip_vs_conn").splitlines()[1:]:
            words = line.split()
            client, virtual, server = map(_address, words[1:7:2])
            ports = [int(word, 16) for word in words[2:7:2]]
            found.setdefault(
                (words[0].lower(), client, ports[0], virtual, ports[1]), _end(server, ports[2]))
        return found

    def _listed(self):
        found = {}
        for line in self.director.run("ipvsadm", "-L", "-c", "-j").splitlines():
            row = json.loads(line)
            client, virtual, server = row["client"], row["virtual"], row["server"]
            found.setdefault(
                (row["protocol"], client["address"], client["port"], virtual["address"],
                 virtual["port"]), _end(server["address"], server["port"]))
        return found


def _address(word):
    """An address of the kernel's list: a number of IPv4, or the groups of IPv6."""
    return str(ipaddress.ip_address(word if ":" in word else int(word, 16)))


@contextlib.contextmanager
def laid_out():
    with Network() as network:
        client, director, servers = network.add_hosts("client", "director", "servers")
        network.lay_cables((director, "out", client, "eth0"), (director, "in", servers, "eth0"))
        client.ip(*(f"addr add 198.51.100.{n}/24 dev eth0" for n in (10, 11, 12, 77)),
                  "route add default via 198.51.100.1",
                  *(f"addr add 2001:db8:c::{n}/64 dev eth0 nodad" for n in (10, 77)),
                  "route add default via 2001:db8:c::1")
        director.ip("addr add 198.51.100.1/24 dev out", "addr add 192.0.2.1/24 dev in",
                    "addr add 2001:db8:c::1/64 dev out nodad", "addr add 2001:db8:d::1/64 dev in nodad",
                    "route add local 203.0.113.0/24 dev lo", "route add local 203.0.114.0/24 dev lo",
                    "addr add 2001:db8:f::1/128 dev lo nodad",
                    *(f"neigh add 192.0.2.{n} lladdr 02:00:00:00:00:{n} dev in"
                      for n in (11, 12, 13, 14, 15, 99)),
                    *(f"neigh add 2001:db8:d::{n} lladdr 02:00:00:00:00:{n} dev in" for n in (11, 12)))
        director.sysctl("net/ipv4/ip_forward", 1)
        director.sysctl("net/ipv6/conf/all/forwarding", 1)
        for name in ("all", "out", "in"):
            director.sysctl(f"net/ipv4/conf/{name}/rp_filter", 0)
        userspace.balance_if_wanted(director)
        bed = Testbed(client, director)
        if not IS_ENGINE:
            firewall.mark(director.run, "out", [(MARK, MARKED, ())])
            bed.tell("-L")
            bed.sysctl("expire_nodest_conn", 1)
        yield bed
