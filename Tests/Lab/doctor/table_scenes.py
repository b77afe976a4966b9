# SPDX-License-Identifier: Apache-2.0
"""Faults in the table, and in the settings of IPVS that go with it."""

from cli.director import Director
from conversation import Question, scatter
from deadline import eventually
from networks import LAN_VIP, NAT_SERVERS, VIP, lan, masquerading
from scene import Fault
from segment import SERVER2

WEB = f"-t {VIP}:80"
SECOND, THIRD = NAT_SERVERS
REFUSED = {"refused": 4}
ONE_SERVER = ({"server2": 4}, {"server3": 4})
#: Numbers of struct ip_vs_dest_user's forwarding methods (linux/ip_vs.h).
DIRECT_ROUTING = 3


def weights(weight, options=""):
    return [f"-e {WEB} -r {server} -m -w {weight} {options}" for server in NAT_SERVERS]


class NoServers(Fault):
    code = "D05"
    failing = REFUSED

    def plant(self):
        self.rules(f"-d {WEB} -r {SECOND}", f"-d {WEB} -r {THIRD}")

    def mend(self):
        self.rules(*masquerading(WEB)[1:])


class AllWeightsZero(Fault):
    code = "D06"
    failing = REFUSED

    def plant(self):
        self.rules(*weights(0))

    def works(self, seen):
        # The remedy is to give one of them a weight.
        return seen == self.working or seen in ONE_SERVER


class AllWeightsZeroWhileDraining(AllWeightsZero):
    severity = "warning"

    def plant(self):
        self.hold(1)
        super().plant()


class AllFull(Fault):
    code = "D07"
    failing = REFUSED

    def plant(self):
        # A server counts as full from the connection on that reaches the limit.
        self.rules(*weights(1, "-x 1"))
        self.hold(2)

    def mend(self):
        self.rules(*weights(1, "-x 0"))


class OneFull(AllFull):
    severity = "warning"
    failing = {"server3": 4}

    def plant(self):
        self.rules(f"-e {WEB} -r {SECOND} -m -x 1")
        self.hold(2)


class PortZeroWithoutPersistence(Fault):
    """A service that ipvsadm refuses to make, and other programs do not."""

    code = "D08"
    failing = REFUSED

    def prepare(self):
        self.rules("-C", f"-A -t {VIP}:0 -s rr -p 60", *self.servers())
        self.question = Question(self.client, VIP, 8080)

    def servers(self):
        return [f"-a -t {VIP}:0 -r {server.split(':')[0]}:0 -m" for server in NAT_SERVERS]

    def plant(self):
        self.rules("-C")
        with self.director.inside():
            Director().add_service((VIP, 0), "rr")
        self.rules(*self.servers())

    def works(self, seen):
        # A client has one server.
        return seen in ONE_SERVER


class SlotsOfMaglev(Fault):
    """By address and port of clients half of them have the slots of the server that is out."""

    code, severity = "D09", "warning"
    flags = "-s mh -b mh-port"
    fallback = "mh-fallback"

    def prepare(self):
        self.rules(f"-E {WEB} {self.flags},{self.fallback}")
        # Consecutive ports of a client have, with sh, each a slot of its own of the 256.
        self.question = Question(self.client, VIP, source_ports=range(20000, 20256), patience=3)

    def plant(self):
        self.rules(f"-E {WEB} {self.flags}", f"-e {WEB} -r {THIRD} -m -w 0")

    def works(self, seen):
        return "server2" in seen and not seen.keys() - {"server2", "server3"}

    def fails(self, seen):
        # ICMP errors are rate-limited, so most of the refused only wait.
        return "server2" in seen and "refused" in seen


class SlotsOfSourceHashing(SlotsOfMaglev):
    flags = "-s sh -b sh-port"
    fallback = "sh-fallback"


class SlotsOfDestinationHashing(Fault):
    """All clients of an address have one server, and no fallback is there to be set."""

    code, severity = "D09", "warning"
    failing = REFUSED

    def prepare(self):
        self.rules(f"-E {WEB} -s dh")

    def plant(self):
        (name,) = self.traffic()
        self.out = {"server2": SECOND, "server3": THIRD}[name]
        self.rules(f"-e {WEB} -r {self.out} -m -w 0")

    def mend(self):
        self.rules(f"-d {WEB} -r {self.out}")

    def works(self, seen):
        return seen in ONE_SERVER


class OnePacketAndMasquerading(Fault):
    """The answers leave untranslated."""

    code = "D17"
    port = 80
    working = {"server2": 4}
    failing = {"none": 4}

    def prepare(self):
        self.service = f"-u {VIP}:{self.port}"
        self.rules(*masquerading(self.service, [SECOND]))
        self.question = Question(self.client, VIP, self.port, udp=True)

    def plant(self):
        self.rules(f"-E {self.service} -s rr -o")

    def mend(self):
        # The connections from before are one-packet's no longer.
        self.rules(f"-D {self.service}", *masquerading(self.service, [SECOND]))


class OnePacketOfLogs(OnePacketAndMasquerading):
    """Nobody waits for an answer there."""

    severity = "warning"
    port = 514


class PortOfDirectServer(Fault):
    """Another program's table names a port that direct routing does not use."""

    code, severity = "D18", "note"
    kind = staticmethod(lan)
    failing = Fault.working

    def plant(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER2}:80")
        with self.director.inside():
            Director().add_server((LAN_VIP, 80), (SERVER2, 8080), DIRECT_ROUTING)

    def mend(self):
        self.rules(f"-d -t {LAN_VIP}:80 -r {SERVER2}:8080", f"-a -t {LAN_VIP}:80 -r {SERVER2} -g")


