# SPDX-License-Identifier: Apache-2.0
"""The path of an engine's socket: one engine has it, whatever starts and ends."""

import os
import random
import signal
import socket
import subprocess
import time

import pytest

from engine.process import LOOK_UP, PATIENCE
from traffic.deadline import eventually

PROGRAM = os.path.join(os.environ["PROGRAMS"], "ipvs-engine")
ROUNDS = int(os.environ.get("LAB_ROUNDS") or 20)


def start(path):
    return subprocess.Popen(
        [PROGRAM, "serve", "--socket", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)


def answers(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(path)
            client.send(LOOK_UP)
            return len(client.recv(1 << 16)) > 36
        except OSError:
            return False


def is_settled(process, path):
    """Whether an engine has ended, or serves: then it has opened its listening socket."""
    return process.poll() is not None or answers(path)


def settle(processes, path):
    """Waits until at most one of them runs and, if one does, it serves.

    Returns those that run.
    """
    def is_done():
        running = [process for process in processes if process.poll() is None]
        return not running or (len(running) == 1 and answers(path))

    eventually(is_done)
    return [process for process in processes if process.poll() is None]


def leave_stale_socket(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stale:
        stale.bind(path)


def end(process):
    process.terminate()
    assert process.wait(PATIENCE) == 0
    process.stderr.close()


def assert_refused(process, path):
    """It says that the path is in use, and nothing else."""
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.returncode == 1, errors
    assert errors.splitlines()[:3] == [
        "ipvs-engine: cannot listen", f"  socket: {path}", "  cause: another process serves there"]


@pytest.mark.parametrize("left", ["nothing", "socket", "killed"])
def test_engines_that_start_at_the_same_moment(path, left):
    for _ in range(ROUNDS):
        if left == "socket":
            leave_stale_socket(path)
        elif left == "killed":
            killed = start(path)
            eventually(lambda: is_settled(killed, path))
            killed.kill()
            killed.wait()
            killed.stderr.close()
        processes = [start(path) for _ in range(4)]
        running = settle(processes, path)
        assert len(running) == 1
        for process in processes:
            if process is not running[0]:
                assert_refused(process, path)
        end(running[0])
        assert not os.path.exists(path)


def test_a_restart_serves_or_is_refused(path):
    """The next one starts while the one before ends: one of both serves, or none and it is said why."""
    dice = random.Random(7)
    served = 0
    for _ in range(2 * ROUNDS):
        first = start(path)
        eventually(lambda: is_settled(first, path))
        assert first.poll() is None
        if dice.random() < 0.5:
            second = start(path)
            time.sleep(dice.random() * 0.01)
            first.send_signal(dice.choice([signal.SIGTERM, signal.SIGINT]))
        else:
            first.terminate()
            time.sleep(dice.random() * 0.004)
            second = start(path)
        assert first.wait(PATIENCE) == 0
        first.stderr.close()
        if settle([second], path):
            served += 1
            end(second)
        else:
            assert_refused(second, path)
        assert not os.path.exists(path)
    assert served > 0


def test_a_new_engine_is_refused_while_the_socket_of_the_old_one_is_removed(path):
    first = start(path)
    eventually(lambda: is_settled(first, path))
    os.unlink(path)
    second = start(path)
    second.wait(PATIENCE)
    assert_refused(second, path)
    # It has not lost its socket for long.
    eventually(lambda: answers(path))
    end(first)


def test_an_engine_that_was_displaced_ends(path):
    """All its files are removed, and another engine takes the path within the same second."""
    first = start(path)
    eventually(lambda: is_settled(first, path))
    for name in (path, path + ".lock"):
        os.unlink(name)
    second = start(path)
    running = settle([first, second], path)
    assert len(running) == 1
    end(running[0])
    other, = {first, second} - set(running)
    assert_refused(other, path)
