# SPDX-License-Identifier: Apache-2.0
"""The device and the routes of an engine that balances real packets."""

import socket
import struct
import time

import pytest

from deadline import eventually
from network import Network
from services import pages, web_server

VIRTUAL, INSIDE, SERVER = "10.9.0.1", "10.10.0.1", "10.10.0.2"
ENGINE = ("ipvs-engine", "serve", "--tun", "ipvs0", "--divert", "--socket")
ROUTING = (
    "rule", "-6 rule", "-4 route show table all", "-6 route show table all proto static", "-o link")


@pytest.fixture
def hosts():
    """A client, a director without rules, and a web server behind it."""
    with Network() as network:
        client, director, server = network.add_hosts("client", "director", "server")
        network.lay_cables(
            (client, "eth0", director, "outside"), (director, "inside", server, "eth0"))
        client.ip("addr add 10.9.0.2/24 dev eth0")
        director.ip(f"addr add {VIRTUAL}/24 dev outside", f"addr add {INSIDE}/24 dev inside")
        director.sysctl("net/ipv4/ip_forward", 1)
        server.ip(f"addr add {SERVER}/24 dev eth0", f"route add default via {INSIDE}")
        web_server(server, 80)
        yield client, director, server


def routing(director):
    """What an engine changes of the system's routing, and the devices."""
    return [director.run("ip", *what.split()) for what in ROUTING]


def looks_for_sockets(director):
    return director.read("/proc/sys/net/ipv4/ip_early_demux") == "1\n"


def start(director):
    path = director.directory / "engine"
    process = director.start(*ENGINE, str(path))
    director.variables["IPVSADM_ENGINE"] = str(path)
    eventually(lambda: director.attempt("ipvsadm", "-Ln").returncode == 0)
    return process


def serve(director):
    for line in (
        f"-A -t {VIRTUAL}:80 -s rr", f"-a -t {VIRTUAL}:80 -r {SERVER}:80 -m",
        "-A -t [fd00:9::1]:80 -s rr", "-a -t [fd00:9::1]:80 -r [fd00:a::2]:80 -m",
    ):
        director.run("ipvsadm", *line.split())


def echoes(host, address):
    """Whether an address answers to an ICMP echo request."""
    request = struct.pack("!BBHHH", 8, 0, 0xf7ff - 0x1234, 0x1234, 0)
    with host.inside(), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.settimeout(5)
        raw.sendto(request, (address, 0))
        while True:
            packet, (sender, _) = raw.recvfrom(1024)
            if sender == address and packet[20] == 0:
                return packet[24:26] == b"\x12\x34"


def test_nothing_is_left_at_the_end(hosts):
    client, director, _ = hosts
    before = routing(director)
    process = start(director)
    serve(director)
    assert pages(client, f"http://{VIRTUAL}/") == ["server"]
    assert routing(director) != before and not looks_for_sockets(director)
    process.terminate()
    assert process.wait(10) == 0
    assert routing(director) == before and looks_for_sockets(director)


def test_what_a_killed_engine_leaves_has_no_effect_and_the_next_removes_it(hosts):
    client, director, _ = hosts
    before = routing(director)
    process = start(director)
    serve(director)
    process.kill()
    process.wait(10)
    # Packets to the director's address reach the director again, where no program listens.
    refused = client.attempt("curl", "-sS", f"http://{VIRTUAL}/")
    assert refused.returncode == 7
    assert echoes(client, VIRTUAL)
    process = start(director)
    serve(director)
    assert pages(client, f"http://{VIRTUAL}/", 2) == ["server"] * 2
    process.terminate()
    process.wait(10)
    assert routing(director) == before


def test_two_engines_do_not_divert_at_the_same_time(hosts):
    client, director, _ = hosts
    start(director)
    serve(director)
    other = director.attempt(
        "ipvs-engine", "run", "--tun=ipvs1", "--divert", "true")
    assert (other.returncode, other.stderr.splitlines()[:2]) == (
        125,
        ["ipvs-engine: cannot lead packets through the device",
         "  cause: another engine does so in this network namespace"])
    assert pages(client, f"http://{VIRTUAL}/") == ["server"]


@pytest.mark.parametrize("reverse_path_filter", [0, 1, 2])
def test_packets_of_no_service_are_the_director_s(hosts, reverse_path_filter):
    client, director, _ = hosts
    director.sysctl("net/ipv4/conf/all/rp_filter", reverse_path_filter)
    start(director)
    serve(director)
    web_server(director, 8080)
    assert pages(client, f"http://{VIRTUAL}:8080/") == ["director"]
    assert echoes(client, VIRTUAL)
    assert pages(director, f"http://{VIRTUAL}/") == ["server"], "a client on the director itself"
    assert pages(director, f"http://{SERVER}/") == ["server"]


