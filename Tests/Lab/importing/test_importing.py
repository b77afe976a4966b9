# SPDX-License-Identifier: Apache-2.0
"""Are imported rules those that keepalived and ldirectord make of the same configuration?

samples/*.rules are what the programs made, for the tests in Swift; here the programs make them again.
"""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from importing.programs import IPVSADM, comparable

SAMPLES = Path(__file__).parent / "samples"
FORMATS = {"k": "keepalived", "l": "ldirectord", "y": "ipvsctl"}
NAMES = sorted(path.name for path in SAMPLES.glob("*.conf"))
PROGRAMS = {
    "k": ("keepalived", "-n", "-l", "-C", "-i", "east", "-p", "/run/k.pid", "-c", "/run/c.pid", "-f"),
    "l": ("ldirectord", "-d"),
}
#: ldirectord takes its table away when it is asked to end, an ipvsadm for each rule.
SIGNALS = {"k": signal.SIGTERM, "l": signal.SIGKILL}


def imported(name, *options):
    return subprocess.run(
        [IPVSADM, "--import", FORMATS[name[0]], name, "--config-id", "east", *options],
        cwd=SAMPLES, capture_output=True, text=True, timeout=60)


def test_there_are_samples_of_each_format():
    assert {name[0] for name in NAMES} == set(FORMATS)


@pytest.mark.parametrize("name", [name for name in NAMES if name[0] in PROGRAMS])
def test_the_program_makes_these_rules(director, name):
    ours = comparable(imported(name).stdout)
    # A timeout of 0 stays the kernel's.
    kernel = (900, 120, 300)
    expected = {
        "--set " + " ".join(
            str(int(word) or usual) for word, usual in zip(line.split()[1:], kernel))
        if line.startswith("--set") else line for line in ours}
    program = [*PROGRAMS[name[0]], str(SAMPLES / name)] + (["start"] if name[0] == "l" else [])
    assert director.becomes(program, SIGNALS[name[0]], expected) == expected
    assert comparable((SAMPLES / name).with_suffix(".rules").read_text()) == ours


@pytest.mark.parametrize("name", NAMES)
def test_rules_restore_and_read_back_equal(director, name):
    result = imported(name)
    assert result.returncode in (0, 1), result.stderr
    services = "\n".join(
        line for line in result.stdout.splitlines() if not line.startswith("--")) + "\n"
    director.run(IPVSADM, "-R", "--strict", input=result.stdout)
    assert comparable(services) <= director.table()
    # The plan of the same rules is empty.
    plan = director.run(IPVSADM, "--apply", "-", "--dry-run", input=services)
    assert [line for line in plan.splitlines() if not line.startswith("#")] == []


@pytest.mark.parametrize("name", NAMES)
def test_rules_restore_into_an_engine(tmp_path, name):
    result = imported(name)
    script = (
        f'"{IPVSADM}" -R --strict && "{IPVSADM}" -S -n --full')
    # The interface of a daemon is not there.
    rules = "\n".join(
        line for line in result.stdout.splitlines() if not line.startswith("--")) + "\n"
    back = subprocess.run(
        [f"{os.environ['PROGRAMS']}/ipvs-engine", "run", "--", "sh", "-c", script],
        input=rules, capture_output=True, text=True, timeout=60)
    assert back.returncode == 0, back.stderr
    services = {line for line in comparable(result.stdout) if line.startswith(("-A", "-a"))}
    assert services == {line for line in comparable(back.stdout) if line.startswith(("-A", "-a"))}


def test_exit_statuses_and_streams(tmp_path):
    def run(*words, text=""):
        done = subprocess.run(
            [IPVSADM, "--import", *words], input=text, capture_output=True, text=True, timeout=60,
            cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    service = "virtual_server 10.0.0.1 80 {\nlb_algo rr\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n"
    rules = "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1\n"
    good, bad = service + "lb_kind NAT\n}\n", service + "}\nnonsense\n"
    assert run("keepalived", "-", text=good) == (0, rules, "")
    assert run("-", text=good) == (0, rules, "")
    (tmp_path / "conf").write_text(service + "}\n")
    status, out, err = run("keepalived", "conf")
    assert (status, out) == (0, rules)
    assert err == (
        "conf:1: warning: virtual server 10.0.0.1 80: no lvs_method; keepalived takes NAT\n")
    assert run("keepalived", "conf", "--strict")[0] == 1
    assert run("keepalived", "conf", "--verbose")[1].startswith("# from conf:1\n")
    status, out, err = run("keepalived", "-", text=bad)
    assert (status, out) == (1, rules)
    assert "standard input:7: error: " in err
    status, out, err = run("keepalived", "conf/missing")
    assert (status, out) == (2, "")
    assert run("keepalived", "-", text="$A=$A\n$A\n")[:2] == (2, "")
    assert run("-", text="nothing known\n")[:2] == (2, "")
    status, out, err = run("keepalived", "-", "-j", text=bad)
    assert (status, out) == (1, rules)
    assert '"line":7' in err and '"column":null' in err
