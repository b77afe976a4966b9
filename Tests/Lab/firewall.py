# SPDX-License-Identifier: Apache-2.0
"""What a firewall does for a director: marks on packets, and masquerading.

By iptables, as administrators do it. A kernel without its tables, and without those of nft (see
kernels.py), marks packets by traffic control, which also comes before IPVS, and masquerades nothing.

Each function is given `run`, which runs a program on the director.
"""

import kernels


def mark(run, device, rules):
    """Marks packets that come in by a device: `rules` are (mark, destination, TCP ports), where no
    ports are those of all protocols.
    """
    make = _mark_by_tc if kernels.RUNNING.has("no iptables") else _mark_by_iptables
    for number, destination, ports in rules:
        make(run, device, str(number), destination, list(map(str, ports)))


def _mark_by_iptables(run, device, number, destination, ports):
    of_ports = ("-p", "tcp", "-m", "multiport", "--dports", ",".join(ports)) if ports else ()
    run("iptables-legacy", "-t", "mangle", "-A", "PREROUTING", "-i", device, "-d", destination,
        *of_ports, "-j", "MARK", "--set-mark", number)


def _mark_by_tc(run, device, number, destination, ports):
    if "clsact" not in run("tc", "qdisc", "show", "dev", device):
        run("tc", "qdisc", "add", "dev", device, "clsact")
    for of_port in [("ip_proto", "tcp", "dst_port", port) for port in ports] or [()]:
        run("tc", "filter", "add", "dev", device, "ingress", "protocol", "ip", "flower",
            "dst_ip", destination, *of_port, "action", "skbedit", "mark", number)


def masquerade(run, device, network):
    """Gives packets of a network that leave by a device its address, if this kernel masquerades."""
    if masquerades():
        run("iptables-legacy", "-t", "nat", "-A", "POSTROUTING", "-s", network, "-o", device,
            "-j", "MASQUERADE")


def masquerades():
    return not kernels.RUNNING.has("no iptables")
