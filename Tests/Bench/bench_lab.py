# SPDX-License-Identifier: Apache-2.0
"""Tools for measuring inside a lab's kernel: runs, network namespaces, checks."""

import itertools
import os
import statistics
import subprocess
import sys
import time

SCRATCH = "/run/bench"  # a tmpfs: the lab's own memory, not the host's files
TOOLS = os.environ["BENCH_TOOLS"]
PROGRAMS = {"original": "/usr/sbin/ipvsadm", "ours": os.environ["PROGRAMS"] + "/ipvsadm"}
ENGINE = os.environ["PROGRAMS"] + "/ipvs-engine"

_numbers = itertools.count(1)


class BenchError(Exception):
    """A bench could not run, or the programs did not do the same."""


class Run:
    """What one run cost: seconds of wall clock and of processor, peak memory in KiB."""

    def __init__(self, line):
        words = line.split()
        self.wall = float(words[0])
        self.processor = float(words[1]) + float(words[2])
        self.memory = int(words[3])
        self.status = int(words[4])


class Namespace:
    """A fresh network namespace.

    It stays until the kernel halts, so that no measurement shares the processor with the removal of
    an earlier namespace. `rest` stops its rate estimation, which runs in the background.
    """

    def __init__(self):
        self.name = f"bench{next(_numbers)}"
        call(["ip", "netns", "add", self.name])
        call(["ip", "-n", self.name, "link", "set", "lo", "up"])

    def inside(self, command):
        return ["ip", "netns", "exec", self.name] + command

    def rest(self):
        setting = "/proc/sys/net/ipv4/vs/run_estimation"
        call(self.inside(["sh", "-c", f"echo 0 >{setting}"]))


class Engine:
    """An ipvs-engine that serves at a path, without rules at first."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.process = subprocess.Popen([ENGINE, "serve", "--socket", self.path])
        end = time.monotonic() + 10
        while not os.path.exists(self.path):
            if time.monotonic() > end or self.process.poll() is not None:
                raise BenchError("ipvs-engine does not serve")
            time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def call(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def measure(command, runs=1, given="/dev/null", output="/dev/null", wrap=lambda command: command):
    """Runs of `command`, each checked for status 0. `wrap` makes a command that runs it elsewhere."""
    whole = wrap([TOOLS + "/measure", str(runs), given, output] + command)
    results = [Run(line) for line in call(whole).splitlines()]
    for run in results:
        if run.status != 0:
            raise BenchError(f"{' '.join(command)}: status {run.status}")
    return results


def best(runs):
    return min(run.wall for run in runs)


def median(runs):
    return statistics.median(run.wall for run in runs)


def mean(runs):
    """Seconds of processor; the mean, since some kernels count it in whole ticks."""
    return statistics.fmean(run.processor for run in runs)


def peak(runs):
    """MiB at the highest."""
    return max(run.memory for run in runs) / 1024


def digest(path, ordered=True):
    """A fingerprint of a file's bytes, or of its lines in any order; the file is removed."""
    if not ordered:
        call(["sort", "-o", path, path])
    result = call(["sha256sum", path]).split()[0]
    os.remove(path)
    return result


def same(what, results):
    """Fails unless all the results, by program, are equal."""
    if len(set(results.values())) != 1:
        raise BenchError(f"{what}: the programs' outputs differ")


def note(text):
    print(text, file=sys.stderr, flush=True)
