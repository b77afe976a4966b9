# SPDX-License-Identifier: Apache-2.0
"""What a live view costs beside the reads that it needs: `-L --watch` of a large table of an engine, on
this machine itself, beside the same number of plain listings."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from bench_input import write_rules
from bench_table import below, fact

SERVICES, SERVERS = 5000, 10

READS, INTERVAL = 10, 2

#: The line with the time, which every reading writes anew.
HEADING = b"\x1b[1;1H\x1b[K"

PATIENCE = 120


def processor(usage):
    return usage.ru_utime + usage.ru_stime


def listing(words, runs):
    """Seconds of processor of one run, the mean of some."""
    total = 0.0
    for _ in range(runs):
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        if status != 0:
            raise subprocess.CalledProcessError(status, words)
        total += processor(usage)
    return total / runs


def view(words):
    """A view at a terminal of 24 lines until it has read the table READS times: its seconds of processor and
    of wall clock, and the bytes that it wrote."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    started = time.monotonic()
    child = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave,
                             env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    text = b""
    while text.count(HEADING) < READS:
        ready, _, _ = select.select([master], [], [], PATIENCE)
        if not ready:
            raise OSError("the view shows nothing more")
        text += os.read(master, 1 << 16)
    wall = time.monotonic() - started
    os.write(master, b"q")
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    os.close(master)
    if status != 0:
        raise subprocess.CalledProcessError(status, words)
    return processor(usage), wall, len(text)


def watch(program, work):
    rules, path = f"{work}/watched-rules", f"{work}/watched"
    write_rules(rules, SERVICES, SERVERS)
    engine = subprocess.Popen(
        [f"{os.path.dirname(program)}/ipvs-engine", "serve", "--socket", path, "--rules", rules])
    try:
        while not os.path.exists(path):
            time.sleep(0.01)
        plain = listing([program, "--engine", path, "-Ln"], READS)
        start = listing([program, "-h"], READS)
        used, wall, written = view(
            [program, "--engine", path, "-L", "-n", f"--watch={INTERVAL}"])
        reads = READS * (plain - start)
        title = f"--watch={INTERVAL} of {SERVICES:,} x {SERVERS}"
        return [below(f"{title}, of a core beside the reads", None,
                      100 * max(0.0, used - start - reads) / wall, 5, "%"),
                below(f"{title}, processor beside that of as many -Ln", reads, used - start,
                      1.25 * reads, "s"),
                fact(f"{title} at rest writes its heading only", written < 24 * 120 + READS * 160,
                     "yes")]
    finally:
        engine.terminate()
        engine.wait()
