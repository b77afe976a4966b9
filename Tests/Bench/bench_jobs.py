# SPDX-License-Identifier: Apache-2.0
"""The benches that need a kernel with IPVS; `run` starts this in a lab.

usage: bench_jobs.py RESULT JOB ...
"""

import os
import shutil
import sys

import bench_changes
from bench_input import write_rules
from bench_lab import (PROGRAMS, SCRATCH, TOOLS, BenchError, Engine, Namespace, best, call, digest,
                       mean, measure, median, note, peak, same)
from bench_table import below, faster, near, write_rows

ROUNDS = 3


def restored(command, given, check=None):
    """Seconds of one run in a fresh namespace; `check` gets a digest of the rules that it leaves."""
    namespace = Namespace()
    run = measure(command, given=given, wrap=namespace.inside)[0]
    if check is not None:
        saved = SCRATCH + "/saved"
        measure([PROGRAMS["original"], "-Sn"], output=saved, wrap=namespace.inside)
        check.append(digest(saved, ordered=False))
    namespace.rest()
    return run


def restore(title, target, goal, floor_target):
    """Loading a rule set, less what the same command takes on empty input."""
    rules = SCRATCH + "/rules"
    write_rules(rules, 1000, 10)
    jobs = {name: ([program, "-R"], [program, "-R"]) for name, program in PROGRAMS.items()}
    floor = TOOLS + "/netlink-floor"
    jobs["floor"] = ([floor, "1000", "10"], [floor, "0", "0"])
    idle = {name: measure(empty, runs=9, wrap=Namespace().inside)
            for name, (_, empty) in jobs.items()}
    runs, tables = {name: [] for name in jobs}, []
    for _ in range(ROUNDS):
        for name, (full, _) in jobs.items():
            runs[name].append(restored(full, rules, tables))
    same("restored rules", dict(enumerate(tables)))
    work = {name: best(runs[name]) - best(idle[name]) for name in jobs}
    for name in jobs:
        note(f"  {title}, {name}: {best(runs[name]):.4f} s, start-up {best(idle[name]):.4f} s")
    yield faster(f"-R of 1,000 x 10, {title}", work["original"], work["ours"], target, goal)
    if floor_target:
        yield near(f"the same, beside the floor, {title}", work["floor"], work["ours"], floor_target)


def restore_uml():
    return restore("User-Mode Linux", 50, 80, 1.5)


def restore_smp():
    return restore("SMP kernel", 10, None, None)


def engine_restore(kernel, target):
    """Loading a large rule set into the engine over its socket, beside hand-made requests for the
    same rules to the kernel; less what the same commands take for no rules.
    """
    rules, path = SCRATCH + "/many-rules", SCRATCH + "/engine"
    write_rules(rules, 10_000, 10)
    floor, ours = TOOLS + "/netlink-floor", [PROGRAMS["ours"], "--engine", path, "-R"]
    runs = {"floor": [], "ours": []}
    idle = {"floor": measure([floor, "0", "0"], runs=9, wrap=Namespace().inside)}
    for _ in range(ROUNDS):
        namespace = Namespace()
        runs["floor"] += measure([floor, "10000", "10"], wrap=namespace.inside)
        namespace.rest()
        with Engine(path):
            idle["ours"] = measure(ours, runs=9)
            runs["ours"] += measure(ours, given=rules)
    work = {name: best(runs[name]) - best(idle[name]) for name in runs}
    row = near(f"-R of 10,000 x 10 into the engine, beside the floor, both in {kernel}",
               work["floor"], work["ours"], target)
    yield {**row, "floor": work["floor"]}


def engine_restore_uml():
    # The first touch of a page takes 60 us in a program there, and in the kernel itself nothing.
    return engine_restore("User-Mode Linux", 2)


def engine_restore_smp():
    return engine_restore("the SMP kernel", 1)


def listing():
    """Listing and saving a large table."""
    namespace = Namespace()
    measure([TOOLS + "/netlink-floor", "5000", "10"], wrap=namespace.inside)
    for option in ("-Ln", "-Sn"):
        runs, outputs = {name: [] for name in PROGRAMS}, {}
        for name, program in PROGRAMS.items():
            output = SCRATCH + "/listed"
            measure([program, option], output=output, wrap=namespace.inside)
            outputs[name] = digest(output)
        same(option, outputs)
        for _ in range(ROUNDS):
            for name, program in PROGRAMS.items():
                runs[name] += measure([program, option], wrap=namespace.inside)
        yield faster(f"{option} of 5,000 x 10", best(runs["original"]), best(runs["ours"]), 2)
        yield below(f"{option}, peak memory", peak(runs["original"]), peak(runs["ours"]), 64, "MiB")
    namespace.rest()


