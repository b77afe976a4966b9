# SPDX-License-Identifier: Apache-2.0
"""The package over Debian's ipvsadm, which has rules, defaults, and a sync daemon."""

import os

from guest import DEFAULTS, RULES, WEB, attempt, install, run, state, table, version

# As people have written it: a shell script with words of their own.
EDITED = '# ours, do not touch\nAUTO="true"\nDAEMON="master"\nIFACE=$(echo sync0)\t\nSYNCID="9"\n'
LINES = "# ipvsadm.rules\n-C\n" + WEB


def test_debian_s_package_is_in_use():
    install("ipvsadm")
    run("ip", "link", "add", "sync0", "type", "dummy")
    run("ip", "address", "add", "192.0.2.200/24", "dev", "sync0")
    run("ip", "link", "set", "sync0", "up")
    DEFAULTS.write_text(EDITED)
    RULES.write_text(LINES)
    run("systemctl", "restart", "ipvsadm")
    assert table() == WEB
    assert "master sync daemon" in run("ipvsadm", "-L", "--daemon")


def test_ours_takes_it_over_without_a_question_and_without_a_loss():
    said = install("ipvsadm-swift")
    assert "Configuration file" not in said
    assert (DEFAULTS.read_text(), RULES.read_text()) == (EDITED, LINES)
    assert version("ipvsadm").startswith("config-files")
    assert version("ipvsadm-swift") == "installed 0.2.0"


def test_all_its_files_are_there():
    """Debian's has /sbin/ipvsadm, which is /usr/sbin/ipvsadm."""
    for path in run("dpkg", "-L", "ipvsadm-swift").split():
        assert os.path.lexists(path), path
    assert "0.2.0 in Swift" in run("/sbin/ipvsadm", "-v")
    assert run("dpkg-divert", "--list", "*ipvsadm*") == ""


def test_the_unit_has_applied_the_rules_and_started_the_daemon():
    assert state("ipvsadm.service") == "active"
    assert "ipvsadm.service" in run("systemctl", "show", "-P", "FragmentPath", "ipvsadm")
    assert table() == WEB
    assert "master sync daemon (mcast=sync0, syncid=9" in run("ipvsadm", "-L", "--daemon")


def test_the_files_are_kept_for_a_purge_of_the_old_package():
    for path, text in ((RULES, LINES), (DEFAULTS, EDITED)):
        assert open(f"/var/backups/ipvsadm-swift/{path.name}", encoding="utf-8").read() == text


def test_a_boot_needs_no_daemon():
    """The interface is not there at the next boot."""
    DEFAULTS.write_text(EDITED.replace('"master"', '"none"'))
    assert attempt("systemctl", "reload", "ipvsadm").returncode != 0, "-C is no rule"
    assert table() == WEB
