# SPDX-License-Identifier: Apache-2.0
"""Firewalls as the kernel tells them: the messages of nftables' dumps, and the legacy tables as bytes.

A case has rules for one of `PROGRAMS`; its outputs are `nftables` and `legacy`.
"""

import contextlib
import ctypes
import os
import socket
import struct
import subprocess

import kernels

#: The programs that take the rules of a case, and what a kernel lacks that cannot run them.
PROGRAMS = {
    "nft": (["nft", "-f", "-"], "no nft"),
    "iptables-nft": (["iptables-nft-restore"], "no nft"),
    "iptables": (["iptables-legacy-restore"], "no iptables"),
    "ip6tables": (["ip6tables-legacy-restore"], "no iptables"),
}

_NEW_NETWORK = 0x40000000
_NETFILTER, _SUBSYSTEM = 12, 10 << 8
_TABLES, _CHAINS, _RULES, _SETS, _ELEMENTS = 1, 4, 7, 10, 13
_DUMP = 0x301
_GET_INFO, _GET_ENTRIES = 64, 65
_libc = ctypes.CDLL(None, use_errno=True)


def record(recording):
    kept = []
    for number, case in enumerate(recording["cases"]):
        command, lacking = PROGRAMS[case["program"]]
        if kernels.RUNNING.has(lacking):
            kept.append((number, lacking))
            continue
        with _new_network():
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            subprocess.run(command, input="\n".join(case["rules"]) + "\n", text=True, check=True)
            case["nftables"] = _nftables() if "nft" in case["program"] else {}
            case["legacy"] = _legacy()
    return kept


@contextlib.contextmanager
def _new_network():
    """Within the block this thread is in a network namespace of its own."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if _libc.unshare(_NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        yield
    finally:
        if _libc.setns(home, _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(home)


def masked(recording):
    return recording


def _ask(netlink, message, family=0, attributes=b""):
    """The messages of a dump, without their headers."""
    body = struct.pack("=BBH", family, 0, 0) + attributes
    netlink.send(struct.pack("=IHHII", 16 + len(body), _SUBSYSTEM | message, _DUMP, 1, 0) + body)
    found = []
    while True:
        datagram = netlink.recv(1 << 17)
        while datagram:
            length, kind = struct.unpack_from("=IH", datagram)
            if kind == 2:
                raise OSError(-struct.unpack_from("=i", datagram, 16)[0], "nftables")
            if kind == 3:
                return found
            found.append(datagram[16:length])
            datagram = datagram[(length + 3) & ~3:]


def _attribute(kind, content):
    content += b"\0"
    return struct.pack("=HH", 4 + len(content), kind) + content + bytes(-len(content) % 4)


def _texts(message):
    """The first attributes of a message that are names, by their number."""
    names, at = {}, 4
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        names[kind & 0x3fff] = message[at + 4:at + length].rstrip(b"\0")
        at += max(4, (length + 3) & ~3)
    return names


def _nftables():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as netlink:
        netlink.bind((0, 0))
        sets = _ask(netlink, _SETS)
        elements = {}
        for message in sets:
            names = _texts(message)
            asked = _attribute(1, names[1]) + _attribute(2, names[2])
            key = f"{message[0]} {names[1].decode()} {names[2].decode()}"
            elements[key] = [
                answer.hex() for answer in _ask(netlink, _ELEMENTS, message[0], asked)]
        return {
            "tables": [message.hex() for message in _ask(netlink, _TABLES)],
            "chains": [message.hex() for message in _ask(netlink, _CHAINS)],
            "rules": [message.hex() for message in _ask(netlink, _RULES)],
            "sets": [message.hex() for message in sets],
            "elements": elements,
        }


def _legacy():
    tables = []
    for family, level, names in (
            (socket.AF_INET, socket.IPPROTO_IP, "ip_tables_names"),
            (socket.AF_INET6, socket.IPPROTO_IPV6, "ip6_tables_names")):
        path = f"/proc/thread-self/net/{names}"
        if not os.path.exists(path):
            continue
        with open(path, encoding="ascii") as file, \
                socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            for table in sorted(file.read().split()):
                title = table.encode().ljust(32, b"\0")
                info = _option(raw, level, _GET_INFO, title + bytes(52))
                size, = struct.unpack_from("=I", info, 80)
                entries = _option(
                    raw, level, _GET_ENTRIES, title + struct.pack("=II", size, 0) + bytes(size))
                tables.append({
                    "family": 4 if family == socket.AF_INET else 6, "table": table,
                    "info": info.hex(), "entries": entries.hex()})
    return tables


def _option(raw, level, option, content):
    buffer = ctypes.create_string_buffer(content, len(content))
    length = ctypes.c_uint32(len(content))
    if _libc.getsockopt(raw.fileno(), level, option, buffer, ctypes.byref(length)) != 0:
        raise OSError(ctypes.get_errno(), "getsockopt")
    return buffer.raw
