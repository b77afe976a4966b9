# SPDX-License-Identifier: Apache-2.0
"""Instructions and heap allocations of what engine-bench does with packets, counted by valgrind.

The programs are linked statically: memcheck replaces the malloc of a shared library and would see
nothing. Callgrind records which function calls which, malloc by its name.
"""

import re
import subprocess

# The functions of glibc that allocate, by all of their names.
_ALLOCATORS = {prefix + name for prefix in ("", "__libc_", "_mid_")
               for name in ("malloc", "calloc", "realloc", "memalign", "aligned_alloc",
                            "posix_memalign")} | {"_mid_memalign.constprop.0"}
# The bench makes its packets outside of this function; the director's work is inside.
_COUNTED = "*sendBatch*"
_FEWER, _MORE = 8192, 16384


class Cost:
    """For one packet."""

    def __init__(self, fewer, more):
        self.instructions, self.allocations = (
            (last - first) / (_MORE - _FEWER) for first, last in zip(fewer, more))


def _profile(command, work):
    """The number of instructions, and of calls of allocators."""
    path = f"{work}/callgrind"
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={path}",
                    f"--toggle-collect={_COUNTED}", *command], check=True, capture_output=True)
    names, calls, instructions, callee = {}, 0, 0, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if named := re.match(r"c?fn=\((\d+)\)(?: (.*))?", line):
                number, name = named.groups()
                if name:
                    names[number] = name
                if line.startswith("cfn"):
                    callee = names[number]
            elif line.startswith("calls=") and callee in _ALLOCATORS:
                calls += int(line[6:].split()[0])
            elif line.startswith("summary: "):
                instructions = int(line.split()[1])
    return instructions, calls


def allocations(command, work):
    """The number of calls of allocators."""
    return _profile(command, work)[1]


def costs(command, work):
    """What one more packet costs. "{}" in the command is replaced by the number of packets."""
    return Cost(*(_profile([word.format(count) for word in command], work)
                  for count in (_FEWER, _MORE)))
