# SPDX-License-Identifier: Apache-2.0
"""What --drain and --undrain keep of the rules, and what they refuse; no packets are needed."""

import re

import pytest

from drain import ipvsadm
from network import Network
from userspace import balance_if_wanted

SERVICES = ("-t 192.0.2.1:80", "-u 192.0.2.1:53", "-f 7")


@pytest.fixture
def director():
    """A director without a network, for what needs no packets."""
    with Network() as network:
        (alone,) = network.add_hosts("director")
        balance_if_wanted(alone)
        yield alone


def save(director):
    return director.run("ipvsadm", "-S", "-n", "--full")


def test_everything_but_the_weight_is_kept(director):
    ipvsadm(
        director,
        "-A -t 192.0.2.1:80 -s wrr",
        "-a -t 192.0.2.1:80 -r 192.0.2.10:80 -m -w 9",
        "-a -t 192.0.2.1:80 -r 192.0.2.11:80 -i --tun-type gue --tun-port 6080 --tun-csum"
        " -w 7 -x 100 -y 50",
    )
    before = save(director)
    assert " -w 7 " in before and " -x 100 -y 50" in before
    ipvsadm(director, "--drain -t 192.0.2.1:80 -r 192.0.2.11")
    assert save(director) == before.replace(" -w 7 ", " -w 0 ")
    ipvsadm(director, "--undrain -t 192.0.2.1:80 -r 192.0.2.11")
    assert save(director) == before


def test_a_host_in_all_its_services(director):
    ipvsadm(
        director,
        *(f"-A {service} -s rr" for service in SERVICES),
        *(f"-a {service} -r {host} -m -w {3 + number}"
          for number, service in enumerate(SERVICES)
          for host in ("192.0.2.10:80", "192.0.2.11:8080")),
    )  # fmt: skip
    before = save(director)
    ipvsadm(director, "--drain -r 192.0.2.11")
    drained = save(director)
    assert [line for line in drained.splitlines() if "-w 0" in line] == [
        line.replace(f"-w {line.split()[-1]}", "-w 0")
        for line in before.splitlines() if "192.0.2.11:" in line
    ]
    ipvsadm(director, "--undrain -r 192.0.2.11:8080")
    assert save(director) == before
    ipvsadm(director, "--drain -r 192.0.2.11 --delete")
    assert save(director) == "".join(
        line for line in before.splitlines(True) if "192.0.2.11:" not in line
    )


@pytest.fixture
def pair(director):
    ipvsadm(
        director,
        "-A -t 192.0.2.1:80 -s rr",
        "-a -t 192.0.2.1:80 -r 192.0.2.10:80 -m -w 4",
        "-a -t 192.0.2.1:80 -r 192.0.2.11:80 -m -w 6",
    )
    return director


def test_the_last_usable_server_needs_force(pair):
    ipvsadm(pair, "--drain -t 192.0.2.1:80 -r 192.0.2.10")
    before = save(pair)
    refused = pair.attempt("ipvsadm", "--drain", "-r", "192.0.2.11")
    assert refused.returncode == 255
    assert refused.stderr.startswith("TCP 192.0.2.1:80 would have no usable server\n")
    assert save(pair) == before
    ipvsadm(pair, "--drain -r 192.0.2.11 --force")
    assert save(pair) == before.replace("-w 6", "-w 0")


@pytest.mark.parametrize(
    "words, first, remedy",
    [
        ("-t 192.0.2.1:80 -r 192.0.2.12", "No such destination", "-Ln -t 192.0.2.1:80"),
        ("-t 192.0.2.2:80 -r 192.0.2.10", "Service not defined", "-Ln"),
        ("-r 192.0.2.12", "No such destination", "-Ln"),
    ],
)
def test_a_server_that_is_not_there(pair, words, first, remedy):
    """The remedy shows what is there: a command that can be typed must not touch another server."""
    before = save(pair)
    refused = pair.attempt("ipvsadm", "--drain", *words.split())
    assert refused.returncode == 255
    assert refused.stderr.startswith(first + "\n")
    (command,) = re.findall("'ipvsadm (.*)'", refused.stderr)
    assert command.endswith(remedy)
    assert "192.0.2.10:80" in pair.run("ipvsadm", *command.split())
    assert save(pair) == before


def test_back_without_memory(pair):
    ipvsadm(pair, "-e -t 192.0.2.1:80 -r 192.0.2.10 -m -w 0")
    refused = pair.attempt("ipvsadm", "--undrain", "-r", "192.0.2.10")
    assert refused.returncode == 1
    assert refused.stderr.startswith("no weight is remembered for 192.0.2.10:80 of TCP ")
    ipvsadm(pair, "--undrain -r 192.0.2.10 -w 12")
    assert " -r 192.0.2.10:80 -m -w 12" in save(pair)
    refused = pair.attempt("ipvsadm", "--undrain", "-r", "192.0.2.10")
    assert (refused.returncode, "nothing is left to do" in refused.stderr) == (1, True)


def test_a_weight_of_its_own(pair):
    ipvsadm(pair, "--drain -r 192.0.2.10", "--undrain -r 192.0.2.10 -w 8")
    assert " -r 192.0.2.10:80 -m -w 8" in save(pair)
    # What was remembered is not used a second time.
    ipvsadm(pair, "-e -t 192.0.2.1:80 -r 192.0.2.10 -m -w 0")
    assert pair.attempt("ipvsadm", "--undrain", "-r", "192.0.2.10").returncode == 1


def test_rules_do_not_wake_a_drained_server(pair):
    rules = pair.directory / "rules"
    rules.write_text(save(pair))
    ipvsadm(pair, "--drain -r 192.0.2.10")
    drained = save(pair)
    planned = pair.run("ipvsadm", "--apply", str(rules), "--dry-run")
    assert "# 192.0.2.10:80 of TCP 192.0.2.1:80 is drained and keeps weight 0\n" in planned
    rules.write_text(rules.read_text().replace("-w 6", "-w 66"))
    ipvsadm(pair, f"--apply {rules}")
    assert save(pair) == drained.replace("-w 6", "-w 66")
    ipvsadm(pair, "--undrain -r 192.0.2.10")
    assert " -r 192.0.2.10:80 -m -w 4" in save(pair)


def test_draining_again_keeps_the_first_weight(pair):
    ipvsadm(pair, "--drain -r 192.0.2.10", "--drain -r 192.0.2.10", "--undrain -r 192.0.2.10")
    assert " -r 192.0.2.10:80 -m -w 4" in save(pair)


@pytest.mark.parametrize(
    "scheduler, warns",
    [("sh", True), ("sh -b sh-fallback", False), ("dh", True), ("mh", False), ("wlc", False)],
)
def test_schedulers_that_turn_clients_away(pair, scheduler, warns):
    ipvsadm(pair, f"-E -t 192.0.2.1:80 -s {scheduler}")
    drained = pair.attempt("ipvsadm", "--drain", "-r", "192.0.2.10")
    assert drained.returncode == 0
    assert drained.stderr.startswith("warning: some clients of TCP 192.0.2.1:80 get no") == warns
