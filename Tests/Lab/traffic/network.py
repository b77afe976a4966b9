# SPDX-License-Identifier: Apache-2.0
"""Hosts for the tests: network namespaces joined by veth pairs, with real programs inside.

    with Network() as network:
        client, server = network.add_hosts("client", "server")
        network.lay_cables((client, "eth0", server, "eth0"))
        client.ip("addr add 192.0.2.1/24 dev eth0")
        server.ip("addr add 192.0.2.2/24 dev eth0")
        ...

Leaving the block ends every program that was started in it and removes the hosts. Starting a
program takes most of the time in User-Mode Linux, so one run of ip(8) does as much as it can.
"""

import contextlib
import ctypes
import fcntl
import functools
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

from capture import Capture

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914
IFF_UP = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)
# Children of a program that was killed become ours, so that their ends can be awaited.
_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@functools.cache
def environment():
    """The environment of every program: those under test come first on the PATH."""
    programs = os.environ.get("PROGRAMS")
    if not programs:
        raise RuntimeError("PROGRAMS must name the folder of the programs under test")
    path = os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    return {**os.environ, "PATH": f"{os.path.abspath(programs)}:{path}", "LC_ALL": "C"}


@functools.cache
def _program(name):
    """The file of a program on the PATH; a look-up can take longer than the program."""
    return shutil.which(name, path=environment()["PATH"])


class Host:
    """One machine of the network: a namespace of its own."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = directory
        #: Variables in the environment of programs here, beside those of all hosts.
        self.variables = {}
        self._started = []
        self._namespace = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)

    def close(self):
        for process in self._started:
            # The whole group: socat has a child for each connection.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.waitpid(-process.pid, 0)
        os.close(self._namespace)

    @contextlib.contextmanager
    def inside(self):
        """Within the block this process itself is on the host: its sockets, files of /proc, children.

        Entering a namespace costs one system call, where `ip netns exec` costs two programs;
        in User-Mode Linux that is most of a test's time.
        """
        home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(self._namespace)
            yield
        finally:
            _enter(home)
            os.close(home)

    def attempt(self, *command, stdin=""):
        """Runs a program to its end, whatever its exit status."""
        with self.inside():
            return subprocess.run(
                command,
                executable=_program(command[0]),
                input=stdin,
                capture_output=True,
                text=True,
                env={**environment(), **self.variables},
                timeout=60,
            )

    def run(self, *command, stdin=""):
        """The standard output of a program that must succeed."""
        ended = self.attempt(*command, stdin=stdin)
        assert ended.returncode == 0, (
            f"{self.name}: {' '.join(command)}: status {ended.returncode}\n"
            f"{ended.stdout}{ended.stderr}"
        )
        return ended.stdout

    def start(self, *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        """A program that runs until the network is removed."""
        with self.inside():
            process = subprocess.Popen(
                command,
                executable=_program(command[0]),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env={**environment(), **self.variables},
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def raise_interface(self, interface):
        """`ip link set INTERFACE up`, without the program."""
        with self.inside(), socket.socket() as control:
            request = struct.pack("16sh22x", interface.encode(), 0)
            name, flags = struct.unpack("16sh22x", fcntl.ioctl(control, SIOCGIFFLAGS, request))
            # Others, such as that it carries multicast, stay.
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh22x", name, flags | IFF_UP))

    def ip(self, *lines):
        """Lines of ip(8), as in `ip -batch`."""
        self.run("ip", "-batch", "-", stdin="\n".join(lines) + "\n")

    def sysctl(self, name, value):
        """Sets a value of /proc/sys, `name` written with slashes."""
        with self.inside():
            pathlib.Path("/proc/sys", name).write_text(f"{value}\n")

    def read(self, path):
        """A file of /proc/net as this host has it."""
        with self.inside():
            return pathlib.Path(path).read_text()

    def capture(self, interface, expression):
        """tcpdump on one interface, already listening when this returns."""
        return Capture(self, interface, expression)


class Network:
    """All hosts of one test, and what joins them."""

    def __enter__(self):
        self._hosts = []
        self._names = []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="network."))
        return self

    def __exit__(self, *_):
        for host in self._hosts:
            host.close()
        _ip(*(f"netns del {name}" for name in self._names))
        shutil.rmtree(self.directory)

    def add_hosts(self, *names):
        """Hosts that know nothing yet but their own loopback."""
        _ip(*(f"netns add {name}" for name in names))
        self._names += names
        added = [Host(name, self.directory) for name in names]
        self._hosts += added
        for host in added:
            # Without a loopback that is up, IPVS refuses real servers with EINVAL.
            host.raise_interface("lo")
        return added

    def lay_cables(self, *cables):
        """Veth pairs, both ends up; each is (host, its interface, other host, its interface)."""
        _ip(
            *(
                f"link add {interface} netns {host.name} type veth"
                f" peer name {other_interface} netns {other.name}"
                for host, interface, other, other_interface in cables
            )
        )
        for host, interface, other, other_interface in cables:
            host.raise_interface(interface)
            other.raise_interface(other_interface)

    def add_switch(self, name):
        """An Ethernet switch, to which hosts are plugged."""
        (switch,) = self.add_hosts(name)
        switch.ip("link add switch type bridge", "link set switch up")
        return switch

    def plug(self, switch, *ports):
        """Cables from a switch to each of `ports`, which are (host, its interface).

        The switch's end of a cable has the name of the host at the other.
        """
        self.lay_cables(*((switch, host.name, host, interface) for host, interface in ports))
        switch.ip(*(f"link set {host.name} master switch" for host, _ in ports))


def load_module(name):
    """Loads a kernel module that the kernel does not load on demand, with the program that it uses."""
    loader = pathlib.Path("/proc/sys/kernel/modprobe").read_text().strip()
    subprocess.run([loader, name], check=True)


def _ip(*lines):
    """Lines of ip(8) outside the hosts."""
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def _enter(namespace):
    if _libc.setns(namespace, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "setns")
