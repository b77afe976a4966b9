# SPDX-License-Identifier: Apache-2.0
"""The tutorial's rule sets, replayed as they were printed, with traffic through them."""

import re

import pytest

import firewall
import kernels
import tutorial
from capture import Packet
from deadline import eventually
from services import Visit, dialogue, pages
from table import real_servers

VIRTUAL = tutorial.TUTORIAL.virtual
WEB = ("-t", f"{VIRTUAL}:80")
ERAS = ("1998", "2.2")


def replay(site, rules):
    ended = site.replay(f"{rules}.sh")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def listing(site):
    return kernels.without_size(site.director.run("ipvsadm", "-Ln"))


@pytest.fixture(params=ERAS)
def era(site, request):
    """The rule set of one era, in place."""
    replay(site, request.param)
    return request.param


def test_the_table_is_the_one_on_the_page(site, era):
    assert listing(site) == tutorial.table(era)


def test_requests_are_spread_one_to_two_under_wrr(site, era):
    if era != "1998":  # ippfvsadm gives its services this scheduler
        site.director.run("ipvsadm", "-E", *WEB, "-s", "wrr")
    answers = pages(site.client, f"http://{VIRTUAL}/", 12)
    assert (answers.count("server2"), answers.count("server3")) == (4, 8)
    # The heavier server never has more in a row than its weight: round robin, not chance.
    assert all(answers[first : first + 3].count("server2") == 1 for first in range(0, 12, 3))


def test_the_line_service_reaches_its_server(site, era):
    site.start_line_services()
    named = {"1998": "server3", "2.2": "server2"}[era]
    answer = dialogue(site.client, VIRTUAL, 21, "USER anonymous")
    assert answer == (f"220 {named}", "200 USER anonymous")


def test_the_wire_carries_the_four_address_pairs_of_the_page(site, era):
    outside = site.director.capture("outside", "tcp")
    inside = site.director.capture("inside", "tcp")
    url = f"http://{VIRTUAL}/"
    # Both schedulers begin with the heavier server, the one in the page's table.
    assert pages(site.client, url, 1, "--local-port", "3456") == ["server3"]
    request_outside = Packet("202.100.1.2", 3456, "202.103.106.5", 80)
    request_inside = Packet("202.100.1.2", 3456, "172.16.0.3", 8000)
    reply_inside = Packet("172.16.0.3", 8000, "202.100.1.2", 3456)
    reply_outside = Packet("202.103.106.5", 80, "202.100.1.2", 3456)
    # The connection is over when both interfaces have seen the same number of packets.
    eventually(lambda: len(outside.packets()) == len(inside.packets()) >= 8)
    assert set(outside.packets()) == {request_outside, reply_outside}
    assert set(inside.packets()) == {request_inside, reply_inside}
    assert outside.packets()[0] == request_outside
    assert inside.packets()[0] == request_inside


def test_wlc_gives_each_connection_to_the_least_loaded_server(site):
    replay(site, "2.2")
    weights = {"server2": 1, "server3": 2}
    names = {"172.16.0.2:80": "server2", "172.16.0.3:8000": "server3"}

    def loads():
        """An active connection counts 256 times an inactive one; the weight divides."""
        rows = real_servers(site.director, WEB)
        return {
            name: (256 * rows[address].active + rows[address].inactive) / weights[name]
            for address, name in names.items()
        }

    def least_loaded():
        now = loads()
        return {name for name, load in now.items() if load == min(now.values())}

    def visit():
        allowed = least_loaded()
        visit = Visit(site.client, VIRTUAL)
        assert visit.server in allowed
        return visit

    open_visits = [visit() for _ in range(9)]
    servers = [one.server for one in open_visits]
    assert (servers.count("server2"), servers.count("server3")) == (3, 6)
    # Least connections now prefers the idle server; weighted round robin would not.
    for one in open_visits:
        if one.server == "server3":
            one.close()
    eventually(lambda: real_servers(site.director, WEB)["172.16.0.3:8000"].active == 0)
    assert [visit().server for _ in range(3)] == ["server3"] * 3


def test_real_servers_call_out_under_the_director_s_address(site):
    replay(site, "2.2")
    outside = site.director.capture("outside", "udp")
    site.server2.run("socat", "-u", "-", f"UDP:{tutorial.CLIENT}:7000", stdin="hello\n")
    (packet, *_) = eventually(outside.packets)
    # IPVS does not change packets that belong to no service.
    source = VIRTUAL if firewall.masquerades() else tutorial.TUTORIAL.server2
    assert (packet.source, packet.destination) == (source, tutorial.CLIENT)


def test_ippfvsadm_lists_in_the_columns_of_the_page(site):
    replay(site, "1998")
    title, *rows = site.director.run("ippfvsadm", "-L").splitlines()
    assert title.split() == "Protocol Virtual IP Address Port Real IP Address Port Weight".split()
    assert sorted(row.split() for row in rows) == [
        ["TCP", VIRTUAL, "21", "172.16.0.3", "21", "1"],
        ["TCP", VIRTUAL, "80", "172.16.0.2", "80", "1"],
        ["TCP", VIRTUAL, "80", "172.16.0.3", "8000", "2"],
    ]


class TestKoreanPage:
    """A box with two cards, one real server behind each service."""

    @pytest.fixture
    def site(self):
        with tutorial.site(tutorial.KOREAN) as fresh:
            yield fresh

    def test_each_service_reaches_its_server(self, site):
        site.start_line_services()
        replay(site, "korean")
        assert listing(site) == tutorial.table("korean")
        virtual = site.addresses.virtual
        assert pages(site.client, f"http://{virtual}/", 3) == ["server2"] * 3
        answer = dialogue(site.client, virtual, 21, "QUIT")
        assert answer == ("220 server3", "200 QUIT")

    @pytest.mark.parametrize(
        "rules, written, told",
        [
            # The remedy: the address with a colon where the page has a dot.
            ("korean-dot-for-colon.sh", "211.57.163.10.21", r"211\.57\.163\.10:21"),
            # The cause: what the address has where a number belongs.
            ("korean-letters.sh", "211.xx.163.xx:80", r"\bxx\b|letter|digit|number"),
        ],
        ids=["dot for colon", "letters"],
    )
    def test_its_misprints_get_an_error_that_points_at_them(self, site, rules, written, told):
        ended = site.replay(rules)
        first, *more = ended.stderr.splitlines()
        assert (ended.returncode, ended.stdout) == (2, "")
        assert first == "illegal virtual server address[:port] specified"
        assert more and all(line.startswith("  ") for line in more)
        assert any(written in line for line in more)
        assert re.search(told, ended.stderr.replace(written, "")), ended.stderr
