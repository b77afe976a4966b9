# SPDX-License-Identifier: Apache-2.0
"""What a hostile client of an engine's socket sends: requests that are nearly right, and bytes."""

import struct

from differential import asking, rules
from differential.asking import attribute, word
from differential.packets import TCP, UDP
from differential.rules import Server, Service

#: Numbers that are just beyond something.
_EDGES = (0, 1, 3, 4, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff)


class Noise:
    """`dice` is a random.Random, `family` the number of the IPVS family."""

    def __init__(self, dice, family):
        self.dice = dice
        self.family = family

    def datagram(self):
        """One to eight messages, some of them injured, perhaps behind or before mere bytes."""
        data = b"".join(self._message() for _ in range(self.dice.choice([1, 1, 2, 8])))
        choice = self.dice.random()
        if choice < 0.5:
            data = self._injured(data)
        elif choice < 0.6:
            data = self.dice.randbytes(self.dice.choice([1, 15, 16, 20, 4096, 100_000]))
        return data[:200_000] or b"\0"

    def _message(self):
        command, payload = self._request()
        if self.dice.random() < 0.2:
            payload += self._attributes(3)
        kind = self.dice.choice([self.family] * 8 + [16, 0, 1, 2, 3, 0x10, 0xffff])
        flags = self.dice.choice([1, 5, 0x301, 0x305, 0, 0xffff, self.dice.getrandbits(16)])
        body = struct.pack("=BBH", command, self.dice.choice([0, 1, 255]), 0) + payload
        length = 16 + len(body)
        if self.dice.random() < 0.05:
            length = self.dice.choice(_EDGES)
        head = struct.pack(
            "=IHHII", length, kind, flags, self.dice.getrandbits(32), self.dice.choice(_EDGES))
        return (head + body).ljust(-(-(len(head) + len(body)) // 4) * 4, b"\0")

    def _request(self):
        service, server = self._service(), self._server()
        changes = (
            service.adding(), service.editing(), service.deleting(), service.listing_servers(),
            service.adding_server(server), service.editing_server(server),
            service.deleting_server(server),
            rules.timeouts(*(self.dice.choice(_EDGES) for _ in range(3))))
        others = (
            (asking.GET_SERVICE, b""), (asking.GET_INFO, b""),
            (asking.GET_CONFIG, b""), (asking.ZERO, b""), (asking.FLUSH, b""),
            (self.dice.choice([9, 10]), attribute(3, word(1, self.dice.choice([1, 2, 7]))
                                                  + asking.text(2, "lo") + word(3, 1))),
            (11, b""), (3, attribute(2, b"IPVS\0")),
            (self.dice.getrandbits(8), self._attributes(2)))
        return self.dice.choice(changes + others)[:2]

    def _service(self):
        six = self.dice.random() < 0.3
        number = self.dice.randint(1, 40)
        return Service(
            self.dice.choice([TCP, UDP, 132, 0, 255]), f"2001:db8::{number}" if six
            else f"10.0.0.{number}", self.dice.choice([0, 21, 80, 65535]),
            self.dice.choice(["rr", "wrr", "mh", "sh", "lblcr", "none", "", "nosuch"]),
            self.dice.choice([0, 1, 4, 0x18, 0xffffffff]), self.dice.choice(_EDGES),
            None if six else self.dice.randbytes(4), self.dice.choice([0, 0, 0, 5, 0xffffffff]))

    def _server(self):
        six = self.dice.random() < 0.3
        number = self.dice.randint(1, 200)
        return Server(
            f"2001:db8:2::{number}" if six else f"10.2.0.{number}", 80,
            self.dice.choice(_EDGES), self.dice.choice(_EDGES), self.dice.choice(_EDGES),
            self.dice.choice([0, 1, 2, 3, 4, 7, 0xffffffff]),
            (self.dice.choice([0, 1, 2, 255]), self.dice.choice([0, 6080]), 1))

    def _attributes(self, depth):
        made = b""
        for _ in range(self.dice.randint(0, 3)):
            data = (self._attributes(depth - 1) if depth and self.dice.random() < 0.5
                    else self.dice.randbytes(self.dice.choice([0, 1, 2, 4, 8, 16, 17, 300])))
            kind = self.dice.randint(0, 16) | self.dice.choice([0, 0, 0x8000, 0x4000])
            made += attribute(kind, data)
        return made

    def _injured(self, data):
        data = bytearray(data)
        for _ in range(self.dice.randint(1, 4)):
            place = self.dice.randrange(len(data))
            choice = self.dice.randrange(4)
            if choice == 0:
                data[place] ^= 1 << self.dice.randrange(8)
            elif choice == 1:
                data[place] = self.dice.randrange(256)
            elif choice == 2 and place + 4 <= len(data):
                data[place:place + 4] = struct.pack("=I", self.dice.choice(_EDGES))
            elif place:
                del data[place:]
        return bytes(data)
