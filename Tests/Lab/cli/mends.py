"""The functions behind the table of exceptions: what the original would have had to be told, or
to print, to do what a mended program does."""

import re

from cli import table
from cli.stage import Result
from cli.words import SERVICES, Item

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
        match = re.fullmatch(r"\[([^\[\]%]*:[^\[\]%]*)\]", text)
        return match[1] if match else text
    return _changed_addresses(items, change)


def six_names(items, hosts):
    def change(text):
        match = re.fullmatch(r"\[?([A-Za-z][\w.-]*)\]?(?::(.+))?", text)
        address = match and _resolved(match[1], hosts)
        if not address:
            return text
        return f"[{address}]:{match[2]}" if match[2] else address
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
    """What a real server's port and family depend on, told before the real server."""
    named = [i for i in items[1:] if i.name in SERVICES]
    names = [i.name for i in items]
    if len(named) != 1 or names.count("real-server") != 1:
        return items
    if names.index("real-server") < names.index(named[0].name):
        return [items[0], *named, *(i for i in items[1:] if i not in named)]
    return items


def netmask_last(items):
    """The family that a netmask is read by, told before it."""
    masks = [i for i in items if i.name == "netmask"]
    names = [i.name for i in items]
    if len(masks) != 1:
        return items
    place = names.index("netmask")
    if any(name in SERVICES or name == "ipv6" for name in names[place:]):
        return [*(i for i in items if i not in masks), *masks]
    return items


# Restore input: a text gives the text that says the same in the original.


def lines(text):
    """The lines with their newlines; unlike str.splitlines, only a newline ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def without_comments(text):
    return "".join(line for line in lines(text) if not line.lstrip(" \t\r").startswith("#"))


def with_last_line(text):
    last = text.rpartition("\n")[2]
    return text.rstrip(" \t") + "\n" if re.search(r"\S[ \t]{2,}$", last) else text


# Results: what the original gave, with a listing of the same without names, gives the mended result.


def unsigned_marks(step, result, guide):
    def listed(match):
        text = f"FWM  {int(match[1]) % 2**32}{match[2] or ''}"
        # Columns of statistics are padded; those of the plain listing are not.
        return text.ljust(len(match[0])) if match[3].startswith("  ") else text + match[3]
    text = re.sub(r"^FWM  (-\d+)( IPv6)?( +)", listed, result.stdout, flags=re.M)
    text = re.sub(r"(?<= -f )-\d+", lambda match: str(int(match[0]) % 2**32), text)
    return result._replace(stdout=text)


def third_flag(step, result, guide):
    text = re.sub(r"^(\S+ +\S+ (?:sh|mh)) \(\)", r"\1 (flag-3)", result.stdout, flags=re.M)
    text = re.sub(r" -b $", " -b flag-3", text, flags=re.M)
    return result._replace(stdout=text)


def ascending(step, result, guide):
    if "--nosort" in step.argv:
        return result
    numeric = None if guide is None else unsigned_marks(step, Result(0, guide, ""), None).stdout
    try:
        return result._replace(stdout=table.in_order(result.stdout, numeric))
    except (ValueError, OSError):
        return result


def whole_names(step, result, guide, environment):
    """Saved lines with the names that the original cuts after 59 bytes."""
    if guide is None or "-A " not in result.stdout:
        return result
    pairs = zip(result.stdout.splitlines(), guide.splitlines())
    whole = [" ".join(_whole(n, g, environment) for n, g in zip(named.split(" "), numeric.split(" ")))
             if named.count(" ") == numeric.count(" ") else named for named, numeric in pairs]
    return result._replace(stdout="".join(line + "\n" for line in whole))


def _whole(named, numeric, environment):
    if len(named.encode()) != 59:
        return named
    host, _, port = numeric.rpartition(":")
    names = {}
    for line in environment["files"]["/etc/hosts"].splitlines():
        names.setdefault(line.split()[0], line.split()[1])
    bare = host.strip("[]")
    name = names.get(bare, bare)
    host = f"[{name}]" if host.startswith("[") else name
    for line in environment["files"]["/etc/services"].splitlines():
        if line.split()[1].split("/")[0] == port and f"{host}:{line.split()[0]}".startswith(named):
            return f"{host}:{line.split()[0]}"
    return f"{host}:{port}"


def quiet_modprobe(step, result, guide):
    return result._replace(
        stderr="".join(line for line in lines(result.stderr) if not line.startswith("modprobe: ")))


#: Stands for a complaint of our own wording, where the original has none to compare it with.
OWN_COMPLAINT = "<a complaint>"


def no_crash(step, result, guide):
    return Result(2, "", OWN_COMPLAINT) if result.exit < 0 else result
