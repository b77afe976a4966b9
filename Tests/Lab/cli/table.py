# SPDX-License-Identifier: Apache-2.0
"""What a listing or a saved table consists of, and the order its rows should have."""

import re
import socket
from typing import NamedTuple

_HEADER = re.compile(r"IP Virtual Server version|Prot LocalAddress|  -> RemoteAddress")
_LISTED = re.compile(r"(TCP|UDP|SCTP|FWM)  ?(\S+)( IPv6)?")
_SAVED = re.compile(r"-A (?:(-t|-u|--sctp-service) (\S+)|-f (\S+)( -6)?)")
_PROTOCOLS = {"TCP": 6, "UDP": 17, "SCTP": 132, "-t": 6, "-u": 17, "--sctp-service": 132}


class Block(NamedTuple):
    """The line of one virtual service and the lines of its real servers."""

    service: str
    servers: list


def is_service(line):
    return line.startswith("-A ") or _LISTED.match(line) is not None


def _is_server(line):
    return line.startswith("-a ") or (line.startswith("  -> ") and not _HEADER.match(line))


def parts(text):
    """The text as runs: each run is a list of Blocks, or a line that is none of a table's rows."""
    runs = []
    for line in text.splitlines(keepends=True):
        if is_service(line):
            if not runs or isinstance(runs[-1], str):
                runs.append([])
            runs[-1].append(Block(line, []))
        elif _is_server(line) and runs and not isinstance(runs[-1], str):
            runs[-1][-1].servers.append(line)
        else:
            runs.append(line)
    return runs


def _endpoint_key(text):
    """Family, address and port as unsigned numbers; v4 before v6."""
    host, _, port = text.rpartition(":")
    if host.startswith("["):
        return (10, socket.inet_pton(socket.AF_INET6, host[1:-1]), int(port))
    return (2, socket.inet_pton(socket.AF_INET, host), int(port))


def service_key(line):
    """Marks last; then family, protocol, address and port (ipvsadm(8): ascending order)."""
    listed = _LISTED.match(line)
    if listed and listed[1] == "FWM":
        return (int(listed[2]), 10 if listed[3] else 2, 0, b"", 0)
    if listed:
        family, address, port = _endpoint_key(listed[2])
        return (0, family, _PROTOCOLS[listed[1]], address, port)
    saved = _SAVED.match(line)
    if saved[3]:
        return (int(saved[3]), 10 if saved[4] else 2, 0, b"", 0)
    family, address, port = _endpoint_key(saved[2])
    return (0, family, _PROTOCOLS[saved[1]], address, port)


def server_key(line):
    words = line.split()
    return _endpoint_key(words[words.index("-r") + 1] if words[0] == "-a" else words[1])


def in_order(text, numeric):
    """The rows in ascending order of the unsigned numbers that `numeric`, the same rows, shows."""
    runs, guides = parts(text), parts(numeric)
    guides = [run for run in guides if not isinstance(run, str)]
    result = []
    for run in runs:
        result.append(run if isinstance(run, str) else _sorted(run, guides.pop(0)))
    return "".join(result)


def _sorted(blocks, guides):
    rows = []
    for block, guide in zip(blocks, guides, strict=True):
        pairs = zip(guide.servers, block.servers, strict=True)
        servers = [row for _, row in sorted(pairs, key=lambda pair: server_key(pair[0]))]
        rows.append((service_key(guide.service), block.service + "".join(servers)))
    return "".join(text for _, text in sorted(rows))


def in_no_order(text):
    """The blocks sorted as text, to compare listings whose order is that of a kernel's hash."""
    runs = [
        run if isinstance(run, str)
        else "".join(sorted(block.service + "".join(block.servers) for block in run))
        for run in parts(text)]
    return "".join(runs)


def has_rows(text):
    return any(not isinstance(run, str) for run in parts(text))