def test_ttl_is_decremented_once_in_both_directions_as_by_the_kernel(hosts):
    client, director, server = hosts
    start(director)
    serve(director)
    ways = (server, f"dst {SERVER}"), (client, f"src {VIRTUAL}")
    right = [host.capture("eth0", f"tcp and {way} and ip[8] = 63") for host, way in ways]
    wrong = [host.capture("eth0", f"tcp and {way} and ip[8] != 63") for host, way in ways]
    assert pages(client, f"http://{VIRTUAL}/", 3) == ["server"] * 3
    eventually(lambda: all(len(capture.lines()) >= 12 for capture in right))
    assert [capture.lines() for capture in wrong] == [[], []]


def test_large_transfers_pass_in_large_segments(hosts):
    client, director, server = hosts
    start(director)
    serve(director)
    (server.directory / "server.pages" / "large").write_bytes(bytes(range(256)) * 40_000)
    command = f"curl -sS http://{VIRTUAL}/large | sha256sum"
    expected = director.run("sh", "-c", f"curl -sS http://{SERVER}/large | sha256sum")
    assert client.run("sh", "-c", command) == expected


@pytest.mark.parametrize(
    ("virtual", "real", "listener", "errors"),
    [(VIRTUAL, SERVER, "UDP4-LISTEN:53", "icmp[0] = 3 and icmp[1] = 3"),
     ("fd00:9::1", "fd00:a::2", "UDP6-LISTEN:53", "ip6[40] = 1 and ip6[41] = 4")],
    ids=["IPv4", "IPv6"])
def test_the_error_of_a_client_reaches_the_server(hosts, virtual, real, listener, errors):
    client, director, server = hosts
    client.ip("addr add fd00:9::2/64 dev eth0 nodad")
    director.ip("addr add fd00:9::1/64 dev outside nodad", "addr add fd00:a::1/64 dev inside nodad")
    director.sysctl("net/ipv6/conf/all/forwarding", 1)
    server.ip("addr add fd00:a::2/64 dev eth0 nodad", "route add default via fd00:a::1")
    start(director)
    service, destination = (f"[{a}]" if ":" in a else a for a in (virtual, real))
    director.run(
        "ipvsadm", "-R",
        stdin=f"-A -u {service}:53 -s rr\n-a -u {service}:53 -r {destination}:53 -m\n")
    server.start("socat", f"{listener},fork,reuseaddr", "SYSTEM:sleep 0.3; echo late")
    arrived = server.capture("eth0", f"{errors} and dst {real}")

    def asks_and_leaves():
        family = socket.AF_INET6 if ":" in virtual else socket.AF_INET
        with client.inside(), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.sendto(b"question", (virtual, 53))
        time.sleep(0.5)
        return arrived.lines()

    eventually(asks_and_leaves)


def test_a_datagram_in_pieces_reaches_the_server_in_pieces(hosts):
    client, director, server = hosts
    start(director)
    director.run(
        "ipvsadm", "-R",
        stdin=f"-A -u {VIRTUAL}:5353 -s rr\n-a -u {VIRTUAL}:5353 -r {SERVER}:53 -m\n")
    server.start("socat", "UDP-LISTEN:53,fork,reuseaddr", "EXEC:cat")
    pieces = server.capture("eth0", f"dst {SERVER} and ip[6:2] & 0x3fff != 0")
    answer = eventually(lambda: client.run(
        "sh", "-c",
        f"head -c 4000 /dev/zero | tr '\\0' x | socat -b 8000 -t 2 - UDP:{VIRTUAL}:5353"))
    assert answer == "x" * 4000
    assert len(eventually(pieces.lines)) >= 3


def test_a_system_that_passes_nothing_on_is_complained_of_once(hosts):
    client, director, _ = hosts
    director.sysctl("net/ipv4/ip_forward", 0)
    path, notes = director.directory / "engine", director.directory / "notes"
    with notes.open("w") as stderr:
        director.start(*ENGINE, str(path), stderr=stderr)
    director.variables["IPVSADM_ENGINE"] = str(path)
    eventually(path.exists)
    assert notes.read_text() == ""
    rules = f"-A -t {VIRTUAL}:80 -s rr\n-a -t {VIRTUAL}:80 -r {SERVER}:80 -m\n"
    director.run("ipvsadm", "-R", stdin=rules)
    assert notes.read_text() == (
        "ipvs-engine: packets of services will not come\n"
        "  cause: the system passes no packets on: /proc/sys/net/ipv4/ip_forward is 0\n"
        "  remedy: echo 1 > /proc/sys/net/ipv4/ip_forward\n")
    director.sysctl("net/ipv4/ip_forward", 1)
    assert pages(client, f"http://{VIRTUAL}/") == ["server"]


def test_without_the_right_to_make_a_device_it_says_so(hosts):
    _, director, _ = hosts
    ended = director.attempt(
        "setpriv", "--bounding-set=-all", "--inh-caps=-all", "ipvs-engine", "run", "--tun=ipvs0",
        "true")
    assert ended.returncode == 125
    assert "cannot make a TUN device\n  device: ipvs0\n  cause: " in ended.stderr
    assert "remedy: " in ended.stderr
