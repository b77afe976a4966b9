# SPDX-License-Identifier: Apache-2.0
"""The programs whose configurations are imported, each in a network namespace of its own."""

import os
import subprocess
import time

#: keepalived is there after a second, ldirectord starts an ipvsadm for each server, which takes its time in User-Mode
#: Linux.
PATIENCE = 250

IPVSADM = f"{os.environ['PROGRAMS']}/ipvsadm"


#: What a daemon has that was told nothing else.
DAEMON_DEFAULTS = (
    " --sync-maxlen 1472", " --mcast-group 224.0.0.81", " --mcast-port 8848", " --mcast-ttl 1")


def comparable(text):
    """Lines of rules as a set, without what the kernel has of its own."""
    lines = {line.rstrip() for line in text.splitlines()} - {"--set 900 120 300", ""}
    return {_plain(line) for line in lines}


def _plain(line):
    for words in DAEMON_DEFAULTS if line.startswith("--start-daemon") else ():
        line = line.replace(words, "")
    return line


class Director:
    """A network namespace with the routes that servers need to be taken for reachable."""

    NAME = "importing"

    def __enter__(self):
        self.ip("netns", "add", self.NAME)
        for words in (
                "link set lo up", "link add outer type dummy", "link add sync0 type dummy",
                "link set outer up", "link set sync0 up", "addr add 198.18.0.1/16 dev outer",
                "addr add 2001:db8:ffff::1/64 dev outer nodad", "route add default dev outer",
                "-6 route add default via 2001:db8:ffff::2 dev outer"):
            self.ip("-n", self.NAME, *words.split())
        return self

    def __exit__(self, *_):
        self.ip("netns", "del", self.NAME)

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def command(self, *words):
        return ["ip", "netns", "exec", self.NAME, *words]

    def run(self, *words, **options):
        return subprocess.run(
            self.command(*words), check=True, capture_output=True, text=True, **options).stdout

    def table(self):
        return comparable(self.run(IPVSADM, "-S", "-n", "--full"))

    def becomes(self, program, end_by, expected):
        """The table that a program makes: as soon as it is the expected one, or the last one seen.

        The program is ended by a signal.
        """
        with open("/run/importing.log", "w+") as log:
            process = subprocess.Popen(
                self.command(*program), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            try:
                end = time.monotonic() + PATIENCE
                while (seen := self.table()) != expected and time.monotonic() < end:
                    assert process.poll() is None, open("/run/importing.log").read()
                    time.sleep(0.5)
                return seen
            finally:
                process.send_signal(end_by)
                process.wait(PATIENCE)
