# SPDX-License-Identifier: Apache-2.0
"""Faults of the sync daemons, and of other programs that hold the table."""

from deadline import eventually
from networks import VIP, masquerading
from scene import Fault

WEB = f"-t {VIP}:80"


class BackupOnly(Fault):
    """A director that is a backup takes no packets; without a backup daemon the setting does nothing."""

    code = "D16"
    failing = {"refused": 4}

    def prepare(self):
        self.sysctl(self.director, vs__backup_only=1)

    def plant(self):
        self.rules("--start-daemon backup --mcast-interface inside")


class SyncFault(Fault, abstract=True):
    """A master, whose datagrams leave by sync0; connections are told after each packet."""

    working = {"told": True}
    failing = {"told": False}

    def prepare(self):
        self.director.ip(
            "link add sync0 type veth peer name sync1", "link set sync0 up", "link set sync1 up",
            "addr add 198.18.0.1/24 dev sync0")
        # Else IPv6 has something to say on a link, too.
        for name in ("sync0", "sync1"):
            self.director.sysctl(f"net/ipv6/conf/{name}/disable_ipv6", 1)
        self.rules("--start-daemon master --mcast-interface sync0 --syncid 7")
        self.sysctl(self.director, vs__sync_threshold="1 2")

    def traffic(self):
        before = self.sent()
        assert self.question.ask() == Fault.working
        try:
            return {"told": bool(eventually(lambda: self.sent() > before, 4))}
        except AssertionError:
            return {"told": False}

    def sent(self):
        """Datagrams that came to sync0's other end."""
        rows = (line.split() for line in self.director.read("/proc/net/dev").splitlines())
        return next(int(row[2]) for row in rows if row[0] == "sync1:")


class SyncInterfaceDown(SyncFault):
    code = "D55"

    def plant(self):
        self.director.ip("link set sync0 down")


class SyncWithoutMulticast(SyncFault):
    code, severity = "D56", "warning"
    failing = SyncFault.working

    def plant(self):
        self.director.ip("link set sync0 multicast off")


class SyncFragments(SyncFault):
    code, severity = "D58", "warning"
    failing = SyncFault.working

    def plant(self):
        self.director.ip("link set sync0 mtu 1400")

    def mend(self):
        self.director.ip("link set sync0 mtu 1500")


class MasterAndBackup(SyncFault):
    code, severity = "D59", "note"
    failing = SyncFault.working

    def plant(self):
        self.rules("--start-daemon backup --mcast-interface sync0 --syncid 8")

    def mend(self):
        self.rules("--stop-daemon backup")


class OtherSyncID(Fault):
    """A second director as backup, which drops all that it hears."""

    code, severity = "D57", "warning"
    looks_twice = True
    working = {"told": True}
    failing = {"told": False}

    @property
    def place(self):
        return self.backup

    def prepare(self):
        # The switch asks nobody who wants which group.
        self.lan.ip("link set switch type bridge mcast_snooping 0")
        self.rules("--start-daemon master --mcast-interface inside --syncid 7")
        self.sysctl(self.director, vs__sync_threshold="1 2")
        self.add_backup("backup", 7)

    def add_backup(self, name, number):
        (self.backup,) = self.lab.network.add_hosts(name)
        self.lab.network.plug(self.lan, (self.backup, "inside"))
        self.backup.ip("addr add 192.0.2.250/24 dev inside")
        self.start_backup(number)

    def start_backup(self, number):
        self.lab.rules(
            f"--start-daemon backup --mcast-interface inside --syncid {number}", host=self.backup)

    def traffic(self):
        assert self.question.ask() == Fault.working
        try:
            return {"told": bool(eventually(self.told, 4))}
        except AssertionError:
            return {"told": False}

    def told(self):
        rows = self.backup.read("/proc/net/ip_vs_conn_sync").splitlines()
        return any(row.split()[8] == "SYNC" for row in rows[1:])

    def plant(self):
        # Connections that it has been told would last for minutes.
        self.backup.ip("link set inside down")
        self.add_backup("fresh", 8)

    def mend(self):
        self.lab.rules("--stop-daemon backup", host=self.backup)
        self.start_backup(7)


class HandFault(Fault, abstract=True):
    failing = Fault.working
    severity = "note"

    def prepare(self):
        self.processes = []

    def keepalived(self, text):
        """Debian's keepalived, with a configuration."""
        configuration = self.director.directory / "keepalived.conf"
        configuration.write_text(text)
        notes = self.director.directory / "keepalived.notes"
        with notes.open("w") as stderr:
            process = self.director.start(
                "keepalived", "--dont-fork", "--log-console", "--dump-conf",
                "-f", str(configuration), "--pid", "/run/keepalived.test",
                stdout=stderr, stderr=stderr)
        self.processes.append(process)
        return notes

    def other(self, name):
        """A program that does nothing, by a name that is known."""
        program = self.director.directory / name
        program.symlink_to("/bin/sleep")
        self.processes.append(self.director.start(str(program), "600"))

    def mend(self):
        for process in self.processes:
            process.terminate()
            process.wait()


class Keepalived(HandFault):
    code = "D60"

    CONFIGURATION = f"""
virtual_server {VIP} 80 {{
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 192.0.2.2 8080 {{ weight 1 }}
  real_server 192.0.2.3 8080 {{ weight 1 }}
}}
"""

    def plant(self):
        self.rules("-C")
        self.keepalived(self.CONFIGURATION)
        eventually(lambda: self.director.run("ipvsadm", "-Sn").count("\n") == 3)

    def mend(self):
        super().mend()
        # It takes its services with it.
        eventually(lambda: self.director.run("ipvsadm", "-Sn") == "")
        self.rules(*masquerading(WEB))


class TwoHands(Keepalived):
    severity = "warning"

    def plant(self):
        super().plant()
        self.other("kube-proxy")


class KeepalivedHasNoServers(Keepalived):
    """All that it checks have failed, and that is its business."""

    code, severity = "D05", "warning"
    failing = {"refused": 4}
    CONFIGURATION = f"""
virtual_server {VIP} 80 {{
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 192.0.2.2 8099 {{
    weight 1
    TCP_CHECK {{ connect_timeout 1 }}
  }}
}}
"""

    def plant(self):
        self.rules("-C")
        self.keepalived(self.CONFIGURATION)
        eventually(lambda: self.director.run("ipvsadm", "-Sn").count("\n") == 1)
