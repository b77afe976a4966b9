# SPDX-License-Identifier: Apache-2.0
"""What is right on which kernel: the one table of the differences between those of the lab.

The recordings were made on 6.1. Where a newer kernel does something else, both programs, and the
engine beside the kernel, must still do the same; a test asks here what that is.
"""

import os
import re
from typing import Callable, NamedTuple


class Kernel(NamedTuple):
    release: tuple
    is_user_mode_linux: bool

    def has(self, name):
        """Whether a row of the table holds for this kernel."""
        return TABLE[name].holds(self)


class Difference(NamedTuple):
    reason: str
    holds: Callable


def _before(*release):
    return lambda kernel: kernel.release < release


def _since(*release):
    return lambda kernel: kernel.release >= release


TABLE = {
    "older counting": Difference(
        "connections are counted as before 6.1.192 (ipvs-engine(8), --older-counting)",
        _before(6, 1, 192)),
    "tables as needed": Difference(
        "the table of connections has the size that it needs, 0 before the first service, and each"
        " network namespace its own; before, all share one of 4096. ipvsadm 1.31 asks for it once, when"
        " it starts, and ours for each listing, so they differ in listings among lines of -R",
        _since(7, 2)),
    "MTU of each tunnel": Difference(
        "where a router refuses a packet in a tunnel as too large, clients are told what is left of the"
        " MTU in that tunnel: of 1500 bytes 1468 in gue, 1476 in gre; before, and in the engine, 1480"
        " for every kind",
        _since(6, 12)),
    "templates keep their port": Difference(
        "a template of persistence that leads to a server that is gone keeps its virtual port; before,"
        " and in the engine, it is 65535 as that of the server",
        _since(7, 2)),
    "no nft": Difference(
        "Debian's User-Mode Linux has nf_tables without its families ip and inet",
        lambda kernel: kernel.is_user_mode_linux),
    "no iptables": Difference(
        "Debian's User-Mode Linux has no tables of iptables-legacy any more, and no zones of connection"
        " tracking either, by which tc could masquerade",
        lambda kernel: kernel.is_user_mode_linux and kernel.release >= (7, 0)),
}


def _running():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        is_user_mode_linux = "User Mode Linux" in file.read()
    # Debian's own kernels have their real number in the version only.
    told = re.search(r"Debian (\S+)", os.uname().version)
    numbers = re.match(
        r"(\d+)\.(\d+)(?:\.(\d+))?", told[1] if told else os.uname().release)
    return Kernel(tuple(int(number or 0) for number in numbers.groups()), is_user_mode_linux)


RUNNING = _running()

_SIZE = re.compile(r"^(IP Virtual Server version \S+ \(size=)\d+\)", re.M)


def without_size(text):
    """A text that a program printed, without the size of the table where that differs by kernel."""
    return _SIZE.sub(r"\g<1>N)", text) if RUNNING.has("tables as needed") else text
