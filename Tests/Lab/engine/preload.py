# SPDX-License-Identifier: Apache-2.0
"""The library that points an unmodified netlink program at a unix socket, made when it is needed."""

import functools
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = [os.path.join(HERE, name) for name in ("preload.c", "preload-connections.c")]


@functools.cache
def library():
    path = os.path.join(tempfile.mkdtemp(prefix="preload-", dir="/run"), "preload.so")
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", path, *SOURCES],
        check=True)
    return path


def variables(engine):
    """What the environment of a program holds for the library to send it to the socket `engine`."""
    return {"LD_PRELOAD": library(), "IPVSADM_ENGINE": engine}
