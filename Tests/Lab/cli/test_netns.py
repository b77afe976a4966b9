# SPDX-License-Identifier: Apache-2.0
"""--netns: the table, the connections, and the names of another network namespace."""

import json
import os
import subprocess

import pytest


@pytest.fixture
def far():
    """A namespace with a name, and with an interface."""
    run("ip", "netns", "add", "far")
    run("ip", "-n", "far", "link", "set", "lo", "up")
    yield "far"
    run("ip", "netns", "delete", "far")


def run(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options)


def ipvsadm(*words, **options):
    program = os.path.join(os.environ["PROGRAMS"], "ipvsadm")
    return subprocess.run([program, *words], capture_output=True, text=True, **options)


def rules(*words):
    result = ipvsadm("-Sn", *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_command_is_about_the_namespace(far):
    here = rules()
    assert ipvsadm("-A", "-t", "10.0.0.1:80", "--netns", far).returncode == 0
    assert ipvsadm(f"--netns={far}", "-a", "-t", "10.0.0.1:80", "-r", "127.0.0.1", "-m").returncode == 0
    saved = "-A -t 10.0.0.1:80 -s wlc\n-a -t 10.0.0.1:80 -r 127.0.0.1:80 -m -w 1\n"
    assert rules("--netns", far).replace(" -g ", " -m ") == saved
    assert rules() == here
    document = json.loads(ipvsadm("-Lj", "--netns", far).stdout)
    assert document["ipvs"]["netns"] == far and len(document["services"]) == 1
    assert ipvsadm("-Lc", "--netns", far).returncode == 0
    restored = ipvsadm("--netns", far, "-R", input="-C\n-A -u 10.0.0.2:53\n")
    assert restored.returncode == 0
    assert rules("--netns", far) == "-A -u 10.0.0.2:53 -s wlc\n"
    assert ipvsadm("--apply", "-", "--netns", far, input=saved).returncode == 0
    assert rules("--netns", far).count("\n") == 2
    assert ipvsadm("--undo", "--netns", far).returncode == 0
    assert rules("--netns", far) == "-A -u 10.0.0.2:53 -s wlc\n"
    assert ipvsadm("--undo").returncode == 255, "the other table has nothing to undo"


def test_a_path(far):
    with subprocess.Popen(["ip", "netns", "exec", far, "sleep", "60"]) as holder:
        path = f"/proc/{holder.pid}/ns/net"
        while os.stat(path).st_ino != os.stat("/run/netns/far").st_ino:
            assert holder.poll() is None
        assert ipvsadm("-A", "-f", "7", "--netns", path).returncode == 0
        assert rules("--netns", far) == "-A -f 7 -s wlc\n"
        holder.kill()


@pytest.mark.parametrize("words, cause", [
    (["--netns", "nowhere"], "there is no namespace of this name; there are: far"),
    (["--netns", "/nowhere/net"], "there is no such file"),
    (["--netns", "/etc/passwd"], "the file is not a network namespace"),
    (["--netns", "far", "--engine", "/run/e"], "the table of the engine at /run/e"),
])
def test_faults(far, words, cause):
    result = ipvsadm("-L", *words)
    lines = result.stderr.splitlines()
    if "--engine" in words:
        result = ipvsadm("-L", *words, env={"IPVSADM_ENGINE": "/run/e"})
        lines = result.stderr.splitlines()
    assert result.returncode == 2 and result.stdout == ""
    assert lines[1].startswith(f"  cause: {cause}") and lines[2].startswith("  remedy: ")


def test_without_the_right(far):
    result = ipvsadm("-L", "--netns", far, preexec_fn=lambda: os.setuid(65534))
    assert result.returncode == 2 and "may not enter" in result.stderr


def test_not_in_restore_input(far):
    result = ipvsadm("-R", input="-L --netns far\n")
    assert result.returncode == 255 and "about the whole run" in result.stderr
