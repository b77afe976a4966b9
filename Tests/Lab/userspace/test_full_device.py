# SPDX-License-Identifier: Apache-2.0
"""A TUN device whose queue is full: EAGAIN from write(2)."""

import ctypes
import fcntl
import os
import re
import socket
import struct

from deadline import eventually
from programs import PATIENCE
from test_device import ENGINE, SERVER, VIRTUAL, hosts, pages, serve  # noqa: F401

TUNSETSNDBUF = 0x400454D4
PIDFD_GETFD = 438
NOTE = re.compile(
    r"ipvs-engine: (a packet|\d+ packets) could not be sent\n"
    r"  cause: a queue was full, the device is down, or they were too long for their way\n"
    r"  remedy: find the interface that drops them: ip -s link; tc -s qdisc\n")


def descriptor_of(process, path):
    """A copy of the descriptor by which a process has a file open."""
    folder = f"/proc/{process.pid}/fd"
    (number,) = (name for name in os.listdir(folder) if os.readlink(f"{folder}/{name}") == path)
    other = os.pidfd_open(process.pid)
    try:
        copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, other, int(number), 0)
        assert copy >= 0, os.strerror(ctypes.get_errno())
        return copy
    finally:
        os.close(other)


def start(director):
    path, notes = director.directory / "engine", director.directory / "notes"
    with notes.open("w") as stderr:
        process = director.start(*ENGINE, str(path), stderr=stderr)
    director.variables["IPVSADM_ENGINE"] = str(path)
    eventually(path.exists)
    return process, notes


def taken(director):
    """How many packets an engine has read from its device, which counts them as sent."""
    (line,) = (line for line in director.read("/proc/net/dev").splitlines() if "ipvs0:" in line)
    return int(line.split(":")[1].split()[9])


def lost(notes):
    """How many packets an engine could not send, as it says; it must say nothing else."""
    text = notes.read_text()
    assert NOTE.sub("", text) == ""
    return sum(1 if word == "a packet" else int(word.split()[0]) for word in NOTE.findall(text))


def test_what_the_device_does_not_take_is_counted_and_told(hosts):  # noqa: F811
    client, director, server = hosts
    director.sysctl("net/ipv6/conf/all/forwarding", 1)
    process, notes = start(director)
    serve(director)
    director.run("ipvsadm", "-A", "-u", f"{VIRTUAL}:53", "-s", "rr")
    director.run("ipvsadm", "-a", "-u", f"{VIRTUAL}:53", "-r", f"{SERVER}:53", "-m")
    assert pages(client, f"http://{VIRTUAL}/") == ["server"] and lost(notes) == 0

    # Packets written to the device wait in a slow queue, and use up the room of its send buffer.
    director.ip("link add slow type veth peer name away", "link set slow up", "link set away up")
    director.run(*"tc qdisc add dev slow root tbf rate 1kbit burst 2kb limit 1mb".split())
    director.run(*"tc qdisc add dev ipvs0 ingress".split())
    director.run(
        *"tc filter add dev ipvs0 ingress protocol ip u32 match u32 0 0"
        " action mirred egress redirect dev slow".split())
    device = descriptor_of(process, "/dev/net/tun")
    try:
        fcntl.ioctl(device, TUNSETSNDBUF, struct.pack("i", 20_000))
        before = taken(director)
        with client.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            for _ in range(200):
                sending.sendto(bytes(1000), (VIRTUAL, 53))
        eventually(lambda: taken(director) >= before + 200 and lost(notes) > 0)
        fcntl.ioctl(device, TUNSETSNDBUF, struct.pack("i", 2**31 - 1))
    finally:
        os.close(device)

    # The queue is gone, and packets are sent again.
    director.run(*"tc qdisc del dev ipvs0 ingress".split())
    assert pages(client, f"http://{VIRTUAL}/", 3) == ["server"] * 3
    process.terminate()
    assert process.wait(PATIENCE) == 0
    # Each of the 200 was written to the device, or is among those that the engine tells of.
    assert 100 < lost(notes) < 200

