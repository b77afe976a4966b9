# SPDX-License-Identifier: Apache-2.0
"""Large tables, and firewalls that the doctor does not understand."""

import pytest

from networks import VIP, masquerading, nat
from report import calls, examine
from scene import FIREWALLS

MANY_SERVICES = 500


@pytest.fixture
def lab():
    with nat() as made:
        yield made


@pytest.mark.parametrize("tool", FIREWALLS)
def test_rules_that_are_not_understood(lab, tool):
    """A thousand rules that may drop: it is said, and it is no fault. The one that does is."""
    if tool == "nft":
        rules = "\n".join(
            ["add table ip f", "add chain ip f i { type filter hook input priority 0; }",
             *["add rule ip f i limit rate over 1000000/second drop"] * 1000])
        lab.director.run("nft", "-f", "-", stdin=rules + "\n")
    else:
        lab.director.run("iptables-legacy-restore", stdin="\n".join(
            ["*filter", ":INPUT ACCEPT", ":FORWARD ACCEPT", ":OUTPUT ACCEPT",
             *["-A INPUT -m statistic --mode nth --every 1000000 --packet 999999 -j DROP"] * 1000, "COMMIT"]) + "\n")
    assert lab.question.ask() == {"server2": 2, "server3": 2}
    report = examine(lab.director, "--quick")
    assert report.faults == []
    assert report.codes("note").count(("D35", "note")) == 1
    if tool == "nft":
        lab.director.run("nft", f"add rule ip f i ip daddr {VIP} drop")
    else:
        lab.director.run("iptables-legacy", "-A", "INPUT", "-d", VIP, "-j", "DROP")
    assert examine(lab.director, "--quick").faults == [("D35", "error")]


def test_many_services_of_few_servers(lab):
    """Each distinct question is asked once: what is asked grows with services, not with servers."""
    servers = [f"192.0.2.{host}:{port}" for host in (2, 3) for port in (8080, 8081, 8082)]
    few = len(calls(lab, "sendto,sendmsg", "--quick"))
    lab.rules("-C", *(line for port in range(1, MANY_SERVICES + 1)
                      for line in masquerading(f"-t {VIP}:{port}", servers)))
    many = len(calls(lab, "sendto,sendmsg", "--quick"))
    assert many - few < 2.2 * MANY_SERVICES
