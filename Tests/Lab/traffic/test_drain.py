# SPDX-License-Identifier: Apache-2.0
"""Servers are drained while clients use them. What ends the wait is compared with the connections that
the director has at that moment."""

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import termios

import pytest

import firewall
import tutorial
from deadline import eventually
from drain import Draining, Load, Screen, command_of, connections, ipvsadm, many_clients, states
from services import Visit
from table import real_servers

VIRTUAL = tutorial.TUTORIAL.virtual
WEB = ("-t", f"{VIRTUAL}:80")
SERVER2, SERVER3 = "172.16.0.2:80", "172.16.0.3:8000"
OF = {"server2": SERVER2, "server3": SERVER3}
LIMITS = ("-x", "1000", "-y", "800")
ROUNDS = 10


@pytest.fixture
def pool(site):
    """The tutorial's web service, whose servers take turns."""
    site.director.sysctl("net/ipv4/ip_forward", 1)
    ipvsadm(
        site.director,
        f"-A -t {VIRTUAL}:80 -s rr",
        f"-a -t {VIRTUAL}:80 -r {SERVER2} -m -w 5",
        f"-a -t {VIRTUAL}:80 -r {SERVER3} -m -w 7 {' '.join(LIMITS)}",
    )
    return site


def weight(director, server, service=WEB):
    return real_servers(director, service)[server].weight


def visits_to(site, server, count=1):
    """Connections that are kept to one server; those to the other are closed."""
    visits = []
    while len(visits) < count:
        visit = Visit(site.client, VIRTUAL)
        if OF[visit.server] == server:
            visits.append(visit)
        else:
            visit.close()
    return visits


def ten_times(site):
    """A server is drained, deleted, and added back ten times, and no request fails."""
    director = site.director
    with Load(site, VIRTUAL) as load:
        for _ in range(ROUNDS):
            before = load.answers["server3"]
            eventually(lambda: load.answers["server3"] > before)
            drained = director.attempt(
                "ipvsadm", "--drain", *WEB, "-r", SERVER3, "--delete", "--wait", "60"
            )
            assert drained.returncode == 0, drained.stdout + drained.stderr
            assert "ESTABLISHED" not in states(director, SERVER3)
            assert set(real_servers(director, WEB)) == {SERVER2}
            director.run("ipvsadm", "-a", *WEB, "-r", SERVER3, "-m", "-w", "7", *LIMITS)
    assert load.failures == []
    assert min(load.answers["server2"], load.answers["server3"]) > ROUNDS


def test_under_load(pool):
    ten_times(pool)


