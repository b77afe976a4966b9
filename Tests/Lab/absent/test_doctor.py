# SPDX-License-Identifier: Apache-2.0
"""--doctor where the kernel has no ip_vs: it says why, and loads nothing."""

import json
import os
import subprocess

import jsonschema

from cli.stage import RIGHTS

SCHEMA = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../Sources/ipvsadm/ipvsadm-1.schema.json")


def document_of(result):
    document = json.loads(result.stdout)
    with open(SCHEMA, encoding="utf-8") as file:
        jsonschema.Draft202012Validator(json.load(file)).validate(document)
    return document


def doctor(*words, rights="root"):
    program = os.path.join(os.environ["PROGRAMS"], "ipvsadm")
    return subprocess.run(
        [*RIGHTS[rights], program, "--doctor", "--quick", *words], capture_output=True, text=True,
        timeout=60)


def test_absent():
    result = doctor()
    assert result.returncode == 2 and result.stderr == ""
    assert "error D01: the kernel has no IPVS\n" in result.stdout
    assert "\n  remedy: " in result.stdout
    document = document_of(doctor("-j"))
    assert [finding["code"] for finding in document["findings"]
            if finding["severity"] == "error"] == ["D01"]
    skipped = {skip["code"] for skip in document["skipped"]}
    assert {"D05", "D12", "D20", "D25"} <= skipped, "nothing passes that was not looked at"
    assert document["doctor"]["services"] is None


def test_nobody():
    result = doctor(rights="nobody")
    assert result.returncode == 2 and "error D01" in result.stdout


def test_a_line_with_a_fault_loads_nothing():
    result = doctor("--vip", "10.0.0.1")
    assert result.returncode == 2
    assert result.stderr.startswith("The option 'vip' needs the 'real-server' option")
    assert not os.path.exists("/sys/module/ip_vs")


def test_the_modules_are_of_another_kernel():
    """Nothing below /lib/modules is of the kernel that runs, as after an upgrade of its package."""
    release = os.uname().release
    (finding,) = document_of(doctor("-j"))["findings"]
    assert release in json.dumps(finding["evidence"]) and "not installed" in finding["cause"]


def test_nothing_is_loaded(tmp_path):
    """The kernel's way to load a module is not used."""
    trace = tmp_path / "calls"
    subprocess.run(
        ["strace", "-f", "-o", str(trace), "-e", "trace=execve,execveat,init_module,finit_module",
         os.path.join(os.environ["PROGRAMS"], "ipvsadm"), "--doctor"], capture_output=True, timeout=60)
    assert len([line for line in trace.read_text().splitlines() if "(" in line]) == 1


def test_a_real_server_needs_none():
    result = doctor("-j", "--real-server", "--vip", "127.0.0.1")
    assert "D01" not in {finding["code"] for finding in document_of(result)["findings"]}
    assert result.returncode in (0, 1)