def metrics():
    """The metrics of a large table with its servers, beside the listing of its counters by our own program."""
    namespace = Namespace()
    measure([TOOLS + "/netlink-floor", "10000", "10"], wrap=namespace.inside)
    ours = PROGRAMS["ours"]
    commands = {"listing": [ours, "-Ln", "--stats"], "metrics": [ours, "--metrics=server"]}
    output = SCRATCH + "/metrics"
    measure(commands["metrics"], output=output, wrap=namespace.inside)
    last = call(["tail", "-n", "1", output])
    os.remove(output)
    if last != f"# {16 + 10_000 * 16 + 100_000 * 10} series\n":
        raise BenchError(f"--metrics=server: not every series was printed: {last}")
    runs = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            runs[name] += measure(command, wrap=namespace.inside)
    namespace.rest()
    yield near("--metrics=server of 10,000 x 10, beside -Ln --stats", best(runs["listing"]),
               best(runs["metrics"]), 1)
    yield below("--metrics=server, peak memory, beside -Ln --stats", peak(runs["listing"]),
                peak(runs["metrics"]), 64, "MiB")


def million_connections():
    """What comes before a command that finds a million connections in a tree of files instead of /proc."""
    tree = SCRATCH + "/proc"
    if not os.path.exists(tree):
        os.makedirs(tree + "/net")
        os.makedirs(tree + "/self")
        os.symlink("../net", tree + "/self/net")
        shutil.copy(TOOLS + "/connections", tree + "/net/ip_vs_conn")

    def instead_of_proc(command):
        script = f'mount --bind {tree} /proc && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh"] + command

    return instead_of_proc


def connections():
    """Listing a million connections."""
    instead_of_proc = million_connections()
    runs, outputs = {name: [] for name in PROGRAMS}, {}
    for name, program in PROGRAMS.items():
        output = SCRATCH + "/listed"
        measure([program, "-Lcn"], output=output, wrap=instead_of_proc)
        if call(["wc", "-l", output]).split()[0] != "1000002":
            raise BenchError(f"-Lcn, {name}: not every row was listed")
        outputs[name] = digest(output)
    same("-Lcn", outputs)
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            runs[name] += measure([program, "-Lcn"], wrap=instead_of_proc)
    yield faster("-Lcn of 1,000,000 rows", best(runs["original"]), best(runs["ours"]), 8, 12)
    yield below("-Lcn, peak memory", peak(runs["original"]), peak(runs["ours"]), 16, "MiB")


def documents():
    """JSON beside the text of the same program."""
    ours = PROGRAMS["ours"]
    namespace = Namespace()
    measure([TOOLS + "/netlink-floor", "10000", "10"], wrap=namespace.inside)
    for title, words, wrap, bound, memory in (
            ("-L of 10,000 x 10", "-Ln", namespace.inside, 1, None),
            ("-Lc of 1,000,000 rows", "-Lcn", million_connections(), 1.5, 16)):
        runs = {"text": [], "json": []}
        for _ in range(ROUNDS):
            runs["text"] += measure([ours, words], wrap=wrap)
            runs["json"] += measure([ours, words, "-j"], wrap=wrap)
        yield near(f"{title}, JSON beside text", best(runs["text"]), best(runs["json"]), bound)
        if memory:
            yield below(f"{title}, JSON, peak memory", None, peak(runs["json"]), memory, "MiB")
    namespace.rest()


def start():
    """Runs that do next to nothing."""
    namespace = Namespace()
    for option, title in (("-Ln", "-Ln of an empty table"), ("-h", "-h")):
        runs = {name: [] for name in PROGRAMS}
        for _ in range(ROUNDS):
            for name, program in PROGRAMS.items():
                runs[name] += measure([program, option], runs=21, wrap=namespace.inside)
        yield faster(title, median(runs["original"]), median(runs["ours"]), 1, 2)
        yield faster(f"{title}, processor", mean(runs["original"]), mean(runs["ours"]), 1, 2)
    namespace.rest()


def script():
    """A shell script that calls the program for each of a hundred rules."""
    runs, tables = {name: [] for name in PROGRAMS}, []
    for name, program in PROGRAMS.items():
        with open(f"{SCRATCH}/script-{name}", "w", encoding="ascii") as file:
            write = SCRATCH + "/script-rules"
            write_rules(write, 10, 9)
            with open(write, encoding="ascii") as lines:
                file.writelines(f"{program} {line}" for line in lines)
    for _ in range(ROUNDS):
        for name in PROGRAMS:
            runs[name].append(restored(["sh", f"{SCRATCH}/script-{name}"], "/dev/null", tables))
    same("rules set by the scripts", dict(enumerate(tables)))
    yield faster("100 rules, one call each", best(runs["original"]), best(runs["ours"]), 1, 2)


JOBS = {"restore": restore_uml, "restore-smp": restore_smp, "list": listing,
        "connections": connections, "json": documents, "metrics": metrics, "start": start,
        "script": script,
        "engine-restore": engine_restore_smp, "engine-restore-uml": engine_restore_uml,
        **bench_changes.JOBS}


def main():
    os.makedirs(SCRATCH, exist_ok=True)
    call(["mount", "-t", "tmpfs", "-o", "size=90%", "tmpfs", SCRATCH])
    rows = []
    try:
        for job in sys.argv[2:]:
            note(f"{job} ...")
            rows += JOBS[job]()
    except BenchError as error:
        note(f"bench: {error}")
        return 1
    finally:
        write_rows(sys.argv[1], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
