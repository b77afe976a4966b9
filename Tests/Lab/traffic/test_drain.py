# SPDX-License-Identifier: Apache-2.0
"""Servers are drained while clients use them. What ends the wait is compared with the connections that
the director has at that moment."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import fcntl
import termios

import pytest

import firewall
import tutorial
from deadline import eventually
from drain import Draining, Load, Screen, command_of, connections, many_clients, states
from network import Network
from services import Visit
from table import real_servers
from userspace import balance_if_wanted

VIRTUAL = tutorial.TUTORIAL.virtual
WEB = ("-t", f"{VIRTUAL}:80")
SERVER2, SERVER3 = "172.16.0.2:80", "172.16.0.3:8000"
OF = {"server2": SERVER2, "server3": SERVER3}
LIMITS = ("-x", "1000", "-y", "800")
ROUNDS = 10


def ipvsadm(director, *lines):
    for line in lines:
        director.run("ipvsadm", *line.split())


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


@pytest.fixture
def director():
    """A director without a network, for what needs no packets."""
    with Network() as network:
        (alone,) = network.add_hosts("director")
        balance_if_wanted(alone)
        yield alone


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


class TestRules:
    """What is kept, and what is refused; no packets are needed."""

    def save(self, director):
        return director.run("ipvsadm", "-S", "-n", "--full")

    def test_everything_but_the_weight_is_kept(self, director):
        ipvsadm(
            director,
            "-A -t 192.0.2.1:80 -s wrr",
            "-a -t 192.0.2.1:80 -r 192.0.2.10:80 -m -w 9",
            "-a -t 192.0.2.1:80 -r 192.0.2.11:80 -i --tun-type gue --tun-port 6080 --tun-csum"
            " -w 7 -x 100 -y 50",
        )
        before = self.save(director)
        assert " -w 7 " in before and " -x 100 -y 50" in before
        ipvsadm(director, "--drain -t 192.0.2.1:80 -r 192.0.2.11")
        assert self.save(director) == before.replace(" -w 7 ", " -w 0 ")
        ipvsadm(director, "--undrain -t 192.0.2.1:80 -r 192.0.2.11")
        assert self.save(director) == before

    def test_a_host_in_all_its_services(self, director):
        ipvsadm(
            director,
            *(f"-A {service} -s rr" for service in SERVICES),
            *(f"-a {service} -r {host} -m -w {3 + number}"
              for number, service in enumerate(SERVICES)
              for host in ("192.0.2.10:80", "192.0.2.11:8080")),
        )  # fmt: skip
        before = self.save(director)
        ipvsadm(director, "--drain -r 192.0.2.11")
        drained = self.save(director)
        assert [line for line in drained.splitlines() if "-w 0" in line] == [
            line.replace(f"-w {line.split()[-1]}", "-w 0")
            for line in before.splitlines() if "192.0.2.11:" in line
        ]
        ipvsadm(director, "--undrain -r 192.0.2.11:8080")
        assert self.save(director) == before
        ipvsadm(director, "--drain -r 192.0.2.11 --delete")
        assert self.save(director) == "".join(
            line for line in before.splitlines(True) if "192.0.2.11:" not in line
        )

    @pytest.fixture
    def pair(self, director):
        ipvsadm(
            director,
            "-A -t 192.0.2.1:80 -s rr",
            "-a -t 192.0.2.1:80 -r 192.0.2.10:80 -m -w 4",
            "-a -t 192.0.2.1:80 -r 192.0.2.11:80 -m -w 6",
        )
        return director

    def test_the_last_usable_server_needs_force(self, pair):
        ipvsadm(pair, "--drain -t 192.0.2.1:80 -r 192.0.2.10")
        before = self.save(pair)
        refused = pair.attempt("ipvsadm", "--drain", "-r", "192.0.2.11")
        assert refused.returncode == 255
        assert refused.stderr.startswith("TCP 192.0.2.1:80 would have no usable server\n")
        assert self.save(pair) == before
        ipvsadm(pair, "--drain -r 192.0.2.11 --force")
        assert self.save(pair) == before.replace("-w 6", "-w 0")

    @pytest.mark.parametrize(
        "words, first, remedy",
        [
            ("-t 192.0.2.1:80 -r 192.0.2.12", "No such destination", "-Ln -t 192.0.2.1:80"),
            ("-t 192.0.2.2:80 -r 192.0.2.10", "Service not defined", "-Ln"),
            ("-r 192.0.2.12", "No such destination", "-Ln"),
        ],
    )
    def test_a_server_that_is_not_there(self, pair, words, first, remedy):
        """The remedy shows what is there: a command that can be typed must not touch another server."""
        before = self.save(pair)
        refused = pair.attempt("ipvsadm", "--drain", *words.split())
        assert refused.returncode == 255
        assert refused.stderr.startswith(first + "\n")
        (command,) = re.findall("'ipvsadm (.*)'", refused.stderr)
        assert command.endswith(remedy)
        assert "192.0.2.10:80" in pair.run("ipvsadm", *command.split())
        assert self.save(pair) == before

    def test_back_without_memory(self, pair):
        ipvsadm(pair, "-e -t 192.0.2.1:80 -r 192.0.2.10 -m -w 0")
        refused = pair.attempt("ipvsadm", "--undrain", "-r", "192.0.2.10")
        assert refused.returncode == 1
        assert refused.stderr.startswith("no weight is remembered for 192.0.2.10:80 of TCP ")
        ipvsadm(pair, "--undrain -r 192.0.2.10 -w 12")
        assert " -r 192.0.2.10:80 -m -w 12" in self.save(pair)
        refused = pair.attempt("ipvsadm", "--undrain", "-r", "192.0.2.10")
        assert (refused.returncode, "nothing is left to do" in refused.stderr) == (1, True)

    def test_a_weight_of_its_own(self, pair):
        ipvsadm(pair, "--drain -r 192.0.2.10", "--undrain -r 192.0.2.10 -w 8")
        assert " -r 192.0.2.10:80 -m -w 8" in self.save(pair)
        # What was remembered is not used a second time.
        ipvsadm(pair, "-e -t 192.0.2.1:80 -r 192.0.2.10 -m -w 0")
        assert pair.attempt("ipvsadm", "--undrain", "-r", "192.0.2.10").returncode == 1

    def test_rules_do_not_wake_a_drained_server(self, pair):
        rules = pair.directory / "rules"
        rules.write_text(self.save(pair))
        ipvsadm(pair, "--drain -r 192.0.2.10")
        drained = self.save(pair)
        planned = pair.run("ipvsadm", "--apply", str(rules), "--dry-run")
        assert "# 192.0.2.10:80 of TCP 192.0.2.1:80 is drained and keeps weight 0\n" in planned
        rules.write_text(rules.read_text().replace("-w 6", "-w 66"))
        ipvsadm(pair, f"--apply {rules}")
        assert self.save(pair) == drained.replace("-w 6", "-w 66")
        ipvsadm(pair, "--undrain -r 192.0.2.10")
        assert " -r 192.0.2.10:80 -m -w 4" in self.save(pair)

    def test_draining_again_keeps_the_first_weight(self, pair):
        ipvsadm(pair, "--drain -r 192.0.2.10", "--drain -r 192.0.2.10", "--undrain -r 192.0.2.10")
        assert " -r 192.0.2.10:80 -m -w 4" in self.save(pair)

    @pytest.mark.parametrize(
        "scheduler, warns",
        [("sh", True), ("sh -b sh-fallback", False), ("dh", True), ("mh", False), ("wlc", False)],
    )
    def test_schedulers_that_turn_clients_away(self, pair, scheduler, warns):
        ipvsadm(pair, f"-E -t 192.0.2.1:80 -s {scheduler}")
        drained = pair.attempt("ipvsadm", "--drain", "-r", "192.0.2.10")
        assert drained.returncode == 0
        assert drained.stderr.startswith("warning: some clients of TCP 192.0.2.1:80 get no") == warns


SERVICES = ("-t 192.0.2.1:80", "-u 192.0.2.1:53", "-f 7")


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
