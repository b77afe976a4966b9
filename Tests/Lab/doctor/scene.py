# SPDX-License-Identifier: Apache-2.0
"""What a scene is: a fault that is planted in a network that works, and mended again."""

import pytest

import kernels
from conversation import held
from networks import nat

#: Programs that can tell the kernels of the lab what to drop.
FIREWALLS = [tool for tool in ("nft", "iptables") if not kernels.RUNNING.has(f"no {tool}")]


TABLE = []


class Scene:
    """A network that works. Each kind is a row of TABLE, unless it says that it is abstract."""

    #: The network, a context manager of networks.py.
    kind = staticmethod(nat)
    #: Whether it has a firewall: then it is played by each program for firewalls that this kernel has.
    has_firewall = False
    #: What `traffic` sees where all is well.
    working = {"server2": 2, "server3": 2}

    def __init_subclass__(cls, abstract=False):
        if not abstract:
            TABLE.append(cls)

    def __init__(self, lab, tool=None):
        self.lab = lab
        self.client, self.director, self.lan = lab.client, lab.director, lab.lan
        self.server2, self.server3 = lab.servers
        self.tool = tool
        self.question = lab.question

    @property
    def place(self):
        """The host on which the doctor looks."""
        return self.director

    def prepare(self):
        """Changes the network into another one that works."""

    def traffic(self):
        return self.question.ask()

    def works(self, seen):
        return seen == self.working

    def rules(self, *lines):
        self.lab.rules(*lines)

    def sysctl(self, host, **values):
        """Sets values of /proc/sys/net/ipv4."""
        for name, value in values.items():
            host.sysctl("net/ipv4/" + name.replace("__", "/"), value)

    def hold(self, count):
        """Connections that stay open until the lab is over."""
        connections = [held(self.client, self.lab.virtual) for _ in range(count)]
        for one in connections:
            self.lab.closing.callback(one.close)
        return connections

    def firewall(self, host, nft=None, iptables=()):
        """Tells the firewall of a host: `nft` is text for that program, `iptables` are lines."""
        if self.tool == "nft":
            host.run("nft", nft)
        else:
            for line in iptables:
                host.run("iptables-legacy", "-w", *line.split())


class Fault(Scene, abstract=True):
    """A fault that is planted in a network that works. Each is played by test_scenes.py.

    Where `mend` is None, the commands of the doctor's remedy mend it.
    """

    #: What the doctor must find, of this severity, and no other error or warning.
    code, severity = None, "error"
    #: What the doctor is told beside --doctor.
    words = ()
    #: Whether it takes the doctor's two looks, between which traffic goes on.
    looks_twice = False
    #: What `traffic` sees while the fault is there.
    failing = None
    #: Takes away the fault.
    mend = None
    #: Makes, after that, something harmless that looks alike.
    trap = None

    def plant(self):
        raise NotImplementedError

    def fails(self, seen):
        return seen == self.failing

    def type_remedy(self, command):
        """Types a command of the doctor's remedy where it has to be typed."""
        self.place.run("sh", "-c", command)

    def forget(self):
        """Makes other hosts forget what the fault taught them, after it is mended."""


def rows(base, *modules):
    """The scenes of modules that are kinds of `base`, in the order in which they are written."""
    names = [module.__name__ for module in modules]
    for scene in TABLE:
        if issubclass(scene, base) and scene.__module__ in names:
            for tool in (FIREWALLS if scene.has_firewall else [None]):
                name = "-".join(filter(None, (getattr(scene, "code", None), scene.__name__, tool)))
                yield pytest.param((scene, tool), id=name)
