# SPDX-License-Identifier: Apache-2.0
"""The packages on a machine that has never had ipvsadm."""

import os
import re
import stat
import struct

import pytest

from guest import DEFAULTS, RULES, WEB, attempt, install, run, state, table, version


def test_installation_changes_nothing_of_the_table_and_starts_no_timer():
    assert not DEFAULTS.exists()
    install("ipvsadm-swift", "ipvs-engine")
    assert state("ipvsadm.service") == "active"
    assert run("systemctl", "is-enabled", "ipvsadm.service").strip() == "enabled"
    assert attempt("systemctl", "is-enabled", "ipvsadm-metrics.timer").stdout.strip() == "disabled"
    assert state("ipvsadm-metrics.timer") == "inactive"
    assert table() == ""


def test_the_defaults_ask_for_nothing_and_there_are_no_rules():
    values = run("sh", "-c", f". {DEFAULTS}; echo $AUTO $DAEMON $IFACE $SYNCID $FLUSH_ON_STOP")
    assert values == "false none eth0 0 false\n"
    assert not RULES.exists()


def test_the_package_takes_the_place_of_ipvsadm():
    assert run("dpkg-query", "-W", "-f", "${Provides}", "ipvsadm-swift") == "ipvsadm (= 1:1.31)"
    assert run("ipvsadm", "-v").startswith("ipvsadm v1.31")


@pytest.mark.parametrize("name", ["ipvsadm", "ipvs-engine"])
def test_the_program_is_what_debian_wants(name):
    path = f"/usr/sbin/{name}"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o755
    libraries = set(re.findall(r"^\s*(\S+) =>", run("ldd", path), re.M))
    assert libraries == {
        "libnl-3.so.200", "libnl-genl-3.so.200", "libc.so.6", "libm.so.6", "libstdc++.so.6",
        "libgcc_s.so.1"}


@pytest.mark.parametrize("name", ["ipvsadm", "ipvs-engine"])
def test_the_program_is_hardened(name):
    with open(f"/usr/sbin/{name}", "rb") as file:
        program = file.read()
    # ELF-64: the type at 16, where the program headers are at 32, how many at 56.
    kind, = struct.unpack_from("<H", program, 16)
    start, = struct.unpack_from("<Q", program, 32)
    count, = struct.unpack_from("<H", program, 56)
    headers = [struct.unpack_from("<IIQQQQ", program, start + 56 * index) for index in range(count)]
    assert kind == 3, "it has a fixed address"
    assert 0x6474E552 in (header[0] for header in headers), "no PT_GNU_RELRO"
    (offset, size), = [(header[2], header[5]) for header in headers if header[0] == 2]
    dynamic = dict(struct.iter_unpack("<QQ", program[offset:offset + size]))
    assert dynamic[0x6FFFFFFB] & 1, "no BIND_NOW"
    assert b"__stack_chk_fail" in program and b"_chk\0" in program


@pytest.mark.parametrize("unit", ["ipvsadm.service", "ipvsadm-metrics.service", "ipvsadm-metrics.timer",
                                  "ipvs-engine@x.service", "ipvs-engine@x.socket"])
def test_the_unit_is_as_systemd_wants_it(unit):
    ended = attempt("systemd-analyze", "verify", "--man=no", unit)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_metrics_are_left_out_where_there_is_no_node_exporter():
    run("systemctl", "start", "ipvsadm-metrics.service")
    assert run("systemctl", "show", "-P", "ConditionResult", "ipvsadm-metrics.service") == "no\n"


def test_rules_for_the_next_boot():
    run("ipvsadm", "-R", input=WEB, stdin=None)
    RULES.write_text(run("ipvsadm", "-Sn", "--full"))
    DEFAULTS.write_text(DEFAULTS.read_text().replace('AUTO="false"', 'AUTO="true"'))
    assert version("ipvsadm-swift") == "installed 0.2.0"
