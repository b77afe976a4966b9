# SPDX-License-Identifier: Apache-2.0
"""The routing of a diverting engine: what it takes of packets, and what others do to it."""

import contextlib
import os
import pathlib
import socket
import time

import pytest

import rules
from deadline import eventually
from network import Network
from services import Visit, pages, web_server

VIRTUAL = {4: "192.0.2.1", 6: "2001:db8:aa::1"}
#: An address that the director has nowhere.
FOREIGN = {4: "192.0.2.2", 6: "2001:db8:aa::2"}
ONE = {4: "198.51.100.11", 6: "2001:db8:2::11"}
TWO = {4: "198.51.100.12", 6: "2001:db8:2::12"}
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
SETTINGS = ("ipv4/ip_early_demux", "ipv4/ip_forward", "ipv4/conf/all/accept_local")
ROUTING = (
    "-d rule", "-6 -d rule", "-4 route show table all", "-6 route show table all proto static",
    "-6 route show table all proto 204", "-4 -o addr show scope host")


@pytest.fixture
def site():
    """A client, a director with an address for services, and two servers that answer through it."""
    with Network() as network:
        client, director, one, two = network.add_hosts("client", "director", "one", "two")
        director.ip("link add inside up type bridge")
        network.lay_cables(
            (client, "eth0", director, "outside"), (director, "one", one, "eth0"),
            (director, "two", two, "eth0"))
        director.ip(
            "link set one master inside", "link set two master inside",
            "addr add 203.0.113.1/24 dev outside", "addr add 192.0.2.1/32 dev outside",
            "addr add 198.51.100.1/24 dev inside", "addr add 2001:db8:1::1/64 dev outside nodad",
            "addr add 2001:db8:aa::1/128 dev outside nodad",
            "addr add 2001:db8:2::1/64 dev inside nodad")
        for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            director.sysctl(f"net/{name}", 1)
        director.sysctl("net/ipv4/conf/all/rp_filter", 0)
        client.ip(
            "addr add 203.0.113.2/24 dev eth0", "route add default via 203.0.113.1",
            "addr add 2001:db8:1::2/64 dev eth0 nodad", "route add default via 2001:db8:1::1")
        for host, family4, family6 in ((one, ONE[4], ONE[6]), (two, TWO[4], TWO[6])):
            host.ip(
                f"addr add {family4}/24 dev eth0", "route add default via 198.51.100.1",
                f"addr add {family6}/64 dev eth0 nodad", "route add default via 2001:db8:2::1")
            web_server(host, 80)
        # Neighbours of IPv6 take a moment to find each other.
        eventually(lambda: [page(director, ONE[6]), page(director, TWO[6])] == ["one", "two"])
        eventually(lambda: client.attempt("curl", "http://[2001:db8:1::1]:9/").returncode == 7)
        yield client, director, one, two


class Engine:
    """An engine on a director, with what it writes to standard error."""

    def __init__(self, director, *words):
        self.director = director
        self.path = director.directory / f"engine.{time.monotonic_ns()}"
        self._notes = self.path.with_suffix(".notes")
        with self._notes.open("w") as stderr:
            self.process = director.start(
                "ipvs-engine", "serve", "--tun", "ipvs0", "--divert", "--socket", str(self.path),
                *words, stderr=stderr)
        director.variables["IPVSADM_ENGINE"] = str(self.path)
        eventually(lambda: director.attempt("ipvsadm", "-Ln").returncode == 0)

    @property
    def notes(self):
        return self._notes.read_text()

    def serve(self, address, *servers, method="-m", scheduler="rr"):
        service = f"[{address}]" if ":" in address else address
        lines = [f"-A -t {service}:80 -s {scheduler}"]
        for server in servers:
            server = f"[{server}]" if ":" in server else server
            lines.append(f"-a -t {service}:80 -r {server}:80 {method}")
        self.director.run("ipvsadm", "-R", stdin="\n".join(lines) + "\n")

    def end(self):
        self.process.terminate()
        assert self.process.wait(10) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(10)


def url(address):
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


def page(client, address):
    """The page that a client gets, or nothing."""
    return client.attempt("curl", "-sS", "--max-time", "1", url(address)).stdout.strip()


def connections(director):
    """How many connections the table counts."""
    rows = [line.split() for line in director.run("ipvsadm", "-Ln").splitlines()]
    return sum(int(row[4]) + int(row[5]) for row in rows if row[0] == "->" and row[1][0] != "R")


