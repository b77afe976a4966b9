# SPDX-License-Identifier: Apache-2.0
"""The text of --metrics: both parsers of prometheus_client and promtool take it, and it says what the
listings and node_exporter's own collector say."""

import json
import os
import subprocess
import urllib.request

import pytest

from changes import random_tables
from changes.place import IS_ENGINE, STATE
from deadline import eventually
from metrics.exposition import SERVER, SERVICE, named, one, read, samples

SEED = int(os.environ.get("IPVS_TEST_SEED", "12"))

#: A table with every kind of service and server.
RULES = """\
-A -t 10.0.0.1:80 -s sh -b sh-fallback,sh-port -p 60 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 2147483647 -x 9 -y 3
-a -t 10.0.0.1:80 -r 10.0.0.3 -i --tun-type gue --tun-port 6080 --tun-csum
-a -t 10.0.0.1:80 -r 10.0.0.4 -i --tun-type gre
-A -u 10.0.0.1:53 -o
-A -u [fd00::1]:53
-a -u [fd00::1]:53 -r [fd00::3]:53 -m -w 7
-A --sctp-service [fd00::1]:9 -p -M 64
-a --sctp-service [fd00::1]:9 -r [fd00::2]:10 -m -w 0
-A -f 4294967295 -6 --pe sip -p 9
-A -f 10 -s rr
-a -f 10 -r 10.0.0.9 -m
-A -f 10 -6 -s rr
--set 900 120 300
"""


def restore(place, rules):
    result = place.run("-R", stdin=rules)
    assert (result.exit, result.stderr) == (0, ""), result


def test_it_says_what_json_says(place):
    restore(place, RULES)
    found = read(place, "--metrics=server")
    linted = subprocess.run(
        ["promtool", "check", "metrics"], input=place.run("--metrics=server").stdout,
        capture_output=True, text=True)
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")
    table = json.loads(place.run("-L -j").stdout)
    assert one(found, "ipvs_services") == len(table["services"]) == 7
    assert one(found, "ipvs_backends") == sum(len(s["servers"]) for s in table["services"])
    assert one(found, "ipvs_connection_table_size") == table["ipvs"]["conn_table_size"]
    services = {service_labels(service): service for service in table["services"]}
    counts = named(found, "ipvs_service_backends")
    assert counts == {labels: len(s["servers"]) for labels, s in services.items()}
    schedulers = named(found, "ipvs_service_info", (*SERVICE, "scheduler", "pe"))
    assert set(schedulers) == {
        (*labels, s["scheduler"], s["pe"] or "") for labels, s in services.items()}
    persistence = named(found, "ipvs_service_persistence_seconds")
    assert persistence == {labels: s["persistent"] or 0 for labels, s in services.items()}
    servers = {
        (*labels, server["address"], str(server["port"])): server
        for labels, service in services.items() for server in service["servers"]}
    for name, field in (
        ("weight", "weight"), ("connections_active", "active_conns"),
        ("connections_inactive", "inactive_conns"), ("connections_persistent", "persistent_conns"),
    ):
        values = named(found, f"ipvs_backend_{name}", SERVER)
        assert values == {labels: server[field] for labels, server in servers.items()}, name
    info = named(found, "ipvs_backend_info", (*SERVER, "forward", "tunnel"))
    assert set(info) == {
        (*labels, server["forward"], (server["tunnel"] or {"type": ""})["type"])
        for labels, server in servers.items()}
    for name in ("upper", "lower"):
        values = named(found, f"ipvs_backend_{name}_threshold", SERVER)
        assert values == {
            labels: server[f"{name[0]}_threshold"]
            for labels, server in servers.items() if server[f"{name[0]}_threshold"]}
    assert named(found, "ipvs_timeout_seconds", ("timeout",)) == {
        ("tcp",): 900, ("tcpfin",): 120, ("udp",): 300}


def service_labels(service):
    if service["fwmark"] is None:
        return (service["address"], str(service["port"]), "", service["protocol"].upper())
    address = "" if service["family"] == "inet" else "::"
    return (address, "0", f"{service['fwmark']:08X}", "FWM")


def test_services_alone(place):
    restore(place, RULES)
    found = read(place, "--metrics")
    assert found == read(place, "--metrics=service")
    everything = read(place, "--metrics=server")
    assert found == {
        key: value for key, value in everything.items() if not key[0].startswith("ipvs_backend_")}


def test_tables_by_chance(place):
    tables = random_tables.Tables(SEED)
    for _ in range(4):
        restore(place, f"-C\n{tables.next()}")
        found = read(place, "--metrics=server")
        running = [line.split()[0] for line in place.run("-L --daemon").stdout.splitlines()]
        assert named(found, "ipvs_sync_daemon_running", ("role",)) == {
            (role,): role in running for role in ("master", "backup")}
        for role in running:
            place.run(f"--stop-daemon {role}")


