# SPDX-License-Identifier: Apache-2.0
"""The kernel's table of connections, and how ipvsadm(8) must print it."""

import ipaddress
from typing import NamedTuple

COLUMNS = "{:<3} {:<6} {:<11} {:<18} {:<18} {}"
TITLES = "pro expire state       source             virtual            destination"
# Titles and columns of an engine differ in width, and rows without one have none of its columns.
COLUMNS_WITH_ENGINE = "{:<3} {:<6} {:<11} {:<18} {:<18} {:<16} {:<18} {}"
TITLES_WITH_ENGINE = f"{TITLES:<79} {'pe name':<16} pe_data"


class Connection(NamedTuple):
    """A row of /proc/net/ip_vs_conn."""

    protocol: str
    state: str
    source: str
    virtual: str
    destination: str
    seconds: int
    engine: tuple  # of its name and its data; empty where there is none

    def line(self, expire, with_engine=False):
        """The row as `-Lcn` prints it, where `expire` is the remaining time that it shows."""
        fields = (self.protocol, expire, self.state, self.source, self.virtual, self.destination)
        if with_engine and self.engine:
            return COLUMNS_WITH_ENGINE.format(*fields, *self.engine)
        return COLUMNS.format(*fields)


def kernel_rows(host):
    """The rows of the kernel's file, as text."""
    return host.read("/proc/net/ip_vs_conn").splitlines(True)[1:]


def kernel_connections(host):
    return [_connection(row.split()) for row in kernel_rows(host)]


def assert_lists_all(host, listing, with_engine=False):
    """Fails unless `listing` has exactly the connections of the kernel, in its order."""
    kernel = kernel_connections(host)
    first, titles, *lines = listing.splitlines()
    assert first == "IPVS connection entries"
    assert titles == (TITLES_WITH_ENGINE if with_engine else TITLES)
    assert len(lines) == len(kernel), listing
    for line, connection in zip(lines, kernel):
        expire = line.split()[1]
        assert line == connection.line(expire, with_engine)
        minutes, seconds = expire.split(":")
        assert len(minutes) >= 2 and len(seconds) == 2
        # The kernel's file was read a moment later than by the program.
        assert 0 <= int(minutes) * 60 + int(seconds) - connection.seconds <= 3, line


def _connection(fields):
    protocol, *hexadecimal, state, expires = fields[:9]
    source, virtual, destination = map(_endpoint, hexadecimal[::2], hexadecimal[1::2])
    return Connection(
        protocol, state, source, virtual, destination, int(expires), tuple(fields[9:])
    )


def _endpoint(address, port):
    if ":" in address:
        return f"[{ipaddress.IPv6Address(address)}]:{int(port, 16)}"
    return f"{ipaddress.IPv4Address(int(address, 16))}:{int(port, 16)}"
