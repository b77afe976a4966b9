# SPDX-License-Identifier: Apache-2.0
"""The boot after Debian's ipvsadm was replaced; its purge, and the way back to it."""

import os

from guest import DEFAULTS, RULES, WEB, attempt, install, run, state, table, version


def test_the_rules_are_applied_by_the_unit_once():
    assert state("ipvsadm.service") == "active"
    assert table() == WEB
    # The init script, which is a configuration file of the package that was removed, is not run beside it.
    assert os.path.exists("/etc/init.d/ipvsadm")
    assert run("systemctl", "show", "-P", "SourcePath", "ipvsadm.service").strip() == ""


def test_files_that_a_purge_has_taken_are_missed():
    kept = DEFAULTS.read_text()
    DEFAULTS.unlink()
    assert attempt("systemctl", "restart", "ipvsadm").returncode != 0
    assert table() == WEB
    assert "/var/backups/ipvsadm-swift" in run("journalctl", "--no-pager", "-u", "ipvsadm.service")
    DEFAULTS.write_text(kept)
    run("systemctl", "restart", "ipvsadm")


def test_a_purge_of_the_old_package_as_its_readme_says():
    rules, defaults = RULES.read_text(), DEFAULTS.read_text()
    text = open("/usr/share/doc/ipvsadm-swift/README.Debian", encoding="utf-8").read()
    commands = text.split("Without loss:\n")[1].split("\nMetrics")[0].replace("  # ", "")
    run("sh", "-ec", commands)
    assert (RULES.read_text(), DEFAULTS.read_text()) == (rules, defaults)
    assert not os.path.exists("/etc/init.d/ipvsadm")
    assert table() == WEB


def test_the_way_back():
    """Debian's again: its files of configuration are then its own, and no purge of ours takes them."""
    said = install("ipvsadm", "-o", "Dpkg::Options::=--force-confold")
    assert version("ipvsadm").startswith("installed"), said
    assert version("ipvsadm-swift").startswith("config-files")
    rules = RULES.read_text()
    run("dpkg", "--purge", "ipvsadm-swift")
    assert RULES.read_text() == rules and DEFAULTS.exists()
    assert run("/sbin/ipvsadm", "-v").startswith("ipvsadm v1.31 2019")
