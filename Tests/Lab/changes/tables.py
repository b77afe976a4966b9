# SPDX-License-Identifier: Apache-2.0
"""The table of 20 services with 5 servers each, and one that differs from it in each kind of change."""

SCHEDULERS = ("wlc", "rr", "wrr", "sh", "mh", "sed")


#: The server that has no weight before and some afterwards.
_QUIESCED = ("-u 10.0.0.2:53", 1)


def _server(service, number, options):
    weight = 0 if (service, number) == _QUIESCED else number
    return f"-a {service} -r {_address(service, number)} {options} -w {weight}\n"


def _address(service, number):
    if "[" in service or "-6" in service:
        return f"[fd00::{number:x}]:{_port(service)}"
    return f"10.1.0.{number}:{_port(service)}"


def _port(service):
    # Of a service by mark a server has any port.
    return service.split()[1].rsplit(":")[-1].rstrip("]") if "-f" not in service else 0


#: What names each service, its settings, and the options of its five servers.
_SERVICES = (
    [(f"-t 10.0.0.{n}:80", f"-s {SCHEDULERS[n % 6]}", ("-m", "-m -x 100 -y 80", "-g", "-m", "-m"))
     for n in range(1, 9)]
    + [(f"-u 10.0.0.{n}:53", "-s rr" + " -o" * (n % 2), ("-g",) * 5) for n in range(1, 4)]
    + [(f"-t [fd00:1::{n}]:443", "-s wlc -p 300 -M 64",
        ("-g", "-m", "-i --tun-type ipip", "-m -x 9", "-g")) for n in range(1, 4)]
    + [("--sctp-service 10.0.0.1:9", "-s wrr", ("-m",) * 5)]
    + [(f"-f {n}", "-s sh -b sh-port", (
        "-i --tun-type ipip", "-i --tun-type gue --tun-port 6080 --tun-nocsum",
        "-i --tun-type gre --tun-csum", "-g", "-m")) for n in range(1, 4)]
    + [(f"-f {n} -6", "-s mh -b mh-fallback,mh-port -p 60 -M 48", ("-g",) * 5) for n in (1, 2)])


def before():
    """The rules of the table, for ipvsadm -R."""
    text = "--set 900 120 300\n"
    for service, settings, methods in _SERVICES:
        text += f"-A {service} {settings}\n"
        for number, options in enumerate(methods, 1):
            text += _server(service, number, options)
    return text + "--start-daemon master --mcast-interface d0 --syncid 1\n"


#: Lines of `before()` and those in their place; nothing where a line goes.
_CHANGES = [
    ("--set 900 120 300", "--set 800 110 200"),
    # Services, all settings of them.
    ("-A -t 10.0.0.1:80 -s rr", "-A -t 10.0.0.1:80 -s wrr -p 100 -M 255.255.255.0"),
    ("-A -u 10.0.0.1:53 -s rr -o", "-A -u 10.0.0.1:53 -s rr"),
    ("-A -f 1 -s sh -b sh-port", "-A -f 1 -s sh -b sh-fallback"),
    # Servers: weight, thresholds, method, tunnel.
    ("-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 1", "-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 11"),
    ("-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -x 100 -y 80 -w 2",
     "-a -t 10.0.0.1:80 -r 10.1.0.2:80 -m -x 70 -y 60 -w 2"),
    ("-a -t 10.0.0.2:80 -r 10.1.0.3:80 -g -w 3", "-a -t 10.0.0.2:80 -r 10.1.0.3:80 -m -w 30"),
    ("-a -f 1 -r 10.1.0.2:0 -i --tun-type gue --tun-port 6080 --tun-nocsum -w 2",
     "-a -f 1 -r 10.1.0.2:0 -i --tun-type gre --tun-csum -w 2"),
    ("-a -t [fd00:1::1]:443 -r [fd00::3]:443 -i --tun-type ipip -w 3",
     "-a -t [fd00:1::1]:443 -r [fd00::3]:443 -g -w 3"),
    # Servers that are quiesced, deleted, and added.
    ("-a -t 10.0.0.3:80 -r 10.1.0.4:80 -m -w 4", "-a -t 10.0.0.3:80 -r 10.1.0.4:80 -m -w 0"),
    ("-a -f 2 -r 10.1.0.5:0 -m -w 5", "-a -f 2 -r 10.1.0.5:0 -m -w 0"),
    ("-a -u 10.0.0.2:53 -r 10.1.0.1:53 -g -w 0", "-a -u 10.0.0.2:53 -r 10.1.0.1:53 -g -w 6"),
    ("-a -t 10.0.0.4:80 -r 10.1.0.5:80 -m -w 5", ""),
    ("-a -f 1 -6 -r [fd00::2]:0 -g -w 2", ""),
    ("-a --sctp-service 10.0.0.1:9 -r 10.1.0.1:9 -m -w 1",
     "-a --sctp-service 10.0.0.1:9 -r 10.1.0.77:9 -m -w 7 -x 5"),
    ("-a -t 10.0.0.4:80 -r 10.1.0.4:80 -m -w 4",
     "-a -t 10.0.0.4:80 -r 10.1.0.4:80 -m -w 4\n-a -t 10.0.0.4:80 -r 10.1.0.9:8080 -m -w 0"),
    # Daemons: one that is started, and one with another number.
    ("--start-daemon master --mcast-interface d0 --syncid 1",
     "--start-daemon master --mcast-interface d0 --syncid 2\n"
     "--start-daemon backup --mcast-interface d0 --syncid 3"),
]

_DELETED = ("-t 10.0.0.8:80", "-f 2 -6")

_ADDED = """\
-A -t 10.0.0.100:80 -s nq
-a -t 10.0.0.100:80 -r 10.1.0.1:8080 -m -w 5
-a -t 10.0.0.100:80 -r 10.1.0.2:8080 -m -w 0
-A -f 9 -6 -s lc -p 30
-a -f 9 -6 -r [fd00::9]:0 -i --tun-type gue --tun-port 6080 --tun-csum -w 1
"""


def target():
    """Those of the other one, for --apply."""
    lines = before().splitlines()
    for old, new in _CHANGES:
        lines[lines.index(old)] = new
    kept = [line for line in lines if line and not any(
        line.startswith(f"{verb} {service} ") for service in _DELETED for verb in ("-A", "-a"))]
    return "\n".join(kept) + "\n" + _ADDED
