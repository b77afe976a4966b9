# SPDX-License-Identifier: Apache-2.0
"""The units on a machine that was booted with rules: start, reload, stop, upgrade, and engines."""

import os
import pwd
import re
import shutil
import time

import pytest

from guest import DEFAULTS, RULES, WEB, attempt, package, run, state, table

LAB = "/lab"


def set_default(name, value):
    DEFAULTS.write_text(re.sub(rf"^{name}=.*", f'{name}="{value}"', DEFAULTS.read_text(), flags=re.M))


@pytest.fixture
def web():
    """The rules of the boot, in the file and in the table, whatever the test before has left."""
    RULES.write_text(WEB)
    set_default("FLUSH_ON_STOP", "false")
    set_default("DAEMON", "none")
    run("systemctl", "restart", "ipvsadm")
    assert table() == WEB


def test_the_rules_are_in_the_table():
    assert state("ipvsadm.service") == "active"
    assert table() == WEB
    # The module was loaded from the unit, with the capabilities that it has.
    assert "ip_vs" in open("/proc/modules", encoding="ascii").read()


def test_reload_applies_the_fewest_changes(web):
    RULES.write_text(WEB + "-A -u 192.0.2.1:53 -s rr\n")
    run("systemctl", "reload", "ipvsadm")
    assert sorted(table().splitlines()) == sorted((WEB + "-A -u 192.0.2.1:53 -s rr\n").splitlines())


@pytest.mark.parametrize("text", ["-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1 -r\n", "-C\n" + WEB, "", "# empty\n"])
def test_a_reload_that_is_refused_leaves_the_table(web, text):
    RULES.write_text(text)
    assert attempt("systemctl", "reload", "ipvsadm").returncode != 0
    assert table() == WEB
    assert state("ipvsadm.service") == "active"


def test_stop_leaves_the_table(web):
    run("systemctl", "stop", "ipvsadm")
    assert table() == WEB


def test_stop_empties_the_table_where_that_is_asked_for(web):
    set_default("FLUSH_ON_STOP", "true")
    run("systemctl", "stop", "ipvsadm")
    assert table() == ""


def test_lines_that_change_a_table_are_carried_out_as_the_init_script_does(web):
    RULES.write_text("-C\n" + WEB + "-e -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 7\n")
    run("systemctl", "restart", "ipvsadm")
    assert table() == WEB.replace("-w 3", "-w 7")


def test_a_restart_with_a_fault_leaves_the_table_and_fails(web):
    RULES.write_text("-A -t 192.0.2.9:80 -s rr\n-a -t nonsense\n")
    assert attempt("systemctl", "restart", "ipvsadm").returncode != 0
    assert table() == WEB
    assert state("ipvsadm.service") == "failed"


def test_an_upgrade_leaves_the_table(web):
    """The table is not what the file says, as after --drain."""
    run("ipvsadm", "-e", "-t", "192.0.2.1:80", "-r", "198.51.100.2:80", "-m", "-w", "0")
    folder = "/packages/next"
    run("dpkg-deb", "-R", package("ipvsadm-swift"), folder)
    control = open(f"{folder}/DEBIAN/control", encoding="utf-8").read()
    with open(f"{folder}/DEBIAN/control", "w", encoding="utf-8") as file:
        file.write(control.replace("Version: 0.2.0", "Version: 0.2.0+next"))
    run("dpkg-deb", "-b", folder, "/packages/next.deb")
    shutil.rmtree(folder)
    run("dpkg", "-i", "/packages/next.deb")
    assert table() == WEB.replace("-w 3", "-w 0")
    assert state("ipvsadm.service") == "active"


def test_the_sync_daemons_run_as_long_as_the_unit(web):
    run("ip", "link", "add", "sync0", "type", "dummy")
    run("ip", "address", "add", "192.0.2.200/24", "dev", "sync0")
    run("ip", "link", "set", "sync0", "up")
    set_default("IFACE", "sync0")
    set_default("SYNCID", "7")
    set_default("DAEMON", "both")
    run("systemctl", "restart", "ipvsadm")
    listed = run("ipvsadm", "-L", "--daemon")
    assert "master sync daemon (mcast=sync0, syncid=7" in listed
    assert "backup sync daemon (mcast=sync0, syncid=7" in listed
    run("systemctl", "stop", "ipvsadm")
    assert run("ipvsadm", "-L", "--daemon") == ""
    set_default("DAEMON", "none")


