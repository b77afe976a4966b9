# SPDX-License-Identifier: Apache-2.0
"""What the programs are fed: rule sets in the language of ipvsadm --restore, and connection rows."""

# The columns of /proc/net/ip_vs_conn (Linux, net/netfilter/ipvs/ip_vs_conn.c, ip_vs_conn_seq_show).
CONNECTION_TITLE = ("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires "
                    "PEName PEData\n")


def address(base, offset):
    """The dotted form of an IPv4 address that is `offset` above `base`."""
    number = base + offset
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def rules(services, servers):
    """The lines of a rule set: the same that netlink-floor.c sets."""
    for service in range(services):
        virtual = address(0x0A000000, service) + ":80"
        yield f"-A -t {virtual} -s wlc\n"
        for server in range(1, servers + 1):
            real = address(0xAC100000, server) + ":8080"
            yield f"-a -t {virtual} -r {real} -m -w {1 + server % 5}\n"


def write_rules(path, services, servers):
    with open(path, "w", encoding="ascii") as file:
        file.writelines(rules(services, servers))


def connections(count):
    """Rows of a busy director: mostly TCP over IPv4, one in sixteen over IPv6, some UDP."""
    states = ("ESTABLISHED", "FIN_WAIT", "TIME_WAIT", "SYN_RECV", "CLOSE")
    yield CONNECTION_TITLE
    for row in range(count):
        client, port = 0x0B000000 + row * 7919 % 0x00FFFFFF, 1024 + row * 31 % 64000
        server, expires = 1 + row % 250, row * 13 % 901
        if row % 16 == 0:
            yield (f"TCP 2001:0db8:0000:0000:0000:0000:{client >> 16:04x}:{client & 65535:04x} "
                   f"{port:04X} 2001:0db8:0000:0000:0000:0000:0000:0001 0050 "
                   f"2001:0db8:0001:0000:0000:0000:0000:{server:04x} 1F90 "
                   f"{states[row % 5]:<11} {expires:7}\n")
        else:
            protocol, state = ("UDP", "UDP") if row % 10 == 9 else ("TCP", states[row % 5])
            yield (f"{protocol} {client:08X} {port:04X} CB006767 0050 {0xAC100000 + server:08X} "
                   f"1F90 {state:<11} {expires:7}\n")


def write_connections(path, count):
    with open(path, "w", encoding="ascii") as file:
        file.writelines(connections(count))
