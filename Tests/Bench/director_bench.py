# SPDX-License-Identifier: Apache-2.0
"""What goes through a director in userspace: ipvs-engine with a TUN device, beside HAProxy.

usage: PROGRAMS=DIRECTORY director_bench.py RESULT

Clients, the director, and two servers are network namespaces of this machine. The director has one
processor, the other hosts have the others, also for the kernel's work with received packets (receive
packet steering). By default the sender's processor does that work: the clients' processors would then
do half of the work of a director that ends connections, and the director's processor that of the
clients, where it passes packets on. Both directors serve the same hosts in turn, three times; the best
run counts.

Figures are per second for which the director's processor is busy: on a machine of few processors the
clients and servers reach their limits before the director does.
"""

import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "Lab", "traffic"))

from bench_table import write_rows  # noqa: E402
from network import Network  # noqa: E402

VIRTUAL, INSIDE = "10.9.0.1", "10.10.0.1"
SERVERS = ("10.10.0.2", "10.10.0.3")
WEB, BULK = 80, 5201
#: By port. A test of a stream opens several connections, which must all reach one server.
SERVERS_OF = {WEB: SERVERS, BULK: SERVERS[:1]}
SECONDS = 4
ROUNDS = 3
OTHERS = ",".join(str(number) for number in range(1, os.cpu_count()))
#: The same processors as masks.
FIRST_MASK, OTHERS_MASK = 1, (1 << os.cpu_count()) - 2


def on_first(*command):
    return ("taskset", "-c", "0", *command)


def on_others(*command):
    return ("taskset", "-c", OTHERS, *command)


def build(network):
    client, director, *servers = network.add_hosts("client", "director", "server2", "server3")
    lan = network.add_switch("lan")
    network.lay_cables((client, "eth0", director, "outside"))
    network.plug(lan, (director, "inside"), *((server, "eth0") for server in servers))
    client.ip("addr add 10.9.0.2/24 dev eth0")
    director.ip(f"addr add {VIRTUAL}/24 dev outside", f"addr add {INSIDE}/24 dev inside")
    director.sysctl("net/ipv4/ip_forward", 1)
    # Otherwise short connections use up the ports, and the search for a free one takes all the time.
    for host in (client, director):
        host.sysctl("net/ipv4/ip_local_port_range", "1024 65535")
        host.sysctl("net/ipv4/tcp_tw_reuse", 1)
    receive_on(FIRST_MASK, director, "outside", "inside")
    for host in (client, *servers):
        receive_on(OTHERS_MASK, host, "eth0")
    receive_on(OTHERS_MASK, lan, *(host.name for host in (director, *servers)))
    for server, address in zip(servers, SERVERS):
        server.ip(f"addr add {address}/24 dev eth0", f"route add default via {INSIDE}")
        start_services(server)
    return client, director


def receive_on(mask, host, *interfaces):
    """Has some processors handle the packets received there (receive packet steering)."""
    for interface in interfaces:
        setting = f"/sys/class/net/{interface}/queues/rx-0/rps_cpus"
        # It takes a /sys of the host's own to see its interfaces.
        call = ["ip", "netns", "exec", host.name, "sh", "-c", f"echo {mask:x} >{setting}"]
        subprocess.run(call, check=True)


def start_services(server):
    place = server.directory / server.name
    place.mkdir()
    (place / "nginx.conf").write_text(
        f"pid {place}/pid; daemon off; worker_processes 1; error_log {place}/error;\n"
        "events { worker_connections 4096; }\n"
        "http { access_log off; keepalive_requests 1000000;\n"
        f'  server {{ listen {WEB}; location / {{ return 200 "{server.name}\\n"; }} }} }}\n')
    server.start(*on_others("nginx", "-p", str(place), "-c", str(place / "nginx.conf")))
    server.start(*on_others("iperf3", "-s"))


class Engine:
    name = "ours"

    def start(self, director):
        path = str(director.directory / "engine")
        process = director.start(
            *on_first("ipvs-engine", "serve", "--socket", path, "--tun", "ipvs0", "--divert"))
        director.variables["IPVSADM_ENGINE"] = path
        wait(lambda: director.attempt("ipvsadm", "-Ln").returncode == 0)
        rules = "".join(
            f"-A -t {VIRTUAL}:{port} -s rr\n"
            + "".join(f"-a -t {VIRTUAL}:{port} -r {server}:{port} -m\n" for server in servers)
            for port, servers in SERVERS_OF.items())
        director.run("ipvsadm", "-R", stdin=rules)
        return process


class HAProxy:
    name = "HAProxy"

    def start(self, director):
        lines = ["global", "  nbthread 1", "  maxconn 4096", "defaults", "  mode tcp",
                 "  timeout connect 5s", "  timeout client 60s", "  timeout server 60s"]
        for port, servers in SERVERS_OF.items():
            lines += [f"listen port{port}", f"  bind {VIRTUAL}:{port}", "  balance roundrobin"]
            lines += [f"  server s{number} {server}:{port}"
                      for number, server in enumerate(servers)]
        path = director.directory / "haproxy.cfg"
        path.write_text("\n".join(lines) + "\n")
        return director.start(*on_first("haproxy", "-db", "-f", str(path)))


def wait(question):
    end = time.monotonic() + 10
    while not question():
        if time.monotonic() > end:
            raise SystemExit("director_bench: a program did not start")
        time.sleep(0.05)


def requests(client, *options):
    text = client.run(*on_others(
        "wrk", "-t1", "-c50", f"-d{SECONDS}s", *options, f"http://{VIRTUAL}:{WEB}/"))
    if "Socket errors" in text or "Non-2xx" in text:
        raise SystemExit("director_bench: requests failed\n" + text)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def bulk(client):
    ended = json.loads(client.run(
        *on_others("iperf3", "-J", "-t", str(SECONDS), "-c", VIRTUAL, "-p", str(BULK))))
    return ended["end"]["sum_received"]["bits_per_second"] / 1e9


JOBS = {
    "keep-alive requests a second": requests,
    "requests a second, a connection for each":
        lambda client: requests(client, "-H", "Connection: close"),
    "TCP stream, Gbit/s": bulk,
}


def times_of_first():
    """The ticks for which the first processor was idle, and all ticks (proc(5))."""
    with open("/proc/stat", encoding="ascii") as file:
        file.readline()
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def of_busy_time(run, client):
    """What a job reaches, for each second that the director's processor was busy."""
    idle, whole = times_of_first()
    result = run(client)
    idle_then, whole_then = times_of_first()
    return result / (1 - (idle_then - idle) / (whole_then - whole))


def measure(client, director, kind):
    process = kind.start(director)
    wait(lambda: client.attempt("curl", "-s", f"http://{VIRTUAL}:{WEB}/").returncode == 0)
    results = {job: of_busy_time(run, client) for job, run in JOBS.items()}
    process.terminate()
    process.wait()
    director.variables.pop("IPVSADM_ENGINE", None)
    return results


def main():
    best = {}
    with Network() as network:
        client, director = build(network)
        for _ in range(ROUNDS):
            for kind in (Engine(), HAProxy()):
                for job, value in measure(client, director, kind).items():
                    key = (kind.name, job)
                    best[key] = max(best.get(key, 0), value)
    rows = []
    for job in JOBS:
        ours, other = best["ours", job], best["HAProxy", job]
        rows.append({"job": job, "original": f"{other:.4g}", "ours": f"{ours:.4g}",
                     "ratio": ours / other, "target": "ahead of HAProxy", "goal": 2,
                     "met": ours >= other})
    write_rows(sys.argv[1], rows)


if __name__ == "__main__":
    main()