def test_an_engine_serves_when_systemd_says_that_it_is_ready():
    run("systemctl", "start", "ipvs-engine@one")
    shown = run("systemctl", "show", "-p", "StatusText,ActiveState", "ipvs-engine@one")
    assert set(shown.split("\n")) >= {"StatusText=serves at /run/ipvs-engine/one", "ActiveState=active"}
    assert run("ipvsadm", "--engine", "/run/ipvs-engine/one", "-Sn") == ""
    run("systemctl", "stop", "ipvs-engine@one")
    assert run("find", "/run/ipvs-engine", "-type", "s") == ""


def test_the_example_of_the_manual_page():
    """The engine is started by its first client, and balances packets."""
    page = open(f"{LAB}/ipvs-engine.8", encoding="utf-8").read()
    example = page.split(".Sh AS A SERVICE")[1].split(".Bd -literal")[1].split("\n", 1)[1].split("\n.Ed")[0]
    commands = re.sub(r"^# ", "", example.replace("\\e", "\\"), flags=re.M)
    RULES.write_text(WEB)
    assert "192.0.2.1:80" in run("sh", "-ec", commands)
    assert state("ipvs-engine@lb.service") == "active"
    assert "ipvs0" in run("ip", "-br", "link")
    # What the socket is for: it outlives the engine.
    run("systemctl", "stop", "ipvs-engine@lb.service")
    assert "ipvs0" not in run("ip", "-br", "link")
    assert "192.0.2.1:80" in run("ipvsadm", "--engine", "/run/ipvs-engine/lb", "-Ln")
    run("systemctl", "disable", "--now", "ipvs-engine@lb.socket", "ipvs-engine@lb.service")
    assert run("find", "/run/ipvs-engine", "-type", "s") == ""


def test_sandboxes_are_in_force(web):
    """What the kernel says of a process of the unit: two capabilities at most."""
    run("systemctl", "start", "ipvs-engine@two")
    main = run("systemctl", "show", "-P", "MainPID", "ipvs-engine@two").strip()
    status = open(f"/proc/{main}/status", encoding="ascii").read()
    # CAP_NET_ADMIN is 12, CAP_NET_RAW 13.
    assert f"CapBnd:\t{(1 << 12) + (1 << 13):016x}" in status
    assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status
    run("systemctl", "stop", "ipvs-engine@two")


def test_metrics_are_written_for_the_node_exporter(web):
    """As the user, and into the folder, of Debian's prometheus-node-exporter, which is not in this root."""
    folder = "/var/lib/prometheus/node-exporter"
    written = f"{folder}/ipvs.prom"
    run("useradd", "--system", "--no-create-home", "prometheus")
    user = pwd.getpwnam("prometheus").pw_uid
    os.makedirs(folder)
    # In the root, which is a folder of another machine, all new files belong to its root.
    run("mount", "-t", "tmpfs", "-o", f"uid={user},mode=755", "none", folder)
    run("systemctl", "start", "ipvsadm-metrics.service")
    labels = 'local_address="192.0.2.1",local_mark="",local_port="80",proto="TCP"'
    assert f"ipvs_service_backends{{{labels}}} 1\n" in open(written, encoding="utf-8").read()
    found = os.stat(written)
    assert (found.st_uid, found.st_mode & 0o777) == (user, 0o644)
    os.unlink(written)
    run("systemctl", "start", "ipvsadm-metrics.timer")
    for _ in range(300):
        if os.path.exists(written):
            break
        time.sleep(0.1)
    assert os.listdir(folder) == ["ipvs.prom"]
    run("systemctl", "stop", "ipvsadm-metrics.timer")
