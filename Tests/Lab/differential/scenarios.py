# SPDX-License-Identifier: Apache-2.0
"""The kinds of scenarios: which rules and settings there are, and how often what happens."""

import random

import catalogue
from differential import packets
from differential.packets import RST, SCTP, TCP, UDP
from differential.play import Play, scene
from differential.rules import ONE_PACKET, PERSISTENT, TUNNEL, Service, timeouts
from differential.walk import Walk, ended, established

#: All but twos, which chooses by chance.
SCHEDULERS = tuple(name for name in catalogue.SCHEDULERS if name != "twos")

#: A scenario must be over before the first timer of a connection fires: TCP's CLOSE has 10 s, SCTP's
#: shortest state 4 s. Directors that are asked one after the other would disagree for that moment.
_SECONDS = {TCP: 8, UDP: 8, SCTP: 3}


def _service(dice, scheduler, protocol, six, port):
    flags = dice.choice([0, 0, 8, 0x10, 0x18])
    timeout, netmask = 0, None
    if dice.random() < 0.2:
        flags, timeout = flags | PERSISTENT, dice.choice([60, 360])
        masks = [32, 64, 120, 128] if six else [b"\xff\xff\xff\0", b"\xff" * 4, b"\xff\0\0\0"]
        netmask = dice.choice(masks)
    elif protocol == UDP and dice.random() < 0.4:
        flags |= ONE_PACKET
    address = dice.choice(["2001:db8::1", "2001:db8::2"] if six else ["10.0.0.1", "10.0.0.2"])
    return Service(protocol, address, port, scheduler, flags, timeout, netmask)


def scheduling(dice, scheduler, mark):
    """Settings, and the services of a scenario about a scheduler's decisions."""
    settings = {
        name: dice.choice(values) for name, values in (
            ("conn_reuse_mode", (0, 1)), ("expire_nodest_conn", (0, 1)),
            ("expire_quiescent_template", (0, 1)), ("sloppy_tcp", (0, 0, 1)))}
    protocols = [dice.choice([TCP, TCP, TCP, UDP, UDP, SCTP])]
    six = dice.random() < 0.3 and not mark
    services = [
        _service(dice, scheduler, protocol, six, 1000 + number)
        for number, protocol in enumerate(protocols * dice.choice([1, 1, 2]))]
    for number, service in enumerate(services):
        service.mark = number + 1 if mark else 0
    return settings, services


def schedule(make, seed, scheduler, decisions, record=None, mark=False):
    """Plays one scenario about decisions; how many there were.

    `make` gives the testbeds for some settings, the leader first. With `mark` the services are those
    of firewall marks, and have many addresses.
    """
    dice = random.Random(seed)
    settings, services = scheduling(dice, scheduler, mark)
    testbeds = make(settings)
    play = Play(*testbeds, record=record)
    walk = Walk(
        play, dice.getrandbits(64), services, clients=dice.choice([3, 64, 100_000]),
        largest_weight=dice.choice([6, 6, 100, 65_535]))
    with scene(testbeds, f"seed {seed}, scheduler {scheduler}, {settings}"):
        walk.begin()
        end = play.seconds + min(_SECONDS[service.protocol] for service in services)
        while walk.decisions < decisions and play.seconds < end:
            _next(walk, dice)
        walk.compare_rules()
        play.listings()
    return walk.decisions


def _next(walk, dice):
    service = dice.choice(walk.services)
    chance = dice.random()
    if chance < 0.70 or not walk.flows:
        flow = walk.open(service)
        fate = dice.random()
        if fate < 0.5:
            walk.converse(flow, established(service.protocol))
            if fate < 0.15:
                walk.converse(flow, ended(service.protocol))
        elif fate < 0.55 and service.protocol == TCP:
            walk.converse(flow, [(packets.CLIENTS, RST)])
    elif chance < 0.80:
        walk.converse(flow := dice.choice(walk.flows), ended(flow.service.protocol))
    elif chance < 0.86:
        walk.go_on(dice.choice(walk.flows))
    elif chance < 0.91:
        walk.edit_server(service)
    elif chance < 0.94:
        walk.add_server(service)
    elif chance < 0.97:
        walk.delete_server(service)
    elif chance < 0.98:
        walk.edit_service(service, (service.scheduler, service.scheduler, *SCHEDULERS))
    else:
        walk.compare_rules()
    del walk.flows[:-200]


