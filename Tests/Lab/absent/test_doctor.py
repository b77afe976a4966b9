# SPDX-License-Identifier: Apache-2.0
"""--doctor where the kernel has no ip_vs: it says why, and loads nothing."""

import json
import os
import subprocess

from cli.stage import RIGHTS


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
    document = json.loads(doctor("-j").stdout)
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
