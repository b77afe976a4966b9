# SPDX-License-Identifier: Apache-2.0
"""A kernel's IPVS that is unloaded while its table is watched."""

import os
import re
import shutil
import subprocess

import pytest

from watching.tmux import eventually

REAL = "/run/real"

#: Where the wrapper of modprobe(8) writes what it was asked for.
ASKED = "/run/asked"


@pytest.fixture(autouse=True)
def wrapped():
    """Who asks modprobe(8) for a module is noted."""
    os.mkdir(REAL)
    shutil.copy("/bin/kmod", f"{REAL}/kmod")
    for name in ("modprobe", "rmmod"):
        os.symlink("kmod", f"{REAL}/{name}")
    script = f"{REAL}/script"
    with open(script, "w", encoding="ascii") as file:
        file.write(f'#!/bin/sh\n[ "${{0##*/}}" = rmmod ] || echo "$*" >>{ASKED}\n'
                   f'exec {REAL}/"${{0##*/}}" "$@"\n')
    os.chmod(script, 0o755)
    subprocess.run(["mount", "--bind", script, "/bin/kmod"], check=True)
    yield
    subprocess.run(["umount", "/bin/kmod"], check=True)
    shutil.rmtree(REAL)


def asked():
    """What modprobe(8) was asked for since the last time."""
    if not os.path.exists(ASKED):
        return []
    with open(ASKED, encoding="ascii") as file:
        lines = file.read().splitlines()
    os.remove(ASKED)
    return lines


def goes_on(process):
    """Waits until a process has waited for the next look a few times more."""
    def waits():
        with open(f"/proc/{process}/status", encoding="ascii") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(), re.M)[1])
    before = waits()
    eventually(lambda: waits() >= before + 4, lambda: "it looks no more")


def unload():
    """Takes IPVS and its schedulers away, as soon as the tables of earlier tests are."""
    def is_unloaded():
        with open("/proc/modules", encoding="ascii") as file:
            names = [line.split()[0] for line in file]
        own = sorted((name for name in names if name.startswith("ip_vs")), key=len, reverse=True)
        return not own or subprocess.run(["rmmod", *own], check=False).returncode == 0
    eventually(is_unloaded, lambda: "IPVS is in use")
    assert not os.path.exists("/proc/net/ip_vs")


def load():
    """With the program that the kernel uses."""
    with open("/proc/sys/kernel/modprobe", encoding="ascii") as file:
        subprocess.run([file.read().strip(), "ip_vs"], check=True)


@pytest.fixture
def empty(place):
    place.set("-A -t 192.0.2.10:80\n")
    place.run("-C")
    return place


def test_view(empty, terminal):
    """It goes on when the module is there again, and does not load it: that is left to others."""
    terminal.enter("clear; ipvsadm -L -n --watch=1")
    terminal.see("0 services, 0 servers")
    asked()
    unload()
    terminal.see("not read: ")
    goes_on(terminal.pid("ipvsadm"))
    assert asked() == []
    load()
    terminal.see("0 services, 0 servers")


def test_monitor(empty):
    child = empty.start("--monitor=1")
    assert b"looks every 1 s" in child.stderr.readline()
    asked()
    unload()
    assert child.stderr.readline()
    goes_on(child.pid)
    assert asked() == []
    empty.run("-A -f 7")
    load()
    assert child.stdout.readline().endswith(b"+ firewall mark 7 wlc\n")
    child.terminate()
    _, errors = child.communicate(timeout=60)
    assert errors.endswith(b"the table is read again\n") and child.returncode == 0
