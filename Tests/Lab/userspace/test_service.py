# SPDX-License-Identifier: Apache-2.0
"""ipvs-engine as a service: what it tells its manager, and the socket that it is started with."""

import os
import signal
import socket
import subprocess

import pytest

from programs import PATIENCE, PROGRAMS, answers, connect, environment, run, wait_for

ENGINE = os.path.join(PROGRAMS, "ipvs-engine")
# Becomes the program that follows with the id of the process in LISTEN_PID, as a service manager's child.
AS_SERVICE = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh"]


class Manager:
    """A service manager: where it is told, and the processes that it has started."""

    def __init__(self, folder):
        self.folder = folder
        self.path = str(folder / "engine")
        self.inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.inbox.bind(str(folder / "notify"))
        self.inbox.settimeout(PATIENCE)
        self.processes = []

    def listen(self, path=None, kind=socket.SOCK_SEQPACKET):
        listener = socket.socket(socket.AF_UNIX, kind)
        listener.bind(path or self.path)
        listener.listen()
        return listener

    def start(self, *words, listeners=(), names="engine.socket", **variables):
        """Starts an engine with descriptors from 3 on."""

        def pass_on():
            # Away from the numbers that they are to have, first.
            held = [os.dup2(listener.fileno(), 50 + index) for index, listener in enumerate(listeners)]
            for index, descriptor in enumerate(held):
                os.dup2(descriptor, 3 + index)

        told = {"NOTIFY_SOCKET": str(self.folder / "notify"), "LISTEN_FDS": str(len(listeners)),
                "LISTEN_FDNAMES": names, **variables}
        before = [] if "LISTEN_PID" in variables else AS_SERVICE
        process = subprocess.Popen(
            [*before, ENGINE, "serve", "--socket", self.path, *words], env=environment(**told),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, close_fds=False, preexec_fn=pass_on)
        self.processes.append(process)
        return process

    def told(self):
        return self.inbox.recv(4096).decode()

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, process.stderr.read().decode()
        assert process.stderr.read() == b""

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
            process.stderr.close()
        self.inbox.close()


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path)
    yield manager
    manager.close()


def table(path):
    return run("ipvsadm", "-Sn", variables={"IPVSADM_ENGINE": path}).stdout


class TestNotices:
    def test_ready_when_clients_are_served_and_stopping_before_the_socket_goes(self, manager):
        process = manager.start()
        assert manager.told() == f"READY=1\nSTATUS=serves at {manager.path}\n"
        assert answers(manager.path)
        manager.end(process)
        assert manager.told() == "STOPPING=1\nSTATUS=puts back what it set\n"
        assert sorted(os.listdir(manager.folder)) == ["notify"]

    def test_ready_comes_after_the_rules(self, manager):
        rules = manager.folder / "rules"
        os.mkfifo(rules)
        process = manager.start(f"--rules={rules}")
        with open(rules, "w", encoding="ascii") as file:
            # The engine has opened its rules, and has told nothing before.
            manager.inbox.settimeout(0)
            with pytest.raises(BlockingIOError):
                manager.told()
            file.write("-A -t 10.0.0.1:80 -s rr\n")
        manager.inbox.settimeout(PATIENCE)
        assert manager.told().startswith("READY=1\n")
        assert table(manager.path) == "-A -t 10.0.0.1:80 -s rr\n"
        manager.end(process)

    def test_an_engine_that_does_not_start_is_never_ready(self, manager):
        rules = manager.folder / "rules"
        rules.write_text("-A -t 10.0.0.1:80 -s no-such\n")
        process = manager.start(f"--rules={rules}")
        assert process.wait(PATIENCE) == 1
        manager.inbox.settimeout(0)
        with pytest.raises(BlockingIOError):
            manager.told()

    def test_a_manager_that_does_not_listen_keeps_no_engine_from_serving(self, manager):
        process = manager.start(NOTIFY_SOCKET=str(manager.folder / "none"))
        wait_for(lambda: answers(manager.path))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        said = process.stderr.read().decode()
        assert said == 2 * (
            "ipvs-engine: cannot tell the service manager\n"
            f"  NOTIFY_SOCKET: {manager.folder}/none\n  cause: No such file or directory\n")

    def test_the_command_of_run_has_the_manager_for_itself(self, manager):
        variables = {"NOTIFY_SOCKET": str(manager.folder / "notify")}
        ended = run("ipvs-engine", "run", "printenv", "NOTIFY_SOCKET", variables=variables)
        assert ended.stdout == variables["NOTIFY_SOCKET"] + "\n"
        manager.inbox.settimeout(0)
        with pytest.raises(BlockingIOError):
            manager.told()


