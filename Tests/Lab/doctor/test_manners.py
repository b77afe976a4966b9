# SPDX-License-Identifier: Apache-2.0
"""How the doctor looks: it starts no program, changes nothing, and says what it could not look at."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from cli.stage import RIGHTS
from engine.process import Engine
from networks import NAT_SERVERS, VIP, masquerading, nat
from report import Doctor, calls, examine, validate
from scene import FIREWALLS


@pytest.fixture(scope="module")
def lab():
    """One for all tests, which leave it as it was."""
    with nat() as made:
        yield made


@pytest.fixture
def without_forwarding(lab):
    lab.director.sysctl("net/ipv4/ip_forward", 0)
    yield
    lab.director.sysctl("net/ipv4/ip_forward", 1)


def test_no_program_is_started(lab):
    first, *more = calls(lab, "execve,execveat,fork,vfork,clone,clone3")
    # The first is strace's own.
    assert "execve(" in first and more == []


#: What a neighbour is called while it grows old.
AGES = re.compile(" (REACHABLE|STALE|DELAY|PROBE)")


def state(lab):
    """All that a look could change."""
    host = lab.director
    with host.inside():
        settings = {}
        for folder in ("/proc/sys/net", "/proc/sys/kernel"):
            for path in pathlib.Path(folder).rglob("*"):
                try:
                    settings[path] = path.is_file() and path.read_bytes()
                except OSError:
                    settings[path] = None
    commands = (
        "ipvsadm -S --full -n", "ipvsadm -L --timeout", "ip rule", "ip addr", "ip link", "ip neigh",
        "ip route show table all", "ip -6 route show table all", "ip maddress",
        *(["nft list ruleset"] if "nft" in FIREWALLS else []))
    shown = {}
    for command in commands:
        shown[command] = AGES.sub("", host.run(*command.split()))
    shown["modules"] = sorted(line.split()[0] for line in pathlib.Path("/proc/modules").open())
    shown["tables"] = [host.read(f"/proc/net/ip{six}_tables_names") for six in ("", "6")
                       if os.path.exists(f"/proc/net/ip{six}_tables_names")]
    shown["remembered"] = sorted(map(str, pathlib.Path("/run").glob("ipvsadm/**/*")))
    return settings, shown


#: What changes by itself.
RESTLESS = re.compile("random|entropy|ns_last_pid|hostname|printk|pty|perf|threads|usermodehelper")


def without_restless(settings):
    return {path: value for path, value in settings.items() if not RESTLESS.search(str(path))}


def test_nothing_is_changed(lab):
    lab.question.ask()
    settings, shown = state(lab)
    assert examine(lab.director).faults == []
    settings_after, shown_after = state(lab)
    assert shown_after == shown
    assert without_restless(settings_after) == without_restless(settings)


def test_status(lab, without_forwarding):
    assert Doctor(lab.director, "--quick").text()[0] == 1
    lab.director.sysctl("net/ipv4/ip_forward", 1)
    assert Doctor(lab.director, "--quick").text()[0] == 0
    assert Doctor(lab.director, "--quick", "--strict").text()[0] == 0
    lab.director.sysctl("net/ipv4/vs/drop_entry", 3)
    assert Doctor(lab.director, "--quick").text()[0] == 0
    assert Doctor(lab.director, "--quick", "--strict").text()[0] == 1
    lab.director.sysctl("net/ipv4/vs/drop_entry", 0)


def test_one_service(lab):
    """What is wrong with another service is not told."""
    lab.rules(f"-A -t {VIP}:81 -s rr")
    assert examine(lab.director, "--quick").faults == [("D05", "error")]
    assert examine(lab.director, "--quick", "-t", f"{VIP}:80").faults == []
    assert examine(lab.director, "--quick", "-t", f"{VIP}:81").faults == [("D05", "error")]
    lab.rules(f"-D -t {VIP}:81")


def test_another_namespace(lab, without_forwarding):
    """By name, from outside, the same is found."""
    program = os.path.join(os.environ["PROGRAMS"], "ipvsadm")
    result = subprocess.run([program, "--doctor", "-j", "--quick", "--netns", "director"],
                            capture_output=True, text=True, check=False)
    document = json.loads(result.stdout)
    validate(document)
    assert result.returncode == 1 and document["doctor"]["netns"] == "director"
    assert document["doctor"]["namespace"] == os.stat("/run/netns/director").st_ino
    assert [one["code"] for one in document["findings"] if one["severity"] == "error"] == ["D10"]


def test_without_rights(lab, without_forwarding):
    """The table may not be read, and what else was not looked at is told."""
    who = RIGHTS["nobody"]
    status, out, err = Doctor(lab.director, "-j", before=who).text()
    document = json.loads(out)
    validate(document)
    assert (status, err) == (2, "")
    assert [one["code"] for one in document["findings"] if one["severity"] == "error"] == ["D03"]
    skipped = {one["code"] for one in document["skipped"]}
    assert {"D05", "D10", "D12", "D20", "D35", "D36", "D47"} <= skipped, skipped
    assert all(one["reason"] for one in document["skipped"])
    status, out, _ = Doctor(lab.director, before=who).text()
    assert status == 2 and "not checked: " in out and " D10 " in out


def test_without_settings(lab, without_forwarding):
    """Where /proc/sys is not to be seen, no setting is taken for a good one."""
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc/sys && exec "$@"', "sh"]
    report = Doctor(lab.director, "-j", "--quick", before=hidden).report()
    assert report.faults == []
    skipped = {one["code"] for one in report.document["skipped"]}
    assert {"D10", "D48", "D49"} <= skipped, skipped


def test_without_proc(lab):
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    report = Doctor(lab.director, "-j", "--quick", before=hidden).report()
    assert report.faults == [] and report.document["doctor"]["services"] == 1
    assert {"D10", "D46", "D60"} <= {one["code"] for one in report.document["skipped"]}


def test_without_ipv6(lab):
    lab.director.sysctl("net/ipv6/conf/all/disable_ipv6", 1)
    try:
        assert lab.question.ask() == {"server2": 2, "server3": 2}
        assert examine(lab.director).faults == []
    finally:
        lab.director.sysctl("net/ipv6/conf/all/disable_ipv6", 0)


def test_scheduler_of_rules(lab, tmp_path):
    """Rules that are yet to be applied need a scheduler that this kernel does not have."""
    rules = tmp_path / "rules"
    rules.write_text("-A -t 10.0.0.1:80 -s rr\n")
    modules = ["unshare", "--mount", "sh", "-c",
               'mount --bind "$(readlink -f /run/kernel/lib/modules)" /lib/modules && exec "$@"', "sh"]
    words = ("-j", "--quick", "--for", str(rules))
    assert Doctor(lab.director, *words, before=modules).report().faults == []
    rules.write_text("-A -t 10.0.0.1:80 -s twos\n")
    report = Doctor(lab.director, *words, before=modules).report()
    assert report.faults == [("D02", "error")]
    (finding,) = report.of("D02")
    assert "modprobe ip_vs_twos" in " ".join(finding["remedy"])


@pytest.fixture
def saved_rules(tmp_path):
    """A file in the place of /etc/ipvsadm.rules, which is this machine's own."""
    shown = tmp_path / "rules"
    shown.write_text("")
    subprocess.run(["mount", "--bind", str(shown), "/etc/ipvsadm.rules"], check=True)
    yield shown
    subprocess.run(["umount", "/etc/ipvsadm.rules"], check=True)


