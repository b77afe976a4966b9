# SPDX-License-Identifier: Apache-2.0
"""One scenario on several directors at once: what is done to one is done to all, and must come to
the same. The first is the kernel's, and leads: what it answers is what the others are held to.
"""

import contextlib
import json
import time

from differential import masks
from differential.asking import ACK, DUMP
from differential.rules import server_counts


#: What Debian's ipvsadm is asked for at the end of each scenario, and of some; its counters are looked
#: at apart, as they follow late.
LISTINGS = ("-Ln", "-Sn", masks.CONNECTIONS)
ALL_LISTINGS = (*LISTINGS, "-Ln --thresholds", "-Ln --tun-info", "-Ln --persistent-conn",
                "-Ln --rate", "-L --timeout", "-L --daemon")
_COUNTERS = ("-Ln --stats --exact",)

#: Seconds for which two listings that differ must both hold still to be called different, and after
#: which they are called so in any case. A timer of the kernel of up to 40 s is at most 0.64 s late (its
#: wheel has steps of an eighth), and many that end soon keep a table in motion for some seconds.
_STILL, _IN_ANY_CASE = 2, 20

#: Two tables are read one after the other. If that takes longer than this, in seconds, they are read
#: again, at most _LOOKS times.
_AT_ONCE, _LOOKS = 0.4, 8

#: Counters are summed up every 2 s (ip_vs_est.c).
_ESTIMATION = 2.5


class Difference(AssertionError):
    """Two directors did not do the same."""


@contextlib.contextmanager
def scene(testbeds, about):
    """What is played on some testbeds, which are taken down behind it. A difference tells what it is
    about.
    """
    try:
        yield
    except Difference as difference:
        raise Difference(f"{about}: {difference}") from None
    finally:
        for testbed in testbeds:
            testbed.close()


class Play:
    """`record`, if given, is a file to which the leader's doings are written, a JSON value a line."""

    def __init__(self, leader, *others, record=None):
        self.leader, self.others, self.record = leader, others, record
        self.began = time.monotonic()
        self.packets = 0
        #: When the leader began what it does.
        self.step_began = 0

        #: What was done last, for a failure's story.
        self.story = []

    @property
    def seconds(self):
        return time.monotonic() - self.began

    def ask(self, request, flags=ACK):
        """A request (rules.Request); the answers must be equal but for statistics."""
        self.step_began = self.seconds
        answer = self.leader.ask(request, flags).without_statistics()
        servers = {"servers": list(map(server_counts, answer.replies))} if flags == DUMP else {}
        self._note(**request.words, errno=answer.errno, **servers)
        for other in self.others:
            got = other.ask(request, flags).without_statistics()
            if got != answer:
                self._fail(f"{other}: {request}", answer, got)
        return answer

    def send(self, side, packet, mark=0):
        """A packet from one side; what comes out, as (side, packet), must be equal."""
        self.packets += 1
        self.step_began = self.seconds
        out = self.leader.send(side, packet)
        self._note(do="packet", side=side, mark=mark, bytes=packet.hex(),
                   out=[[where, sent.hex()] for where, sent in out])
        for other in self.others:
            got = other.send(side, packet, len(out))
            if list(map(masks.packet, got)) != list(map(masks.packet, out)):
                self._fail(f"{other}: packet from {side}: {packet.hex()}", _told(out), _told(got))
        return out

    def sweep(self, server):
        """Waits until what a deleted server leaves behind is gone, where it does not stay."""
        for testbed in (self.leader, *self.others):
            testbed.sweep(server)

    def connections(self):
        """The tables of connections must be equal, seconds left give or take one."""
        self.step_began = self.seconds
        rows = self.leader.connections()
        self._note(do="connections", rows=self.leader.table())
        for other in self.others:
            self._compare_tables(other, rows)
        return rows

    def _compare_tables(self, other, rows):
        for _ in range(_LOOKS):
            began = self.seconds
            got = other.connections()
            # The leader's table once more: what ended between the looks ended for both.
            before, rows = rows, self.leader.connections()
            if masks.same_rows(rows, got) or masks.same_rows(before, got):
                return
            if self.seconds - began < _AT_ONCE and masks.same_rows(before, rows):
                break
        self._fail(f"{other}: connections", "\n".join(rows), "\n".join(got))

    def listings(self, lines=LISTINGS):
        """What Debian's ipvsadm shows of all directors must be the same, as soon as none moves."""
        for other in self.others:
            self._compare_listings(other, lines)

    def _compare_listings(self, other, lines):
        began = moved = self.seconds
        last = None
        while True:
            looks = self.leader.listings(lines), other.listings(lines)
            if looks[0] == looks[1]:
                return
            if looks != last:
                last, moved = looks, self.seconds
            elif self.seconds - moved > _STILL:
                break
            if self.seconds - began > _IN_ANY_CASE:
                break
        for line in lines:
            expected, got = (look[line] for look in last)
            if expected != got:
                self._fail(f"{other}: ipvsadm {line}", expected, got)

    def wait_until(self, seconds):
        """Waits until `seconds` have passed since the beginning."""
        time.sleep(max(0, seconds - self.seconds))

    def traffic(self):
        """The counters of services and servers must be equal, a while after the last packet."""
        time.sleep(_ESTIMATION)
        self.step_began = self.seconds
        if self.record:
            self._note(do="traffic", rows=self.leader.counters())
        self.listings(_COUNTERS)

    def _note(self, **step):
        step["at"] = round(self.step_began, 3)
        if step["do"] != "servers":
            self.story.append(step)
        del self.story[:-12]
        if self.record:
            self.record.write(json.dumps(step) + "\n")

    def _fail(self, what, expected, got):
        story = "\n".join(json.dumps(step) for step in self.story)
        raise Difference(
            f"{what}\n  expected: {expected}\n  got:      {got}\nafter {self.packets} packets, the"
            f" last of what was done, and what the first director said:\n{story}")


def _told(packets):
    return " ".join(f"{side}:{packet.hex()}" for side, packet in packets) or "nothing"


