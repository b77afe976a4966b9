# SPDX-License-Identifier: Apache-2.0
"""Rules of policy routing as messages (rtnetlink(7)): what ip(8) cannot delete one by one."""

import contextlib
import socket
import struct

RTM_DELRULE, RTM_GETRULE = 33, 34
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
FRA_PROTOCOL = 21
RTPROT_KERNEL = 2


@contextlib.contextmanager
def routing_socket(host):
    with host.inside():
        connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    with connection:
        connection.settimeout(10)
        yield connection


def _request(connection, kind, flags, body):
    connection.send(struct.pack("=IHHII", 16 + len(body), kind, flags | NLM_F_REQUEST, 1, 0) + body)
    while True:
        datagram = connection.recv(1 << 16)
        while datagram:
            length, kind = struct.unpack_from("=IH", datagram)
            yield kind, datagram[16:length]
            if kind in (NLMSG_ERROR, NLMSG_DONE):
                return
            datagram = datagram[length + 3 & ~3:]


def listed(connection, family):
    """The rules of a family as the kernel describes them, in their order."""
    body = struct.pack("=B11x", family)
    messages = list(_request(connection, RTM_GETRULE, NLM_F_DUMP, body))
    return [message for kind, message in messages if kind not in (NLMSG_ERROR, NLMSG_DONE)]


def maker(rule):
    """Who made a rule (`protocol` in ip-rule(8))."""
    offset = 12
    while offset < len(rule):
        length, kind = struct.unpack_from("=HH", rule, offset)
        if kind == FRA_PROTOCOL:
            return rule[offset + 4]
        offset += length + 3 & ~3
    return 0


def delete(connection, rule):
    """Deletes a rule; whether it was there."""
    ((_, answer),) = _request(connection, RTM_DELRULE, NLM_F_ACK, rule)
    return struct.unpack_from("=i", answer)[0] == 0
