# SPDX-License-Identifier: Apache-2.0
"""Tables and packets by chance: each packet is explained, and then sent. What is certain must be what is done,
and what is not must name it."""

import collections
import os
import random

from explaining.testbed import IS_ENGINE, MARK, Packet, laid_out

#: How many tables; each gets a packet, and some a second one.
TABLES = int(os.environ.get("LAB_TABLES", "1000"))

#: Tables whose network is made anew, so that few connections are listed.
IN_ONE_NETWORK = 100

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "sed", "nq", "ovf", "fo", "sh", "mh", "dh", "lblc", "lblcr")
CLIENTS = ("198.51.100.10", "198.51.100.11", "198.51.100.77")


class Chance:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def table(self, number):
        """Lines of rules with an address of its own, and lines that change them afterwards."""
        chance = self.random
        self.virtual = f"203.0.113.{1 + number % IN_ONE_NETWORK}"
        self.marked = f"203.0.114.{1 + number % IN_ONE_NETWORK}"
        lines, edits = [], []
        self.keys = sorted({self._service() for _ in range(chance.randint(1, 3))})
        for key in self.keys:
            scheduler = chance.choice(SCHEDULERS)
            words = ["-A", key, "-s", scheduler]
            if scheduler in ("sh", "mh"):
                flags = [flag for flag in ("fallback", "port") if chance.random() < 0.5]
                if flags:
                    words += ["-b", ",".join(f"{scheduler}-{flag}" for flag in flags)]
            if key.endswith(":0") or chance.random() < 0.3:
                words += ["-p", "300"]
                if chance.random() < 0.5:
                    words += ["-M", "255.255.255.248"]
            lines.append(" ".join(words))
            lines += self._servers(key, scheduler, edits)
        return "".join(f"{line}\n" for line in lines), edits

    def _service(self):
        kind = self.random.choice(("-t", "-t", "-u", "-u", "-f"))
        if kind == "-f" and not IS_ENGINE:
            return f"-f {MARK}"
        port = self.random.choice((0, 21, 80, 80, 2000))
        return f"{'-u' if kind == '-u' else '-t'} {self.virtual}:{port}"

    def _servers(self, key, scheduler, edits):
        chance = self.random
        weights = [chance.choice((0, 1, 1, 2, 3, 10)) for _ in range(chance.randint(0, 5))]
        for index, weight in enumerate(weights):
            port = chance.choice((0, 80, 8080))
            limits = f" -x {chance.randint(1, 4)}" if chance.random() < 0.2 else ""
            server = f"{key} -r 192.0.2.{11 + index}:{port} -m"
            yield f"-a {server} -w {weight}{limits}"
            # That mh goes by no greater weight than those that are listed is taken for granted.
            others = max((w for at, w in enumerate(weights) if at != index), default=0)
            if chance.random() < 0.15 and (scheduler != "mh" or weight <= others):
                weights[index] = chance.choice((0, 1, others))
                edits.append(f"-e {server} -w {weights[index]}{limits}")

    def packet(self, port):
        """A packet for one of the table's services, or now and then for any port."""
        chance = self.random
        key = chance.choice(self.keys)
        is_marked = key.startswith("-f")
        protocol = {"-t": "tcp", "-u": "udp"}.get(key[:2]) or chance.choice(("tcp", "udp"))
        wanted = 0 if is_marked else int(key.rsplit(":", 1)[1])
        if wanted == 0 or chance.random() < 0.2:
            wanted = chance.choice((21, 80, 443, 2000, 50000))
        return Packet(
            protocol, chance.choice(CLIENTS), port, self.marked if is_marked else self.virtual, wanted,
            MARK if is_marked else 0)

def test_what_is_said_is_what_is_done():
    chance = Chance(int(os.environ.get("IPVS_TEST_SEED", "20261201")))
    seen = collections.Counter()
    for start in range(0, TABLES, IN_ONE_NETWORK):
        ports = iter(range(2048, 65536))
        with laid_out() as bed:
            for number in range(start, min(start + IN_ONE_NETWORK, TABLES)):
                rules, edits = chance.table(number)
                bed.set(rules, edits)
                for _ in range(2 if number % 4 == 0 else 1):
                    packet = chance.packet(next(ports))
                    answer = bed.ask(packet)
                    done = bed.send(packet)
                    about = f"table {number}\n{rules}{edits}\n{packet}: {done}\n{answer}"
                    assert answer.allows(done), about
                    seen[answer.certainty] += 1
    print(dict(seen))
    assert set(seen) == {"certain", "now", "depends", "none"}, seen