class TestEndOfTheWait:
    def test_it_ends_when_the_last_connection_does(self, pool):
        first, second = visits_to(pool, SERVER3, 2)
        draining = Draining(pool.director, *WEB, "-r", SERVER3)
        assert "active 2" in draining.first_line
        first.close()
        eventually(lambda: real_servers(pool.director, WEB)[SERVER3].active == 1)
        assert second.page() == "server3"
        assert draining.goes_on()
        second.close()
        status, output, errors = draining.end()
        assert (status, errors) == (0, "")
        # Connections that have ended are still listed, and none was waited for.
        assert states(pool.director, SERVER3) & {"TIME_WAIT", "LAST_ACK", "CLOSE"}
        assert "ESTABLISHED" not in states(pool.director, SERVER3)
        assert output.splitlines()[-1].startswith(f"{SERVER3} of TCP {VIRTUAL}:80: active 0, ")

    def test_a_half_closed_connection_is_waited_for(self, pool):
        """IPVS counts it as inactive, and the client still waits for its answer."""
        may_answer = pool.server3.directory / "may-answer"
        script = pool.server3.directory / "slow"
        script.write_text(f"cat >/dev/null\nwhile [ ! -e {may_answer} ]; do sleep 0.1; done\necho done\n")
        pool.server3.start("socat", "-t", "60", "TCP-LISTEN:9000,reuseaddr,fork", f"EXEC:sh {script}")
        eventually(lambda: ":2328 " in pool.server3.read("/proc/net/tcp"))
        ipvsadm(
            pool.director,
            f"-A -t {VIRTUAL}:9000 -s rr",
            f"-a -t {VIRTUAL}:9000 -r 172.16.0.3:9000 -m",
        )
        with pool.client.inside():
            connection = socket.create_connection((VIRTUAL, 9000), 20)
        connection.sendall(b"question\n")
        connection.shutdown(socket.SHUT_WR)
        slow = "172.16.0.3:9000"
        eventually(lambda: states(pool.director, slow) == {"CLOSE_WAIT"})
        draining = Draining(
            pool.director, "-t", f"{VIRTUAL}:9000", "-r", slow, "--force", "--delete"
        )
        assert "active 0, inactive 1, templates 0, 1 half-open" in draining.first_line
        assert draining.goes_on()
        may_answer.touch()
        assert connection.makefile().read() == "done\n"
        connection.close()
        assert draining.end()[0] == 0
        assert "CLOSE_WAIT" not in states(pool.director, slow)

    def test_all_connections(self, pool):
        """With --all-conns those that have ended, too, as long as IPVS keeps them."""
        (visit,) = visits_to(pool, SERVER3)
        visit._connection.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        visit.close()
        eventually(lambda: "CLOSE" in states(pool.director, SERVER3))
        assert Draining(pool.director, *WEB, "-r", SERVER3).end()[0] == 0
        assert "CLOSE" in states(pool.director, SERVER3)
        draining = Draining(pool.director, *WEB, "-r", SERVER3, "--all-conns")
        assert "inactive 0" not in draining.first_line
        status, output, _ = draining.end()
        assert status == 0 and "active 0, inactive 0, templates 0" in output.splitlines()[-1]
        assert connections(pool.director, SERVER3) == []

    def test_flows_of_datagrams(self, pool):
        """All that UDP has is inactive for IPVS; a flow ends by its timeout."""
        director = pool.director
        ipvsadm(
            director,
            "--set 0 0 3",
            f"-A -u {VIRTUAL}:5353 -s rr",
            f"-a -u {VIRTUAL}:5353 -r 172.16.0.2:5353 -m",
            f"-a -u {VIRTUAL}:5353 -r 172.16.0.3:5353 -m",
        )
        with pool.client.inside():
            flows = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for flow in flows:
            flow.sendto(b"", (VIRTUAL, 5353))
        server = "172.16.0.3:5353"
        eventually(lambda: states(director, server) == {"UDP"})
        draining = Draining(director, "-u", f"{VIRTUAL}:5353", "-r", server)
        assert "active 0, inactive 1" in draining.first_line
        assert draining.end()[0] == 0
        assert connections(director, server) == []

    def test_persistent_clients_are_told(self, pool):
        """A template passes weight 0: its client still comes, and others do not."""
        ipvsadm(pool.director, f"-E -t {VIRTUAL}:80 -s rr -p 300")
        pool.client.ip("addr add 202.100.1.3/24 dev eth0")
        visit = Visit(pool.client, VIRTUAL)
        bound, other = OF[visit.server], ({"server2", "server3"} - {visit.server}).pop()
        draining = Draining(pool.director, *WEB, "-r", bound)
        assert "active 1, inactive 0, templates 1" in draining.first_line
        again = Visit(pool.client, VIRTUAL)
        assert again.server == visit.server
        page = pool.client.run(
            "curl", "-sS", "--interface", "202.100.1.3", f"http://{VIRTUAL}/"
        )
        assert page.strip() == other
        visit.close()
        eventually(lambda: real_servers(pool.director, WEB)[bound].active == 1)
        assert draining.goes_on()
        again.close()
        assert draining.end()[0] == 0


class TestInTheKernel:
    """What is not to be had of an engine behind a TUN device: marks, and settings that change."""

    def test_under_load_with_persistence(self, pool):
        """Bound clients go elsewhere by expire_quiescent_template; without it they would keep coming."""
        ipvsadm(pool.director, f"-E -t {VIRTUAL}:80 -s rr -p 300")
        pool.director.sysctl("net/ipv4/vs/expire_quiescent_template", 1)
        ten_times(pool)

    def test_flows_of_datagrams_of_a_firewall_mark(self, pool):
        """A service by mark counts them together with connections that have ended."""
        director = pool.director
        firewall.mark(director.run, "outside", [(5, VIRTUAL, ())])
        ipvsadm(
            director,
            "--set 0 0 4",
            "-C",
            "-A -f 5 -s rr",
            "-a -f 5 -r 172.16.0.2 -m",
            "-a -f 5 -r 172.16.0.3 -m",
        )
        ended = [Visit(pool.client, VIRTUAL) for _ in range(2)]
        with pool.client.inside():
            flows = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for flow in flows:
            flow.sendto(b"", (VIRTUAL, 5353))
        for visit in ended:
            visit.close()
        server = "172.16.0.3:0"
        eventually(lambda: real_servers(director, ("-f", "5"))[server].active == 0)
        draining = Draining(director, "-f", "5", "-r", "172.16.0.3")
        assert ", 1 UDP flow" in draining.first_line
        assert draining.end()[0] == 0
        assert states(director, "172.16.0.3:5353") == set()
        assert states(director, "172.16.0.3:80") - {"ESTABLISHED"} != set()


