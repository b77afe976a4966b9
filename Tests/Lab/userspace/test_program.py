# SPDX-License-Identifier: Apache-2.0
"""Whole runs of ipvs-engine: how it starts, who may use it, how it ends, and what it leaves."""

import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess
import time

import pytest

from programs import PATIENCE, PROGRAMS, answers, connect, environment, outcome, run, serving, wait_for

RULES = """# a service
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 3
"""
# A look-up of the family IPVS.
LOOK_UP = struct.pack("=IHHIIBBH", 32, 16, 0x5, 1, 0, 3, 1, 0) + struct.pack("=HH8s", 9, 2, b"IPVS")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, which is the one for temporary files as well."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def table(path):
    return run("ipvsadm", "-Sn", variables={"IPVSADM_ENGINE": str(path)}).stdout


class TestRun:
    @pytest.mark.parametrize(
        ("command", "status"),
        [(["true"], 0), (["sh", "-c", "exit 3"], 3), (["sh", "-c", "kill -9 $$"], 137),
         (["/nonexistent"], 127), (["no-such-command"], 127), (["/"], 126)])
    def test_its_status_is_the_command_s(self, folder, command, status):
        assert run("ipvs-engine", "run", "--", *command).returncode == status
        assert os.listdir(folder) == []

    def test_the_command_finds_an_engine_of_its_own(self, folder):
        script = (
            "ipvsadm -A -t 10.0.0.1:80 -s rr && ipvsadm -a -t 10.0.0.1:80 -r 10.1.0.2 -m && "
            "ipvsadm -Sn && stat -c %a $IPVSADM_ENGINE ${IPVSADM_ENGINE%/*}")
        assert outcome("ipvs-engine", "run", "sh", "-c", script) == (
            0,
            "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -w 1\n600\n700\n", "")
        assert os.listdir(folder) == []

    def test_it_takes_no_rights(self, folder):
        for parent in (folder, *folder.parents[:2]):
            os.chmod(parent, 0o777 if parent == folder else 0o711)
        ended = run(
            "setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all", "ipvs-engine", "run",
            "ipvsadm", "-A", "-t", "10.0.0.1:80")
        assert (ended.returncode, ended.stderr, os.listdir(folder)) == (0, "", [])

    def test_its_status_is_the_command_s_where_sigchld_is_ignored(self, folder):
        ended = run(
            "ipvs-engine", "run", "sh", "-c", "exit 7",
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        assert ended.returncode == 7

    def test_the_socket_may_be_named(self, folder):
        path = folder / "engine"
        status, said, _ = outcome("ipvs-engine", "run", f"--socket={path}", "printenv", "IPVSADM_ENGINE")
        assert (status, said, os.listdir(folder)) == (0, f"{path}\n", [])

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_signals_are_the_command_s(self, folder, number):
        process = subprocess.Popen(
            ["ipvs-engine", "run", "sleep", "60"], env=environment(),
            executable=os.path.join(PROGRAMS, "ipvs-engine"))
        wait_for(lambda: os.listdir(folder) and children(process.pid))
        process.send_signal(number)
        assert process.wait(PATIENCE) == 128 + number
        assert os.listdir(folder) == []

    def test_the_command_s_signals_are_as_they_were(self, folder):
        def signals(*words):
            lines = run(*words, "grep", "-E", "Sig(Blk|Ign)", "/proc/self/status").stdout
            blocked, ignored = [int(line.split()[1], 16) for line in lines.splitlines()]
            # glibc leaves its own two, 32 and 33, ignored in what posix_spawn(3) starts.
            return blocked, ignored & ~(3 << 31)

        assert signals("ipvs-engine", "run") == signals("env")

    def test_what_goes_wrong_before_the_command(self, folder):
        status, _, errors = outcome("ipvs-engine", "run", "--rules=/nonexistent", "true")
        assert status == 125 and errors.startswith("ipvs-engine: cannot read the rules\n  file: ")
        assert os.listdir(folder) == []

    @pytest.mark.parametrize("words", [
        [], ["--"], ["--socket"], ["--nothing", "true"], ["--read=x", "true"], ["--divert", "true"],
        ["--sysctl=drop_entry=4", "true"], ["--seed=x", "true"], ["--seed=1", "--seed=2", "true"]])
    def test_lines_that_make_no_sense(self, folder, words):
        """The status is 2 as for all commands of the program, and nothing is run."""
        status, said, errors = outcome("ipvs-engine", "run", *words)
        assert (status, said) == (2, "") and errors.startswith("ipvs-engine: ")
        assert os.listdir(folder) == []

    def test_what_a_killed_one_left_is_removed_by_the_next(self, folder):
        engines = [
            subprocess.Popen(
                ["ipvs-engine", "run", "sh", "-c", "exec sleep 60"], env=environment(),
                executable=os.path.join(PROGRAMS, "ipvs-engine"))
            for _ in range(3)]
        wait_for(lambda: len(os.listdir(folder)) == 3 and all(
            children(engine.pid) for engine in engines))
        commands = [int(number) for engine in engines for number in children(engine.pid)]
        live = engines.pop()
        for engine in engines:
            engine.kill()
            engine.wait()
        assert len(os.listdir(folder)) == 3
        assert run("ipvs-engine", "run", "true").returncode == 0
        # The folder of the live engine stays, and that serves.
        left, = os.listdir(folder)
        assert answers(folder / left / "socket")
        live.terminate()
        assert live.wait(PATIENCE) == 128 + signal.SIGTERM
        assert os.listdir(folder) == []
        for command in commands:
            with contextlib.suppress(ProcessLookupError):
                os.kill(command, signal.SIGKILL)

    def test_engines_that_are_killed_while_they_start(self, folder):
        for number in range(30):
            process = subprocess.Popen(
                ["ipvs-engine", "run", "true"], env=environment(),
                executable=os.path.join(PROGRAMS, "ipvs-engine"))
            time.sleep(number * 0.0005)
            process.kill()
            process.wait()
        assert run("ipvs-engine", "run", "true").returncode == 0
        assert os.listdir(folder) == []

    def test_a_folder_for_temporary_files_that_is_none(self, folder, monkeypatch):
        monkeypatch.setenv("TMPDIR", str(folder / "none"))
        status, _, errors = outcome("ipvs-engine", "run", "true")
        assert status == 125 and "No such file or directory" in errors


def children(process):
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return file.read().split()


class TestServe:
    def test_a_signal_that_is_to_have_no_effect_has_none(self, folder):
        """As with nohup, or when a shell starts it in the background."""
        path = folder / "engine"

        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        with serving(path, preexec_fn=ignore) as process:
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGINT)
            assert table(path) == "" and process.poll() is None

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_it_ends_well(self, folder, number):
        with serving(folder / "engine") as process:
            process.send_signal(number)
            assert process.wait(PATIENCE) == 0
        assert os.listdir(folder) == []

    def test_what_a_killed_one_left_is_replaced(self, folder):
        path = folder / "engine"
        with serving(path) as process:
            process.kill()
            process.wait()
        assert path.is_socket() and not answers(path)
        with serving(path):
            assert table(path) == ""
        assert os.listdir(folder) == []

    def test_a_second_one_does_not_disturb_the_first(self, folder):
        path = folder / "engine"
        with serving(path) as process:
            status, _, errors = outcome("ipvs-engine", "serve", f"--socket={path}")
            assert (status, errors.splitlines()[:2]) == (
                1, ["ipvs-engine: cannot listen", f"  socket: {path}"])
            assert answers(path) and process.poll() is None

    @pytest.mark.parametrize("make", ["touch", "mkdir"])
    def test_what_is_no_socket_stays(self, folder, make):
        run(make, str(folder / "engine"))
        assert run("ipvs-engine", "serve", f"--socket={folder}/engine").returncode == 1
        assert os.listdir(folder) == ["engine"]

    def test_it_begins_with_rules(self, folder):
        (folder / "rules").write_text(RULES)
        with serving(folder / "engine", f"--rules={folder}/rules"):
            assert table(folder / "engine") == RULES.split("\n", 1)[1]

    def test_rules_that_are_refused_keep_it_from_starting(self, folder):
        status, _, errors = outcome(
            "ipvs-engine", "serve", f"--socket={folder}/engine", "--rules=-", input=RULES + RULES)
        assert status == 1
        assert errors.startswith("Service already exists\n  line 5: -A -t 10.0.0.1:80 -s rr\n")
        assert "ipvs-engine: did not start\n  file: -\n" in errors
        assert os.listdir(folder) == []

    def test_lines_that_make_no_sense(self, folder):
        assert run("ipvs-engine", "serve").returncode == 2
        assert run("ipvs-engine", "serve", "--socket=x", "--sysctl=drop_entry=4").returncode == 2

    def test_other_users_are_refused(self, folder):
        os.chmod(folder, 0o711)
        for parent in folder.parents[:2]:
            os.chmod(parent, 0o711)
        path = folder / "engine"
        with serving(path):
            assert path.stat().st_mode & 0o777 == 0o600
            stranger = ("setpriv", "--reuid=65534", "--clear-groups", "ipvsadm", "-Ln")
            engine = {"IPVSADM_ENGINE": str(path)}
            ended = run(*stranger, variables=engine)
            assert ended.returncode == 2 and "Permission denied" in ended.stderr
            # Even where the file's mode permits it.
            os.chmod(path, 0o666)
            assert run(*stranger, variables=engine).returncode == 2
            assert run("ipvsadm", "-Ln", variables=engine).returncode == 0

    def test_without_descriptors_it_waits_and_does_not_spin(self, folder):
        path = folder / "engine"

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

        told = ("ipvs-engine: clients wait for others to end\n  cause: Too many open files\n"
                "  remedy: let the process have more files open (ulimit -n): it serves 1000 clients at a time\n")
        with serving(path, told=told, preexec_fn=limit) as process:
            clients = [connect(path) for _ in range(30)]
            for client in clients:
                client.send(LOOK_UP)
            before = processor_time(process.pid)
            time.sleep(1)
            assert processor_time(process.pid) - before < 0.2
            served = [client for client in clients if is_answered(client)]
            assert 0 < len(served) < 16
            for client in served:
                client.close()
            others = [client for client in clients if client not in served]
            wait_for(lambda: any(is_answered(client) for client in others))
            for client in others:
                client.close()

    def test_it_cleans_up_where_standard_error_is_closed_by_its_reader(self, folder):
        process = subprocess.Popen(
            ["ipvs-engine", "serve", f"--socket={folder}/engine"], env=environment(),
            executable=os.path.join(PROGRAMS, "ipvs-engine"), stderr=subprocess.PIPE)
        process.stderr.close()
        wait_for(lambda: answers(folder / "engine"))
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert os.listdir(folder) == []


def processor_time(process):
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_answered(client):
    client.setblocking(False)
    try:
        return len(client.recv(1 << 16, socket.MSG_PEEK)) > 0
    except BlockingIOError:
        return False


def test_help_and_version():
    status, said, errors = outcome("ipvs-engine", "--help")
    assert status == 0 and "ipvs-engine serve" in said and errors == ""
    assert run("ipvs-engine", "--version").stdout.startswith("ipvs-engine v1.31")
    with open("/dev/full", "w", encoding="ascii") as full:
        ended = subprocess.run(
            [os.path.join(PROGRAMS, "ipvs-engine"), "--help"], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 1 and b"No space left on device" in ended.stderr
