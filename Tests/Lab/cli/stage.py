# SPDX-License-Identifier: Apache-2.0
"""Where command lines are run: the files, the programs and the network that a recording expects."""

import os
import signal
import subprocess
import tempfile
from typing import NamedTuple

from cli import kernel
from cli.director import Director

ORIGINAL = "/usr/sbin"
NAMES = ("ipvsadm", "ipvsadm-save", "ipvsadm-restore")

#: No step of any recording takes a second; a program that waits longer than this hangs.
PATIENCE = 60


class Step(NamedTuple):
    """One command line, with what it reads."""

    argv: tuple
    stdin: str = None

    def __str__(self):
        words = " ".join(_quoted(word) for word in self.argv)
        return words if self.stdin is None else f"printf {self.stdin!r} | {words}"


class Result(NamedTuple):
    """What a command line gave. A negative exit status is the signal that ended it."""

    exit: int
    stdout: str
    stderr: str

    @property
    def complaint(self):
        """The first line of standard error."""
        return self.stderr.split("\n", 1)[0]


#: Who runs the command, as words put before it.
RIGHTS = {
    "root": (),
    "nobody": ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"),
    "net-admin": (
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin",
        "--bounding-set=-all,+net_admin", "--"),
    "user-namespace": ("unshare", "-Urn", "--"),
}


class Side:
    """One set of programs in the place where users find them, /usr/sbin, on the recordings' files.

    The files are bind mounts in a mount namespace of its own, so two sides can differ.
    """

    def __init__(self, programs, environment):
        self.variables = dict(environment["env"])
        self.helps = {}
        outside = kernel.namespace("mnt")
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.make_mounts_private()
        folder = tempfile.mkdtemp(prefix="side-", dir="/run")
        for path, text in environment["files"].items():
            copy = os.path.join(folder, path.strip("/").replace("/", "-"))
            with open(copy, "w") as file:
                file.write(text)
            kernel.bind_mount(copy, path)
        for name in NAMES:
            source = os.path.realpath(os.path.join(programs, name))
            if source != os.path.realpath(os.path.join(ORIGINAL, name)):
                kernel.bind_mount(source, os.path.join(ORIGINAL, name))
        self.mounts = kernel.namespace("mnt")
        kernel.enter(outside, kernel.CLONE_NEWNS)
        os.close(outside)

    def room(self, furnished=True):
        return Room(self, furnished)

    def own_text(self, program, option):
        """What a program of this side prints for -h or -v, under the name it is called by."""
        if (program, option) not in self.helps:
            room = self.room(furnished=False)
            self.helps[program, option] = room.run(Step((program, option))).stdout
            room.close()
        return self.helps[program, option]


class Room:
    """A network namespace with an empty table: lo, and dummy0 with 10.99.0.1/24; no eth0.

    A fresh one for each case is exact (no counters, time-outs, daemons or hash order left from an
    earlier one) and, at about a millisecond, cheaper than a flush by a process.
    """

    def __init__(self, side, furnished=True):
        self.side = side
        kernel.unshare(kernel.CLONE_NEWNET)
        self.network = kernel.namespace("net")
        if furnished:
            route = kernel.RouteSocket()
            route.bring_up("lo")
            route.add_dummy("dummy0")
            route.add_address("dummy0", "10.99.0.1", 24)
            route.close()

    def close(self):
        os.close(self.network)

    def enter(self):
        kernel.enter(self.side.mounts, kernel.CLONE_NEWNS)
        kernel.enter(self.network, kernel.CLONE_NEWNET)

    def director(self):
        """The room's IPVS, without any ipvsadm."""
        self.enter()
        return Director()

    def run(self, step, rights="root", stdout=None):
        """Runs a step to its end; with `stdout`, its standard output goes to that file."""
        self.enter()
        with (_scratch() as source, _scratch() as out, _scratch() as err):
            if step.stdin is not None:
                source.write(step.stdin.encode("utf-8", "surrogateescape"))
                source.seek(0)
            child = subprocess.Popen(
                RIGHTS[rights] + tuple(step.argv), env=self.side.variables, cwd="/",
                stdin=subprocess.DEVNULL if step.stdin is None else source,
                stdout=out if stdout is None else stdout, stderr=err)
            status = _wait(child)
            return Result(status, _text(out), _text(err))

    def seen_by(self, side):
        """The same network, with the programs and files of another side."""
        other = object.__new__(Room)
        other.side, other.network = side, os.dup(self.network)
        return other

    def play(self, steps, rights="root"):
        return [self.run(step, rights) for step in steps]


def _scratch():
    return tempfile.TemporaryFile(dir="/run", buffering=0)


def _text(file):
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")


def _wait(child):
    """Waits in the kernel: Popen.wait with a time-out sleeps in steps of up to 50 ms."""
    def too_late(*_):
        child.kill()
    previous = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(PATIENCE)
    try:
        return child.wait()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def _quoted(word):
    plain = word and all(c.isalnum() or c in "-_=.,:/[]%+@" for c in word)
    return word if plain else repr(word)
