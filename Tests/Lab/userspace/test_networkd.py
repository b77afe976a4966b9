# SPDX-License-Identifier: Apache-2.0
"""systemd-networkd beside a diverting engine: it deletes the rules of others when it configures a link."""

import re

import pytest

from deadline import eventually
from diverting import FAMILIES, TWO, VIRTUAL, Engine, local_rules, page, receives
from diverting import site  # noqa: F401

#: It configures a link only when udev has, of which it finds files like these.
SETUP = """
mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys || exit
mkdir -p /run/udev/data /run/systemd/network /run/systemd/networkd.conf.d \
  /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network /run/systemd/netif
for interface in /sys/class/net/*; do
  printf 'I:1\\nV:1\\n' >"/run/udev/data/n$(cat "$interface/ifindex")"
done
echo "$1" >/run/systemd/networkd.conf.d/lab.conf
shift
for network; do echo "$network" >"/run/systemd/network/00-$#.network"; shift; done
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console exec /lib/systemd/systemd-networkd
"""

ADDRESSES = ("203.0.113.1/24", "192.0.2.1/32", "2001:db8:1::1/64", "2001:db8:aa::1/128")
NETWORK = "[Match]\nName={}\n[Network]\nLLDP=no\nIPv6AcceptRA=no\n"
NETWORKS = {
    "outside": NETWORK.format("outside") + "".join(f"Address={one}\n" for one in ADDRESSES),
    # As of a file that matches all links: what it has of addresses and routes is not of this file.
    "ipvs0": NETWORK.format("ipvs0"),
}


class Networkd:
    """The daemon on a director, which it finds set up as its configuration says."""

    def __init__(self, director, links, manages_foreign_rules):
        daemon = f"[Network]\nManageForeignRoutingPolicyRules={manages_foreign_rules}"
        self._links = links
        self._log = director.directory / "networkd.log"
        with self._log.open("w") as log:
            director.start(
                "unshare", "--mount", "sh", "-c", SETUP, "sh", daemon,
                *(NETWORKS[link] for link in links), stdout=log, stderr=log)

    @property
    def log(self):
        return self._log.read_text()

    def has_configured(self):
        """Whether it has set up its links, before which it deletes what is not its own."""
        return all(f"{link}: State changed: configuring -> configured" in self.log
                   for link in self._links)


@pytest.mark.parametrize("links", [["outside"], ["outside", "ipvs0"]], ids=["a link", "the device too"])
def test_what_networkd_deletes_is_set_again(site, links):  # noqa: F811
    client, director, _, _ = site
    engine = Engine(director)
    for family in FAMILIES:
        engine.serve(VIRTUAL[family], TWO[family])
    daemon = Networkd(director, links, "yes")

    def is_done():
        assert all(receives(director, family) for family in FAMILIES), daemon.log
        return daemon.has_configured()

    eventually(is_done)
    # Those that it deletes are many, and the rule for local addresses is not among them.
    deleted = re.findall("^Removing foreign routing policy rule .*$", daemon.log, re.M)
    assert len(deleted) > 20
    for family in FAMILIES:
        eventually(lambda: page(client, VIRTUAL[family]) == "two", 5)
        assert local_rules(director, family) == ["0: from all lookup local proto kernel"]
    assert "cause: another program deleted rules of ip rule; they are set again\n" in engine.notes
    engine.end()


def test_networkd_that_leaves_foreign_rules_alone_deletes_none(site):  # noqa: F811
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    before = director.run("ip", "rule")
    daemon = Networkd(director, ["outside"], "no")
    eventually(daemon.has_configured)
    assert page(client, VIRTUAL[4]) == "two"
    assert director.run("ip", "rule") == before
    assert engine.notes == ""
