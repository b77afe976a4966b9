#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Talks to an engine as to the kernel: adds a service, and prints the schedulers in use.

    ipvs-engine run -- Tests/Examples/engine_client.py

An engine is the other end of a generic netlink socket: each packet on its unix socket (SOCK_SEQPACKET)
is one datagram of an AF_NETLINK socket.
"""

import os
import socket
import struct


def attribute(number, content):
    return struct.pack("=HH", 4 + len(content), number) + content + b"\0" * (-len(content) % 4)


def contents(data):
    """The payloads of attributes, by number."""
    found = {}
    while data:
        length, number = struct.unpack_from("=HH", data)
        found[number & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def message(family, command, body=b"", flags=0x5):  # NLM_F_REQUEST | NLM_F_ACK
    return struct.pack("=IHHIIBBH", 20 + len(body), family, flags, 1, 0, command, 1, 0) + body


def ask(engine, request):
    """Sends a request and returns the bodies of all replies."""
    engine.send(request)
    answers = []
    while True:
        data = engine.recv(1 << 16)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind == 2:  # NLMSG_ERROR, which also acknowledges success
                (error,) = struct.unpack_from("=i", data, 16)
                if error:
                    raise OSError(-error, os.strerror(-error))
                return answers
            if kind == 3:  # NLMSG_DONE
                return answers
            answers.append(data[20:length])
            data = data[(length + 3) & ~3:]


engine = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
engine.connect(os.environ["IPVSADM_ENGINE"])

# CTRL_CMD_GETFAMILY by CTRL_ATTR_FAMILY_NAME; CTRL_ATTR_FAMILY_ID is attribute 1 of the reply.
(found,) = ask(engine, message(16, 3, attribute(2, b"IPVS\0")))
(family,) = struct.unpack("=H", contents(found)[1])

service = (
    attribute(1, struct.pack("=H", socket.AF_INET))
    + attribute(2, struct.pack("=H", socket.IPPROTO_TCP))
    + attribute(3, socket.inet_aton("10.0.0.1"))
    + attribute(4, struct.pack("!H", 80))
    + attribute(6, b"wrr\0")
    + attribute(7, struct.pack("=II", 0, 0xFFFFFFFF))  # flags, and their mask
    + attribute(8, struct.pack("=I", 0))  # persistence timeout
    + attribute(9, b"\xff\xff\xff\xff")  # persistence netmask
)
ask(engine, message(family, 1, attribute(1, service)))  # IPVS_CMD_NEW_SERVICE

for listed in ask(engine, message(family, 4, flags=0x301)):  # IPVS_CMD_GET_SERVICE, NLM_F_DUMP
    print(contents(contents(listed)[1])[6].rstrip(b"\0").decode())
