# SPDX-License-Identifier: Apache-2.0
"""Tables by chance, with every setting of every kind of rule that a kernel takes.

They are written as lines in the words of 1.31 in no order, with spellings that --save does not use.
"""

import random

_SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh")
_FLAGS = {"sh": ("sh-fallback", "sh-port"), "mh": ("mh-fallback", "mh-port")}
_OTHER_FLAGS = ("flag-1", "flag-2")


class Tables:
    def __init__(self, seed):
        self.chance = random.Random(seed)

    def next(self):
        """The lines of a table of up to 12 services."""
        chance = self.chance
        # A kernel starts no sync daemon beside servers of another family than their service.
        self.is_mixed = chance.random() < 0.3
        lines = []
        for service, is_six in self._services(chance.randint(0, 12)):
            lines.append(f"-A {service} {self._settings(service, is_six)}".rstrip())
            lines += self._servers(service, is_six)
        settings = []
        if chance.random() < 0.7:
            settings.append("--set " + " ".join(str(chance.choice((1, 60, 900, 2678400)))
                                                for _ in range(3)))
        if not self.is_mixed:
            settings += [self._daemon(role) for role in ("master", "backup") if chance.random() < 0.3]
        return "".join(f"{line}\n" for line in settings + lines)

    def _services(self, count):
        """What names each service, and whether it is of IPv6."""
        found = {}
        for _ in range(count):
            kind = self.chance.choice(("-t", "-t", "-u", "--sctp-service", "-f"))
            is_six = self.chance.random() < 0.4
            number = self.chance.randint(1, 9)
            if kind == "-f":
                mark = self.chance.choice((number, 2 ** 31 - 1))
                found[f"-f {mark}" + " -6" * is_six] = is_six
            else:
                host = f"[fd00:1::{number}]" if is_six else f"10.0.0.{number}"
                found[f"{kind} {host}:{self.chance.choice((0, 1, 80, 443, 65535))}"] = is_six
        return found.items()

    def _settings(self, service, is_six):
        chance = self.chance
        words = []
        name = chance.choice(_SCHEDULERS)
        if name != "wlc" or chance.random() < 0.5:
            words.append(f"-s {name}")
        if chance.random() < 0.4:
            flags = _FLAGS.get(name, _OTHER_FLAGS)
            words.append("-b " + ",".join(chance.sample(flags, chance.randint(1, 2))))
        if service.endswith(":0") or chance.random() < 0.4:
            words.append(chance.choice(("-p", "-p 1", "-p 300", "-p 2678400")))
            if service.startswith("-u") and chance.random() < 0.5:
                words.append("--pe sip")
        if chance.random() < 0.3:
            words.append(f"-M {chance.choice((1, 64, 127)) if is_six else '255.255.255.0'}")
        if service.startswith(("-u", "-f")) and chance.random() < 0.3:
            words.append("-o")
        chance.shuffle(words)
        return " ".join(words)

    def _servers(self, service, is_six):
        chance = self.chance
        port = service.rsplit(":", 1)[-1] if not service.startswith("-f") else "0"
        hosts = chance.sample(range(1, 99), chance.randint(0, 5))
        for number in hosts:
            is_other = self.is_mixed and chance.random() < 0.3
            host = f"[fd00::{number:x}]" if is_six != is_other else f"10.1.0.{number}"
            words = [f"-r {host}:{port}"]
            method = "-i" if is_other else chance.choice(("-m", "-g", "-i", ""))
            if method == "-m" and port != "0":
                words = [f"-r {host}:{chance.choice((port, 8080))}"]
            words += [method] if method else []
            if method == "-i":
                words += [chance.choice((
                    "", "--tun-type ipip", "--tun-type gue --tun-port 6080",
                    "--tun-type gue --tun-port 1 --tun-csum",
                    "--tun-type gue --tun-port 65535 --tun-remcsum",
                    "--tun-type gre", "--tun-type gre --tun-csum"))]
            if chance.random() < 0.8:
                words.append(f"-w {chance.choice((0, 1, 7, 65535, 2147483647))}")
            if chance.random() < 0.4:
                upper = chance.choice((1, 100, 2147483647))
                words.append(f"-x {upper}")
                if chance.random() < 0.6:
                    words.append(f"-y {chance.choice((1, upper))}")
            yield " ".join(word for word in ("-a", service, *words) if word)

    def _daemon(self, role):
        chance = self.chance
        words = [f"--start-daemon {role} --mcast-interface d0 --syncid {chance.choice((0, 1, 255))}"]
        if chance.random() < 0.5:
            words.append(f"--sync-maxlen {chance.choice((100, 1400))}")
        if chance.random() < 0.5:
            group = f"224.0.0.{chance.randint(81, 99)}"
            words.append(f"--mcast-group {chance.choice((group, 'ff02::81'))}")
        if chance.random() < 0.5:
            words.append("--mcast-port 8849 --mcast-ttl 3")
        return " ".join(words)
