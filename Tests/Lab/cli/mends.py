# SPDX-License-Identifier: Apache-2.0
"""The functions behind the table of exceptions: what the original would have had to be told, or
to print, to do what a mended program does."""

import os
import re
from typing import NamedTuple

from cli import table
from cli.stage import Result
from cli.words import SERVICES, Item, take_apart

ADDRESSES = ("tcp-service", "udp-service", "sctp-service", "real-server")


# Lines: a list of items, the command first, gives the list that says the same in the original.


def _changed_addresses(items, change):
    return [
        Item(item.name, change(item.value)) if item.name in ADDRESSES else item for item in items]


def old_real_server(items):
    return [Item("real-server", i.value) if i.name == "restore" and i.value else i for i in items]


def _resolved(host, hosts):
    """The IPv6 address of a name that has no IPv4 address; else None."""
    found = [line.split()[0] for line in hosts.splitlines() if host in line.split()[1:]]
    return found[0] if found and all(":" in address for address in found) else None


def bracketed(items, hosts):
    def change(text):
        match = re.fullmatch(r"\[([^\[\]:]+)\]:(.+)", text)
        if match and not _resolved(match[1], hosts):
            return f"{match[1]}:{match[2]}"
        match = re.fullmatch(r"\[([^\[\]%:]*:[^\[\]%:]*:[^\[\]%]*)\]", text)
        return match[1] if match else text
    return _changed_addresses(items, change)


def six_names(items, hosts):
    def change(text):
        match = re.fullmatch(r"(\[?)([A-Za-z][\w.-]*)(\]?)(?::(.+))?", text)
        address = match and _resolved(match[2], hosts)
        if not address or bool(match[1]) != bool(match[3]) or match[1] and not match[4]:
            return text
        return f"[{address}]:{match[4]}" if match[4] else address
    return _changed_addresses(items, change)


def junk_after_blank(items):
    """An address that the original refuses, in place of one that it reads only the start of."""
    def change(text):
        host, colon, port = text.rpartition(":")
        host, port = (host, port) if colon else (text, "")
        words = host.split()
        return text if len(words) < 2 else "".join(words) + colon + port
    items = _changed_addresses(items, change)
    return [
        Item(i.name, "".join(i.value.split()) + "junk")
        if i.name == "netmask" and len(i.value.split()) > 1 else i for i in items]


def service_first(items):
    """What a real server's port and family depend on, told before the real server.

    That is the first service: a second one is a fault, which is found after both are read.
    """
    names = [i.name for i in items]
    service = next((n for n, i in enumerate(items) if n and i.name in SERVICES), None)
    if service is None or "real-server" not in names[:service]:
        return items
    server = names.index("real-server")
    # A -6 that comes too early stays so.
    first = [*(i for i in items[:service] if i.name == "ipv6"), items[service]]
    rest = [i for i in items[server:service] if i.name != "ipv6"]
    before = [i for i in items[:server] if i.name != "ipv6"]
    return [*before, *first, *rest, *items[service + 1:]]


def netmask_last(items):
    """The family that a netmask is read by, told before it."""
    names = [i.name for i in items]
    services = [n for n, name in enumerate(names) if name in SERVICES]
    if names.count("netmask") != 1 or not services:
        return items
    family = services[0]
    if names[family] == "fwmark-service":
        family = max(n for n, name in enumerate(names) if n == family or name == "ipv6")
    place = names.index("netmask")
    if place > family:
        return items
    return [*items[:place], *items[place + 1:family + 1], items[place], *items[family + 1:]]


def zeroed_service(items):
    """A service that is not there, for one that the original takes to mean all services."""
    def change(text):
        return re.sub(r"^(?:(0\.0\.0\.0)|\[?::\]?)(:0)?$", lambda m: (m[1] or "[::]") + ":65533", text)
    if items[0].name != "zero":
        return items
    return [Item(i.name, change(i.value)) if i.name in SERVICES else i for i in items]


# Restore input: a text gives the text that says the same in the original.


def lines_of(text):
    """The lines with their newlines; unlike str.splitlines, only a newline ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def without_comments(text):
    """A word that begins with # starts a comment, which ends with the line."""
    return re.sub(r"(?<![^ \t\r\n])#[^\n]*", "", text)


def with_last_line(text):
    last = text.rpartition("\n")[2]
    return text.rstrip(" \t\r") + "\n" if re.search(r"\S[ \t\r]{2,}$", last) else text


def with_whole_words(text):
    """Words that the original does not break after 4096 bytes. They name nothing in the kernel."""
    return re.sub(r"[^ \t\r\n]{4097,}", lambda word: word[0][:4096], text)


# Results: what the original gave gives the mended result. A guide says what it does not show.


class Guide(NamedTuple):
    """What the kernel knew when a listing was made."""

    #: The same rows without names; None if they have none.
    numeric: str

    #: The keys of the services whose scheduler has its third flag set, and hides it.
    third_flags: frozenset

    def listing(self, result):
        """The numeric rows of the result, with marks as unsigned numbers."""
        text = result.stdout if self.numeric is None else self.numeric
        return _unsigned(text)


