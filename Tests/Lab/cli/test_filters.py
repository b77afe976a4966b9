# SPDX-License-Identifier: Apache-2.0
"""Listings of what is selected, in text and as JSON, and numbers of connections: every answer is what a
reader would pick out of the whole listing."""

import collections
import ipaddress
import json
import os
import socket

import pytest

from cli import live
from cli.live import ADDRESS, CLIENT, SERVER, SIX_ADDRESS, SIX_CLIENT, SIX_SERVER
from cli.stage import Side, Step
from cli.test_json import documents, validator  # noqa: F401

RULES = f"""\
-A -t {ADDRESS}:80 -s wlc
-a -t {ADDRESS}:80 -r {SERVER}:8080 -m -w 3
-a -t {ADDRESS}:80 -r 10.99.0.11:8080 -m -w 0
-A -t {ADDRESS}:81 -s sh
-a -t {ADDRESS}:81 -r {SERVER}:8080 -m
-A -t {ADDRESS}:82 -s rr -p 60
-a -t {ADDRESS}:82 -r {SERVER}:8080 -m
-A -u {ADDRESS}:9000 -s rr
-a -u {ADDRESS}:9000 -r {SERVER}:9000 -m
-A -u {ADDRESS}:5060 -s rr -p 60 --pe sip
-a -u {ADDRESS}:5060 -r {SERVER}:5060 -m
-A -t [{SIX_ADDRESS}]:80 -s wlc -p 90
-a -t [{SIX_ADDRESS}]:80 -r [{SIX_SERVER}]:8080 -m
-A -f 5 -s lc
"""

#: The scheduler of each service, by its port; that of both services on port 80 is the same.
SCHEDULERS = {80: "wlc", 81: "sh", 82: "rr", 9000: "rr", 5060: "rr"}


@pytest.fixture(scope="module")
def room(environment):
    stage = Side(os.environ["PROGRAMS"], live.environment(environment))
    room = stage.room()
    # The addresses come first: a server that is one of the machine's is marked so when it is added.
    traffic = live.Traffic(room)
    room.run(Step(("ipvsadm", "-R"), RULES))
    traffic.start()
    yield room
    traffic.close()
    room.close()


def run(room, line):
    return room.run(Step(("ipvsadm", *line.split())))


def listed(room, line):
    result = run(room, line)
    assert (result.exit, result.stderr) == (0, ""), result
    return result.stdout


def connections(room, line="-L -c -j"):
    return [json.loads(row) for row in listed(room, line).splitlines()]


def key(connection):
    """What identifies a connection, without its time to expiry."""
    ends = [tuple(connection[end].values()) for end in ("client", "virtual", "server")]
    return (connection["protocol"], connection["state"], *ends)


def endpoint(value):
    address = f"[{value['address']}]" if ":" in value["address"] else value["address"]
    return f"{address}:{value['port']}"


FILTERS = [
    (f"-t {ADDRESS}:80", lambda c: key(c)[0] == "tcp" and key(c)[3] == (ADDRESS, 80)),
    (f"-t {ADDRESS}", lambda c: c["protocol"] == "tcp" and c["virtual"]["address"] == ADDRESS),
    (f"-t {ADDRESS}:80 -u {ADDRESS}:9000",
     lambda c: key(c)[3] in ((ADDRESS, 80), (ADDRESS, 9000)) and SIX_CLIENT not in key(c)[2]),
    (f"-r {SERVER}", lambda c: c["server"]["address"] == SERVER),
    (f"-r {SERVER}:9000 -r [{SIX_SERVER}]:8080",
     lambda c: key(c)[4] in ((SERVER, 9000), (SIX_SERVER, 8080))),
    (f"--client {CLIENT}/8", lambda c: ":" not in c["client"]["address"]),
    ("--client fd99::/16", lambda c: c["client"]["address"] == SIX_CLIENT),
    ("--state established", lambda c: c["state"] == "established"),
    ("--state UDP --state Close_Wait", lambda c: c["state"] in ("udp", "close_wait")),
    ("-s rr", lambda c: SCHEDULERS[c["virtual"]["port"]] == "rr"),
    ("-s wlc -s sh", lambda c: SCHEDULERS[c["virtual"]["port"]] in ("wlc", "sh")),
    (f"-s wlc --client {CLIENT} --state established -t {ADDRESS}:80",
     lambda c: key(c)[:2] == ("tcp", "established") and key(c)[3] == (ADDRESS, 80)),
    ("-f 5", lambda c: False),
    ("--client 192.0.2.0/24", lambda c: False),
    ("-r 192.0.2.1", lambda c: False),
]


