# SPDX-License-Identifier: Apache-2.0
"""Scenarios about the end of connections: short timeouts, full servers, and what is open again."""

import random

from differential.packets import TCP, UDP
from differential.play import Play, scene
from differential.rules import Service, timeouts
from differential.scenarios import SCHEDULERS
from differential.walk import Walk, ended, established

#: Seconds of TCP's ESTABLISHED and FIN_WAIT, and of UDP. Looks are taken half a second off.
_TIMEOUTS = (3, 2, 1)
_LOOKS = (1.5, 2.5, 3.5)

#: Connections are opened in a time that is short beside all those.
_OPENING = 0.3


def expire(make, seed, record=None):
    """Plays one scenario; how many connections there were."""
    dice = random.Random(seed)
    testbeds = make({"secure_tcp": dice.choice([0, 3])})
    play = Play(*testbeds, record=record)
    services = [
        Service(TCP, "10.0.0.1", 80, dice.choice(SCHEDULERS)),
        Service(UDP, dice.choice(["10.0.0.1", "2001:db8::1"]), 53, dice.choice(SCHEDULERS))]
    walk = Walk(play, dice.getrandbits(64), services)
    with scene(testbeds, f"seed {seed}"):
        play.ask(timeouts(*_TIMEOUTS))
        walk.begin()
        for look in _LOOKS:
            _open_some(walk, dice, play.seconds + _OPENING)
            base = play.seconds - _OPENING / 2
            play.wait_until(base + look)
            play.connections()
            walk.compare_rules()
    return walk.decisions


def _open_some(walk, dice, end):
    while walk.play.seconds < end and walk.decisions < 400:
        service = dice.choice(walk.services)
        flow = walk.open(service)
        fate = dice.random()
        if fate < 0.8:
            walk.converse(flow, established(service.protocol))
        if fate < 0.5:
            walk.converse(flow, ended(service.protocol)[:dice.randint(1, 2)])
