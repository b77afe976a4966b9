# SPDX-License-Identifier: Apache-2.0
"""A terminal with a program at it, and a person."""

import fcntl
import os
import select
import struct
import subprocess
import termios
import time

PATIENCE = 30


#: Terminals of a kernel that has none at /dev/pts.
_TERMINALS = "/run/terminals"

_TIOCGPTPEER, _TIOCSPTLCK = 0x5441, 0x40045431


def _open():
    """Both ends of a new terminal: the person's, and the program's."""
    try:
        return os.openpty()
    except FileNotFoundError:
        pass
    if not os.path.isdir(_TERMINALS):
        os.mkdir(_TERMINALS)
        subprocess.run(["mount", "-t", "devpts", "-o", "ptmxmode=600", "none", _TERMINALS], check=True)
    master = os.open(f"{_TERMINALS}/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
    return master, fcntl.ioctl(master, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)


class Terminal:
    """A program of a place with a terminal as standard input, output, and error, unless given others."""

    def __init__(self, place, *words, **given):
        self.master, slave = _open()
        self.text = ""

        def take():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        streams = {"stdin": slave, "stdout": slave, "stderr": slave} | given
        self.process = place.start(*words, preexec_fn=take, pass_fds=(slave,), **streams)
        os.close(slave)

    def see(self, text):
        """Waits until the program has printed a text; gives all that it has printed."""
        end = time.monotonic() + PATIENCE
        while text not in self.text:
            assert self._read(end - time.monotonic()), f"ended without {text!r}: {self.text!r}"
        return self.text

    def type(self, text):
        os.write(self.master, text.encode())

    def hang_up(self):
        """The terminal is gone, as with a broken connection."""
        os.close(self.master)
        self.master = None

    def end(self):
        """Waits for the program to end; gives its exit status and all that it has printed."""
        end = time.monotonic() + PATIENCE
        while self.master is not None and self._read(end - time.monotonic()):
            pass
        status = self.process.wait(PATIENCE)
        if self.master is not None:
            os.close(self.master)
        return status, self.text

    def _read(self, seconds):
        """Takes what is printed next; false at the end."""
        ready, _, _ = select.select([self.master], [], [], max(0, seconds))
        assert ready, f"nothing more is printed: {self.text!r}"
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self.text += data.decode().replace("\r\n", "\n")
        return bool(data)
