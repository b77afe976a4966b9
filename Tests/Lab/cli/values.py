# SPDX-License-Identifier: Apache-2.0
"""Values that meet in command lines by chance: good ones, odd ones, and some just beyond a limit."""

from catalogue import SCHEDULERS as KNOWN_SCHEDULERS

GOOD_SERVICES = (
    "10.0.0.1:80", "10.0.0.1:80", "10.0.0.1:80", "10.0.0.1:80", "10.0.0.1:53", "10.0.0.2:http",
    "10.0.0.1:53",
    "vip.example.test:80", "[fd00::1]:80", "[fd00::1]:80", "[fd00::1]:http", "10.1:8080",
    "10.0.0.1:0", "10.0.0.1", "fd00::1", "192.168.1.1:443", "long.example.test:https",
    "10.0.0.1:65535", "0.0.0.0:80", "[2001:db8::1]:53", "six.example.test:80", "[10.0.0.3]:80",
    "[fd00::2]", "[vip.example.test]:53", "[six.example.test]:80", "rs1")
BAD_SERVICES = (
    "", "80", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:-1", "10.0.0.1:nosuch", "10.0.0.1:HTTP",
    "10.0.0.1:80:80", "256.0.0.1:80", "nosuch.example.test:80", "[fd00::1", "[fd00::1]80",
    "[fd00::1]:", "[]:80", "fd00::1::2", ":80", "[fd00::1]:99999", "10.0.0.1 junk:80",
    "10.0.0.x:80",
    "10.0.0.1.80", "[10.0.0.3]", "[10.0.0.3:80]", "[10.0.0.3]:", "[rs1]", "-1", "10.0.0.1:80a")
ODD_SERVICES = ("10.0.0.1:+80", "10.0.0.1: 80", "10.0.0.1:0080", "0x0a000001:80", "012.0.0.1:80")
GOOD_SERVERS = (
    "10.0.0.2", "10.0.0.2:80", "10.0.0.2:8080", "10.0.0.3", "10.0.0.3:8000", "rs1.example.test:80",
    "10.0.0.4:http-alt", "[fd00::2]:80", "[fd00::2]:8080", "fd00::3", "longrs.example.test",
    "192.168.0.1", "10.0.0.200:80", "10.0.0.1:80", "[fd00::a]:80", "10.9.0.2:81")
BAD_SERVERS = BAD_SERVICES + ("0.0.0.0", "224.0.0.1:80", "255.255.255.255", "[ff02::1]:80",
                              "[fe80::1]:80", "127.0.0.1:80")
NUMBERS = ("0", "1", "5", "100", "65535", "2147483647", " 5", "+5", "010")
BAD_NUMBERS = ("-1", "2147483648", "4294967296", "0x10", "1.5", "x", "", "5 ",
               "99999999999999999999")
#: sh and mh twice: only these have flags of their own.
SCHEDULERS = (*KNOWN_SCHEDULERS, "sh", "mh", "none", "")

#: Option: values that are meant to pass, values that are meant not to.
VALUES = {
    "tcp-service": (GOOD_SERVICES, BAD_SERVICES + ODD_SERVICES),
    "udp-service": (GOOD_SERVICES, BAD_SERVICES + ODD_SERVICES),
    "sctp-service": (("10.0.0.1:2905", "10.0.0.1:m3ua", "[fd00::1]:2905"), ("10.0.0.1:http", "1")),
    "fwmark-service": (("1", "2", "7", "2147483647", "2147483648", "4294967295", " 3", "+3"),
                       ("0", "-1", "4294967296", "x", "0x1", "", "1a")),
    "scheduler": (SCHEDULERS, ("nosuch", "RR", "abcdefghijklmnopqrstuvwxyz")),
    "persistent": (("1", "60", "360", "2678400", " 60", "+60"),
                   ("0", "2678401", "-5", "x", "", "1.5")),
    "netmask": (("255.255.255.0", "255.255.255.255", "0.0.0.0", "64", "128", "1", "24"),
                ("129", "0", "abc", "", "/24", "-1", "64abc", "255.255.255.256")),
    "pe": (("sip",), ("nosuch", "", "abcdefghijklmnopqrstuvwxyz")),
    "sched-flags": (("flag-1", "flag-2", "flag-3", "flag-1,flag-3", "sh-port", "sh-fallback",
                     "sh-fallback,sh-port", "mh-port", "mh-fallback,mh-port", "", ",sh-port,,"),
                    ("foo", ",", "sh-port,foo", "SH-PORT", "flag-4")),
    "real-server": (GOOD_SERVERS, BAD_SERVERS),
    "weight": (NUMBERS, BAD_NUMBERS),
    "u-threshold": (NUMBERS, BAD_NUMBERS),
    "l-threshold": (("0", "1", "5"), BAD_NUMBERS),
    "tun-type": (("ipip", "gue", "gre"), ("GUE", "", "vxlan")),
    "tun-port": (("1", "6080", "65535"), ("0", "65536", "-1", "x", "")),
    "syncid": (("0", "1", "255"), ("256", "-1", "x", "")),
    "sync-maxlen": (("1", "1400", "65507"), ("0", "65508", "x")),
    "mcast-interface": (("dummy0", "dummy0", "lo"), ("nosuch0", "", "abcdefghijklmnopqrstuvwxyz")),
    "mcast-group": (("224.0.0.81", "239.1.2.3", "ff02::1234", "ff05::51"),
                    ("10.0.0.1", "fd00::1", "foo", "foo:bar", "")),
    "mcast-port": (("1", "8848", "65535"), ("0", "65536", "x")),
    "mcast-ttl": (("1", "255"), ("0", "256", "x")),
    "start-daemon": (("master", "backup"), ("foo", "MASTER", "")),
    "stop-daemon": (("master", "backup"), ("foo", "")),
}