class TestWithoutAnEnd:
    """Waits that do not end by themselves leave the server at weight 0, and say how it comes back."""

    def comes_back(self, site, errors):
        assert weight(site.director, SERVER3) == 0
        site.director.run("ipvsadm", *command_of(errors))
        assert weight(site.director, SERVER3) == 7

    def test_not_in_time(self, pool):
        visits = visits_to(pool, SERVER3)
        drained = pool.director.attempt("ipvsadm", "--drain", *WEB, "-r", SERVER3, "--wait", "1")
        assert drained.returncode == 1
        assert drained.stderr.startswith("not empty in time; stays at weight 0; back with: ipvsadm")
        assert [visit.page() for visit in visits] == ["server3"]
        self.comes_back(pool, drained.stderr)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted(self, pool, number):
        visits = visits_to(pool, SERVER3)
        draining = Draining(pool.director, *WEB, "-r", SERVER3)
        draining.interrupt(number)
        status, _, errors = draining.end()
        assert status == 130
        assert errors.startswith("interrupted; stays at weight 0; back with: ipvsadm --undrain")
        assert [visit.page() for visit in visits] == ["server3"]
        self.comes_back(pool, errors)

    def test_another_program_gives_it_weight(self, pool):
        visits = visits_to(pool, SERVER3)
        draining = Draining(pool.director, *WEB, "-r", SERVER3)
        ipvsadm(pool.director, f"-e -t {VIRTUAL}:80 -r {SERVER3} -m -w 3")
        status, _, errors = draining.end()
        assert status == 1
        assert "is not drained any more\n  cause: another program gave it weight 3" in errors
        assert [visit.page() for visit in visits] == ["server3"]

    def test_another_program_deletes_it(self, pool):
        visits = visits_to(pool, SERVER3)
        draining = Draining(pool.director, *WEB, "-r", SERVER3, "--delete")
        ipvsadm(pool.director, f"-d -t {VIRTUAL}:80 -r {SERVER3}")
        status, output, errors = draining.end()
        assert (status, errors) == (0, "")
        assert output.splitlines()[-1] == f"{SERVER3} of TCP {VIRTUAL}:80: deleted"
        assert len(visits) == 1


class TestOnATerminal:
    def test_the_block(self, pool):
        ipvsadm(pool.director, f"-E -t {VIRTUAL}:80 -s rr -p 300")
        first, second = [Visit(pool.client, VIRTUAL) for _ in range(2)]
        bound = OF[first.server]
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        process = pool.director.start(
            "ipvsadm", "--drain", *WEB, "-r", bound, "--wait", "60", stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        screen = Screen(24, 80)

        def shows(*texts):
            if select.select([ours], [], [], 1)[0]:
                screen.feed(os.read(ours, 4096).decode())
            return all(text in screen.text() for text in texts)

        weights = {SERVER2: 5, SERVER3: 7}
        eventually(lambda: shows(
            f"draining {bound} of TCP {VIRTUAL}:80\n  weight {weights[bound]} -> 0   00:0",
            " of 01:00\n  active 2  inactive 0  templates 1, last ends in 0",
            "  1 client is bound by persistence and still comes:\n"
            "  net.ipv4.vs.expire_quiescent_template=1 sends it elsewhere",
        ))  # fmt: skip
        second.close()
        eventually(lambda: shows("  active 1 (was 2)  inactive 1"))
        assert len(screen.text().splitlines()) == 5
        process.send_signal(signal.SIGINT)
        eventually(lambda: shows("interrupted; stays at weight 0; back with: ipvsadm --undrain"))
        assert process.wait(20) == 130
        os.close(ours)
        assert first.page() in OF


@pytest.mark.parametrize("options, are_served", [("", False), ("-b sh-fallback", True)])
def test_source_hashing_turns_clients_away(pool, options, are_served):
    """The reason for the warning."""
    ipvsadm(
        pool.director,
        f"-E -t {VIRTUAL}:80 -s sh {options}",
        f"--drain -t {VIRTUAL}:80 -r {SERVER3}",
    )
    answers = []
    for source in many_clients(pool)[:20]:
        try:
            visit = Visit(pool.client, VIRTUAL, source=source)
            answers.append(visit.server)
            visit.close()
        except ConnectionRefusedError:
            answers.append(None)
    assert set(answers) == ({"server2"} if are_served else {"server2", None})
