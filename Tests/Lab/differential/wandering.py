# SPDX-License-Identifier: Apache-2.0
"""Scenarios about packets: many connections at once, whose states wander at random, among packets
that are spoiled, out of place, or about others.
"""

import random

from differential import packets
from differential.asking import DUMP
from differential.packets import SCTP, TCP, UDP
from differential.play import ALL_LISTINGS, LISTINGS, Play, scene
from differential.rules import MASQUERADING, PERSISTENT, TUNNEL, Service
from differential.strange import Strange
from differential.walk import Walk, established

_SETTINGS = {
    "conn_reuse_mode": (0, 1, 1, 3), "secure_tcp": (0, 3), "sloppy_tcp": (0, 0, 1),
    "sloppy_sctp": (0, 0, 1), "nat_icmp_send": (0, 1), "schedule_icmp": (0, 0, 1),
    "expire_nodest_conn": (0, 1),
}

#: Type, port, and checksum flags of tunnels: ipip, gue without and with checksum, gre likewise.
TUNNELS = ((0, 0, 0), (1, 6080, 0), (1, 6080, 1), (2, 0, 0), (2, 0, 1))

#: How servers are reached, in the shares in which services get them.
METHODS = (MASQUERADING, MASQUERADING, MASQUERADING, TUNNEL)

#: Before SCTP's shortest state ends; see scenarios.py.
_SECONDS = 3


def settings(dice):
    return {name: dice.choice(values) for name, values in _SETTINGS.items()}


def services(dice, methods):
    """Three or four services of all protocols and both families."""
    made = []
    for number in range(dice.randint(3, 4)):
        protocol = dice.choice([TCP, TCP, UDP, SCTP])
        address = dice.choice(["10.0.0.1", "10.0.0.1", "10.0.0.2", "2001:db8::1"])
        method = dice.choice(methods)
        flags = dice.choice([0, 0, 0, PERSISTENT])
        port = dice.choice([21, 80, 1000 + number])
        if any((s.protocol, s.address, s.port) == (protocol, address, port) for s in made):
            continue
        made.append(Service(
            protocol, address, port, "rr", flags, 300 if flags else 0, method=method,
            tunnel=dice.choice(TUNNELS) if method == TUNNEL else (0, 0, 0)))
    return made


def wander(make, seed, steps, record=None, methods=METHODS, counts=False, bare=False):
    """Plays one scenario of `steps` packets, and with `counts` compares the statistics at the end.
    Returns the number of packets played. About `bare` see Strange.
    """
    dice = random.Random(seed)
    chosen = settings(dice)
    testbeds = make(chosen)
    play = Play(*testbeds, record=record)
    walk = Walk(play, dice.getrandbits(64), services(dice, methods), clients=8)
    strange = Strange(random.Random(dice.getrandbits(64)), bare)
    with scene(testbeds, f"seed {seed}, {chosen}"):
        walk.begin()
        end = play.seconds + _SECONDS
        while play.packets < steps and play.seconds < end:
            _next(walk, strange, dice)
        play.connections()
        play.listings(ALL_LISTINGS if counts else LISTINGS)
        if counts:
            play.traffic()
    return play.packets


def squeeze(make, seed, steps, methods):
    """Plays one scenario of packets that are too large for the servers' wire, or come in fragments.
    Returns the number of packets played.
    """
    dice = random.Random(seed)
    testbeds = make({"pmtu_disc": dice.choice([0, 1, 1])})
    play = Play(*testbeds)
    walk = Walk(play, dice.getrandbits(64), services(dice, methods), clients=8)
    strange = Strange(random.Random(dice.getrandbits(64)))
    with scene(testbeds, f"seed {seed}"):
        for testbed in testbeds:
            testbed.narrow()
        walk.begin()
        end = play.seconds + _SECONDS
        while play.packets < steps and play.seconds < end:
            flow = walk.open(dice.choice(walk.services))
            walk.converse(flow, established(flow.service.protocol))
            play.send(packets.CLIENTS, strange.large(
                flow, packets.CLIENTS, flow.ends, fragment=dice.choice([0, 0x4000])))
            for piece in strange.pieces(flow):
                play.send(packets.CLIENTS, piece)
            walk.compare_rules()
        play.connections()
        play.listings()
    return play.packets


def _next(walk, strange, dice):
    service = dice.choice(walk.services)
    chance = dice.random()
    if chance < 0.10 or not walk.flows:
        flow = walk.open(service)
        if dice.random() < 0.3:
            walk.converse(flow, established(service.protocol))
    elif chance < 0.66:
        walk.go_on(dice.choice(walk.flows))
        walk.play.ask(service.listing_servers(), DUMP)
    elif chance < 0.86:
        walk.play.send(*strange.of(dice.choice(walk.flows)))
        if strange.begins:
            walk.let_begin_again()
    elif chance < 0.96:
        walk.play.send(*strange.outsider(service.address, service))
    elif chance < 0.98:
        walk.edit_server(service)
    elif chance < 0.99:
        walk.delete_server(service)
    else:
        walk.add_server(service)
    del walk.flows[:-30]