def routing(director):
    """All that an engine changes of the system."""
    texts = [director.run("ip", *what.split()) for what in ROUTING]
    texts += [f"{name} {director.read(f'/proc/sys/net/{name}')}" for name in SETTINGS]
    return "".join(texts).splitlines()


def receives(host, family):
    """Whether the host's own address is local, without a look at how that comes."""
    with host.inside(), socket.socket(FAMILIES[family], socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((LOOPBACK[family], 9))
        except OSError:
            return False
        return asking.getsockname()[0] == LOOPBACK[family]


def local_rules(director, family):
    """The rules for local addresses that are not the engine's."""
    lines = director.run("ip", f"-{family}", "-d", "rule").splitlines()
    return [line.replace("\t", " ") for line in lines
            if "from all lookup local" in line and "proto 20" not in line]


def restore_main(director, family):
    """Adds the rules that `ip rule flush` takes, but for the engine's."""
    lines = ["rule add pref 32766 lookup main"]
    if family == 4:
        lines.append("rule add pref 32767 lookup default")
    director.run("ip", f"-{family}", "-batch", "-", stdin="\n".join(lines) + "\n")


# -- The rule for local addresses


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("is_alive", [True, False], ids=["serving", "killed"])
def test_after_a_flush_of_all_rules_the_machine_has_local_addresses(site, family, is_alive):
    client, director, _, two = site
    engine = Engine(director)
    engine.serve(VIRTUAL[family], TWO[family])
    assert local_rules(director, family) == ["0: from all lookup local proto kernel"]
    if not is_alive:
        engine.kill()
    director.run("ip", f"-{family}", "rule", "flush")
    assert receives(director, family)
    restore_main(director, family)
    assert local_rules(director, family) == ["0: from all lookup local proto kernel"]
    if is_alive:
        eventually(lambda: page(client, VIRTUAL[family]) == "two")
        assert engine.notes.startswith(
            "ipvs-engine: packets of services did not come for a moment\n"
            "  device: ipvs0\n  cause: another program deleted rules of ip rule; they are set again\n")


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("is_alive", [True, False], ids=["serving", "killed"])
def test_a_program_that_deletes_the_rules_of_others_leaves_local_addresses(
        site, family, is_reversed, is_alive):
    """systemd-networkd does so at its start: all rules but those of the kernel, in any order."""
    client, director, _, two = site
    engine = Engine(director)
    engine.serve(VIRTUAL[family], TWO[family])
    if not is_alive:
        engine.kill()
    with rules.routing_socket(director) as connection:
        foreign = [rule for rule in rules.listed(connection, FAMILIES[family])
                   if rules.maker(rule) != rules.RTPROT_KERNEL]
        assert foreign
        for rule in reversed(foreign) if is_reversed else foreign:
            rules.delete(connection, rule)
            assert receives(director, family)
    if is_alive:
        eventually(lambda: page(client, VIRTUAL[family]) == "two")


def test_the_rule_for_local_addresses_is_restored_if_it_is_lost(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    director.ip("rule del pref 0 lookup local protocol kernel")
    eventually(lambda: receives(director, 4), 2)
    eventually(lambda: page(client, VIRTUAL[4]) == "two")
    assert "ipvs-engine: this machine received nothing for a moment\n" in engine.notes
    assert local_rules(director, 4) == ["0: from all lookup local proto kernel"]


LAYOUTS = {
    "made anew": ("rule del pref 0", "rule add pref 0 lookup local"),
    "VRF": ("rule add pref 32765 lookup local", "rule del pref 0"),
    "Cilium": ("rule add pref 100 lookup local protocol 99", "rule del pref 0",
               "rule add pref 9 fwmark 0x200/0xf00 lookup 2004 protocol 99"),
    "foreign at 0": ("rule add pref 0 fwmark 8 lookup 2004", "rule del pref 0 lookup local",
                     "rule add pref 0 lookup local protocol kernel",
                     "rule add pref 0 fwmark 7 lookup 2004",
                     "rule add pref 0 not from 192.0.2.77 fwmark 9/0xff ipproto udp lookup 2004"),
    "others": ("rule add pref 50 fwmark 7 lookup 2004",
               "rule add pref 200 from 192.0.2.77 lookup 2004"),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("family", [4, 6])
def test_rules_of_every_layout_are_put_back_as_they_were(site, layout, family):
    client, director, _, _ = site
    lines = [line.replace("192.0.2.77", "2001:db8::77") if family == 6 else line for line in layout]
    director.run("ip", f"-{family}", "-batch", "-", stdin="\n".join(lines) + "\n")
    before = routing(director)
    for _ in range(2):
        engine = Engine(director)
        engine.serve(VIRTUAL[family], TWO[family])
        assert page(client, VIRTUAL[family]) == "two"
        (rule,) = local_rules(director, family)
        assert rule.endswith("from all lookup local proto kernel")
        engine.kill()
    engine = Engine(director)
    engine.end()
    assert routing(director) == before


def test_rules_where_those_of_the_engine_have_to_be_are_named(site):
    _, director, _, _ = site
    director.ip("rule add pref 5 fwmark 7 lookup 2004")
    ended = director.attempt("ipvs-engine", "run", "--tun=ipvs0", "--divert", "true")
    assert ended.stderr == (
        "ipvs-engine: cannot lead packets through the device\n  priority of a rule: 5\n"
        "  cause: a foreign rule has it; the engine's own are at 1 to 7, or before that for local"
        " addresses\n"
        "  remedy: give that rule another priority (ip-rule(8))\n")


@pytest.mark.parametrize("family", [4, 6])
def test_foreign_rules_of_priority_0_do_not_come_before_local_addresses(site, family):
    """A rule without a priority gets that of the second rule, which is one of the engine's."""
    client, director, _, _ = site
    any_address = "0.0.0.0/0" if family == 4 else "::/0"

    def order():
        lines = director.run("ip", f"-{family}", "rule").splitlines()
        return [line.split("\t")[1] for line in lines
                if line.startswith("0:") and "proto 20" not in line]

    engine = Engine(director)
    engine.serve(VIRTUAL[family], TWO[family])
    # It would take every packet.
    director.run("ip", f"-{family}", "rule", "add", "from", any_address, "lookup", "2004")
    director.run("ip", f"-{family}", "route", "add", "unreachable", "default", "table", "2004")
    for port in range(8000, 8004):
        director.run("ipvsadm", "-A", "-u", url(VIRTUAL[family])[7:-1] + f":{port}")
        eventually(lambda: order() == ["from all lookup local", "from all lookup 2004"])
        assert receives(director, family)
    director.run("ip", f"-{family}", "rule", "del", "lookup", "2004")
    eventually(lambda: page(client, VIRTUAL[family]) == "two")
    assert order() == ["from all lookup local"]
    engine.end()


# -- What others change


LOSSES = {
    "device down and up": ("its routes were deleted, or it was down",
                           "link set ipvs0 down", "link set ipvs0 up"),
    "routes to services": ("its routes", "route flush table 20406"),
    "route for servers": ("its routes", "route flush table 20407"),
    "address": ("its address", "addr del 192.0.0.8/32 dev ipvs0"),
    "all addresses": ("its address", "addr flush dev ipvs0"),
    "rules by maker": ("rules of ip rule", "rule flush protocol 204"),
    "first rule": ("rules of ip rule", "rule del pref 0"),
}


@pytest.mark.parametrize(("cause", "lines"), [(c, lines) for c, *lines in LOSSES.values()], ids=LOSSES)
def test_what_other_programs_take_away_is_set_again_and_told(site, cause, lines):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], ONE[4], TWO[4])
    before = routing(director)
    assert engine.notes == ""
    for line in lines:
        director.run("ip", *line.split())
    # Among rules by address the order is of no importance, and may be another one.
    with contextlib.suppress(AssertionError):
        eventually(lambda: sorted(routing(director)) == sorted(before), 2)
    assert sorted(routing(director)) == sorted(before)
    assert {page(client, VIRTUAL[4]), page(client, VIRTUAL[4])} == {"one", "two"}
    eventually(lambda: cause in engine.notes)
    assert engine.notes.count("  device: ipvs0\n  cause: ") == engine.notes.count("ipvs-engine: ")
    engine.end()


def test_a_device_that_is_down_is_told_of_and_left_alone(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    director.ip("link set ipvs0 down")
    eventually(lambda: engine.notes == (
        "ipvs-engine: packets of services do not come\n  device: ipvs0\n"
        "  cause: another program set it down\n  remedy: ip link set ipvs0 up\n"))
    engine.serve(VIRTUAL[6], TWO[6])
    assert "DOWN" in director.run("ip", "-o", "link", "show", "ipvs0")
    director.run("ip", "link", "set", "ipvs0", "up")
    eventually(lambda: page(client, VIRTUAL[4]) == "two" and page(client, VIRTUAL[6]) == "two", 5)


@pytest.mark.parametrize(("name", "value", "right"), [
    ("ip_early_demux", 1, "0\n"), ("conf/all/rp_filter", 1, "1\n"),
    ("conf/ipvs0/accept_local", 0, "1\n"), ("conf/ipvs0/rp_filter", 1, "0\n")])
def test_settings_that_the_device_needs_are_set_again(site, name, value, right):
    """The kernel tells of no change of them."""
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    assert page(client, VIRTUAL[4]) == "two"
    director.sysctl(f"net/ipv4/{name}", value)
    eventually(lambda: "  cause: another program changed ip_early_demux, " in engine.notes, 5)
    assert director.read(f"/proc/sys/net/ipv4/{name}") == right
    assert page(client, VIRTUAL[4]) == page(director, VIRTUAL[4]) == "two"
    engine.end()
    assert director.read("/proc/sys/net/ipv4/ip_early_demux") == "1\n"


def test_forwarding_that_is_turned_off_is_told(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    director.sysctl("net/ipv4/ip_forward", 0)
    eventually(lambda: engine.notes == (
        "ipvs-engine: packets of services will not come\n"
        "  cause: the system passes no packets on: /proc/sys/net/ipv4/ip_forward is 0\n"
        "  remedy: echo 1 > /proc/sys/net/ipv4/ip_forward\n"), 5)
    director.sysctl("net/ipv4/ip_forward", 1)
    assert page(client, VIRTUAL[4]) == "two"


def processor_time(process):
    """The seconds that a process has computed for so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_program_that_deletes_in_a_loop_does_not_occupy_the_engine(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    end = time.monotonic() + 3
    deleted = 0
    before = processor_time(engine.process)
    with rules.routing_socket(director) as connection:
        while time.monotonic() < end:
            for rule in rules.listed(connection, socket.AF_INET):
                if rules.maker(rule) == 204:
                    deleted += rules.delete(connection, rule)
            assert receives(director, 4)
    assert deleted > 10
    assert processor_time(engine.process) - before < 1
    assert engine.notes.count("ipvs-engine: ") == 1
    eventually(lambda: page(client, VIRTUAL[4]) == "two")


# -- What is put back


@pytest.mark.parametrize("after", [[], ["rule flush", "rule add pref 32766 lookup main",
                                        "rule add pref 32767 lookup default"]],
                         ids=["killed", "killed and rules flushed"])
def test_the_next_engine_puts_back_what_a_killed_one_found(site, after):
    _, director, _, _ = site
    assert director.read("/proc/sys/net/ipv4/ip_early_demux") == "1\n"
    for _ in range(2):
        engine = Engine(director)
        engine.serve(VIRTUAL[4], TWO[4])
        assert director.read("/proc/sys/net/ipv4/ip_early_demux") == "0\n"
        engine.kill()
    for line in after:
        director.run("ip", *line.split())
    Engine(director).end()
    assert director.read("/proc/sys/net/ipv4/ip_early_demux") == "1\n"


def test_a_setting_that_was_off_stays_off(site):
    _, director, _, _ = site
    director.sysctl("net/ipv4/ip_early_demux", 0)
    Engine(director).kill()
    Engine(director).end()
    assert director.read("/proc/sys/net/ipv4/ip_early_demux") == "0\n"


@pytest.mark.parametrize("is_killed", [False, True], ids=["ended", "killed"])
def test_a_device_that_stays_has_its_settings_again(site, is_killed):
    client, director, _, _ = site
    director.ip("tuntap add ipvs0 mode tun")
    director.sysctl("net/ipv4/conf/ipvs0/rp_filter", 1)
    names = [f"/proc/sys/net/ipv4/conf/ipvs0/{name}" for name in ("accept_local", "rp_filter")]
    before = [director.read(name) for name in names], director.run("ip", "-4", "addr", "show", "ipvs0")
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    assert page(client, VIRTUAL[4]) == "two"
    if is_killed:
        engine.kill()
        engine = Engine(director)
    engine.end()
    assert [director.read(name) for name in names] == before[0]
    assert "192.0.0.8" not in director.run("ip", "-4", "addr", "show", "ipvs0")


# -- Which packets are balanced: those that the kernel delivers to this machine


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_on_no_interface_is_not_balanced(site, family):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(FOREIGN[family], ONE[family], TWO[family])
    assert page(client, FOREIGN[family]) == ""
    assert connections(director) == 0


@pytest.mark.parametrize("family", [4, 6])
def test_a_backup_director_routes_to_the_machine_that_has_the_address(site, family):
    client, director, one, _ = site
    one.ip(f"addr add {FOREIGN[family]} dev lo" + (" nodad" if family == 6 else ""))
    director.ip(f"route add {FOREIGN[family]} via {ONE[family]}")
    engine = Engine(director)
    engine.serve(FOREIGN[family], TWO[family])
    assert pages(client, url(FOREIGN[family]), 3) == ["one"] * 3
    assert connections(director) == 0


@pytest.mark.parametrize("family", [4, 6])
def test_a_local_route_makes_addresses_virtual(site, family):
    client, director, _, _ = site
    engine = Engine(director)
    network = "192.0.2.0/24" if family == 4 else "2001:db8:aa::/64"
    engine.serve(FOREIGN[family], ONE[family], TWO[family])
    director.ip(f"route add local {network} dev lo")
    eventually(lambda: page(client, FOREIGN[family]) in ("one", "two"), 5)
    director.ip(f"route del local {network} dev lo")
    eventually(lambda: page(client, FOREIGN[family]) == "", 5)


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_is_balanced_as_long_as_the_machine_has_it(site, family):
    client, director, _, _ = site
    address = f"{VIRTUAL[family]}/{32 if family == 4 else 128} dev outside"
    engine = Engine(director)
    engine.serve(VIRTUAL[family], TWO[family])
    for _ in range(2):
        assert page(client, VIRTUAL[family]) == "two"
        count = connections(director)
        director.ip(f"addr del {address}")
        eventually(lambda: page(client, VIRTUAL[family]) == "", 5)
        assert connections(director) == count
        director.ip(f"addr add {address}" + (" nodad" if family == 6 else ""))
        eventually(lambda: page(client, VIRTUAL[family]) == "two", 5)


@pytest.mark.parametrize("reverse_path_filter", [0, 2])
@pytest.mark.parametrize("accepts", [0, 1])
def test_direct_routing_through_the_director_takes_accept_local(site, accepts, reverse_path_filter):
    """The servers' answers come to the director from one of its own addresses."""
    client, director, one, two = site
    director.sysctl("net/ipv4/conf/inside/accept_local", accepts)
    director.sysctl("net/ipv4/conf/inside/rp_filter", reverse_path_filter)
    for host in (one, two):
        host.ip(f"addr add {VIRTUAL[4]}/32 dev lo")
        host.sysctl("net/ipv4/conf/all/arp_ignore", 1)
        host.sysctl("net/ipv4/conf/all/arp_announce", 2)
    engine = Engine(director)
    engine.serve(VIRTUAL[4], ONE[4], TWO[4], method="-g")
    right = {"one", "two"} if accepts else {""}
    assert {page(client, VIRTUAL[4]), page(client, VIRTUAL[4])} == right
    assert connections(director) == 2
    # What the director itself sends from the address does not ask.
    web_server(director, 8080)
    assert pages(client, f"http://{VIRTUAL[4]}:8080/") == ["director"]


# -- After a service


def intercepted(director):
    return director.attempt("ip", "route", "show", "table", "20406").stdout


def test_a_service_without_connections_is_not_intercepted_after_its_end(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    assert VIRTUAL[4] in intercepted(director)
    director.run("ipvsadm", "-D", "-t", f"{VIRTUAL[4]}:80")
    eventually(lambda: intercepted(director) == "", 5)
    assert client.attempt("curl", "-sS", url(VIRTUAL[4])).returncode == 7, "the director refuses"


def test_a_connection_that_outlives_its_service_is_intercepted_until_its_end(site):
    client, director, _, _ = site
    engine = Engine(director)
    director.run("ipvsadm", "--set", "5", "5", "5")
    engine.serve(VIRTUAL[4], TWO[4])
    with contextlib.closing(Visit(client, VIRTUAL[4])) as visit:
        director.run("ipvsadm", "-D", "-t", f"{VIRTUAL[4]}:80")
        time.sleep(2.5)
        assert VIRTUAL[4] in intercepted(director)
        assert visit.server == "two"
    eventually(lambda: intercepted(director) == "", 15)


def test_a_connection_goes_on_by_masquerading_after_its_server_is_no_longer_masqueraded(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    with contextlib.closing(Visit(client, VIRTUAL[4])) as visit:
        director.run("ipvsadm", "-e", "-t", f"{VIRTUAL[4]}:80", "-r", f"{TWO[4]}:80", "-g")
        time.sleep(2.5)
        assert visit.page() == "two"