def test_saved_rules(saved_rules):
    """What a boot would bring back, and what it would forget, in the first namespace, whose they are."""
    program = os.path.join(os.environ["PROGRAMS"], "ipvsadm")

    def ipvsadm(*words, **options):
        return subprocess.run(
            [program, *words], check=True, capture_output=True, text=True, **options).stdout

    def found():
        result = subprocess.run([program, "--doctor", "-j", "--quick"], capture_output=True, text=True)
        findings = json.loads(result.stdout)["findings"]
        return [one for one in findings if one["code"] == "D61"]

    rules = ("-A -t 127.0.0.1:81 -s rr", "-a -t 127.0.0.1:81 -r 127.0.0.1:8081 -m -w 1")
    try:
        ipvsadm("-R", input="\n".join(rules) + "\n")
        saved_rules.write_text(ipvsadm("-Sn").replace("-w 1", "-w 7"))
        assert found() == []
        saved_rules.write_text(f"{rules[0]}\n-A -t 127.0.0.1:82 -s rr\n")
        (finding,) = found()
        assert finding["severity"] == "note" and finding["objects"] == ["file /etc/ipvsadm.rules"]
        saved_rules.write_text("-A -t (null):82 -s rr\n")
        (finding,) = found()
        assert finding["severity"] == "warning"
    finally:
        ipvsadm("-C")


def test_an_engine(lab):
    """Its table is looked at; the host, of which it does not use anything, is not."""
    with lab.director.inside():
        engine = Engine()
        try:
            socket = ("--engine", engine.socket)
            lab.director.run("ipvsadm", "-R", *socket, stdin="\n".join(
                masquerading(f"-t {VIP}:80", NAT_SERVERS)) + "\n")
            assert examine(lab.director, *socket).faults == []
            lab.director.run("ipvsadm", "-A", "-t", f"{VIP}:81", *socket)
            report = examine(lab.director, *socket)
            assert report.faults == [("D05", "error")] and report.document["doctor"]["source"] == "engine"
        finally:
            engine.close()
