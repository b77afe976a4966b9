# SPDX-License-Identifier: Apache-2.0
"""Requests to the kernel over generic netlink, and its replies, message by message.

The requests of a file build on each other, in a network namespace with `lo` and a dummy `d0`, 10.9.0.1/16. Types of
messages are recorded with the family number of the recording, which another kernel may change.
"""

import contextlib
import errno
import os
import socket
import struct
import time

from cli import kernel
from differential import asking
from differential.asking import attribute, text, word
from differential.rules import Server, Service, server_counts

_ERROR, _DONE = 2, 3
_HEADER = 16

#: The kernel may take seconds to end a synchronization daemon.
_PATIENCE = 20

#: A daemon that is ended before its thread has run is never acknowledged; it gets this many seconds.
_START = 0.1

_START_DAEMON, _STOP_DAEMON = 9, 10
_NOBODY = 65534



def record(recording):
    kernel.unshare(kernel.CLONE_NEWNET)
    route = kernel.RouteSocket()
    route.bring_up("lo")
    route.add_dummy("d0")
    route.add_address("d0", "10.9.0.1", 16)
    route.bring_up("d0")
    route.close()
    own = asking.Connection()
    family = (recording.get("family_id", own.family), own.family)
    kept = []
    for case in recording.get("cases", ()):
        _play(case, family)
        if case.get("unverified"):
            kept.append((f"{case['id']} {case['desc']}", "the kernel does not answer"))
    if "cases" not in recording:
        _play_controller(recording, own)
    own.close()
    return kept


def _play(case, family):
    messages = _with_family(bytes.fromhex(case["hex"]), *family)
    unprivileged = case["desc"].startswith("unprivileged")
    replies = _ask(messages, unprivileged)
    if messages[_HEADER:_HEADER + 1] == bytes([_START_DAEMON]):
        time.sleep(_START)
    for reply in replies:
        if reply["type"] == family[1]:
            reply["type"] = family[0]
    if not replies:
        # It keeps what the recording says of a request without an answer.
        return
    codes = [_errno(reply) for reply in replies if reply["type"] in (_ERROR, _DONE)]
    case["errno_value"] = codes[0] if codes else None
    if "errno" in case:
        case["errno"] = _name(codes[0]) if codes else "reply"
    if "all_errno" in case:
        case["all_errno"] = list(map(_name, codes))
    if "replies" in case:
        case["replies"] = replies
    if "reply_count" in case:
        case["reply_count"] = sum(reply["type"] not in (_ERROR, _DONE) for reply in replies)
    case.pop("unverified", None)


def _play_controller(recording, own):
    """The file of single questions, which has a field for each."""
    for entry in recording.values():
        if isinstance(entry, dict):
            reply = _ask(bytes.fromhex(entry["request"]))[0]
            if "reply_body" in entry:
                entry.update(
                    reply_body=reply["body"], nlmsg_type=reply["type"], flags=reply["flags"])
            else:
                entry["errno"] = _errno(reply)
    service = Service(6, "10.0.0.1", 80, "rr")
    _do(own, service.adding())
    for number in (1, 2, 3):
        _do(own, service.adding_server(Server(f"10.2.0.{number}", 80)))
    listing = service.listing_servers()
    replies = own.ask(listing.command, listing.payload, asking.DUMP).replies
    recording["dump order of dests added 1,2,3"] = [server_counts(reply)[0] for reply in replies]
    master = word(1, 1)
    for name, command, daemon in (
            ("start master on lo", _START_DAEMON, master + text(2, "lo") + word(3, 1)),
            ("stop master", _STOP_DAEMON, master)):
        begun = time.monotonic()
        code = own.ask(command, attribute(3, daemon)).errno
        recording[name] = [code, round(time.monotonic() - begun, 1)]
        time.sleep(_START)


def _do(own, request):
    answer = own.ask(request.command, request.payload)
    assert answer.errno == 0, f"{request.words}: {answer}"


def _ask(messages, unprivileged=False):
    """Sends messages in one datagram, on a socket of their own; the replies."""
    with _as_nobody() if unprivileged else contextlib.nullcontext():
        own = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        own.send(messages)
    own.settimeout(_PATIENCE)
    requests = list(_each(messages))
    missing, replies = len(requests), []
    with own:
        while missing > 0:
            try:
                received = own.recv(1 << 17)
            except TimeoutError:
                break
            for kind, flags, body in _each(received):
                body = body[:4] if kind == _ERROR else body
                replies.append({"type": kind, "flags": flags, "body": body.hex()})
                is_whole = not requests[0][1] & (asking.ACK | asking.DUMP)
                missing -= kind in (_ERROR, _DONE) or is_whole
    return replies


@contextlib.contextmanager
def _as_nobody():
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def _each(data):
    """Type, flags and body of each message."""
    offset = 0
    while offset + _HEADER <= len(data):
        length, kind, flags = struct.unpack_from("=IHH", data, offset)
        yield kind, flags, data[offset + _HEADER:offset + length]
        offset += max(_HEADER, (length + 3) & ~3)


def _with_family(data, recorded, own):
    """The messages of the recorded family with the number that it has in this kernel."""
    made, offset = bytearray(data), 0
    while offset + _HEADER <= len(data):
        length, kind = struct.unpack_from("=IH", data, offset)
        if kind == recorded:
            struct.pack_into("=H", made, offset + 4, own)
        offset += max(_HEADER, (length + 3) & ~3)
    return bytes(made)


def _errno(reply):
    return -struct.unpack("=i", bytes.fromhex(reply["body"])[:4])[0]


def _name(code):
    # Two names for one number; the recordings have this one.
    return "ENOTSUP" if code == errno.ENOTSUP else errno.errorcode.get(code, str(code))


def masked(recording):
    """Services are dumped in the order of a hash of memory addresses; daemons take a moment."""
    for case in recording.get("cases", ()):
        replies = case.get("replies", [])
        if sum(reply["body"].startswith("0101") for reply in replies) > 1:
            replies.sort(key=lambda reply: (reply["type"] == _DONE, reply["body"]))
    for name in ("start master on lo", "stop master"):
        if name in recording:
            recording[name][1] = 0.0
    return recording