class RemovedServerOfDatagrams(Fault):
    """A client that keeps its port sends to the server that is gone for as long as it sends."""

    code, severity = "D46", "warning"
    failing = {"none": 2}

    def prepare(self):
        self.service = f"-u {VIP}:80"
        self.rules("-C", *masquerading(self.service))
        self.question = Question(self.client, VIP, udp=True, source_ports=[5555], patience=0.5)

    def traffic(self):
        (first,), (second,) = self.question.ask(), self.question.ask()
        return {first: 2} if first == second else {first: 1, second: 1}

    def works(self, seen):
        return seen in ({"server2": 2}, {"server3": 2})

    def plant(self):
        (name,) = self.question.ask()
        self.rules(f"-d {self.service} -r {dict(server2=SECOND, server3=THIRD)[name]}")


class QuiescentTemplate(Fault):
    """Weight 0 does not drain: templates of persistence lead clients to the server."""

    code, severity = "D47", "warning"

    def prepare(self):
        self.rules(f"-E {WEB} -s rr -p 300")
        self.drained = None

    def plant(self):
        (self.drained,) = self.traffic()
        self.rules(f"-e {WEB} -r {dict(server2=SECOND, server3=THIRD)[self.drained]} -m -w 0")

    def works(self, seen):
        return seen in ONE_SERVER and self.drained not in seen

    def fails(self, seen):
        return seen == {self.drained: 4}


class DefenceDropsPackets(Fault):
    """One of two packets that would begin a connection is dropped, also while there is no attack."""

    code, severity = "D48", "warning"
    failing = {"server2": 1, "server3": 1, "none": 2}

    def prepare(self):
        self.sysctl(self.director, vs__am_droprate=2)
        self.question = Question(self.client, VIP, patience=0.7)

    def plant(self):
        self.sysctl(self.director, vs__drop_packet=3)


class DefenceDropsEntries(Fault):
    """Connections are dropped at random."""

    code, severity = "D48", "warning"
    failing = Fault.working

    def plant(self):
        self.sysctl(self.director, vs__drop_entry=3)


class DefenceOfTCP(DefenceDropsEntries):
    severity = "note"

    def plant(self):
        self.sysctl(self.director, vs__secure_tcp=3)

    def mend(self):
        self.sysctl(self.director, vs__secure_tcp=0)


class CountersStandStill(Fault):
    code, severity = "D49", "warning"
    failing = {"counted": 0}

    def traffic(self):
        before = self.counted()
        assert self.question.ask() == Fault.working
        try:
            eventually(lambda: self.counted() > before, 4)
        except AssertionError:
            pass
        return {"counted": self.counted() - before}

    def counted(self):
        listing = self.director.run("ipvsadm", "-Ln", "--stats", "--exact")
        return next(int(line.split()[2]) for line in listing.splitlines() if line.startswith("TCP"))

    def works(self, seen):
        # Those from before are counted, too, when counters go on.
        return seen["counted"] >= 4

    def plant(self):
        self.sysctl(self.director, vs__run_estimation=0)


class IdleConnectionsCut(Fault):
    """Keepalives of servers come later than the director forgets."""

    code, severity = "D50", "note"
    failing = Fault.working

    def prepare(self):
        self.rules("--set 7500 0 0")

    def plant(self):
        self.rules("--set 900 0 0")


class AllClientsOneServer(Fault):
    """The netmask of persistence takes all clients for one."""

    code, severity = "D51", "warning"
    working = {"servers": 2}
    failing = {"servers": 1}

    def prepare(self):
        self.client.ip("addr add 198.51.100.11/24 dev eth0")
        self.rules(f"-E {WEB} -s rr -p 60")

    def traffic(self):
        answers = [Question(self.client, VIP, source=source).ask()
                   for source in ("198.51.100.10", "198.51.100.11")]
        return {"servers": len({name for seen in answers for name in seen})}

    def plant(self):
        self.rules("-C", f"-A {WEB} -s rr -p 60 -M 0.0.0.0", *masquerading(WEB)[1:])

    def mend(self):
        self.rules("-C", f"-A {WEB} -s rr -p 60", *masquerading(WEB)[1:])


class PersistentForDays(AllClientsOneServer):
    severity = "note"
    failing = AllClientsOneServer.working

    def plant(self):
        self.rules(f"-E {WEB} -s rr -p 86401")

    def mend(self):
        self.rules(f"-E {WEB} -s rr -p 60")


class SloppyTCP(Fault):
    code, severity = "D52", "note"
    failing = Fault.working

    def plant(self):
        self.sysctl(self.director, vs__sloppy_tcp=1)

    def mend(self):
        self.sysctl(self.director, vs__sloppy_tcp=0)


class TableTooSmall(Fault):
    """More than four connections to a row of the hash table, which has 4096."""

    code, severity = "D62", "warning"
    failing = Fault.working

    def plant(self):
        # Long enough for a slow machine to look at them, and to wait for their end.
        self.rules("--set 0 0 30", *masquerading(f"-u {VIP}:80"))
        scatter(self.client, VIP, 80, range(10000, 27000))

    def mend(self):
        eventually(lambda: len(self.director.read("/proc/net/ip_vs_conn").splitlines()) < 10000, 60)
