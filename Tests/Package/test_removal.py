# SPDX-License-Identifier: Apache-2.0
"""Removal leaves the table and the configuration; a purge leaves nothing of ours."""

import os

from guest import DEFAULTS, RULES, WEB, attempt, run, table


def test_a_removal_leaves_table_and_configuration():
    assert table() == WEB
    run("dpkg", "--remove", "ipvsadm-swift", "ipvs-engine")
    assert open("/proc/net/ip_vs", encoding="ascii").read().count("C0000201:0050") == 1
    assert RULES.exists() and DEFAULTS.exists()
    assert not os.path.exists("/usr/sbin/ipvsadm") and not os.path.exists("/usr/sbin/ipvs-engine")
    assert attempt("systemctl", "cat", "ipvsadm.service").returncode != 0


def test_a_purge_leaves_nothing():
    run("dpkg", "--purge", "ipvsadm-swift", "ipvs-engine")
    left = run(
        "find", "/etc", "/usr", "/var", "-xdev", "(", "-name", "*ipvsadm*", "-o", "-name", "*ipvs-engine*", ")",
        "-not", "-path", "/usr/lib/modules/*")
    assert left == ""
    assert attempt("dpkg-query", "-W", "ipvsadm-swift").returncode != 0
