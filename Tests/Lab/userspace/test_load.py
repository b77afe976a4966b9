# SPDX-License-Identifier: Apache-2.0
"""Many requests at a time, while servers are taken out of the pool and put back."""

import concurrent.futures

import pytest

import tutorial
from deadline import eventually
from services import Visit
from table import real_servers

VIRTUAL = tutorial.TUTORIAL.virtual
WEB = ("-t", f"{VIRTUAL}:80")
SERVER2, SERVER3 = "172.16.0.2:80", "172.16.0.3:8000"
REQUESTS, AT_A_TIME = 500, 50


def visit(client):
    """The server that answers a request over a connection of its own."""
    one = Visit(client, VIRTUAL)
    one.close()
    return one.server


@pytest.fixture
def clients():
    """Threads for AT_A_TIME visits at a time."""
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as threads:
        yield threads


@pytest.fixture
def pool(site):
    """The tutorial's web service, whose servers take turns."""
    for line in (
        ["-A", *WEB, "-s", "wrr"],
        ["-a", *WEB, "-r", SERVER2, "-m"],
        ["-a", *WEB, "-r", SERVER3, "-m", "-w", "2"],
    ):
        site.director.run("ipvsadm", *line)
    return site


def test_no_request_fails_at_a_concurrency_of_fifty(pool, clients):
    visits = [clients.submit(visit, pool.client) for _ in range(REQUESTS)]
    answers = [one.result() for one in visits]
    # Every third goes to the lighter server, give or take the last round.
    assert abs(answers.count("server3") - REQUESTS * 2 / 3) <= 1


def test_a_server_is_drained_removed_and_added_back_without_a_failed_request(pool, clients):
    director = pool.director
    visits = [clients.submit(visit, pool.client) for _ in range(REQUESTS)]
    rounds = 0
    while not all(one.done() for one in visits) or rounds == 0:
        director.run("ipvsadm", "-e", *WEB, "-r", SERVER3, "-m", "-w", "0")
        eventually(lambda: real_servers(director, WEB)[SERVER3].active == 0)
        director.run("ipvsadm", "-d", *WEB, "-r", SERVER3)
        assert set(real_servers(director, WEB)) == {SERVER2}
        director.run("ipvsadm", "-a", *WEB, "-r", SERVER3, "-m", "-w", "2")
        rounds += 1
    answers = [one.result() for one in visits]
    assert set(answers) <= {"server2", "server3"}
    # At least half of the requests came while this was the only server.
    assert answers.count("server2") > REQUESTS / 3
