# SPDX-License-Identifier: Apache-2.0
"""A director whose packets an ipvs-engine balances, behind a TUN device of its own."""

import itertools
import os
import struct
import time

import kernels
from engine import preload
from engine.process import Engine
from differential import packets
from differential.asking import Connection
from differential.packets import CLIENTS, ICMP, ICMP6
from differential.testbed import Testbed

#: How long a packet may take that must come, in seconds: only failures wait so long.
_PATIENCE = 5

_MARK = 0x7e57


class EngineTestbed(Testbed):
    """The engine is a process, and done with a packet when it is; so after a packet from which nothing
    came, it is asked for something that must: an echo of a virtual address, which passes through
    it in its turn.
    """

    is_kernel = False

    def begin(self):
        words = [f"--sysctl={name}={value}" for name, value in self.settings.items()]
        if kernels.RUNNING.has("older counting"):
            words.append("--older-counting")
        self.engine = Engine("--tun", "ipvs0", "--divert", *words)
        self.connection = Connection(self.engine.connect())
        self.numbers = itertools.cycle(range(1, 65536))
        self.virtual = None

    def __str__(self):
        return str(self.engine)

    def variables(self):
        return {**super().variables(), "IPVSADM_ENGINE": self.engine.socket}

    def original_variables(self):
        return {**super().original_variables(), **preload.variables(self.engine.socket)}

    def close(self):
        said = self.engine.close()
        super().close()
        assert not said, f"the engine said: {said}"

    def send(self, side, packet, expected=0):
        """As of a Testbed; it waits for as many packets as are `expected`."""
        os.write(self.ends[side], packet)
        if side == CLIENTS:
            self.virtual = packets.read(packet).ends.target
        found, end = self.waiting(), time.monotonic() + _PATIENCE
        while len(found) < expected and time.monotonic() < end and self.readable(_PATIENCE):
            found += self.waiting()
        if not expected:
            found += self.settle()
        return sorted(found, key=lambda sent: sent[0])

    def sweep(self, server):
        """Nothing: the engine ends the connections of a deleted server on its next tick (walk.TICKS)."""

    def settle(self):
        """Waits until the engine has seen all; what it has sent meanwhile."""
        if self.virtual is None:
            return []
        number = next(self.numbers)
        os.write(self.ends[CLIENTS], _echo(self.virtual, number))
        found, end = [], time.monotonic() + _PATIENCE
        while time.monotonic() < end and self.readable(_PATIENCE):
            arrived = self.waiting()
            others = [sent for sent in arrived if not _is_echo(sent[1], number)]
            found += others
            if others != arrived:
                return found
        raise AssertionError(f"{self} passes nothing on")


def _echo(target, number):
    six = ":" in target
    source = "2001:db8:9::fff" if six else "198.51.100.99"
    body = packets.icmp(source, target, 128 if six else 8, 0, _MARK << 16 | number, b"")
    return packets.ip(source, target, ICMP6 if six else ICMP, body)


def _is_echo(packet, number):
    start = 40 if packet[0] >> 4 == 6 else (packet[0] & 15) * 4
    seen = packets.read(packet)
    return seen.kind in ((0, 0), (129, 0)) and struct.unpack_from(
        "!HH", packet, start + 4) == (_MARK, number)
