# SPDX-License-Identifier: Apache-2.0
"""Another program that changes a table as fast as it can, in a known order.

The table goes through generations. In each, every operation of `operations()` is carried out in turn, all of
them in one datagram. So a table that was ever there has the first operations of a generation behind it and
the others of the generation before, and no other table was there at any time: `states()` lists them.

As a program: `rival.py [ENGINE] BURST PAUSE` makes BURST generations, waits PAUSE milliseconds, and so on
until its standard input ends.
"""

import select
import socket
import struct
import sys

SERVICES, SERVERS = 6, 3

_REQUEST, _CREATE = 0x1, 0x400
_NEW_SERVICE, _SET_SERVICE, _DEL_SERVICE, _NEW_SERVER, _SET_SERVER, _DEL_SERVER = 1, 2, 3, 5, 6, 7


def _wandering(generation):
    return f"10.2.{generation >> 8 & 255}.{generation & 255}"


def operations(generation):
    """Tuples of a command, a port of a service, a server, and a value: a weight, or a timeout."""
    found = []
    for port in range(1, SERVICES + 1):
        found += [(_SET_SERVER, port, f"10.1.0.{n}", generation) for n in range(1, SERVERS + 1)]
        found += [(_NEW_SERVER, port, _wandering(generation), generation),
                  (_DEL_SERVER, port, _wandering(generation - 1), 0)]
    # A service that comes and goes, and one whose settings change.
    found += [(_DEL_SERVICE, 99, None, 0), (_NEW_SERVICE, 99, None, generation),
              (_NEW_SERVER, 99, "10.1.0.1", generation), (_SET_SERVICE, 50, None, generation)]
    return found


def first():
    """Generation 1 as lines for ipvsadm -R."""
    table = {}
    for port in (*range(1, SERVICES + 1), 50, 99):
        table[port] = (1 if port in (50, 99) else 0, {})
        if port < 50:
            table[port][1].update({f"10.1.0.{n}": 1 for n in range(1, SERVERS + 1)})
            table[port][1][_wandering(1)] = 1
    table[99][1]["10.1.0.1"] = 1
    return table


def states(generation):
    """The tables from the end of a generation to the end of the next one."""
    table = _at_end(generation)
    yield lines(table)
    for command, port, server, value in operations(generation + 1):
        if command == _DEL_SERVICE:
            del table[port]
        elif server is None:
            table[port] = (value, table.get(port, (0, {}))[1])
        elif command == _DEL_SERVER:
            del table[port][1][server]
        else:
            table[port][1][server] = value
        yield lines(table)


def _at_end(generation):
    table = {port: (0, {f"10.1.0.{n}": generation for n in range(1, SERVERS + 1)}
                    | {_wandering(generation): generation}) for port in range(1, SERVICES + 1)}
    return table | {50: (generation, {}), 99: (generation, {"10.1.0.1": generation})}


def lines(table):
    """Lines as --save prints them, in no order."""
    found = set()
    for port, (timeout, servers) in table.items():
        service = f"-t 10.0.0.1:{port}"
        found.add(f"-A {service} -s rr" + f" -p {timeout}" * (timeout > 0))
        found |= {f"-a {service} -r {server}:80 -m -w {weight}"
                  for server, weight in servers.items()}
    return frozenset(found)


def _request(family, command, port, server, value):
    pack = struct.pack
    service = _attribute(1, pack("=H", 2)) + _attribute(2, pack("=H", 6))
    service += _attribute(3, socket.inet_aton("10.0.0.1") + bytes(12)) + _attribute(4, pack("!H", port))
    if command in (_NEW_SERVICE, _SET_SERVICE):
        # The flag of persistence, and those that are set.
        service += _attribute(6, b"rr\0") + _attribute(7, pack("=II", 1, 0xffffffff))
        service += _attribute(8, pack("=I", value)) + _attribute(9, pack("=I", 0xffffffff))
    body = _attribute(0x8001, service)
    if server is not None:
        entry = _attribute(1, socket.inet_aton(server) + bytes(12)) + _attribute(2, pack("!H", 80))
        entry += b"".join(_attribute(kind, pack("=I", number)) for kind, number in (
            (3, 0), (4, value), (5, 0), (6, 0)))
        body += _attribute(0x8002, entry)
    return pack("=IHHIIBBH", 20 + len(body), family, _REQUEST, 1, 0, command, 1, 0) + body


def _attribute(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def main(burst, pause, engine=None):
    from cli.director import Director
    connection = None
    if engine:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.connect(engine)
    director = Director(connection)
    generation = 1
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN | select.POLLHUP)
    while True:
        for _ in range(burst):
            generation += 1
            director.socket.send(b"".join(
                _request(director.family, *operation) for operation in operations(generation)))
            if engine:
                # An engine answers later: the next generation waits for this one.
                director.third_flags()
        if poll.poll(pause):
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
