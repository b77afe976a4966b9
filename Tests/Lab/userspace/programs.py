# SPDX-License-Identifier: Apache-2.0
"""ipvs-engine and its client as programs of the tests."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = os.environ.get("PROGRAMS", "")
PATIENCE = 10


def environment(**more):
    path = f"{PROGRAMS}:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "LC_ALL": "C", "TMPDIR": os.environ.get("TMPDIR", "/tmp"), **more}


def run(*words, **options):
    """A run of a program to its end."""
    options.setdefault("stdin", subprocess.DEVNULL)
    if "input" in options:
        del options["stdin"]
    variables = options.pop("variables", {})
    program = shutil.which(words[0], path=environment()["PATH"])
    return subprocess.run(
        words, executable=program, env=environment(**variables), capture_output=True, text=True,
        timeout=60, **options)


def outcome(*words, **options):
    ended = run(*words, **options)
    return ended.returncode, ended.stdout, ended.stderr


@contextlib.contextmanager
def serving(path, *words, told="", **options):
    """An engine at a socket, from its first moment on; it must end well unless it was ended before, and
    then has told what is expected.
    """
    process = subprocess.Popen(
        ["ipvs-engine", "serve", "--socket", str(path), *words],
        executable=os.path.join(PROGRAMS, "ipvs-engine"), env=environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    try:
        wait_for(lambda: answers(path) or process.poll() is not None)
        assert process.poll() is None, process.stderr.read().decode()
        yield process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
            assert process.stderr.read().decode() == told
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def answers(path):
    try:
        connect(path).close()
        return True
    except OSError:
        return False


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(PATIENCE)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def wait_for(question):
    end = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)
