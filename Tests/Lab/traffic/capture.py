# SPDX-License-Identifier: Apache-2.0
"""Packets captured by tcpdump."""

import pathlib
import re
import tempfile
from typing import NamedTuple

from deadline import eventually


class Packet(NamedTuple):
    """Where a TCP or UDP packet came from and where it went."""

    source: str
    source_port: int
    destination: str
    destination_port: int

    def __str__(self):
        return (
            f"{self.source}:{self.source_port} -> {self.destination}:{self.destination_port}"
        )


_ADDRESSES = re.compile(r"IP6? (\S+)\.(\d+) > (\S+)\.(\d+): ")


class Capture:
    """tcpdump on one interface of a host, from the construction on."""

    def __init__(self, host, interface, expression):
        place = pathlib.Path(tempfile.mkdtemp(prefix="capture.", dir=host.directory))
        self._text, self._notes = place / "packets", place / "notes"
        with self._text.open("w") as text, self._notes.open("w") as notes:
            # The ring that is shared with the kernel would hold only a few whole packets.
            host.start(
                "tcpdump", "-n", "-q", "-t", "-l", "-s", "160", "--immediate-mode", "-Z", "root",
                "-i", interface, expression,
                stdout=text, stderr=notes,
            )  # fmt: skip
        eventually(self._listens)

    def _listens(self):
        return "listening on" in self._notes.read_text()

    def lines(self):
        """What tcpdump has printed so far, a packet a line, without a line that is still being written."""
        return [line for line in self._text.read_text().splitlines(True) if line.endswith("\n")]

    def packets(self):
        """The addresses of every packet so far, in the order of the wire.

        Of a tunnelled packet these are the inner ones where tcpdump prints both.
        """
        found = (list(_ADDRESSES.finditer(line)) for line in self.lines())
        return [
            Packet(last[1], int(last[2]), last[3], int(last[4]))
            for last in (matches[-1] for matches in found if matches)
        ]
