# SPDX-License-Identifier: Apache-2.0
"""All forwarding methods, and what decides where a request goes, with real requests."""

import pytest

import firewall
import segment as one_segment
import tutorial
from deadline import eventually
from network import load_module
from segment import SERVER2, SERVER3, accept_virtual_address, open_tunnel
from services import Visit, pages
from table import real_servers

VIRTUAL = tutorial.TUTORIAL.virtual
WEB = ("-t", f"{VIRTUAL}:80")


def ipvsadm(director, *commands):
    """Runs command lines that say nothing when they succeed."""
    for command in commands:
        assert director.run("ipvsadm", *command.split()) == ""


@pytest.fixture
def segment():
    with one_segment.segment() as built:
        yield built


class TestOnOneSegment:
    """The real servers answer the client directly."""

    URL = f"http://{one_segment.VIRTUAL}/"
    SERVICE = f"-t {one_segment.VIRTUAL}:80"

    def test_direct_routing(self, segment):
        for server in (segment.server2, segment.server3):
            accept_virtual_address(server, "lo")
        ipvsadm(
            segment.director,
            f"-A {self.SERVICE} -s rr",
            f"-a {self.SERVICE} -r {SERVER2} -g",
            f"-a {self.SERVICE} -r {SERVER3}",
        )
        assert {row.forwarding for row in self.rows(segment)} == {"Route"}
        passing = segment.director.capture("eth0", "tcp")
        answers = pages(segment.client, self.URL, 4)
        assert sorted(answers) == ["server2", "server2", "server3", "server3"]
        # Each request crosses the director's one interface twice, and no answer does.
        eventually(lambda: len(passing.packets()) >= 2 * 4 * 4)
        assert {packet.destination for packet in passing.packets()} == {one_segment.VIRTUAL}

    def test_tunnelling_ipip(self, segment):
        # The module makes tunl0, which accepts tunnels from every address.
        open_tunnel(segment.server2, "tunl0")
        arrived = segment.server2.capture("eth0", "ip proto 4")
        self.tunnel(segment, "")
        assert self.told(segment) == "ipip"
        self.one_request(segment, arrived)

    def test_tunnelling_gue(self, segment):
        load_module("fou")
        open_tunnel(segment.server2, "tunl0", "fou add port 6080 gue")
        arrived = segment.server2.capture("eth0", "udp port 6080")
        self.tunnel(segment, "--tun-type gue --tun-port 6080")
        assert self.told(segment) == "gue:6080:-c"
        self.one_request(segment, arrived)

    def test_tunnelling_gue_with_checksum(self, segment):
        load_module("fou")
        open_tunnel(segment.server2, "tunl0", "fou add port 6080 gue")
        arrived = segment.server2.capture("eth0", "udp port 6080 and udp[6:2] != 0")
        self.tunnel(segment, "--tun-type gue --tun-port 6080 --tun-csum")
        assert self.told(segment) == "gue:6080:+c"
        self.one_request(segment, arrived)

    def test_tunnelling_gre(self, segment):
        open_tunnel(segment.server2, "gre1", f"link add gre1 type gre local {SERVER2}")
        arrived = segment.server2.capture("eth0", "ip proto 47")
        self.tunnel(segment, "--tun-type gre")
        assert self.told(segment) == "gre:-c"
        self.one_request(segment, arrived)

    def rows(self, segment):
        return real_servers(segment.director, self.SERVICE.split()).values()

    def tunnel(self, segment, options):
        ipvsadm(
            segment.director,
            f"-A {self.SERVICE} -s rr",
            f"-a {self.SERVICE} -r {SERVER2} -i {options}",
        )
        assert [row.forwarding for row in self.rows(segment)] == ["Tunnel"]

    def told(self, segment):
        """What --tun-info prints for the one real server."""
        listing = segment.director.run("ipvsadm", "-Ln", "--tun-info")
        arrow, address, forwarding, tunnel, *_ = listing.splitlines()[-1].split()
        return tunnel

    def one_request(self, segment, arrived):
        """A request and its answer; the request must have come through the tunnel."""
        assert pages(segment.client, self.URL) == ["server2"]
        senders = [line.split(">")[0] for line in eventually(arrived.lines)]
        assert all(one_segment.DIRECTOR in sender for sender in senders)


def test_ipv6_nat(site):
    site.add_ipv6()
    ipvsadm(
        site.director,
        "-A -t [fd00:d::5]:80 -s wrr",
        "-a -t [fd00:d::5]:80 -r [fd00:e::2]:80 -m",
        "-a -t [fd00:d::5]:80 -r [fd00:e::3]:8000 -m -w 2",
    )
    inside = site.director.capture("inside", "tcp")
    answers = pages(site.client, "http://[fd00:d::5]/", 6)
    assert (answers.count("server2"), answers.count("server3")) == (2, 4)
    pairs = {(packet.source, packet.destination) for packet in eventually(inside.packets)}
    assert pairs == {
        ("fd00:c::2", "fd00:e::2"), ("fd00:e::2", "fd00:c::2"),
        ("fd00:c::2", "fd00:e::3"), ("fd00:e::3", "fd00:c::2"),
    }  # fmt: skip
    assert "-> [fd00:e::3]:8000" in site.director.run("ipvsadm", "-Ln")


