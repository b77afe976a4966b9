# SPDX-License-Identifier: Apache-2.0
"""What ipvsadm.service does with the files of Debian's ipvsadm, in the place of its init script.

It runs with an engine, since it changes whole tables.
"""

import pathlib

import pytest

from programs import outcome, serving

SCRIPT = str(pathlib.Path(__file__).parents[3] / "debian/ipvsadm-rules")
WEB = "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 3\n"
OTHER = "-A -u 192.0.2.9:53 -s wlc\n"


class Machine:
    """The two files, and the table of an engine."""

    def __init__(self, folder):
        self.socket = str(folder / "engine")
        self.rules = folder / "ipvsadm.rules"
        self.defaults = folder / "default"
        self.set(AUTO="true")

    def set(self, **values):
        values["IPVSADM_RULES"] = self.rules
        self.defaults.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()))

    def ipvsadm(self, *words, **options):
        status, said, errors = outcome("ipvsadm", *words, variables={"IPVSADM_ENGINE": self.socket}, **options)
        assert status == 0, errors
        return said

    @property
    def table(self):
        return self.ipvsadm("-Sn")

    @table.setter
    def table(self, text):
        self.ipvsadm("-C")
        self.ipvsadm("-R", input=text)

    def do(self, action):
        """The exit status of an action, and what it says on standard error."""
        status, _, errors = outcome(
            SCRIPT, action, str(self.defaults), variables={"IPVSADM_ENGINE": self.socket})
        return status, errors


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    machine = Machine(tmp_path)
    with serving(machine.socket):
        yield machine


@pytest.mark.parametrize("action", ["start", "reload"])
def test_rules_replace_the_table(machine, action):
    machine.table = OTHER
    machine.rules.write_text("# ipvsadm.rules\n" + WEB)
    assert machine.do(action) == (0, "")
    assert machine.table == WEB


@pytest.mark.parametrize("auto", ["false", "", "True", "yes"])
@pytest.mark.parametrize("action", ["start", "reload", "stop"])
def test_without_auto_the_table_is_left_alone(machine, auto, action):
    machine.table = OTHER
    machine.rules.write_text(WEB)
    machine.set(AUTO=auto)
    assert machine.do(action)[0] == 0
    assert machine.table == OTHER


def test_without_defaults_nothing_is_done(machine):
    machine.table = OTHER
    machine.defaults.unlink()
    for action in ("start", "stop"):
        assert machine.do(action) == (0, "")
    assert machine.table == OTHER


def test_a_missing_file_is_no_empty_table(machine):
    machine.table = OTHER
    for action in ("start", "reload"):
        status, said = machine.do(action)
        assert (status, f"{machine.rules} is missing" in said) == (1, True)
    assert machine.table == OTHER


def test_an_empty_file_is_an_empty_table_at_start_only(machine):
    machine.table = OTHER
    machine.rules.write_text("# emptied\n")
    assert machine.do("reload")[0] != 0
    assert machine.table == OTHER
    assert machine.do("start")[0] == 0
    assert machine.table == ""


LEGACY = ["-C\n" + WEB, "ipvsadm --clear\n" + WEB, WEB + OTHER + "-D -u 192.0.2.9:53\n",
          WEB + "-Z\n", "-C\n-A -t 192.0.2.1:80 -s wlc\n-E -t 192.0.2.1:80 -s rr\n" + WEB.split("\n", 1)[1]]


@pytest.mark.parametrize("text", LEGACY)
def test_lines_that_change_a_table_keep_their_meaning_at_start(machine, text):
    machine.table = OTHER
    machine.rules.write_text(text)
    status, said = machine.do("reload")
    assert (status, "systemctl restart ipvsadm" in said, machine.table) == (2, True, OTHER)
    status, said = machine.do("start")
    assert (status, machine.table) == (0, WEB)
    assert "carried out one by one" in said


def test_a_fault_leaves_a_table_and_an_empty_one_is_filled_up_to_it(machine):
    machine.rules.write_text(WEB + "-a -t 192.0.2.2\n" + OTHER)
    machine.table = OTHER
    for action in ("start", "reload"):
        status, said = machine.do(action)
        assert (status, machine.table) == (2, OTHER)
        assert ":3:" in said
    machine.ipvsadm("-C")
    assert machine.do("start")[0] == 2
    assert machine.table == WEB


def test_a_fault_beside_lines_that_change_a_table_leaves_it(machine):
    machine.rules.write_text("-C\n" + WEB + "-a -t nonsense\n")
    machine.table = OTHER
    assert (machine.do("start")[0], machine.table) == (2, OTHER)


def test_stop_empties_the_table_only_if_asked(machine):
    machine.table = WEB
    assert machine.do("stop") == (0, "")
    assert machine.table == WEB
    machine.set(AUTO="true", FLUSH_ON_STOP="true")
    assert machine.do("stop") == (0, "")
    assert machine.table == ""


@pytest.mark.parametrize(
    ("daemon", "roles"), [("none", []), ("master", ["master"]), ("backup", ["backup"]),
                          ("both", ["master", "backup"]), ("", []), ("Master", [])])
def test_sync_daemons_run_from_start_to_stop(machine, daemon, roles):
    machine.set(AUTO="false", DAEMON=daemon, IFACE="lo", SYNCID="5")
    # The second start finds them.
    for _ in range(2):
        assert machine.do("start") == (0, "")
        listed = machine.ipvsadm("-L", "--daemon")
        assert [line.split()[0] for line in listed.splitlines()] == roles
        assert listed.count("mcast=lo, syncid=5") == len(roles)
    for _ in range(2):
        assert machine.do("stop") == (0, "")
        assert machine.ipvsadm("-L", "--daemon") == ""


def test_a_daemon_that_does_not_start_is_a_failure_and_keeps_no_rules_away(machine):
    machine.rules.write_text(WEB)
    machine.set(AUTO="true", DAEMON="both", IFACE="nonesuch")
    status, said = machine.do("start")
    assert (status, machine.table) == (1, WEB)
    assert "nonesuch" in said
