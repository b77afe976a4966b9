# SPDX-License-Identifier: Apache-2.0
"""A command line taken apart as popt(3) does it, and put together again in one plain spelling.

Only for lines without a fault in their words: a line that the original refuses reports another fault
when its words are in another order. For those, `take_apart` gives None.
"""

from typing import NamedTuple

#: Long name: short letter (or None) and whether a value follows: "" no, ":" yes, "?" perhaps.
COMMANDS = {
    "add-service": ("A", ""), "edit-service": ("E", ""), "delete-service": ("D", ""),
    "clear": ("C", ""), "list": ("L", ""), "zero": ("Z", ""), "add-server": ("a", ""),
    "edit-server": ("e", ""), "delete-server": ("d", ""), "set": (None, ""),
    "start-daemon": (None, ":"), "stop-daemon": (None, ":"), "restore": ("R", ""),
    "save": ("S", ""), "help": ("h", ""), "version": ("v", ""),
}
OPTIONS = {
    "tcp-service": ("t", ":"), "udp-service": ("u", ":"), "sctp-service": (None, ":"),
    "fwmark-service": ("f", ":"), "ipv6": ("6", ""), "scheduler": ("s", ":"),
    "persistent": ("p", "?"), "netmask": ("M", ":"), "pe": (None, ":"), "ops": ("o", ""),
    "sched-flags": ("b", ":"), "real-server": ("r", ":"), "gatewaying": ("g", ""),
    "masquerading": ("m", ""), "ipip": ("i", ""), "weight": ("w", ":"),
    "u-threshold": ("x", ":"), "l-threshold": ("y", ":"), "tun-type": (None, ":"),
    "tun-port": (None, ":"), "tun-nocsum": (None, ""), "tun-csum": (None, ""),
    "tun-remcsum": (None, ""), "numeric": ("n", ""), "connection": ("c", ""),
    "timeout": (None, ""), "daemon": (None, ""), "stats": (None, ""), "rate": (None, ""),
    "thresholds": (None, ""), "persistent-conn": (None, ""), "tun-info": (None, ""),
    "nosort": (None, ""), "exact": ("X", ""), "sort": (None, ""), "syncid": (None, ":"),
    "sync-maxlen": (None, ":"), "mcast-interface": (None, ":"), "mcast-group": (None, ":"),
    "mcast-port": (None, ":"), "mcast-ttl": (None, ":"),
}
SERVICES = ("tcp-service", "udp-service", "sctp-service", "fwmark-service")

_ALL = {**COMMANDS, **OPTIONS}
_SHORT = {short: name for name, (short, _) in _ALL.items() if short} | {"l": "list"}


class Item(NamedTuple):
    """One option, or the command, with its value; None if it has none.

    A word that belongs to no option is the value of the empty name.
    """

    name: str
    value: str = None

    def words(self):
        if not self.name:
            return [self.value]
        # Without its default, the option would take a word behind it that belongs to none.
        if self == Item("persistent"):
            return ["--persistent=360"]
        kind = _ALL[self.name][1]
        if kind == ":" and self.value:
            return [f"--{self.name}", self.value]
        return [f"--{self.name}" if self.value is None else f"--{self.name}={self.value}"]


def take_apart(words):
    """The items of a command line (without the program's name), its command first, or None.

    `-R VALUE` in a line about a real server is the option of the 2.2 kernel's ipvsadm, and
    is the item "restore" with that value in the result.
    """
    reader = _Reader(list(words))
    items = []
    while reader.words or reader.bundle:
        item = reader.next(items[0].name if items else None)
        if item is None:
            return None
        items.append(item)
    if not items or items[0].name not in COMMANDS:
        return None
    if any(item.name in COMMANDS and item.value is None for item in items[1:]):
        return None
    return items


def take_beginning(words):
    """The items of a command line up to its first faulty word, and the words from that on.

    Words before a fault are read before it, so changing them does not change the fault.
    """
    reader = _Reader(list(words))
    items, command = [], None
    while reader.words:
        rest, before = list(reader.words), len(items)
        if reader.words[0] == "--":
            return items, rest
        if not reader.words[0].startswith("-") or reader.words[0] == "-":
            items.append(Item("", reader.words.pop(0)))
            continue
        while len(items) == before or reader.bundle:
            item = reader.next(command)
            if item is None or _is_misplaced(item, command):
                return items[:before], rest
            items.append(item)
            command = command or item.name
    return items, []


def _is_misplaced(item, command):
    """Whether an option comes before the command, or a second command after it."""
    if item.name == "restore" and item.value is not None:
        return False
    return (item.name in COMMANDS) != (command is None)


def put_together(items):
    return [word for item in items for word in item.words()]


class _Reader:
    def __init__(self, words):
        self.words = words
        self.bundle = ""

    def next(self, command):
        if self.bundle:
            return self._short(command)
        word = self.words.pop(0)
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            return self._item(name, value if equals else None, command) if name in _ALL else None
        if not word.startswith("-") or len(word) < 2 or word == "--":
            return None
        self.bundle = word[1:]
        return self._short(command)

    def _short(self, command):
        name, self.bundle = _SHORT.get(self.bundle[0]), self.bundle[1:]
        if name is None:
            return None
        attached = None
        if self.bundle and (_takes(name, command) or self.bundle.startswith("=")):
            attached, self.bundle = self.bundle.removeprefix("="), ""
        return self._item(name, attached, command)

    def _item(self, name, attached, command):
        kind = _takes(name, command)
        if attached is not None:
            return Item(name, attached) if kind else None
        if kind == ":":
            return Item(name, self.words.pop(0)) if self.words else None
        if kind == "?" and self.words and not self.words[0].startswith("-"):
            return Item(name, self.words.pop(0))
        return Item(name)


def _takes(name, command):
    if name == "restore" and command in ("add-server", "edit-server", "delete-server"):
        return ":"
    return _ALL[name][1]
