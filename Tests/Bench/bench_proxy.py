# SPDX-License-Identifier: Apache-2.0
"""Counts the requests that a program sends to an engine."""

import os
import socket
import struct
import subprocess
import threading

from bench_lab import SCRATCH, BenchError

HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
IPVS = 28  # an engine's number of the family
# Commands of the IPVS family that change a table (linux/ip_vs.h): NEW to DEL of services and of
# servers, daemons, SET_CONFIG, ZERO, FLUSH.
CHANGES = {1, 2, 3, 5, 6, 7, 9, 10, 12, 16, 17}


def _messages(datagram):
    offset = 0
    while offset + HEADER.size < len(datagram):
        length, family, *_ = HEADER.unpack_from(datagram, offset)
        yield family, datagram[offset + HEADER.size]
        offset += (length + 3) & ~3


def counted_changes(engine, program, words):
    """Runs `program --engine PROXY words`, where PROXY passes everything on to `engine`; returns how
    many requests to change something were among it."""
    path = SCRATCH + "/proxy"
    count = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen()

        def pass_on(source, target, is_counted):
            nonlocal count
            while datagram := source.recv(1 << 18):
                if is_counted:
                    count += sum(family == IPVS and command in CHANGES
                                 for family, command in _messages(datagram))
                target.send(datagram)
            target.shutdown(socket.SHUT_WR)

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                server.connect(engine)
                for ends in ((client, server, True), (server, client, False)):
                    threading.Thread(target=pass_on, args=ends, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        ended = subprocess.run([*program, "--engine", path, *words], capture_output=True, text=True,
                               check=False)
        listener.shutdown(socket.SHUT_RDWR)
    os.remove(path)
    if ended.returncode != 0:
        raise BenchError(f"{words}: status {ended.returncode}: {ended.stderr.strip()}")
    if count == 0:
        raise BenchError(f"{words}: no request to change something of family {IPVS}")
    return count
