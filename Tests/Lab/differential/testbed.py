# SPDX-License-Identifier: Apache-2.0
"""A director between two wires, to which packets are handed one by one.

It is a network namespace with two TUN devices: `tunc` to the clients, behind which is the rest of
the world, and `tuns` to the servers. The virtual addresses are its own. The tests hold the other
ends of both devices. Testbeds differ only in who balances: the kernel or an engine.
"""

import contextlib
import fcntl
import os
import select
import struct
import subprocess
import time

import firewall
from cli import kernel
from cli.stage import ORIGINAL
from differential import masks, packets
from differential.asking import Connection
from differential.packets import CLIENTS, SERVERS

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454ca, 0x0001, 0x1000

_DEVICES = {CLIENTS: "tunc", SERVERS: "tuns"}

#: The addresses that services have, and those of the director on each wire.
VIRTUAL = ("10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2")
_OWN = (("tunc", "10.1.255.254", 16), ("tuns", "10.2.255.254", 16),
        ("tunc", "2001:db8:1::fe", 64), ("tuns", "2001:db8:2::fe", 64))
_SETTINGS = {
    "net/ipv6/conf/default/accept_dad": 0, "net/ipv6/conf/all/accept_dad": 0,
    "net/ipv6/conf/default/router_solicitations": 0,
    "net/ipv4/ip_forward": 1, "net/ipv6/conf/all/forwarding": 1,
    "net/ipv4/conf/all/rp_filter": 0, "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv4/conf/all/send_redirects": 0, "net/ipv4/conf/default/send_redirects": 0,
    # As many errors as there are reasons, each at once.
    "net/ipv4/icmp_ratelimit": 0, "net/ipv6/icmp/ratelimit": 0, "net/ipv6/auto_flowlabels": 0,
    "net/ipv4/icmp_msgs_per_sec": 1000000, "net/ipv4/icmp_msgs_burst": 1000000,
}
_LARGEST = 1 << 16

#: Seconds that the kernel may take to end a deleted server's connections.
_SWEEPING = 2

_BETWEEN = "==== the next listing"


