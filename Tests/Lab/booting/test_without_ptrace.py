# SPDX-License-Identifier: Apache-2.0
"""A machine that forbids ptrace: the same command, in the kernel under qemu. It takes a minute, and the
packages that `boot` installs for it (packages-smp), so only `make test-kernels` runs it.
"""

from booting.test_booting import boot

TOLD = "lab: this machine forbids ptrace, so the kernel is booted under qemu, which takes longer"


def test_the_kernel_under_qemu_is_booted():
    ended = boot(LAB_MACHINE="no-ptrace")
    assert (ended.returncode, ended.stdout.endswith("-amd64\n")) == (0, True), ended
    assert TOLD in ended.stderr.splitlines()


def test_a_kernel_that_needs_no_ptrace_is_booted_as_ever():
    ended = boot("--kernel", "sid", LAB_MACHINE="no-ptrace")
    assert (ended.returncode, ended.stderr) == (0, "")
