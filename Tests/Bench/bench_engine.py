# SPDX-License-Identifier: Apache-2.0
"""What the engine costs without a network around it, beside the floor in C; `run` calls this.

Nanoseconds are of processor time, and the best of several runs taken in turn: other programs on the
machine can delay a run, but never make one faster.
"""

import os
import subprocess
import time

from bench_callgrind import allocations, costs
from bench_input import write_rules
from bench_table import atleast, below, fact, near

ROUNDS = 5
FEW, MANY, MOST = 1_000, 1_000_000, 4_000_000
BENCH = os.environ.get("ENGINE_BENCH", "")


def bench(*words):
    """What engine-bench reports: numbers by their names."""
    done = subprocess.run([BENCH, *map(str, words)], check=True, capture_output=True, text=True)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def best(*sets_of_words, rounds=ROUNDS):
    """For each job the least of each number, of runs taken in turn."""
    results = [bench(*words) for words in sets_of_words]
    for _ in range(rounds - 1):
        for result, words in zip(results, sets_of_words):
            for name, value in bench(*words).items():
                result[name] = min(result[name], value)
    return results


def packets(work):
    """Packets of established connections, beside the floor."""
    floor = f"{work}/packet-floor"
    for connections, target, goal in ((FEW, 2, None), (MANY, 1.25, 1), (MOST, 1.25, 1)):
        ours, floors = [], []
        for _ in range(ROUNDS):
            words = [str(connections), str(MOST)]
            done = subprocess.run([floor] + words, check=True, capture_output=True, text=True)
            floors.append(float(done.stdout))
            ours.append(bench("established", *words)["nanoseconds"])
        yield near(f"packet, one of {connections:,} connections", min(floors), min(ours), target,
                   goal, "ns")


def connections(work):
    """New connections. A thousand fit the processor's cache, a million do not: no more than what
    memory costs may be added.
    """
    few, many, most = best(("growing", FEW, 1000), ("growing", MANY, 3), ("growing", MOST, 3))
    yield atleast(f"new connections a second, up to {MANY:,}", 1e9 / many["nanoseconds"], MANY)
    yield near(f"new connection, {MANY:,} beside {FEW:,}", few["nanoseconds"], many["nanoseconds"],
               2.5, unit="ns")
    yield near(f"new connection, {MOST:,} beside {MANY:,}", many["nanoseconds"],
               most["nanoseconds"], 1.5, unit="ns")
    yield below(f"memory of a connection, {MANY:,}", None, many["bytes"], 160, "bytes")
    yield below(f"memory of a connection, {MOST:,}", None, most["bytes"], 160, "bytes")


def expiry(work):
    """Connections that are all due at once. Of the longest pause the least of all runs counts: one
    that occurs in a single run is the machine's.
    """
    few, many, most = best(("expiry", 100_000, 1), ("expiry", MANY, 1), ("expiry", MOST, 1))
    yield near(f"end of a connection, {MANY:,} beside 100,000", few["nanoseconds"],
               many["nanoseconds"], 4, unit="ns")
    yield near(f"end of a connection, {MOST:,} beside {MANY:,}", many["nanoseconds"],
               most["nanoseconds"], 1.25, unit="ns")
    yield below(f"longest pause, {MANY:,} due at once", None, many["longest-milliseconds"], 1, "ms")
    yield below(f"longest pause, {MOST:,} due at once", None, most["longest-milliseconds"], 1, "ms")


def maglev(work):
    """Filling the table of mh, and choosing by it."""
    few, many = best(("maglev", 10, 100_000), ("maglev", 1000, 100_000))
    yield below("mh: table of 1,000 servers", None, many["build-milliseconds"], 1, "ms")
    yield near("mh: new connection, 1,000 servers beside 10", few["nanoseconds"],
               many["nanoseconds"], 1.5, unit="ns")


def services(work):
    """New connections to one of many services, and to all of them in random order, where no service is
    in the processor's cache.
    """
    few, many, all_of_few, all_of_many = best(
        ("service", 10, 100_000), ("service", 100_000, 100_000),
        ("services", 10, 100_000), ("services", 100_000, 100_000))
    yield near("new connection, one of 100,000 services beside 10", few["nanoseconds"],
               many["nanoseconds"], 1.25, unit="ns")
    yield near("the same, services at random", all_of_few["nanoseconds"],
               all_of_many["nanoseconds"], 5, unit="ns")


def instructions(work):
    """Instructions and allocations for a packet, which are the same in each run. The limits are
    slightly above the figures measured.
    """
    for title, words, limit in (
            ("TCP request", ("established", FEW, "{}", "request"), 350),
            ("TCP reply", ("established", FEW, "{}", "reply"), 350),
            ("UDP request", ("established", FEW, "{}", "udp"), 1000),
            ("TCP request over IPv6", ("established", FEW, "{}", "ipv6"), 1000),
            ("new connection, wlc over 8 servers", ("growing", "{}", 1), 3500)):
        cost = costs([BENCH, *map(str, words)], work)
        yield below(f"instructions: {title}", None, cost.instructions, limit, "")
        if words[0] == "established":
            yield below(f"allocations: {title}", None, cost.allocations, 0, "")
    yield fact("allocations are seen where there are some",
               allocations([BENCH, "growing", "20000", "1"], work) > 0, "yes")


def restore(floor, program, work):
    """Loading a large rule set into an engine on this machine.

    `floor` is how many seconds the kernel of User-Mode Linux took for the same rules. The code of that
    kernel runs as fast as this machine does, but a program in it pays a hundred times as much for each
    page of memory that it touches first.
    """
    rules, path = f"{work}/rules", f"{work}/engine"
    write_rules(rules, 10_000, 10)
    server, command = os.path.dirname(program) + "/ipvs-engine", [program, "--engine", path, "-R"]
    full, idle = [], []
    for _ in range(ROUNDS):
        engine = subprocess.Popen([server, "serve", "--socket", path])
        while engine.poll() is None and not os.path.exists(path):
            time.sleep(0.01)
        for given, times in (("/dev/null", idle), (rules, full)):
            measure = [f"{work}/measure", "1", given, "/dev/null"]
            done = subprocess.run(measure + command, check=True, capture_output=True, text=True)
            if done.stdout.split()[-1] != "0":
                raise subprocess.CalledProcessError(1, command)
            times.append(float(done.stdout.split()[0]))
        engine.terminate()
        engine.wait()
    return near("the same, the engine on this machine", floor, min(full) - min(idle), 1)


JOBS = {"packets": packets, "new": connections, "expiry": expiry, "maglev": maglev,
        "services": services, "instructions": instructions}
