"""What of two directors' doings may differ, and nothing else."""

#: ICMP errors: what a director says in its own name.
_ERRORS = {1: (3, 4, 11, 12), 58: (1, 2, 3, 4)}


def packet(sent):
    """(side, packet) without what depends on the way through the director, not on IPVS.

    An engine behind a TUN device takes two more hops within the director: time to live, and the
    sum of the IPv4 header over it. The identification of a packet that the director itself made is
    a random number.
    """
    side, data = sent
    data = bytearray(data)
    _level(data, 0)
    protocol, start = (data[6], 40) if data[0] >> 4 == 6 else (data[9], (data[0] & 15) * 4)
    if protocol == 1 and data[start] == 0:
        data[4:6] = b"\0\0"
    if protocol in _ERRORS and data[start] in _ERRORS[protocol] and len(data) > start + 8:
        if protocol == 1:
            data[4:6] = b"\0\0"
        # The packet that is quoted had its hops, too, and the sum is over it.
        _level(data, start + 8)
        data[start + 2:start + 4] = b"\0\0"
    if protocol in (4, 41, 47) or (protocol == 17 and data[start + 2:start + 4] == b"\x17\xc0"):
        data[4:6] = b"\0\0"
        if protocol in (4, 41):
            _level(data, start)
        else:
            del data[start + 8:]
    return side, bytes(data)


def _level(data, start):
    if data[start] >> 4 == 6:
        data[start + 7:start + 8] = b"\0"
    elif len(data) >= start + 12:
        data[start + 8] = 0
        data[start + 10:start + 12] = b"\0\0"


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
