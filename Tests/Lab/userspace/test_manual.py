# SPDX-License-Identifier: Apache-2.0
"""The examples of ipvs-engine(8), each as it is printed there."""

import pathlib
import re

import pytest

import captures
import tutorial
from deadline import eventually
from programs import outcome

PAGE = (pathlib.Path(__file__).parents[3] / "man/ipvs-engine.8").read_text()
VIRTUAL = tutorial.TUTORIAL.virtual
RULES = f"-A -t {VIRTUAL}:80 -s wlc\n-a -t {VIRTUAL}:80 -r 172.16.0.2:80 -m\n"


def examples():
    """The commands of each example, without prompts."""
    section = PAGE.split(".Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    for text in re.findall(r"^\.Bd -literal.*?\n(.*?)\n\.Ed$", section, re.DOTALL | re.MULTILINE):
        yield re.sub(r"^[#$] ", "", text.replace("\\e", "\\"), flags=re.MULTILINE)


TRIAL, DIRECTOR, REPLAY = examples()


@pytest.fixture
def bare_site(monkeypatch):
    """The tutorial's network, without an engine."""
    monkeypatch.delenv("IPVS")
    with tutorial.site() as fresh:
        yield fresh


def test_a_trial():
    status, said, errors = outcome("sh", "-c", TRIAL)
    assert (status, errors) == (0, "")
    assert "  -> 10.1.0.2:8080                Masq" in said


def test_a_director(bare_site):
    director = bare_site.director
    (director.directory / "rules").write_text(RULES)
    lines = DIRECTOR.replace("/etc/ipvsadm.rules", f"{director.directory}/rules")
    setting, *serving, listing = lines.replace("/run/ipvs", f"{director.directory}/ipvs").split("\n")
    director.run("sh", "-c", setting)
    director.start("sh", "-c", "\n".join(["exec " + serving[0], *serving[1:]]).removesuffix(" &"))
    eventually(lambda: "172.16.0.2:80" in director.attempt("sh", "-c", listing).stdout)
    page = ("curl", "-s", f"http://{VIRTUAL}/")
    eventually(lambda: "server2" in bare_site.client.attempt(*page).stdout)


def test_a_replay(tmp_path):
    (tmp_path / "new.rules").write_text(RULES)
    syn = captures.tcp(1024, 80, 0x02, ends=f"202.100.1.2 {VIRTUAL}")
    captures.write(tmp_path / "yesterday.pcap", [(1, syn)])
    status, said, errors = outcome("sh", "-c", f"cd {tmp_path} && {REPLAY}")
    assert (status, errors) == (0, "")
    assert "172.16.0.2:80" in said
