# SPDX-License-Identifier: Apache-2.0
"""Command lines by chance, from a grammar of every command, option, spelling and kind of value.

One seed gives the same lines always. Values come from small sets, so that lines meet: services
that exist, servers that are there twice, names, limits, and values just beyond them.
"""

import random

from cli.stage import Step
from cli.values import VALUES
from cli.words import COMMANDS, OPTIONS

_SERVICE = ("tcp-service",) * 4 + ("udp-service",) * 2 + ("fwmark-service",) * 2 + ("sctp-service",)
_WAYS = ("gatewaying", "masquerading", "masquerading", "masquerading", "ipip")
_VIEWS = ("stats", "rate", "thresholds", "persistent-conn", "tun-info", "exact", "nosort")
_OF_SERVICE = ("scheduler", "scheduler", "persistent", "netmask", "pe", "ops", "sched-flags")
_OF_SERVER = ("weight", "weight", "weight", "u-threshold", "l-threshold")
_DAEMON = ("mcast-interface", "mcast-interface", "syncid", "sync-maxlen", "mcast-group",
           "mcast-port", "mcast-ttl")
_HOW_OFTEN = {
    "add-service": 24, "edit-service": 8, "delete-service": 4, "clear": 1, "list": 12, "zero": 4,
    "add-server": 26, "edit-server": 9, "delete-server": 6, "set": 3, "start-daemon": 4,
    "stop-daemon": 2, "restore": 6, "save": 4, "help": 0.3, "version": 0.3,
}


def _portless(service):
    host, colon, port = service.rpartition(":")
    return "." in port or not colon or port == "0" or host.count(":") > 1 and "[" not in host


