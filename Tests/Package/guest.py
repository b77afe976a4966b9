# SPDX-License-Identifier: Apache-2.0
"""What the tests of packages do in the root that they are installed in, as root and with systemd."""

import glob
import os
import pathlib
import subprocess

RULES = pathlib.Path("/etc/ipvsadm.rules")
DEFAULTS = pathlib.Path("/etc/default/ipvsadm")

#: A virtual service of this machine with a real server of another.
WEB = "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 3\n"


def attempt(*words, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(words, capture_output=True, text=True, timeout=300, **options)


def run(*words, **options):
    """What a command prints that must succeed."""
    ended = attempt(*words, **options)
    assert ended.returncode == 0, f"{words}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def package(name):
    """The file of a package: ours of one version, Debian's ipvsadm."""
    found, = glob.glob(f"/packages/{name}_*.deb")
    return found


def install(*words, by=("apt-get", "install", "-y", "--no-install-recommends")):
    """Installs packages by their names, where nobody can answer a question. Options are passed on."""
    files = [word if not word[0].isalpha() or "::" in word else package(word) for word in words]
    return run(*by, *files, env={**os.environ, "DEBIAN_FRONTEND": "readline"})


def state(unit):
    return attempt("systemctl", "is-active", unit).stdout.strip()


def table():
    return run("ipvsadm", "-Sn")


def version(name):
    return run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name)
