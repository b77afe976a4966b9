# SPDX-License-Identifier: Apache-2.0
"""What a diverting engine takes of packets: those to addresses that the kernel delivers to this machine."""

import contextlib
import time

import pytest

from deadline import eventually
from diverting import FOREIGN, ONE, TWO, VIRTUAL, Engine, connections, page, url
from diverting import site  # noqa: F401
from services import Visit, pages, web_server


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_on_no_interface_is_not_balanced(site, family):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(FOREIGN[family], ONE[family], TWO[family])
    assert page(client, FOREIGN[family]) == ""
    assert connections(director) == 0


@pytest.mark.parametrize("family", [4, 6])
def test_a_backup_director_routes_to_the_machine_that_has_the_address(site, family):
    client, director, one, _ = site
    one.ip(f"addr add {FOREIGN[family]} dev lo" + (" nodad" if family == 6 else ""))
    director.ip(f"route add {FOREIGN[family]} via {ONE[family]}")
    engine = Engine(director)
    engine.serve(FOREIGN[family], TWO[family])
    assert pages(client, url(FOREIGN[family]), 3) == ["one"] * 3
    assert connections(director) == 0


@pytest.mark.parametrize("family", [4, 6])
def test_a_local_route_makes_addresses_virtual(site, family):
    client, director, _, _ = site
    engine = Engine(director)
    network = "192.0.2.0/24" if family == 4 else "2001:db8:aa::/64"
    engine.serve(FOREIGN[family], ONE[family], TWO[family])
    director.ip(f"route add local {network} dev lo")
    eventually(lambda: page(client, FOREIGN[family]) in ("one", "two"), 5)
    director.ip(f"route del local {network} dev lo")
    eventually(lambda: page(client, FOREIGN[family]) == "", 5)


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_is_balanced_as_long_as_the_machine_has_it(site, family):
    client, director, _, _ = site
    address = f"{VIRTUAL[family]}/{32 if family == 4 else 128} dev outside"
    engine = Engine(director)
    engine.serve(VIRTUAL[family], TWO[family])
    for _ in range(2):
        assert page(client, VIRTUAL[family]) == "two"
        count = connections(director)
        director.ip(f"addr del {address}")
        eventually(lambda: page(client, VIRTUAL[family]) == "", 5)
        assert connections(director) == count
        director.ip(f"addr add {address}" + (" nodad" if family == 6 else ""))
        eventually(lambda: page(client, VIRTUAL[family]) == "two", 5)


@pytest.mark.parametrize("reverse_path_filter", [0, 2])
@pytest.mark.parametrize("accepts", [0, 1])
def test_direct_routing_through_the_director_takes_accept_local(site, accepts, reverse_path_filter):
    """The servers' answers come to the director from one of its own addresses."""
    client, director, one, two = site
    director.sysctl("net/ipv4/conf/inside/accept_local", accepts)
    director.sysctl("net/ipv4/conf/inside/rp_filter", reverse_path_filter)
    for host in (one, two):
        host.ip(f"addr add {VIRTUAL[4]}/32 dev lo")
        host.sysctl("net/ipv4/conf/all/arp_ignore", 1)
        host.sysctl("net/ipv4/conf/all/arp_announce", 2)
    engine = Engine(director)
    engine.serve(VIRTUAL[4], ONE[4], TWO[4], method="-g")
    right = {"one", "two"} if accepts else {""}
    assert {page(client, VIRTUAL[4]), page(client, VIRTUAL[4])} == right
    assert connections(director) == 2
    # What the director itself sends from the address does not ask.
    web_server(director, 8080)
    assert pages(client, f"http://{VIRTUAL[4]}:8080/") == ["director"]


# -- After a service


def intercepted(director):
    return director.attempt("ip", "route", "show", "table", "20406").stdout


def test_a_service_without_connections_is_not_intercepted_after_its_end(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    assert VIRTUAL[4] in intercepted(director)
    director.run("ipvsadm", "-D", "-t", f"{VIRTUAL[4]}:80")
    eventually(lambda: intercepted(director) == "", 5)
    assert client.attempt("curl", "-sS", url(VIRTUAL[4])).returncode == 7, "the director refuses"


def test_a_connection_that_outlives_its_service_is_intercepted_until_its_end(site):
    client, director, _, _ = site
    engine = Engine(director)
    director.run("ipvsadm", "--set", "5", "5", "5")
    engine.serve(VIRTUAL[4], TWO[4])
    with contextlib.closing(Visit(client, VIRTUAL[4])) as visit:
        director.run("ipvsadm", "-D", "-t", f"{VIRTUAL[4]}:80")
        time.sleep(2.5)
        assert VIRTUAL[4] in intercepted(director)
        assert visit.server == "two"
    eventually(lambda: intercepted(director) == "", 15)


def test_a_connection_goes_on_by_masquerading_after_its_server_is_no_longer_masqueraded(site):
    client, director, _, _ = site
    engine = Engine(director)
    engine.serve(VIRTUAL[4], TWO[4])
    with contextlib.closing(Visit(client, VIRTUAL[4])) as visit:
        director.run("ipvsadm", "-e", "-t", f"{VIRTUAL[4]}:80", "-r", f"{TWO[4]}:80", "-g")
        time.sleep(2.5)
        assert visit.page() == "two"
