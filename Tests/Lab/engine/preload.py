"""The library that points an unmodified netlink program at a unix socket, made when it is needed."""

import functools
import os
import subprocess
import tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "preload.c")


@functools.cache
def library():
    path = os.path.join(tempfile.mkdtemp(prefix="preload-", dir="/run"), "preload.so")
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", path, SOURCE],
        check=True)
    return path


def variables(engine):
    """What the environment of a program holds for the library to send it to the socket `engine`."""
    return {"LD_PRELOAD": library(), "IPVSADM_ENGINE": engine}
