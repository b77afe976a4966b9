# SPDX-License-Identifier: Apache-2.0
"""What differs between two tables, once from two texts of --save --full, and once as a report says.

Both as a set of triples: a sign, the object, and its settings. The sign is that of the report: `-`, `+`, or
`~`, where a setting has an old and a new value.
"""

LIST = "what is different now:"

_KINDS = {"-t": "TCP", "-u": "UDP", "--sctp-service": "SCTP"}
_METHODS = {"-m": "masq", "-g": "route", "-i": "tunnel"}
_NAMES = {"-w": "weight", "-x": "upper threshold", "-y": "lower threshold", "-s": "scheduler",
          "-p": "persistence", "-M": "netmask", "-b": "scheduler flags",
          "--pe": "persistence engine"}

#: All names of settings in reports, a longer one before one that it begins with.
_FIELDS = sorted((*_NAMES.values(), "method", "tunnel", "one packet", "tcp", "tcpfin", "udp"),
                 key=len, reverse=True)

#: What a table has where no option says anything.
_HIDDEN = {"upper threshold": ("0",), "lower threshold": ("0",),
           "netmask": ("255.255.255.255", "128")}


def difference(before, after):
    old, new = _rules(before), _rules(after)
    found = set()
    for name in old.keys() | new.keys():
        if old.get(name) == new.get(name):
            continue
        if name in old and name in new and name[0] != "daemon":
            found.add(("~", name, frozenset(
                (option, old[name].get(option), new[name].get(option))
                for option in old[name].keys() | new[name].keys()
                if old[name].get(option) != new[name].get(option))))
            continue
        # A daemon with other settings is stopped and started.
        for sign, rules in (("-", old), ("+", new)):
            if name in rules:
                is_ended = name[0] == "daemon" and sign == "-"
                found.add((sign, name, frozenset(() if is_ended else rules[name].items())))
    return found


def _rules(text):
    rules = {}
    for line in text.splitlines():
        words = line.split()
        if words[0] == "--set":
            rules["timeouts",] = dict(zip(("tcp", "tcpfin", "udp"), words[1:]))
        elif words[0] == "--start-daemon":
            rules["daemon", words[1]] = {
                "interface": words[words.index("--mcast-interface") + 1],
                "sync ID": words[words.index("--syncid") + 1]}
        elif words[0] == "-A":
            service, rest = _service(words[1:])
            rules[service,] = _options(rest)
        else:
            service, rest = _service(words[1:])
            rules[service, rest[1]] = _options(rest[2:])
    return rules


def _service(words):
    """The service as reports name it, and the words after it."""
    if words[0] != "-f":
        return f"{_KINDS[words[0]]} {words[1]}", words[2:]
    if words[2:3] == ["-6"]:
        return f"firewall mark {words[1]}, IPv6", words[3:]
    return f"firewall mark {words[1]}", words[2:]


def _options(words):
    options, tunnel = {}, {}
    words = list(words)
    while words:
        word = words.pop(0)
        if word in _METHODS:
            options["method"] = _METHODS[word]
        elif word == "-o":
            options["one packet"] = "on"
        elif word in ("--tun-type", "--tun-port"):
            tunnel[word] = words.pop(0)
        elif word.startswith("--tun"):
            tunnel[word] = ""
        else:
            options[_NAMES[word]] = words.pop(0)
    if tunnel:
        port = f" at port {tunnel['--tun-port']}" if "--tun-port" in tunnel else ""
        checksum = " with checksum" if "--tun-csum" in tunnel else ""
        options["tunnel"] = f"{tunnel['--tun-type']}{port}{checksum}"
    return options


def reported(text):
    """What a report on standard error lists; nothing where it has no list."""
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if line.endswith(LIST)), None)
    found, service = set(), None
    for line in lines[at + 1:] if at is not None else ():
        if line.startswith("  remedy: "):
            break
        assert line.startswith("  "), f"no row of the list: {line!r}"
        sign, row = line[2], line[4:]
        if row.startswith("sync daemon "):
            found.add((sign, ("daemon", row.split()[2]), _daemon(row)))
        elif row.startswith("timeouts  "):
            found.add((sign, ("timeouts",), _changed(row.split("  ")[1:])))
        elif row.startswith("  "):
            server, *fields = row.strip().split("  ")
            found.add((sign, (service, server), _changed(fields) if sign == "~" else _server(fields)))
        else:
            title, *fields = row.split("  ")
            service, _, scheduler = title.rpartition(" ")
            if sign != " ":
                found.add((sign, (service,), _changed(fields) if sign == "~" else frozenset(
                    {("scheduler", scheduler), *map(_value, fields)})))
    return found


def _daemon(row):
    if " on " not in row:
        return frozenset()
    _, _, settings = row.partition(" on ")
    interface, number = settings.split(", sync ID ")
    return frozenset({("interface", interface), ("sync ID", number.split(",")[0])})


def _server(fields):
    method, _, tunnel = fields[0].partition(" ")
    return frozenset({("method", method), *map(_value, fields[1:])}
                     | ({("tunnel", tunnel)} if tunnel else set()))


def _value(field):
    name = next(known for known in _FIELDS if field.startswith(f"{known} "))
    return name, field[len(name) + 1:]


def _changed(fields):
    """From fields such as `weight 30 -> 40`."""
    changed = set()
    for name, values in map(_value, fields):
        hidden = _HIDDEN.get(name, ()) + ("none",)
        changed.add((name, *(None if value in hidden else value for value in values.split(" -> "))))
    return frozenset(changed)
