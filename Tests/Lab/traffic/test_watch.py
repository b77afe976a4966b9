# SPDX-License-Identifier: Apache-2.0
"""The live view of a table (`-L --watch`) while real clients use real servers."""

import pytest

import tutorial
from drain import Load, ipvsadm
from services import Visit
from watching.tmux import Tmux, rows

VIRTUAL = tutorial.TUTORIAL.virtual
WEB = f"TCP {VIRTUAL}:80"
SERVER2, SERVER3 = "172.16.0.2:80", "172.16.0.3:8000"


@pytest.fixture
def pool(site):
    site.director.sysctl("net/ipv4/ip_forward", 1)
    ipvsadm(
        site.director,
        f"-A -t {VIRTUAL}:80 -s rr",
        f"-a -t {VIRTUAL}:80 -r {SERVER2} -m -w 1",
        f"-a -t {VIRTUAL}:80 -r {SERVER3} -m -w 3",
    )
    return site


@pytest.fixture
def view(pool):
    with pool.director.inside():
        terminal = Tmux(pool.network.directory, pool.director.variables, columns=110)
    terminal.enter("clear; ipvsadm -L -n --watch=1")
    terminal.see("1 service, 2 servers")
    yield terminal
    terminal.close()


def number(text):
    """The value of a column; nothing where it is not known."""
    units = {"K": 1e3, "M": 1e6, "G": 1e9}
    if text == "-":
        return None
    return float(text.rstrip("KMG")) * units.get(text[-1], 1)


def figures(lines, name):
    return {title: number(value.rstrip("%")) for title, value in rows(lines)[name].items()
            if title != "note" and value}


def test_rates_and_shares(pool, view):
    """Round robin gives each server half, whatever the weights want."""
    def looks(lines):
        both = [figures(lines, name) for name in (SERVER2, SERVER3)]
        whole = figures(lines, WEB)
        if not all((row["CONN/S"] or 0) > 1 for row in (*both, whole)):
            return False
        assert [row["WANT"] for row in both] == [25, 75]
        assert 40 <= both[0]["SHARE"] <= 60 and 99 <= sum(row["SHARE"] for row in both) <= 101
        # A server sends more than it gets: a page for a request.
        assert all(row["OUT B/S"] > 0 and row["IN B/S"] > 0 for row in (*both, whole))
        return abs(whole["CONN/S"] - sum(row["CONN/S"] for row in both)) <= 2
    with Load(pool, VIRTUAL) as load:
        view.see(looks)
    assert load.failures == []
    view.see(lambda lines: figures(lines, WEB)["CONN/S"] == 0)
    # What is left of the connections decides where there are no new ones.
    view.see(lambda lines: rows(lines)[SERVER2]["SHARE"] in ("-", "50%", "0%", "100%"))


def test_counters_are_set_to_zero(pool, view):
    with Load(pool, VIRTUAL):
        for _ in range(3):
            view.see(lambda lines: (figures(lines, WEB)["CONN/S"] or 0) > 0)
            pool.director.run("ipvsadm", "-Z")
            lines = view.see(lambda lines: figures(lines, WEB)["CONN/S"] is None)
            assert not any(value is not None and value < 0 for value in figures(lines, WEB).values())


def test_no_answers(pool, view):
    """A server that does not know the way back."""
    pool.server3.ip("route del default")
    pool.client.start(
        "sh", "-c", f"while :; do curl -s -m 1 -o /dev/null http://{VIRTUAL}/; done")
    lines = view.see(lambda lines: rows(lines)[SERVER3]["note"] == "no answers")
    assert rows(lines)[SERVER2]["note"] == "" and "1 without answers" in lines[23]
    assert figures(lines, SERVER3)["OUT B/S"] == 0
    pool.server3.ip(f"route add default via {tutorial.TUTORIAL.inside}")
    view.see(lambda lines: rows(lines)[SERVER3]["note"] == "")


def test_a_threshold(pool, view):
    """Two connections that are kept, where the server may have two."""
    pool.director.run("ipvsadm", "-e", "-t", f"{VIRTUAL}:80", "-r", SERVER2, "-m", "-w", "1",
                      "-x", "2")
    pool.director.run("ipvsadm", "-d", "-t", f"{VIRTUAL}:80", "-r", SERVER3)
    visits = [Visit(pool.client, VIRTUAL) for _ in range(2)]
    view.see(lambda lines: rows(lines)[SERVER2]["note"] == "full at 2" and "1 full" in lines[23])
    for visit in visits:
        visit.close()
