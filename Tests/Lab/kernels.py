# SPDX-License-Identifier: Apache-2.0
"""What is right on which kernel: the one table of the differences between those of the lab.

A test asks here what its kernel does. The engine does as the newest, or as the one that it is told
by --as-kernel: as the kernel beside it, or where recordings are compared, as the recorded one.
differential/test_differences.py shows that the rows about IPVS are true.
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

    def word(self):
        """The option by which an engine does the same."""
        return "--as-kernel=" + ".".join(map(str, self.release))


class Difference(NamedTuple):
    reason: str
    holds: Callable


def _before(*release):
    return lambda kernel: kernel.release < release


def _since(*release):
    return lambda kernel: kernel.release >= release


TABLE = {
    "what is recorded": Difference(
        "the recordings were made on a kernel of this series (6.1.176)",
        lambda kernel: kernel.release[:2] == (6, 1)),
    "older counting": Difference(
        "thresholds look at connections and templates alike, a lower one closes no server, and an active"
        " connection is as much as 256 inactive ones, not 257",
        _before(6, 1, 192)),
    "errors checked by family": Difference(
        "an ICMP error of a client about its connection is dropped for a wrong checksum if it is of IPv4;"
        " since then, if it is rewritten: on the way to a masqueraded server",
        _before(6, 1, 192)),
    "no ICMPv6 from servers": Difference(
        "ICMPv6 errors of masqueraded servers are dropped: the sum is taken without the pseudo header,"
        " unless connection tracking has looked at it before",
        _before(6, 1, 192)),
    "headers misread behind extensions": Difference(
        "behind extension headers of IPv6, flags of TCP and chunks of SCTP are looked for right behind the"
        " first header, and are what is found there; an engine never does that",
        _before(6, 1, 192)),
    "MTU of each tunnel": Difference(
        "where a router refuses a packet in a tunnel as too large, clients are told what is left of the"
        " MTU in that tunnel: of 1500 bytes 1468 in gue, 1476 in gre; before, 1480 for every kind",
        _since(6, 1, 192)),
    "templates keep their port": Difference(
        "a template of persistence that leads to a server that is gone keeps its virtual port; before,"
        " it is 65535 as that of the server",
        _since(7, 2)),
    "tables as needed": Difference(
        "the table of connections has the size that it needs, 0 before the first service, and each"
        " network namespace its own; before, all share one of 4096, which the engine always says: its"
        " table has no such size. ipvsadm 1.31 asks for it once, when it starts, and ours for each"
        " listing, so they differ in listings among lines of -R",
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

#: The kernel of the recordings.
RECORDED = Kernel((6, 1, 176), is_user_mode_linux=True)

_SIZE = re.compile(r"^(IP Virtual Server version \S+ \(size=)\d+\)", re.M)


def without_size(text):
    """A text that a program printed, without the size of the table where that differs by kernel."""
    return _SIZE.sub(r"\g<1>N)", text) if RUNNING.has("tables as needed") else text