def _unsigned(text):
    def listed(match):
        mark = f"FWM  {int(match[1]) % 2**32}{match[2] or ''}"
        # Columns of statistics are padded; those of the plain listing are not.
        return mark.ljust(len(match[0])) if match[3].startswith("  ") else mark + match[3]
    text = re.sub(r"^FWM  (-\d+)( IPv6)?( +)", listed, text, flags=re.M)
    return re.sub(r"(?<= -f )-\d+", lambda match: str(int(match[0]) % 2**32), text)


def unsigned_marks(step, result, guide):
    return result._replace(stdout=_unsigned(result.stdout))


def third_flag(step, result, guide):
    """`()` and an empty `-b` tell that only this flag is set; beside others only the guide does."""
    text = re.sub(
        r"^(\S+ +\S+(?: IPv6)? (?:sh|mh)) \(\)", r"\1 (flag-3)", result.stdout, flags=re.M)
    text = re.sub(r" -b $", " -b flag-3", text, flags=re.M)
    result = result._replace(stdout=text)
    if guide is None or not guide.third_flags:
        return result
    keys = iter(_keys(guide.listing(result)))
    lines = [
        _with_third_flag(line) if table.is_service(line) and next(keys) in guide.third_flags
        else line for line in lines_of(text)]
    return result._replace(stdout="".join(lines))


def _keys(numeric):
    return [table.service_key(line) for line in lines_of(numeric) if table.is_service(line)]


def _with_third_flag(line):
    line = re.sub(r"( -b (?!.*flag-3)\S+)", r"\1,flag-3", line)
    return re.sub(r"( (?:sh|mh) \((?!.*flag-3)[^)]+)\)", r"\1,flag-3)", line)


def ascending(step, result, guide):
    if "--nosort" in step.argv or not table.has_rows(result.stdout):
        return result
    try:
        numeric = result.stdout if guide is None else guide.listing(result)
        return result._replace(stdout=table.in_order(result.stdout, numeric))
    except (ValueError, OSError):
        # Rows with names, and no guide to what they stand for.
        return result


def restorable_names(step, result, guide):
    """Saved lines with the numbers in place of names that the original cuts after 59 bytes."""
    if guide is None or guide.numeric is None or "-A " not in result.stdout:
        return result
    pairs = zip(lines_of(result.stdout), lines_of(guide.numeric), strict=True)
    return result._replace(stdout="".join(_restorable(named, numbers) for named, numbers in pairs))


def _restorable(named, numbers):
    words = zip(named.split(" "), numbers.split(" "), strict=True)
    return " ".join(number if len(word) == 59 else word for word, number in words)


def quiet_modprobe(step, result, guide):
    return result._replace(
        stderr=re.sub(r"^modprobe: .*\n", "", result.stderr, flags=re.M))


#: Replaces a message of our own wording, where the original has none to compare it with.
OWN_COMPLAINT = "<a complaint>"

#: Replaces a listing that the original refuses to make.
OWN_LISTING = "<a listing>"

_SELECTING = {*SERVICES, "scheduler", "real-server"}
_LISTED = _SELECTING | {
    "list", "numeric", "connection", "stats", "rate", "thresholds", "persistent-conn", "tun-info",
    "nosort", "exact", "sort", "syncid", "ipv6"}
_REFUSED = re.compile(
    r"Illegal '(scheduler|real-server)' option with the 'list' command"
    r"|The option 'service-address' conflicts with the 'connection' option in the 'list' command"
    r"|multiple '(service-address|scheduler|real-server)' options specified")


def selected_listing(step, result):
    """A listing where the original refuses the options that select what is in it."""
    items = take_apart(step.argv[1:])
    selects = items and items[0].name == "list" and {item.name for item in items} <= _LISTED
    if not selects or not _REFUSED.fullmatch(result.complaint):
        return result
    return Result(0, OWN_LISTING, "")


#: What ipvsadm-save refuses, and changes nothing.
_UNKNOWN = "-x"
_OF_RESTORE = "--words-of-ipvsadm-restore"


def known_words(argv):
    """The call of a wrapper with words that the original refuses where ours does."""
    program = os.path.basename(argv[0])
    if program == "ipvsadm-restore" and any(word != "--strict" for word in argv[1:]):
        return (argv[0].removesuffix("restore") + "save", _OF_RESTORE)
    if program == "ipvsadm-save" and any(word != "-n" for word in argv[1:]):
        return (argv[0], *argv[1:], _UNKNOWN)
    return argv


def refused_words(step, result):
    return Result(2, "", OWN_COMPLAINT) if _OF_RESTORE in step.argv else result


def no_crash(step, result, guide):
    return Result(2, "", OWN_COMPLAINT) if result.exit < 0 else result