class Generator:
    """Makes cases; `fault` is the chance of each value, option or word to be a wrong one.

    The lines of a case speak mostly of the same few services, and of servers of their family.
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def case(self):
        """Steps that fill a table, try things on it, and look at it."""
        self.fault = 0
        self.servers = []
        self.services = [self.service() for _ in range(self.chance.randint(1, 3))]
        first = "".join(self.plain_service(of) for of in self.services)
        self.fault = 0.01
        first += self.restore_input(self.chance.randint(1, 5))
        self.fault = 0.06
        steps = [self.step() for _ in range(self.chance.randint(4, 6))]
        looks = self.listing(), Step(("ipvsadm", "-Sn"))
        return (Step(("ipvsadm", "-R"), first), *steps, *looks)

    def plain_service(self, service):
        words = ["-A", *(word for option in service for word in self.spelled(*option)),
                 "-s", self.chance.choice(("rr", "wrr", "wlc", "sh", "mh"))]
        return " ".join(words + (["-p"] if _portless(service[0][1]) else [])) + "\n"

    def service(self):
        """Options that name a service: pairs of an option and its value."""
        name = self.chance.choice(_SERVICE)
        value = self.value(name)
        while " " in value or not value:
            value = self.value(name)
        options = [(name, value)]
        if name == "fwmark-service" and self.chance.random() < 0.4:
            options.append(("ipv6", None))
        return options

    def server(self, service):
        """A real server, mostly of the service's family, and often one named before."""
        if self.servers and self.chance.random() < 0.5:
            return self.chance.choice(self.servers)
        value = self.value("real-server")
        six = ":" in (service[0][1] or "").rstrip("0123456789").rstrip(":") or len(service) == 2
        for _ in range(20):
            if self.chance.random() < 0.1 or (value.count(":") > 1) == six:
                break
            value = self.value("real-server")
        self.servers.append(("real-server", value))
        return ("real-server", value)

    def step(self):
        if self.chance.random() < 0.02:
            words = self.chance.choice(([], ["foo"], ["--"], ["-"], ["-Q"], ["--foo"], ["-n"]))
            return Step(("ipvsadm", *words))
        name = self.chance.choices(*zip(*_HOW_OFTEN.items()))[0]
        if name == "restore":
            lines = self.restore_input(self.chance.randint(1, 5))
            return Step(("ipvsadm", *self.line("restore")), lines)
        return Step(("ipvsadm", *self.line(name)))

    def listing(self):
        views = self.chance.sample(_VIEWS, self.chance.choice((0, 0, 1, 1, 2)))
        words = self.chance.choice((["-Ln"], ["-Ln"], ["-L"], ["-l", "--numeric"], ["-S"]))
        return Step(("ipvsadm", *words, *(f"--{view}" for view in views if words != ["-S"])))

    def restore_input(self, count):
        kinds = ("add-service",) + ("add-server",) * 8 + ("edit-server", "set", "list", "zero")
        lines = [self.restore_line(self.chance.choice(kinds)) for _ in range(count)]
        return "".join(lines) + self.chance.choice(("",) * 6 + ("-A -t 10.0.0.9:9", "\n\n"))

    def restore_line(self, kind, service=None):
        words = self.line(kind, service)
        while any(not word or word.split() != [word] for word in words):
            words = self.line(kind, service and self.service())
        if kind == "list":
            words = ["-Ln"]
        lead = "ipvsadm " if self.chance.random() < 0.1 else ""
        if self.chance.random() < 0.03:
            lead = self.chance.choice(("# a remark\n", "\n", "  # indented\n", " \t\n")) + lead
        gap = "\t" if self.chance.random() < 0.05 else " "
        return lead + gap.join(words) + self.chance.choice(("\n",) * 8 + (" \n", "\r\n"))

    def line(self, command, service=None):
        """The words of a command line, about one service of the case if none is given."""
        if service is None:
            known = not self.wrong() and self.chance.random() < 0.9
            service = self.chance.choice(self.services) if known else self.service()
        chosen = self.options(command, service)
        if self.wrong():
            name = self.chance.choice(list(OPTIONS))
            chosen.append((name, self.value(name)))
        if self.wrong() and chosen:
            chosen.append(self.chance.choice(chosen))
        if self.chance.random() < 0.15:
            self.chance.shuffle(chosen)
        words = self.spelled(command, self.value(command))
        for name, value in chosen:
            words = self.bundled(words, self.spelled(name, value))
        if command == "set":
            values = [self.chance.choice(("0", "100", "900")) for _ in range(3)]
            words += values if not self.wrong() else values[:self.chance.randint(0, 2)] + ["-1"]
        if self.chance.random() < self.fault / 2:
            words.insert(self.chance.randint(0, len(words)),
                         self.chance.choice(("foo", "--foo", "-D", "-nQ", "--", "--numeric=1")))
        return words

    def wrong(self):
        return self.chance.random() < self.fault

    def options(self, command, service):
        """Pairs of options and values that the command takes."""
        service = [] if self.wrong() else list(service)
        if command in ("add-service", "edit-service"):
            return service + self.settings(service)
        if command in ("add-server", "edit-server"):
            way = [(self.chance.choice(_WAYS), None)] if self.chance.random() < 0.8 else []
            tunnel = self.tunnel() if self.chance.random() < 0.15 else []
            return service + [self.server(service or [("", "")])] + (tunnel or way) + self.some(
                _OF_SERVER, 3)
        if command == "delete-server":
            return service + [self.server(service or [("", "")])]
        if command == "delete-service":
            return service
        if command == "list":
            one = service if self.chance.random() < 0.4 else []
            rest = self.some(("numeric", *_VIEWS, *_VIEWS, "connection", "timeout", "daemon"), 2)
            return one + rest
        return {
            "start-daemon": self.some(_DAEMON, 3), "stop-daemon": self.some(("syncid",), 1),
            "save": self.some(("numeric", "sort"), 1),
            "zero": service if self.chance.random() < 0.7 else [],
        }.get(command, [])

    def settings(self, service):
        """What -A and -E set; mostly what goes together."""
        chosen = dict(self.some(_OF_SERVICE, 2))
        if "sched-flags" in chosen and not self.wrong():
            fitting = [word for word in ("sh", "mh") if word in chosen["sched-flags"]]
            chosen["scheduler"] = fitting[0] if fitting else self.value("scheduler")
        if "ops" in chosen and service and service[0][0] == "tcp-service" and not self.wrong():
            del chosen["ops"]
        if service and _portless(service[0][1]) and not self.wrong():
            chosen.setdefault("persistent", "60")
        return list(chosen.items())

    def tunnel(self):
        kind = self.value("tun-type")
        checksum = self.chance.choice(([], [("tun-nocsum", None)], [("tun-csum", None)],
                                       [("tun-remcsum", None)]))
        port = [("tun-port", self.value("tun-port"))] if (kind == "gue") != self.wrong() else []
        if kind == "ipip" and not self.wrong():
            checksum = []
        return [("ipip", None), ("tun-type", kind), *port, *checksum]

    def some(self, names, most):
        """A few different ones with values; a name that is listed twice is the likelier."""
        picked = [self.chance.choice(names) for _ in range(self.chance.randint(0, most))]
        return [(name, self.value(name)) for name in dict.fromkeys(picked)]

    def value(self, name):
        kind = {**COMMANDS, **OPTIONS}[name][1]
        if kind == "" or (kind == "?" and self.chance.random() < 0.3):
            return None
        good, bad = VALUES[name]
        return self.chance.choice(bad if self.wrong() else good)

    def spelled(self, name, value):
        short, kind = {**COMMANDS, **OPTIONS}[name]
        letter = short and self.chance.random() < 0.75
        option = f"-{short}" if letter else f"--{name}"
        if name == "list" and letter and self.chance.random() < 0.2:
            option = "-l"
        if value is None:
            return [option]
        apart = kind == ":" or (value != "" and not value.startswith("-"))
        way = self.chance.choice(("apart", "apart", "apart", "equals", "joined"))
        if way == "apart" and apart:
            return [option, value]
        return [option + value] if letter and way == "joined" and value else [f"{option}={value}"]

    def bundled(self, words, more):
        """The words of one more option, now and then in one word with the letter before it."""
        last, first = words[-1], more[0]
        letters = len(last) == 2 and last[0] == "-" and last[1] in "ADELZaedlSnmgioX"
        if letters and len(first) >= 2 and first[1] != "-" and self.chance.random() < 0.25:
            return words[:-1] + [last + first[1:]] + more[1:]
        return words + more
