# SPDX-License-Identifier: Apache-2.0
"""ipvs-engine as a process of the tests: started in the namespaces of this process, and ended well."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

#: How long it may take to start or to end, in seconds.
PATIENCE = 10

#: A question with two answers, the version and an acknowledgement, once its family is known.
LOOK_UP = struct.pack("=IHHIIBBH", 32, 16, 0x5, 1, 0, 3, 1, 0) + struct.pack("=HH8s", 9, 2, b"IPVS")


class Engine:
    """An engine with an empty table, which answers on `socket` when this returns."""

    def __init__(self, *words, path=None):
        self.folder = tempfile.mkdtemp(prefix="engine-", dir="/run")
        self.socket = path or f"{self.folder}/socket"
        self.notes = open(f"{self.folder}/notes", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["ipvs-engine", "serve", "--socket", self.socket, *words],
            executable=shutil.which("ipvs-engine", path=os.environ["PROGRAMS"]),
            stdin=subprocess.DEVNULL, stdout=self.notes, stderr=self.notes)
        self.connect().close()

    def connect(self):
        """A connection, as soon as the engine listens."""
        end = time.monotonic() + PATIENCE
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                connection.connect(self.socket)
                return connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                assert self.process.poll() is None, f"{self} does not run"
                assert time.monotonic() < end, f"{self} does not listen"
                time.sleep(0.002)

    def descriptors(self):
        """How many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def said(self):
        """What it wrote to its standard output and error."""
        self.notes.flush()
        with open(self.notes.name, encoding="utf-8") as file:
            return file.read().strip()

    def __str__(self):
        return f"engine (status {self.process.poll()}, {self.said() or 'silent'})"

    def close(self):
        """Ends it as a system does, which must leave nothing behind."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        said, is_left = self.said(), os.path.exists(self.socket)
        self.notes.close()
        shutil.rmtree(self.folder)
        assert status == 0, f"the engine ended with status {status}: {said}"
        assert not is_left, "the engine left its socket"
        return said
