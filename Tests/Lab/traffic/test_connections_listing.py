# SPDX-License-Identifier: Apache-2.0
"""Listings of live connections, beside the kernel's own."""

import socket

import pytest

import tutorial
from connections import assert_lists_all, kernel_connections, kernel_rows
from deadline import eventually
from services import Visit, pages
from table import real_servers

VIRTUAL = tutorial.TUTORIAL.virtual
# The most bytes of a row that ipvsadm 1.31 reads at a time.
ORIGINAL_ROW = 255


@pytest.fixture
def balanced(site):
    """The tutorial's site with its rules of the 2.2 era, in today's spelling."""
    site.director.sysctl("net/ipv4/ip_forward", 1)
    site.director.run(
        "ipvsadm", "-R",
        stdin=f"-A -t {VIRTUAL}:80 -s wrr\n"
        f"-a -t {VIRTUAL}:80 -r 172.16.0.2:80 -m\n"
        f"-a -t {VIRTUAL}:80 -r 172.16.0.3:8000 -m -w 2\n",
    )  # fmt: skip
    return site


def send(site, address, port, text, source_port=0):
    """A datagram from the client."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with site.client.inside(), socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.bind(("", source_port))
        sender.sendto(text.encode(), (address, port))


def test_every_kind_of_connection_is_listed(balanced):
    site = balanced
    site.add_ipv6()
    site.director.run(
        "ipvsadm", "-R",
        stdin=f"-A -u {VIRTUAL}:5353 -s rr -p 7200\n"
        f"-a -u {VIRTUAL}:5353 -r 172.16.0.2:5353 -m\n"
        "-A -u [fd00:d::5]:5353 -s rr\n"
        "-a -u [fd00:d::5]:5353 -r [fd00:e::2]:5353 -m\n",
    )  # fmt: skip
    visits = [Visit(site.client, VIRTUAL) for _ in range(2)]
    pages(site.client, f"http://{VIRTUAL}/")
    send(site, VIRTUAL, 5353, "question")
    send(site, "fd00:d::5", 5353, "question")
    # Two visits, one that has ended, a datagram and its template, and one over IPv6.
    eventually(lambda: len(kernel_rows(site.director)) == 6)
    states = sorted(connection.state for connection in kernel_connections(site.director))
    assert states.count("ESTABLISHED") == 2 and states.count("UDP") == 2

    listing = site.director.run("ipvsadm", "-Lcn")
    assert_lists_all(site.director, listing)
    rows = [line.split() for line in listing.splitlines()[2:]]
    assert any(row[3].startswith("[fd00:c::2]:") for row in rows)
    # Minutes are not cut at the hour.
    (template,) = (row for row in rows if row[3] == f"{tutorial.CLIENT}:0")
    assert template[1].split(":")[0] in ("119", "120")
    assert {visit.page() for visit in visits} <= {"server2", "server3"}


def test_active_and_inactive_are_the_connections_listed(balanced):
    site = balanced
    visits = [Visit(site.client, VIRTUAL) for _ in range(3)]
    pages(site.client, f"http://{VIRTUAL}/", 6)

    def counted():
        """Active are those that are established (kernel, `set_tcp_state`)."""
        counts = {"172.16.0.2:80": [0, 0], "172.16.0.3:8000": [0, 0]}
        for connection in kernel_connections(site.director):
            counts[connection.destination][connection.state != "ESTABLISHED"] += 1
        return counts

    def settled():
        active, inactive = map(sum, zip(*counted().values()))
        return (active, inactive) == (len(visits), 6)

    eventually(settled)
    listed = real_servers(site.director, ("-t", f"{VIRTUAL}:80"))
    assert {address: [row.active, row.inactive] for address, row in listed.items()} == counted()


def totals(site):
    """Counters and rates of the whole director: two rows of five (/proc/net/ip_vs_stats)."""
    rows = [line.split() for line in site.director.read("/proc/net/ip_vs_stats").splitlines()]
    numbers = [row for row in rows if len(row) == 5 and row[0] not in ("Conns", "Conns/s", "Total")]
    return [[int(number, 16) for number in row] for row in numbers]


def numbers(site, *options):
    """The service's five numbers and those of each real server."""
    listing = site.director.run("ipvsadm", "-Ln", *options).splitlines()[3:]
    service, *servers = [[int(number) for number in line.split()[-5:]] for line in listing]
    return service, servers


