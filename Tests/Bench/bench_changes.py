# SPDX-License-Identifier: Apache-2.0
"""The benches of --apply and --doctor: large tables, beside reading them, and beside clearing and restoring."""

import contextlib
import shlex

from bench_input import write_rules
from bench_lab import PROGRAMS, SCRATCH, TOOLS, Engine, Namespace, best, call, measure, peak, same
from bench_proxy import counted_changes
from bench_table import below, faster, near

ROUNDS = 3
OURS = PROGRAMS["ours"]

#: One server in this many has another weight in the file that is applied.
PART = 100


def write_files(services, servers):
    """Two files of rules that differ in the weight of every hundredth server."""
    present, changed = SCRATCH + "/present", SCRATCH + "/changed"
    write_rules(present, services, servers)
    count = 0
    with open(present, encoding="ascii") as lines, open(changed, "w", encoding="ascii") as file:
        for line in lines:
            count += line.startswith("-a")
            is_one = line.startswith("-a") and count % PART == 0
            file.write(line.replace(" -w ", " -w 1") if is_one else line)
    return present, changed


@contextlib.contextmanager
def kernel(services, servers):
    """A table of the kernel: what comes before a command that asks it, and the words for ours."""
    namespace = Namespace()
    measure([TOOLS + "/netlink-floor", str(services), str(servers)], wrap=namespace.inside)
    yield namespace.inside, [OURS]
    namespace.rest()


@contextlib.contextmanager
def engine(services, servers):
    """A table of an engine."""
    path, rules = SCRATCH + "/engine", SCRATCH + "/engine-rules"
    write_rules(rules, services, servers)
    with Engine(path):
        ours = [OURS, "--engine", path]
        measure(ours + ["-R"], given=rules)
        yield (lambda command: command), ours


def plans(title, table):
    """Plans for 10,000 services with 10 servers each, as multiples of the time of one -Sn."""
    services, servers = 10_000, 10
    present, changed = write_files(services, servers)
    with table(services, servers) as (wrap, ours):
        runs = {"save": [], "plan": [], "apply": []}
        for _ in range(ROUNDS):
            runs["save"] += measure(ours + ["-Sn"], wrap=wrap)
            runs["plan"] += measure(ours + ["--apply", present, "--dry-run"], wrap=wrap)
            # There and back: both applications change one server in a hundred.
            runs["apply"] += measure(ours + ["--apply", changed], wrap=wrap)
            runs["apply"] += measure(ours + ["--apply", present], wrap=wrap)
    save = best(runs["save"])
    size = f"10,000 x 10, {title}"
    yield near(f"--apply --dry-run of the same {size}, beside -Sn", save, best(runs["plan"]), 2)
    yield near(f"--apply of 1 % of {size}, beside -Sn", save, best(runs["apply"]), 3)
    yield below(f"the same, peak memory, {title}", peak(runs["save"]), peak(runs["apply"]), 256,
                "MiB")


def requests():
    """How many requests to change something an engine gets for 1 % of its table."""
    services, servers = 10_000, 10
    _, changed = write_files(services, servers)
    with engine(services, servers) as (_, ours):
        path = ours[ours.index("--engine") + 1]
        sent = counted_changes(path, [OURS], ["--apply", changed])
    yield below("requests that change, --apply of 1 % of 10,000 x 10", None, sent,
                services * servers // PART, "")


#: What makes a director of the kernel's table healthy: the virtual addresses, a link to the servers, and
#: forwarding.
HEALTHY = """
ip route add local 10.0.0.0/16 dev lo
ip link add servers type dummy && ip address add 172.16.0.254/24 dev servers && ip link set servers up
echo 1 >/proc/sys/net/ipv4/ip_forward
"""


def doctor():
    """One look of --doctor at a healthy director, as a multiple of the time of one -Sn."""
    services, servers = 10_000, 10
    with kernel(services, servers) as (wrap, ours):
        call(wrap(["sh", "-ec", HEALTHY]))
        runs = {"save": [], "doctor": []}
        for _ in range(ROUNDS):
            runs["save"] += measure(ours + ["-Sn"], wrap=wrap)
            runs["doctor"] += measure(ours + ["--doctor", "--quick"], wrap=wrap)
    size = "10,000 x 10, User-Mode Linux"
    yield near(f"--doctor --quick of {size}, beside -Sn", best(runs["save"]), best(runs["doctor"]), 3)
    yield below("the same, peak memory", peak(runs["save"]), peak(runs["doctor"]), 256, "MiB")


def restoring():
    """1 % of a table of 1,000 x 10 changed: Debian's -C and -R beside --apply."""
    present, changed = write_files(1000, 10)
    anew = ["sh", "-c", f"{shlex.quote(PROGRAMS['original'])} -C && "
            f"{shlex.quote(PROGRAMS['original'])} -R"]
    runs, tables = {"original": [], "ours": []}, []
    for _ in range(ROUNDS):
        for name, command, given in (("original", anew, changed),
                                     ("ours", [OURS, "--apply", changed], "/dev/null")):
            with kernel(1000, 10) as (wrap, _):
                runs[name] += measure(command, given=given, wrap=wrap)
                tables.append(call(wrap(["sh", "-c", f"{PROGRAMS['original']} -Sn | sort"])))
    same("tables after the change", dict(enumerate(tables)))
    yield faster("1 % of 1,000 x 10 changed, --apply beside -C and -R", best(runs["original"]),
                 best(runs["ours"]), 5)


def jobs_of(kind):
    """The jobs of a kernel of that kind, by name."""
    suffix, title = {"uml": ("", "User-Mode Linux"), "smp": ("-smp", "SMP kernel")}[kind]
    return {
        f"plan{suffix}": lambda: plans(title, kernel),
        f"engine-plan{suffix}": lambda: plans(f"engine in {title}", engine),
    }


JOBS = {**jobs_of("uml"), **jobs_of("smp"), "requests": requests, "apply": restoring,
        "doctor": doctor}
