# SPDX-License-Identifier: Apache-2.0
"""The few system calls that the lab needs and Python 3.11 does not offer."""

import ctypes
import errno
import os
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000


def _checked(status):
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def unshare(flags):
    _checked(_libc.unshare(flags))


def enter(descriptor, kind):
    """Moves this process into a namespace; children started afterwards are born in it."""
    _checked(_libc.setns(descriptor, kind))


def bind_mount(source, target):
    _checked(_libc.mount(source.encode(), target.encode(), None, MS_BIND, None))


def make_mounts_private():
    _checked(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))


def namespace(kind):
    """A descriptor that keeps this process's namespace of a kind ("net", "mnt") alive."""
    return os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)


class RouteSocket:
    """Sets up links and addresses: rtnetlink(7), since starting ip(8) costs more than a step."""

    NEWLINK, NEWADDR = 16, 20
    REQUEST, ACK, CREATE = 0x1, 0x4, 0x400
    UP = 0x1

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)

    def close(self):
        self.socket.close()

    def bring_up(self, name):
        index = socket.if_nametoindex(name)
        self._ask(self.NEWLINK, 0, struct.pack("=BxHiII", 0, 0, index, self.UP, self.UP))

    def add_dummy(self, name):
        """A network interface without a network. Where there is no dummy(4), half a veth(4) is."""
        try:
            self._add(name, b"dummy")
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            self._add(name, b"veth")

    def _add(self, name, kind):
        kind = _attribute(1, kind)
        body = struct.pack("=BxHiII", 0, 0, 0, self.UP, self.UP)
        self._ask(
            self.NEWLINK, self.CREATE, body + _attribute(3, name.encode() + b"\0")
            + _attribute(18, kind))

    def add_address(self, name, address, prefix):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        packed = socket.inet_pton(family, address)
        # IFA_F_NODAD: an IPv6 address is usable at once, without duplicate detection.
        flags = 0x02 if family == socket.AF_INET6 else 0
        body = struct.pack("=BBBBi", family, prefix, flags, 0, socket.if_nametoindex(name))
        self._ask(
            self.NEWADDR, self.CREATE, body + _attribute(2, packed) + _attribute(1, packed))

    def _ask(self, kind, flags, body):
        length = 16 + len(body)
        header = struct.pack("=IHHII", length, kind, flags | self.REQUEST | self.ACK, 1, 0)
        self.socket.send(header + body)
        reply = self.socket.recv(8192)
        error = struct.unpack_from("=i", reply, 16)[0]
        if error != 0:
            raise OSError(-error, os.strerror(-error))


def _attribute(kind, payload):
    padding = b"\0" * (-len(payload) % 4)
    return struct.pack("=HH", 4 + len(payload), kind) + payload + padding
