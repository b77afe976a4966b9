"""What of two directors' doings may differ, and nothing else."""

from truth.packets import ICMP, UDP

#: What a director makes itself: ICMP, and the outer headers of tunnels.
_OWN = (ICMP, 4, 41, 47)

#: The port of tunnels of that kind (rules.py, wandering.py).
GUE = (6080).to_bytes(2, "big")


def packet(sent):
    """(side, packet) without what is drawn at random: the identification of an IPv4 packet that the
    director made itself, and the source port of GUE, with the sums over them.
    """
    side, data = sent
    data = bytearray(data)
    is_six = data[0] >> 4 == 6
    protocol, start = (data[6], 40) if is_six else (data[9], (data[0] & 15) * 4)
    is_gue = protocol == UDP and data[start + 2:start + 4] == GUE
    if not is_six and (protocol in _OWN or is_gue):
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
