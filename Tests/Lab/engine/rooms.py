# SPDX-License-Identifier: Apache-2.0
"""The rooms of the command line's tests, in which an engine answers in the kernel's place."""

import kernels
from cli.director import Director
from cli.stage import ORIGINAL, Room, Side
from engine import preload
from engine.process import Engine

#: In all rooms the same, of which one is open at a time.
SOCKET = "/run/ipvs-engine"


class EngineRoom(Room):
    """A room with an engine of its own, which does as the kernel of the recordings."""

    def __init__(self, side, furnished=True):
        super().__init__(side, furnished)
        self.enter()
        self.engine = Engine(kernels.RECORDED.word(), path=SOCKET)

    def director(self):
        return Director(self.engine.connect())

    def close(self):
        said = self.engine.close()
        super().close()
        assert not said, f"the engine said: {said}"


class EngineSide(Side):
    """Programs that ask the engine: by themselves, or for the original by the preloaded library."""

    def __init__(self, programs, environment):
        super().__init__(programs, environment)
        self.variables.update(
            preload.variables(SOCKET) if programs == ORIGINAL else {"IPVSADM_ENGINE": SOCKET})

    def room(self, furnished=True):
        return EngineRoom(self, furnished)