def test_the_hash_follows_rules(place):
    """It is another after a change, the same again after that is taken back, whoever set weights."""
    def rules_hash():
        return one(read(place, "--metrics"), "ipvs_rules_hash")

    restore(place, RULES)
    before = rules_hash()
    restore(place, "-e -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 5 -x 9 -y 3\n")
    assert rules_hash() == before
    restore(place, "-a -t 10.0.0.1:80 -r 10.0.0.5 -m\n")
    changed = rules_hash()
    assert changed != before
    restore(place, "-d -t 10.0.0.1:80 -r 10.0.0.5:80\n")
    assert rules_hash() == before


def test_the_time_of_the_last_apply(place):
    def time():
        return one(read(place, "--metrics"), "ipvs_last_apply_timestamp_seconds")

    restore(place, RULES)
    assert time() == 0
    assert place.run("--apply", place.file("-A -t 10.0.0.1:80\n")).exit == 0
    [kept] = [name for name in os.listdir(STATE) if name.endswith(".before")]
    assert time() == int(os.stat(f"{STATE}/{kept}").st_mtime) > 0


def test_a_drained_server(place):
    restore(place, RULES)
    assert place.run("--drain -t 10.0.0.1:80 -r 10.0.0.2:8080").exit == 0
    found = read(place, "--metrics=server")
    [service] = json.loads(place.run("-L -j -t 10.0.0.1:80").stdout)["services"]
    since = service["servers"][0]["draining"]["since"]
    labels = ("10.0.0.1", "80", "", "TCP", "10.0.0.2", "8080")
    assert named(found, "ipvs_backend_drain_timestamp_seconds", SERVER) == {labels: since}
    assert named(found, "ipvs_service_backends_draining")[labels[:4]] == 1
    assert named(found, "ipvs_service_backends_usable")[labels[:4]] == 2


def test_a_large_table_takes_no_more_memory_than_its_listing(place):
    lines = []
    for number in range(3000):
        service = f"10.{number >> 8}.{number & 255}.1:80"
        lines += [f"-A -t {service}\n", f"-a -t {service} -r 10.200.0.1 -m\n",
                  f"-a -t {service} -r 10.200.0.2 -m\n"]
    restore(place, "".join(lines))
    memory = {}
    for words in (("-Ln", "--stats"), ("--metrics=server",)):
        child = place.start(*words, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert (child.returncode, child.stderr.read()) == (0, b"")
        memory[words[0]] = usage.ru_maxrss
    assert memory["--metrics=server"] <= memory["-Ln"]


@pytest.mark.parametrize("words", [["--metrics=x"], ["--metrics", "server"], ["--metrics", "-n"]])
def test_wrong_words(place, words):
    result = place.run(*words)
    assert result.exit == 2 and result.stdout == "" and "\n  " in result.stderr


def test_without_an_answer(place):
    result = place.run("--metrics", "--engine", "/nowhere")
    assert (result.exit, result.stdout) == (2, "") and "\n  " in result.stderr


def test_engines_have_a_label(place):
    """Two engines of a machine, and its kernel, can be in one Prometheus."""
    if place.socket is None:
        found = read(place, "--metrics")
        assert not any("engine" in dict(labels) for _, labels in found)
        assert [dict(labels)["source"] for name, labels in found if name == "ipvs_info"] == ["kernel"]
    else:
        found = read(place, "--metrics")
        assert all(dict(labels)["engine"] == place.socket for _, labels in found)


if not IS_ENGINE:
    NAMES = ("a b", 'q"uo\\te', "lb")

    @pytest.fixture
    def namespaces():
        for name in NAMES:
            subprocess.run(["ip", "netns", "add", name], check=True)
        yield
        for name in NAMES:
            subprocess.run(["ip", "netns", "delete", name], check=True)

    def test_namespaces_have_a_label(place, namespaces):
        """The metrics of several namespaces can be joined: no series of one is that of another."""
        joined = {}
        for name in NAMES:
            found = read(place, "--metrics", "--netns", name)
            assert {dict(labels)["netns"] for _, labels in found} == {name}
            assert not joined.keys() & found.keys()
            joined |= found

    def test_it_says_what_node_exporter_says(place):
        """Series that both have are the same, but for their prefix."""
        restore(place, RULES)
        exporter = place_program("prometheus-node-exporter", "--collector.disable-defaults",
                                 "--collector.ipvs", "--web.listen-address=127.0.0.1:9100")
        try:
            text = eventually(lambda: page("http://127.0.0.1:9100/metrics"))
        finally:
            exporter.kill()
            exporter.wait()
        theirs = samples("".join(
            f"{line}\n" for line in text.splitlines()
            if line.removeprefix("# HELP ").removeprefix("# TYPE ").startswith("node_ipvs_")))
        ours = read(place, "--metrics=server")
        # Its parser knows no SCTP, and takes those servers for servers of the service before.
        foreign = ("fd00::2", "10")
        compared = 0
        for (name, labels), value in theirs.items():
            values = dict(labels)
            if (values.get("remote_address"), values.get("remote_port")) == foreign:
                continue
            assert ours[name.removeprefix("node_"), labels] == value, (name, values)
            compared += 1
        assert compared == 5 + 3 * 5

    def place_program(*command):
        """A program in the namespace of this process, which is the place's."""
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def page(url):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return None