def test_a_firewall_mark_gathers_two_ports(site):
    firewall.mark(site.director.run, "outside", [(5, VIRTUAL, (80, 8080))])
    site.director.sysctl("net/ipv4/ip_forward", 1)
    ipvsadm(
        site.director,
        "-A -f 5 -s rr -p 600",
        "-a -f 5 -r 172.16.0.2 -m",
        "-a -f 5 -r 172.16.0.3 -m",
    )
    # Persistence is by the mark: a client has the same server on both ports.
    (first,) = pages(site.client, f"http://{VIRTUAL}/")
    assert pages(site.client, f"http://{VIRTUAL}:8080/", 3) == [first] * 3
    refused = site.client.attempt("curl", "-sS", "--max-time", "5", f"http://{VIRTUAL}:8000/")
    assert refused.returncode == 7, "a port without the mark must not be served"


def nat_service(site, options=""):
    site.director.sysctl("net/ipv4/ip_forward", 1)
    ipvsadm(
        site.director,
        f"-A -t {VIRTUAL}:80 -s rr {options}",
        f"-a -t {VIRTUAL}:80 -r 172.16.0.2:80 -m",
        f"-a -t {VIRTUAL}:80 -r 172.16.0.3:8000 -m",
    )


def test_a_persistent_service_sends_a_client_to_one_server(site):
    nat_service(site, "-p 300")
    site.client.ip("addr add 202.100.1.3/24 dev eth0")
    url = f"http://{VIRTUAL}/"
    (first,) = pages(site.client, url)
    assert pages(site.client, url, 4) == [first] * 4
    (other,) = {"server2", "server3"} - {first}
    assert pages(site.client, url, 2, "--interface", "202.100.1.3") == [other] * 2

    listing = site.director.run("ipvsadm", "-Ln", "--persistent-conn")
    rows = [line.split() for line in listing.splitlines() if line.startswith("  -> 172.")]
    # Address, weight, persistent connections: one client each.
    assert [row[1:4] for row in rows] == [
        ["172.16.0.2:80", "1", "1"],
        ["172.16.0.3:8000", "1", "1"],
    ]
    assert "persistent 300" in listing

    connections = site.director.run("ipvsadm", "-Lcn").splitlines()[2:]
    templates = {tuple(row.split()[3:]) for row in connections if ":0 " in row}
    addresses = {"server2": "172.16.0.2:80", "server3": "172.16.0.3:8000"}
    assert templates == {
        ("202.100.1.2:0", f"{VIRTUAL}:80", addresses[first]),
        ("202.100.1.3:0", f"{VIRTUAL}:80", addresses[other]),
    }


def test_a_quiesced_server_keeps_its_visitors_and_gets_no_new_ones(site):
    nat_service(site)
    visits = [Visit(site.client, VIRTUAL) for _ in range(2)]
    assert {visit.server for visit in visits} == {"server2", "server3"}
    ipvsadm(site.director, f"-e -t {VIRTUAL}:80 -r 172.16.0.2:80 -m -w 0")
    assert pages(site.client, f"http://{VIRTUAL}/", 4) == ["server3"] * 4
    assert [visit.page() for visit in visits] == [visit.server for visit in visits]
    quiesced = real_servers(site.director, WEB)["172.16.0.2:80"]
    assert (quiesced.weight, quiesced.active) == (0, 1)


def test_a_connection_of_the_master_appears_on_the_backup(site):
    (backup,) = site.network.add_hosts("backup")
    site.network.plug(site.lan, (backup, "inside"))
    backup.ip("addr add 172.16.0.254/24 dev inside")
    nat_service(site)
    ipvsadm(site.director, "--start-daemon master --mcast-interface inside --syncid 7")
    ipvsadm(backup, "--start-daemon backup --mcast-interface inside --syncid 7")
    told = "sync daemon (mcast=inside, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)"
    assert site.director.run("ipvsadm", "-L", "--daemon") == f"master {told}\n"
    assert backup.run("ipvsadm", "-L", "--daemon") == f"backup {told}\n"

    visit = Visit(site.client, VIRTUAL)
    expected = {
        "server2": ["ESTABLISHED", f"202.100.1.2:{visit.port}", f"{VIRTUAL}:80", "172.16.0.2:80"],
        "server3": ["ESTABLISHED", f"202.100.1.2:{visit.port}", f"{VIRTUAL}:80", "172.16.0.3:8000"],
    }[visit.server]
    rows = eventually(lambda: backup.run("ipvsadm", "-Lcn").splitlines()[2:])
    assert [row.split()[2:] for row in rows] == [expected]

    ipvsadm(site.director, "--stop-daemon master")
    ipvsadm(backup, "--stop-daemon backup")
    assert backup.run("ipvsadm", "-L", "--daemon") == ""
