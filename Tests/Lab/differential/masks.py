# SPDX-License-Identifier: Apache-2.0
"""What of two directors' doings may differ, and nothing else."""

import re

import kernels
from cli import table
from differential.packets import ICMP, UDP

#: What a director makes itself: ICMP, and the outer headers of tunnels.
_OWN = (ICMP, 4, 41, 47)

#: The number of IPv6's fragment header.
_FRAGMENT = 44

#: The director's address on the servers' wire (testbed.py), from which tunnels begin.
_DIRECTOR = bytes([10, 2, 255, 254])

#: The port of tunnels of that kind (rules.py, wandering.py).
GUE = (6080).to_bytes(2, "big")


def packet(sent):
    """(side, packet) without what is drawn at random: the identification of an IPv4 packet that the
    director made itself and of IPv6 fragments, and the source port of GUE, with the sums over them.
    """
    side, data = sent
    data = bytearray(data)
    is_six = data[0] >> 4 == 6
    protocol, start = (data[6], 40) if is_six else (data[9], (data[0] & 15) * 4)
    is_own = protocol in _OWN or data[12:16] == _DIRECTOR
    is_later = not is_six and int.from_bytes(data[6:8], "big") & 0x1fff
    if is_six and protocol == _FRAGMENT:
        protocol, start, is_later = data[40], 48, int.from_bytes(data[42:44], "big") & ~7
        data[44:48] = b"\0" * 4
    protocol = 0 if is_later else protocol
    is_gue = protocol == UDP and data[start + 2:start + 4] == GUE
    if not is_six and is_own:
        data[4:6] = data[10:12] = b"\0\0"
    if is_gue:
        data[start:start + 2] = data[start + 6:start + 8] = b"\0\0"
    return side, bytes(data)


def _parts(row):
    """A row of `ipvsadm -Lcn` without the time to expiry, and that in seconds."""
    words = row.split()
    minutes, seconds = words[1].split(":")
    return " ".join([words[0], *words[2:]]), int(minutes) * 60 + int(seconds)


def same_rows(expected, got):
    """Whether two tables of connections agree; between two looks a second may pass."""
    ones, others = (sorted(map(_parts, rows)) for rows in (expected, got))
    return len(ones) == len(others) and all(
        one[0] == other[0] and abs(one[1] - other[1]) <= 1
        for one, other in zip(ones, others))


#: The table of connections, by ipvsadm's words.
CONNECTIONS = "-Lcn"


def listing(line, text):
    """What `ipvsadm` printed for a command line, in no order, without what two clocks decide: the time
    to expiry, and rates, of which each director takes the mean over seconds of its own.
    """
    if line == CONNECTIONS:
        head, rows = text.splitlines()[:2], text.splitlines()[2:]
        return "\n".join(head + sorted(_parts(row)[0] for row in rows))
    if "--rate" in line:
        text = "".join(map(_without_rates, text.splitlines(keepends=True)))
    return table.in_no_order(kernels.without_size(text))


#: Five numbers at the end of a row.
_RATES = re.compile(r"( +\d+){5}$")


def _without_rates(row):
    return _RATES.sub(" rates", row)
