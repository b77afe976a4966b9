# SPDX-License-Identifier: Apache-2.0
"""ipvs-engine instead of the kernel's IPVS, in runs with IPVS=engine."""

import os

from deadline import eventually
from network import load_module


def is_wanted():
    return os.environ.get("IPVS") == "engine"


def provide_devices():
    """Makes TUN devices possible, for which a lab's kernel loads a module."""
    if not os.path.exists("/dev/net/tun"):
        load_module("tun")


def balance_if_wanted(director):
    """Starts an engine on a host, for its packets and its ipvsadm, and waits until it serves."""
    if not is_wanted():
        return
    provide_devices()
    # Packets of services are routed to the engine's device.
    director.sysctl("net/ipv4/ip_forward", 1)
    director.sysctl("net/ipv6/conf/all/forwarding", 1)
    engine = director.directory / f"{director.name}.engine"
    notes = director.directory / f"{director.name}.notes"
    with notes.open("w") as stderr:
        process = director.start(
            "ipvs-engine", "serve", "--socket", str(engine), "--tun", "ipvs0", "--divert",
            stderr=stderr,
        )  # fmt: skip
    director.variables["IPVSADM_ENGINE"] = str(engine)

    def listens():
        assert process.poll() is None, notes.read_text()
        return engine.exists()

    eventually(listens)
