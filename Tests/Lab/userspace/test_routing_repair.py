# SPDX-License-Identifier: Apache-2.0
"""What other programs do to the routing of a diverting engine, and what the engine does about it."""

import contextlib
import os
import pathlib
import socket
import time

import pytest

import rules
from deadline import eventually
from diverting import FAMILIES, ONE, TWO, VIRTUAL, Engine, local_rules, page, receives, restore_main, routing, url
from diverting import site  # noqa: F401

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
