# SPDX-License-Identifier: Apache-2.0
"""A director whose packets an ipvs-engine balances, behind a TUN device of its own."""

import os
import time

import kernels
from engine import preload
from engine.process import Engine
from differential.asking import ACK, GET_INFO, Connection
from differential.testbed import Testbed

#: How long a packet may take that must come, in seconds: only failures wait so long.
_PATIENCE = 5


class EngineTestbed(Testbed):
    """The engine is a process, and done with a packet when it is; so after a packet from which nothing
    came, it is asked something: it takes the packets that wait before it answers.
    """

    def begin(self):
        words = [f"--sysctl={name}={value}" for name, value in self.settings.items()]
        self.engine = Engine("--tun", "ipvs0", "--divert", kernels.RUNNING.word(), *words)
        self.connection = Connection(self.engine.connect())

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
        self.connection.ask(GET_INFO, b"", ACK)
        return self.waiting()