class TestActivation:
    def test_a_client_that_waits_is_served_and_the_socket_outlives_the_engine(self, manager):
        with manager.listen() as listener:
            early = connect(manager.path)
            process = manager.start(listeners=[listener])
            assert manager.told() == f"READY=1\nSTATUS=serves at {manager.path}\n"
            assert sorted(os.listdir(manager.folder)) == ["engine", "engine.lock", "notify"]
            run("ipvsadm", "-A", "-t", "10.0.0.1:80", variables={"IPVSADM_ENGINE": manager.path})
            assert table(manager.path) == "-A -t 10.0.0.1:80 -s wlc\n"
            early.close()
            manager.end(process)
            assert sorted(os.listdir(manager.folder)) == ["engine", "notify"]
            # The next one finds who came in between.
            between = connect(manager.path)
            manager.told()
            process = manager.start(listeners=[listener])
            manager.told()
            assert table(manager.path) == ""
            between.close()
            manager.end(process)

    def test_another_engine_is_refused_before_and_while_one_serves(self, manager):
        with manager.listen() as listener:
            for is_served in (False, True):
                process = manager.start(listeners=[listener]) if is_served else None
                if process:
                    assert manager.told().startswith("READY=1\n")
                ended = run("ipvs-engine", "serve", "--socket", manager.path)
                assert (ended.returncode, ended.stderr.splitlines()[2]) == (
                    1, "  cause: another process serves there")
            second = manager.start(listeners=[listener])
            assert second.wait(PATIENCE) == 1
            assert b"another process serves there" in second.stderr.read()
            assert answers(manager.path)
            manager.end(process)

    def test_a_socket_that_was_removed_is_made_anew_and_goes_with_the_engine(self, manager):
        with manager.listen() as listener:
            process = manager.start(listeners=[listener])
            manager.told()
            os.unlink(manager.path)
            wait_for(lambda: answers(manager.path))
            manager.end(process)
            assert sorted(os.listdir(manager.folder)) == ["notify"]

    def test_descriptors_of_another_process_are_left_alone(self, manager):
        with manager.listen(str(manager.folder / "other")) as listener:
            process = manager.start(listeners=[listener], LISTEN_PID=str(os.getpid()))
            manager.told()
            assert answers(manager.path)
            manager.end(process)
            assert sorted(os.listdir(manager.folder)) == ["notify", "other"]

    def test_what_cannot_be_served_is_told(self, manager):
        remedy = f"  remedy: in its unit, set ListenSequentialPacket={manager.path} and nothing else that listens"
        other = str(manager.folder / "other")
        passed = "the service manager passed"
        with manager.listen(other) as elsewhere, manager.listen(kind=socket.SOCK_STREAM) as stream:
            for listeners, cause in (
                    ([elsewhere], f"the socket that the service manager passed as `a.socket' listens at {other}"),
                    ([stream], f"what {passed} as `a.socket' is no listening socket of type SOCK_SEQPACKET"),
                    ([elsewhere, stream], f"{passed} 2 sockets; an engine serves at one")):
                process = manager.start(listeners=listeners, names="a.socket")
                assert process.wait(PATIENCE) == 1
                assert process.stderr.read().decode().splitlines() == [
                    "ipvs-engine: cannot listen", f"  socket: {manager.path}", f"  cause: {cause}", remedy]
        assert sorted(os.listdir(manager.folder)) == ["engine", "notify", "other"]

    def test_a_count_that_lies_harms_nothing(self, manager):
        process = subprocess.Popen(
            [*AS_SERVICE, ENGINE, "serve", "--socket", manager.path], stderr=subprocess.PIPE,
            env=environment(LISTEN_FDS="1"))
        manager.processes.append(process)
        assert process.wait(PATIENCE) == 1
        assert b"`unknown' is no listening socket" in process.stderr.read()

    def test_systemd_starts_it_with_a_socket(self, manager):
        """systemd's own tool, which starts the engine when the first client comes."""
        process = subprocess.Popen(
            ["systemd-socket-activate", "--seqpacket", "--listen", manager.path, ENGINE, "serve",
             "--socket", manager.path],
            env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        manager.processes.append(process)
        wait_for(lambda: os.path.exists(manager.path))
        ended = run(
            "ipvsadm", "-A", "-t", "10.0.0.1:80", variables={"IPVSADM_ENGINE": manager.path})
        assert (ended.returncode, ended.stderr) == (0, "")
        assert table(manager.path) == "-A -t 10.0.0.1:80 -s wlc\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
