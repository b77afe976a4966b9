# SPDX-License-Identifier: Apache-2.0
"""Listings of the program under test, as values."""

from typing import NamedTuple


class RealServer(NamedTuple):
    """A line of `ipvsadm -Ln` that begins with an arrow."""

    forwarding: str
    weight: int
    active: int
    inactive: int


def real_servers(director, service):
    """The real servers of `service`, which is given as ("-t", "192.0.2.1:80"), by address."""
    listing = director.run("ipvsadm", "-Ln", *service)
    rows = (line.split()[1:] for line in listing.splitlines() if line.startswith("  -> "))
    return {
        address: RealServer(forwarding, *map(int, numbers))
        for address, forwarding, *numbers in rows
        if address != "RemoteAddress:Port"
    }