def agreed(site, row, *options):
    """Numbers read while the kernel's estimator, which ticks every two seconds, did not tick."""

    def undisturbed():
        before = totals(site)
        listed = numbers(site, *options)
        return totals(site) == before and (before[row], *listed)

    return eventually(undisturbed)


def test_counters_agree_with_the_wire_and_the_kernel(balanced):
    site = balanced
    wire = site.director.capture("outside", "tcp port 80")
    pages(site.client, f"http://{VIRTUAL}/", 6)

    def both_ways():
        packets = wire.packets()
        incoming = sum(packet.destination == VIRTUAL for packet in packets)
        return incoming, len(packets) - incoming

    eventually(lambda: numbers(site, "--stats")[0][:3] == [6, *both_ways()])
    total, service, servers = agreed(site, 0, "--stats", "--exact")
    assert service == total
    assert [sum(column) for column in zip(*servers)] == service
    assert [server[0] for server in servers] == [2, 4]


def test_rates_agree_with_the_kernel(balanced):
    site = balanced
    pages(site.client, f"http://{VIRTUAL}/", 12)
    eventually(lambda: all(numbers(site, "--rate")[0]))
    total, service, servers = agreed(site, 1, "--rate", "--exact")
    assert service == total
    # Each rate is averaged and rounded by itself.
    for column, whole in zip(zip(*servers), service):
        assert abs(whole - sum(column)) <= len(servers)


@pytest.mark.parametrize("which", [(), ("-t", f"{VIRTUAL}:80")], ids=["all", "one service"])
def test_zero_resets_counters_and_leaves_connections(balanced, which):
    site = balanced
    visit = Visit(site.client, VIRTUAL)
    eventually(lambda: numbers(site, "--stats")[0][0] == 1)
    assert site.director.run("ipvsadm", "-Z", *which) == ""
    eventually(lambda: numbers(site, "--stats")[0] == [0, 0, 0, 0, 0])
    assert len(site.director.run("ipvsadm", "-Lcn").splitlines()) == 3
    assert visit.page() == visit.server
    # Counting begins again, from nothing.
    eventually(lambda: numbers(site, "--stats")[0][1] > 0)
    assert numbers(site, "--stats")[0][0] == 0


@pytest.mark.parametrize("excess", [1, 6, 60])
def test_a_long_call_id_is_listed_whole(site, excess):
    """Any sender of a datagram to a SIP service chooses the length of a row.

    The original takes the bytes that exceed its buffer for another row: `excess` bytes more than the
    buffer holds make it stop, print a connection that does not exist, or crash.
    """
    site.director.sysctl("net/ipv4/ip_forward", 1)
    site.director.run(
        "ipvsadm", "-R",
        stdin=f"-A -u {VIRTUAL}:5060 -s rr -p 300 --pe sip\n"
        f"-a -u {VIRTUAL}:5060 -r 172.16.0.2:5060 -m\n",
    )  # fmt: skip
    with site.server2.inside(), socket.socket(type=socket.SOCK_DGRAM) as phone:
        phone.bind(("172.16.0.2", 5060))
        phone.settimeout(10)

        def call(identity, source_port):
            message = f"INVITE sip:bob@{VIRTUAL} SIP/2.0\r\nCall-ID: {identity}\r\n\r\n"
            send(site, VIRTUAL, 5060, message, source_port)
            assert phone.recv(4096).decode() == message

        call("short", 40001)
        longest = max(kernel_rows(site.director), key=len)
        call("x" * (len("short") + ORIGINAL_ROW - len(longest) + excess), 40002)
        call("last", 40003)
    rows = kernel_rows(site.director)
    assert len(rows) == 6, "a connection and a template for each call"
    assert max(map(len, rows)) == ORIGINAL_ROW + excess

    for options, with_engine in (((), False), (("--persistent-conn",), True)):
        ended = site.director.attempt("ipvsadm", "-Lcn", *options)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert_lists_all(site.director, ended.stdout, with_engine)
