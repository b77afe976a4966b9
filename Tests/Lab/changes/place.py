# SPDX-License-Identifier: Apache-2.0
"""An empty table, of a kernel or of an engine, and the programs that are asked to change it."""

import os
import shutil
import subprocess
import tempfile
from typing import NamedTuple

from cli import kernel
from cli.director import Director
from engine import preload
from engine.process import Engine

#: No command of these tests takes seconds; one that does not end is a failure.
PATIENCE = 60

#: Where the programs of root remember what must outlive a run.
STATE = "/run/ipvsadm"

IS_ENGINE = os.environ.get("IPVS") == "engine"
OURS = os.environ.get("PROGRAMS", "")
ORIGINAL = "/usr/sbin"


class Result(NamedTuple):
    """What a command gave. A negative exit status is the signal that ended it."""

    exit: int
    stdout: str
    stderr: str

    @property
    def headline(self):
        return self.stderr.split("\n", 1)[0]


class Place:
    """A network namespace with lo and d0, whose table is empty; with engines, an engine in it."""

    def __init__(self):
        self._left = kernel.namespace("net")
        kernel.unshare(kernel.CLONE_NEWNET)
        route = kernel.RouteSocket()
        route.bring_up("lo")
        route.add_dummy("d0")
        route.add_address("d0", "10.99.0.1", 24)
        route.close()
        shutil.rmtree(STATE, ignore_errors=True)
        self.folder = tempfile.mkdtemp(prefix="place-", dir="/run")
        self.engine = Engine() if IS_ENGINE else None
        self.socket = self.engine.socket if self.engine else None
        self._daemons = []

    def close(self):
        if self.engine:
            self.engine.close()
        shutil.rmtree(self.folder)
        kernel.enter(self._left, kernel.CLONE_NEWNET)
        os.close(self._left)

    def environment(self, side=OURS, socket=None):
        socket = socket or self.socket
        variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        if socket:
            variables |= (
                {"IPVSADM_ENGINE": socket} if side == OURS else preload.variables(socket))
        return variables

    def start(self, *words, side=OURS, socket=None, **given):
        """A program as a process; `words` without one are those of ipvsadm."""
        program = "ipvsadm"
        if words[0].startswith("ipvsadm-"):
            program, *words = words
        given.setdefault("stdin", subprocess.DEVNULL)
        given.setdefault("stdout", subprocess.PIPE)
        given.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(
            [program, *words], executable=f"{side}/{program}", cwd="/",
            env=self.environment(side, socket), **given)

    def run(self, *words, stdin=None, **given):
        """Runs a command to its end. One word is split at blanks."""
        words = words[0].split() if len(words) == 1 else words
        if stdin is not None:
            stdin = stdin if isinstance(stdin, bytes) else stdin.encode()
            given["stdin"] = subprocess.PIPE
        child = self.start(*words, **given)
        try:
            out, err = child.communicate(stdin, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
        return Result(child.returncode, _text(out), _text(err))

    def table(self):
        """Everything, as --save --full prints it."""
        result = self.run("-S --full -n")
        assert result.exit == 0, result
        return result.stdout

    def set(self, rules):
        """Gives the table these rules and no others, by Debian's program."""
        for role in self._daemons:
            self.run(f"--stop-daemon {role}", side=ORIGINAL)
        self._daemons = [role for role in ("master", "backup") if f"--start-daemon {role}" in rules]
        result = self.run("-R", stdin=f"-C\n{rules}", side=ORIGINAL)
        assert (result.exit, result.stderr) == (0, ""), result

    def file(self, rules, name="rules"):
        """The path of a file that holds `rules`."""
        path = f"{self.folder}/{name}"
        with open(path, "wb") as file:
            file.write(rules if isinstance(rules, bytes) else rules.encode())
        return path

    def director(self):
        return Director(self.engine.connect() if self.engine else None)


def _text(data):
    return (data or b"").decode("utf-8", "surrogateescape")