class Testbed:
    """A director whose packets the kernel balances.

    `settings` are those of /proc/sys/net/ipv4/vs, by name.
    """

    def __init__(self, settings):
        self.settings = settings
        home = kernel.namespace("net")
        kernel.unshare(kernel.CLONE_NEWNET)
        _write_all(_SETTINGS)
        self.namespace = kernel.namespace("net")
        self.ends = {side: _device(name) for side, name in _DEVICES.items()}
        self._furnish()
        self.begin()
        kernel.enter(home, kernel.CLONE_NEWNET)
        os.close(home)

    def begin(self):
        """Makes IPVS ready; this process is in the namespace."""
        _write_all({f"net/ipv4/vs/{name}": value for name, value in self.settings.items()})
        self.connection = Connection()

    def _furnish(self):
        route = kernel.RouteSocket()
        for name in ("lo", *_DEVICES.values()):
            route.bring_up(name)
        for address in VIRTUAL:
            route.add_address("lo", address, 128 if ":" in address else 32)
        for name, address, prefix in _OWN:
            route.add_address(name, address, prefix)
        route.close()
        for line in ("-4 route add local 10.3.0.0/16 dev lo", "-4 route add default dev tunc", "-6 route add default dev tunc"):
            subprocess.run(["ip", *line.split()], check=True)

    def narrow(self):
        """Makes the wire to the servers narrower than that to the clients."""
        self.run("ip", "link", "set", "tuns", "mtu", "1400")

    def mark(self, prefixes):
        """Puts firewall marks on clients' packets: `prefixes` by mark."""
        firewall.mark(self.run, "tunc", [(mark, prefix, ()) for mark, prefix in prefixes.items()])

    def close(self):
        self.connection.close()
        for end in self.ends.values():
            os.close(end)
        os.close(self.namespace)

    def ask(self, request, flags):
        return self.connection.ask(request.command, request.payload, flags)

    def send(self, side, packet, expected=0):
        """Hands over a packet; what the director then sends, as (side, packet).

        `expected` is the number of packets to come, for directors that work asynchronously. The kernel has
        finished with a packet when the call that wrote it returns.
        """
        os.write(self.ends[side], packet)
        return self.waiting()

    def waiting(self):
        """The packets that the director has sent."""
        found = []
        for side, end in self.ends.items():
            while True:
                try:
                    packet = os.read(end, _LARGEST)
                except BlockingIOError:
                    break
                if not _is_chatter(packet):
                    found.append((side, packet))
        return found

    def variables(self):
        """What programs on this director find in their environment."""
        return {"PATH": f"{os.environ['PROGRAMS']}:{os.environ['PATH']}", "LC_ALL": "C"}

    def connections(self):
        """The rows of the table of connections, as ipvsadm prints them, in no order."""
        return sorted(self.run("ipvsadm", "-Lcn").splitlines()[2:])

    def listings(self, lines):
        """What Debian's ipvsadm prints for each of some command lines, but for what masks hide."""
        program = os.path.join(ORIGINAL, "ipvsadm")
        # One shell for all of them: programs start slowly in this kernel.
        text = self.run("sh", "-ec", f"; echo {_BETWEEN}; ".join(
            f"{program} {line}" for line in lines), variables=self.original_variables())
        return {line: masks.listing(line, part)
                for line, part in zip(lines, text.split(_BETWEEN + "\n"), strict=True)}

    def counters(self):
        """The rows of `ipvsadm --stats`, as our program prints them."""
        return self.run("ipvsadm", "-Ln", "--stats", "--exact").splitlines()[3:]

    def original_variables(self):
        """What leads a program that knows nothing of engines to this director."""
        return {"LC_ALL": "C"}

    def settle(self):
        """Waits until all is done that is under way. Nothing ever is, in the kernel."""

    def readable(self, patience):
        return bool(select.select(list(self.ends.values()), [], [], patience)[0])

    @contextlib.contextmanager
    def inside(self):
        home = kernel.namespace("net")
        kernel.enter(self.namespace, kernel.CLONE_NEWNET)
        try:
            yield
        finally:
            kernel.enter(home, kernel.CLONE_NEWNET)
            os.close(home)

    def sweep(self, server):
        """Waits until the connections of a deleted server are gone. With expire_nodest_conn the kernel
        ends them in the background; a server that comes back before that has them again.
        """
        end = time.monotonic() + _SWEEPING
        while self.settings.get("expire_nodest_conn") and time.monotonic() < end:
            if not any(_leads_to(row, server) for row in self.table()):
                return
            time.sleep(0.002)

    def table(self):
        """The rows of the kernel's own table of connections, in no order."""
        with self.inside(), open("/proc/net/ip_vs_conn", encoding="ascii") as file:
            return sorted(file.read().splitlines()[1:])

    def run(self, *command, variables=None):
        """The standard output of a program that is run on the director and must succeed."""
        with self.inside():
            ended = subprocess.run(
                command, capture_output=True, text=True, timeout=60,
                env={**os.environ, **(variables or self.variables())})
        assert ended.returncode == 0, f"{' '.join(command)}: {ended.stderr}"
        return ended.stdout


def _leads_to(row, server):
    """Whether a row of the kernel's table of connections has a server as its destination."""
    address, port = row.split()[5:7]
    data = packets.packed(address) if ":" in address else bytes.fromhex(address)
    return data == packets.packed(server.address) and int(port, 16) == server.port


def _write_all(values):
    for name, value in values.items():
        with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
            file.write(f"{value}\n")


def _device(name):
    if not os.path.exists("/dev/net/tun"):
        with open("/proc/sys/kernel/modprobe", encoding="ascii") as file:
            subprocess.run([file.read().strip(), "tun"], check=True)
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return end


def _is_chatter(packet):
    """What a system says by itself: reports of IPv6 multicast groups, and router solicitations."""
    return packet[0] >> 4 == 6 and packet[24] == 0xff