@pytest.mark.parametrize("options, is_selected", FILTERS, ids=[line for line, _ in FILTERS])
def test_connections(room, validator, options, is_selected):  # noqa: F811
    every = connections(room)
    expected = sorted(key(c) for c in every if is_selected(c))
    assert len(expected) < len(every)
    assert sorted(key(c) for c in connections(room, f"-L -c -j {options}")) == expected
    documents(listed(room, f"-L -c -j {options}"), validator)
    titles, rows = listed(room, "-Lcn").splitlines()[:2], listed(room, f"-Lcn {options}").splitlines()
    assert rows[:2] == (titles if expected else [])
    assert sorted(" ".join(row.split()[3:6]) for row in rows[2:]) == sorted(
        " ".join(f"{'[%s]' % a if ':' in a else a}:{p}" for a, p in c[2:]) for c in expected)


KEYS = {
    "state": lambda c: (c["protocol"], c["state"]),
    "server": lambda c: tuple(c["server"].values()),
    "client": lambda c: c["client"]["address"],
    "service": lambda c: (c["protocol"], *c["virtual"].values()),
    "scheduler": lambda c: SCHEDULERS[c["virtual"]["port"]],
}
FOUND = {
    "state": lambda c: (c["protocol"], c["state"]),
    "server": lambda c: tuple(c["server"].values()),
    "client": lambda c: c["client"]["address"],
    "service": lambda c: tuple(c["service"][name] for name in ("protocol", "address", "port")),
    "scheduler": lambda c: c["scheduler"],
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("options", ["", f"--client {CLIENT}", "--state none --state assured"])
def test_counts(room, validator, name, options):  # noqa: F811
    rows = connections(room, f"-L -c -j {options}")
    assert rows
    expected = {
        which: collections.Counter(KEYS[name](c) for c in rows if c["template"] == which)
        for which in (False, True)}
    [counts] = documents(listed(room, f"-L -c -j --count-by {name} {options}"), validator)
    assert counts["others"] == {"conns": 0, "templates": 0}
    found = {FOUND[name](c): (c["conns"], c["templates"]) for c in counts["counts"]}
    assert found == {
        value: (expected[False][value], expected[True][value])
        for value in expected[False].keys() | expected[True].keys()}
    titles, *lines = listed(room, f"-L -c -n --count-by {name} {options}").splitlines()
    assert titles.split() == ["Connections", "Templates", name.capitalize()]
    assert [tuple(map(int, line.split()[:2])) for line in lines] == [
        (c["conns"], c["templates"]) for c in counts["counts"]]
    assert sum(sum(map(int, line.split()[:2])) for line in lines) == len(rows)


def services(room, line):
    [table] = [json.loads(row) for row in listed(room, line).splitlines()]
    return table["services"]


TABLES = [
    (f"-t {ADDRESS}:80 -t {ADDRESS}:81", lambda s: s["port"] in (80, 81) and s["family"] == "inet", None),
    (f"-t {ADDRESS}:80 -t 192.0.2.1:80", lambda s: s["port"] == 80 and s["family"] == "inet", None),
    ("-s lc -s sh", lambda s: s["scheduler"] in ("lc", "sh"), None),
    (f"-r {SERVER}", lambda s: s["family"] == "inet", lambda r: r["address"] == SERVER),
    (f"-r {SERVER}:9000 -r 10.99.0.11",
     lambda s: s["port"] in (80, 9000) and s["family"] == "inet",
     lambda r: r["port"] == 9000 or r["address"] == "10.99.0.11"),
    (f"-s rr -u {ADDRESS}:9000", lambda s: s["port"] == 9000, None),
    (f"-t {ADDRESS}:80 -s rr", lambda s: False, None),
    ("-r 192.0.2.1", lambda s: False, None),
]


@pytest.mark.parametrize("options, of_service, of_server", TABLES, ids=[t[0] for t in TABLES])
def test_services(room, validator, options, of_service, of_server):  # noqa: F811
    expected = []
    for service in services(room, "-L -j"):
        service["servers"] = [r for r in service["servers"] if of_server is None or of_server(r)]
        if of_service(service) and (service["servers"] or of_server is None and "-r" not in options):
            expected.append(service)
    found = listed(room, f"-L -j {options}")
    documents(found, validator)
    assert quiet(json.loads(found)["services"]) == quiet(expected)
    text = listed(room, f"-Ln {options}")
    whole = listed(room, "-Ln").splitlines()
    assert set(text.splitlines()) <= set(whole)
    assert (text == "") == (expected == [])
    if expected:
        assert text.splitlines()[:3] == whole[:3]
        assert len(text.splitlines()) == 3 + sum(1 + len(s["servers"]) for s in expected)


def quiet(value):
    """A document without what counts on meanwhile."""
    if isinstance(value, dict):
        return {k: quiet(v) for k, v in value.items() if k not in ("rate", "stats")}
    return [quiet(v) for v in value] if isinstance(value, list) else value


def test_one_service_alone_is_as_before(room):
    """1.31's own listing of a service: without the version, and an error where it is not there."""
    assert listed(room, f"-Ln -t {ADDRESS}:81").splitlines()[0].startswith("Prot ")
    missing = run(room, "-Ln -t 192.0.2.1:80")
    assert (missing.exit, missing.stdout, missing.complaint) == (1, "", "No such service")


def test_by_server(room, validator):  # noqa: F811
    table = services(room, "-L -j")
    [found] = documents(listed(room, "-L --by-server -j"), validator)
    roles = {}
    for service in table:
        weight = sum(s["weight"] for s in service["servers"])
        active = sum(s["active_conns"] for s in service["servers"])
        for server in service["servers"]:
            roles.setdefault(server["address"], []).append(
                (service["protocol"], service["address"], service["port"], weight, active, quiet(server)))
    names = ("protocol", "address", "port", "total_weight", "total_active_conns")
    assert {
        host["address"]: sorted(
            (*(role["service"][n] for n in names), quiet(role["server"])) for role in host["roles"])
        for host in found["hosts"]} == {a: sorted(r, key=lambda x: x[:3]) for a, r in roles.items()}
    assert [h["address"] for h in found["hosts"]] == [
        str(a) for a in sorted(map(ipaddress.ip_address, roles), key=lambda a: (a.version, a))]
    lines = listed(room, "-Ln --by-server").splitlines()
    assert lines[0] == "RemoteAddress"
    index = lines.index("10.99.0.11")
    assert lines[index + 1].split() == [
        "<-", "TCP", f"{ADDRESS}:80", "8080", "Masq", "0", "0%", "0%", "0", "0"]
    only = listed(room, "-Ln --by-server -r 10.99.0.11").splitlines()
    assert only == lines[:2] + lines[index:index + 2]
    assert listed(room, "-Ln --by-server -r 192.0.2.1") == ""


@pytest.mark.parametrize("options", ["-L -s rrr", "-L -c -s rrr", "-L --by-server -s rrr"])
def test_an_unknown_scheduler(room, options):
    result = run(room, options)
    assert (result.exit, result.stdout, result.complaint) == (2, "", "illegal scheduler specified")
    assert "wlc" in result.stderr


def test_more_connections_than_fit_a_read(room):
    """A thousand more connections: pieces of the kernel's file are put together, and counts are whole."""
    service = f"-u {ADDRESS}:9000"
    before = len(connections(room, f"-L -c -j {service}"))
    room.enter()
    for port in range(20000, 21000):
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.bind((CLIENT, port))
            sender.sendto(b"x", (ADDRESS, 9000))
    rows = connections(room, f"-L -c -j {service}")
    assert len(rows) == before + 1000 == len(listed(room, f"-L -c -n {service}").splitlines()) - 2
    counts = json.loads(listed(room, f"-L -c -j --count-by server {service}"))
    assert [(c["server"], c["conns"]) for c in counts["counts"]] == [
        ({"address": SERVER, "port": 9000}, before + 1000)]
