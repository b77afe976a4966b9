# SPDX-License-Identifier: Apache-2.0
"""ICMP errors of routers between the director and its real servers."""

import socket

import pytest

from deadline import eventually
from network import Network
from test_device import start

FAMILIES = {
    "IPv4": dict(
        virtual="10.9.0.1", client="10.9.0.2", inside="10.10.0.1", router="10.10.0.2",
        behind="10.11.0.1", server="10.11.0.2", length=24, family="-4", listener="TCP4-LISTEN:9",
        caller="TCP4:10.9.0.1:9", error="icmp[0] = 3 and icmp[1] = 4",
        sockets=socket.AF_INET, whole=(socket.IPPROTO_IP, 10)),
    "IPv6": dict(
        virtual="fd00:9::1", client="fd00:9::2", inside="fd00:a::1", router="fd00:a::2",
        behind="fd00:b::1", server="fd00:b::2", length=64, family="-6", listener="TCP6-LISTEN:9",
        caller="TCP6:[fd00:9::1]:9", error="ip6[40] = 2",
        sockets=socket.AF_INET6, whole=(socket.IPPROTO_IPV6, 23)),
}


@pytest.fixture(params=FAMILIES)
def site(request):
    """A client, a director, and a server behind a router whose other link has a small MTU."""
    names = FAMILIES[request.param]
    suffix = f"/{names['length']}" + (" nodad" if request.param == "IPv6" else "")
    with Network() as network:
        client, director, router, server = network.add_hosts(
            "client", "director", "router", "server")
        network.lay_cables(
            (client, "eth0", director, "outside"), (director, "inside", router, "near"),
            (router, "far", server, "eth0"))
        for host in (director, router):
            host.sysctl("net/ipv4/ip_forward", 1)
            host.sysctl("net/ipv6/conf/all/forwarding", 1)
        # The router hands no large segments on, and says nothing of the size in the greeting.
        for host, interface in ((router, "far"), (server, "eth0")):
            host.ip(f"link set {interface} mtu 1300")
        client.ip(f"addr add {names['client']}{suffix} dev eth0")
        director.ip(
            f"addr add {names['virtual']}{suffix} dev outside",
            f"addr add {names['inside']}{suffix} dev inside")
        director.run(*f"ip {names['family']} route add {names['server']} via {names['router']}".split())
        router.ip(
            f"addr add {names['router']}{suffix} dev near",
            f"addr add {names['behind']}{suffix} dev far")
        router.run(*f"ip {names['family']} route add default via {names['inside']}".split())
        server.ip(f"addr add {names['server']}{suffix} dev eth0")
        server.run(
            *f"ip {names['family']} route add default via {names['behind']} advmss 1440".split())
        yield names, client, director, router, server


def serve(director, names):
    virtual, server = (
        f"[{names[end]}]" if ":" in names[end] else names[end] for end in ("virtual", "server"))
    director.run(
        "ipvsadm", "-R",
        stdin=f"-A -t {virtual}:9 -s rr\n-a -t {virtual}:9 -r {server}:9 -m\n")


def test_a_router_s_error_about_the_mtu_reaches_the_client(site):
    names, client, director, router, server = site
    start(director)
    serve(director, names)
    server.start("socat", f"{names['listener']},fork,reuseaddr", "SYSTEM:wc -c")
    error = f"{names['error']} and dst {names['client']}"
    made = router.capture("near", f"{error} and src {names['router']}")
    translated = client.capture("eth0", f"{error} and src {names['virtual']}")
    sent = eventually(lambda: client.run(
        "sh", "-c", f"head -c 300000 /dev/zero | socat -t 20 - {names['caller']}"))
    assert sent.strip() == "300000"
    # One for each that the router made, and no others.
    count = len(eventually(made.lines))
    eventually(lambda: len(translated.lines()) == count)


def test_errors_about_other_packets_are_passed_on_unchanged(site):
    """They belong to no rule of the director, and come once."""
    names, client, director, router, server = site
    start(director)
    serve(director, names)
    client.run(*f"ip {names['family']} route add {names['server']} via {names['virtual']}".split())
    error = f"{names['error']} and dst {names['client']}"
    arrived = client.capture("eth0", error)
    with client.inside(), socket.socket(names["sockets"], socket.SOCK_DGRAM) as sending:
        # IP_MTU_DISCOVER and IPV6_MTU_DISCOVER, IP_PMTUDISC_PROBE: do not fragment.
        sending.setsockopt(*names["whole"], 3)
        sending.sendto(bytes(1350), (names["server"], 99))
    eventually(arrived.lines)
    assert len(arrived.lines()) == 1 and f"{names['router']}" in arrived.lines()[0]


KINDS = {"ipip": "", "gue": "--tun-type gue --tun-port 6080", "gre": "--tun-type gre"}


@pytest.mark.parametrize("site", ["IPv4"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_a_router_s_error_about_a_tunnel_reaches_the_client(site, kind):
    """The router sends it to the director, the source of the tunnel's packets."""
    names, client, director, router, _ = site
    start(director)
    assert not hears_errors(director)
    server = f"{names['server']}:9"
    director.run("ipvsadm", "-R", stdin=(
        f"-A -u {names['virtual']}:9 -s rr\n"
        f"-a -u {names['virtual']}:9 -r {server} -i {KINDS[kind]}\n"))
    eventually(lambda: hears_errors(director))
    error = f"{names['error']} and dst {names['client']}"
    told = client.capture("eth0", f"{error} and src {names['virtual']}")
    made = router.capture("near", f"{names['error']} and src {names['router']}")
    with client.inside(), socket.socket(names["sockets"], socket.SOCK_DGRAM) as sending:
        sending.setsockopt(*names["whole"], 3)
        # In the tunnel the packet fits the director's link, and not that behind the router. As with the
        # kernel, the director learns from the first error, and tells the client what it knew before.
        eventually(lambda: said(told, sending, names, 1500 - OVERHEADS[kind]))
        errors = len(eventually(made.lines))
        eventually(lambda: said(told, sending, names, 1300 - OVERHEADS[kind]))
        assert len(made.lines()) == errors
    director.run("ipvsadm", "-C")
    eventually(lambda: not hears_errors(director))


#: The bytes of the outer IP header and of the tunnel's own headers.
OVERHEADS = {"ipip": 20, "gue": 32, "gre": 24}


def said(capture, sending, names, mtu):
    """Sends a datagram. Whether an error so far has told this MTU."""
    try:
        sending.sendto(bytes(1300), (names["virtual"], 9))
    except OSError:
        # The error about the datagram before.
        pass
    return any(f"mtu {mtu})" in line for line in capture.lines())


def hears_errors(director):
    """Whether a raw socket for ICMP is open there."""
    rows = director.run("cat", "/proc/net/raw").splitlines()[1:]
    return any(row.split()[1].endswith(":0001") for row in rows)
