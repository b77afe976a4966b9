# SPDX-License-Identifier: Apache-2.0
"""A command that drains servers, and the clients who must not notice."""

import collections
import itertools
import re
import subprocess
import threading
from typing import NamedTuple

import tutorial
from services import Visit

WORKERS = 8
PAGES = 5

#: How many connections a client of `Load` makes before another takes its place.
CONNECTIONS = 10


def ipvsadm(director, *lines):
    for line in lines:
        director.run("ipvsadm", *line.split())


def many_clients(site):
    """The addresses of two thousand clients, all on the host of the one."""
    site.client.ip("route add local 202.100.8.0/21 dev lo")
    site.internet.ip(f"route add 202.100.8.0/21 via {tutorial.CLIENT}")
    return [f"202.100.{8 + number // 256}.{number % 256}" for number in range(1, 2047)]


class Row(NamedTuple):
    """A line of `ipvsadm -Lcn`."""

    protocol: str
    expire: str
    state: str
    client: str
    virtual: str
    server: str

    @property
    def is_template(self):
        return self.client.endswith(":0")


def connections(director, server):
    """The connections of a real server, templates left out."""
    listing = director.run("ipvsadm", "-Lcn").splitlines()[2:]
    rows = [Row(*line.split()[:6]) for line in listing]
    return [row for row in rows if row.server == server and not row.is_template]


def states(director, server):
    return {row.state for row in connections(director, server)}


class Draining:
    """`ipvsadm --drain` at work in the background."""

    def __init__(self, director, *words):
        self._process = director.start(
            "ipvsadm", "--drain", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.first_line = self._process.stdout.readline().decode()

    def goes_on(self):
        return self._process.poll() is None

    def interrupt(self, signal):
        self._process.send_signal(signal)

    def end(self):
        """Exit status, the lines printed, and what was said on standard error."""
        output, errors = self._process.communicate(timeout=60)
        return self._process.returncode, self.first_line + output.decode(), errors.decode()


def command_of(text):
    """The words of the command that brings a drained server back, as a message names it."""
    return re.search(r"back with: ipvsadm (.*)", text)[1].split()


class Load:
    """Clients who fetch pages until the block ends: one half over a connection for each page, the other
    over connections that are kept for some."""

    def __init__(self, site, address):
        self._client, self._address = site.client, address
        self._sources = itertools.cycle(many_clients(site))
        self._is_over = threading.Event()
        self.answers, self.failures = collections.Counter(), []

    def __enter__(self):
        self._threads = [
            threading.Thread(target=self._work, args=(1 if index % 2 else PAGES,))
            for index in range(WORKERS)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, pages):
        for number in itertools.count():
            if self._is_over.is_set():
                return
            if number % CONNECTIONS == 0:
                source = next(self._sources)
            try:
                visit = Visit(self._client, self._address, source=source)
                self.answers[visit.server] += 1
                for _ in range(1, pages):
                    self.answers[visit.page()] += 1
                visit.close()
            except Exception as error:  # Whatever it is, a visitor would have seen it.
                self.failures.append(repr(error))


class Screen:
    """A terminal's screen, of what a program writes: enough to see a block that rewrites itself."""

    def __init__(self, rows, columns):
        self._columns = columns
        self.lines, self._row, self._wraps = [""] * rows, 0, True

    def feed(self, text):
        for piece in re.findall(r"\x1b\[\??[0-9]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            if piece == "\n":
                self._down()
            elif piece.startswith("\x1b"):
                self._control(piece[2:-1], piece[-1])
            elif piece != "\r":
                self._write(piece)

    def _write(self, text):
        # All texts here begin in the first column or go on where the last one ended.
        text = self.lines[self._row] + text
        while self._wraps and len(text) > self._columns:
            self.lines[self._row] = text[: self._columns]
            self._down()
            text = text[self._columns :]
        self.lines[self._row] = text[: self._columns]

    def _control(self, number, letter):
        if letter == "A":
            self._row = max(0, self._row - int(number))
        elif letter == "K":
            self.lines[self._row] = ""
        elif letter == "J":
            self.lines[self._row :] = [""] * (len(self.lines) - self._row)
        elif number == "?7":
            self._wraps = letter == "h"

    def _down(self):
        self._row += 1
        if self._row == len(self.lines):
            self.lines = [*self.lines[1:], ""]
            self._row -= 1

    def text(self):
        return "\n".join(self.lines).rstrip("\n")
