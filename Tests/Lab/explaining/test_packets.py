# SPDX-License-Identifier: Apache-2.0
"""The worked examples: what --explain says of a packet, and what is then done with it.

Each step is a line of ipvsadm, a sysctl, or a packet with the certainty that is expected. A number in place of a
server is the last part of its address; None is a packet that no server gets, and ANY one of which only --explain
is believed.
"""

import pytest

from explaining.testbed import IS_ENGINE, MARK, Packet, laid_out

ANY = object()
WEB = "-u 203.0.113.1:80"


def pool(service, head, weights):
    lines = [f"-A {service} {head}"]
    lines += [f"-a {service} -r 192.0.2.{11 + index}:8080 -m -w {weight}"
              for index, weight in enumerate(weights)]
    return "\n".join(lines) + "\n"


def web(client, port, server, certainty="certain", destination="203.0.113.1"):
    expected = f"192.0.2.{server}:8080" if isinstance(server, int) else server
    if server is None:
        certainty = "none"
    return (Packet("udp", f"198.51.100.{client}", port, destination, 80), expected, certainty)


BOTH = "-s mh -b mh-fallback,mh-port"
FTP = """\
-A -t 203.0.113.2:21 -s rr -p 60
-a -t 203.0.113.2:21 -r 192.0.2.11:21 -m -w 1
-A -t 203.0.113.2:0 -s rr -p 60
-a -t 203.0.113.2:0 -r 192.0.2.12:0 -m -w 1
"""


def ftp(client, port, destination_port, server):
    packet = Packet("tcp", f"198.51.100.{client}", port, "203.0.113.2", destination_port)
    return (packet, f"192.0.2.{server}:{destination_port}", "certain")


def marked(protocol, client, client_port, port, server, certainty, destination="203.0.114.5"):
    packet = Packet(protocol, f"198.51.100.{client}", client_port, destination, port, MARK)
    return (packet, server, certainty)


EXAMPLES = {
    "1 sh": [pool(WEB, "-s sh", (1, 1, 1)), web(10, 20101, 12), web(10, 20102, 12),
             web(11, 20101, 11), web(77, 20101, 12)],
    "2 sh, weights": [pool(WEB, "-s sh", (3, 1, 2)), web(10, 20201, 11), web(10, 20202, 11),
                      web(11, 20201, 12), web(77, 20201, 13)],
    "3 sh-port": [pool(WEB, "-s sh -b sh-port", (1, 1, 1)), web(10, 20301, 13), web(10, 20302, 12),
                  web(11, 20301, 12), web(77, 20301, 12)],
    "4 sh, weight 0": [pool(WEB, "-s sh", (0, 1, 0)), web(10, 20401, 12), web(10, 20402, 12),
                       web(11, 20401, None), web(77, 20401, 12)],
    "5 sh-fallback": [pool(WEB, "-s sh -b sh-fallback,sh-port", (0, 1, 0)), web(10, 20501, 12),
                      web(10, 20502, 12), web(11, 20501, 12), web(77, 20501, 12)],
    "6 mh": [pool(WEB, "-s mh", (1, 1, 1)), web(10, 20601, 12), web(10, 20602, 12),
             web(11, 20601, 11), web(77, 20601, 12)],
    "7 mh-port": [pool(WEB, "-s mh -b mh-port", (5, 1, 2)), web(10, 20701, 13), web(10, 20702, 11),
                  web(11, 20701, 11), web(77, 20701, 11)],
    "8, 9 mh, quiesced": [
        pool(WEB, BOTH, (1, 1, 1)), f"-e {WEB} -r 192.0.2.13:8080 -m -w 0",
        web(10, 30006, 12, "depends"), web(10, 30009, 11, "depends"),
        web(11, 30301, 12, "depends"), web(11, 30306, 12, "depends")],
    "10 mh, added with weight 0": [
        pool("-u 203.0.113.2:80", BOTH, (1, 1, 0)),
        web(10, 30006, 11, "depends", "203.0.113.2"), web(10, 30009, 12, "depends", "203.0.113.2"),
        web(11, 30301, 11, "depends", "203.0.113.2"), web(11, 30306, 11, "depends", "203.0.113.2")],
    "11 dh by mark": [
        pool(f"-f {MARK}", "-s dh", (1, 1, 1)), marked("udp", 10, 21101, 80, ANY, "certain"),
        marked("udp", 77, 21102, 5353, ANY, "certain"),
        marked("udp", 77, 21103, 80, ANY, "certain", "203.0.114.6")],
    "12 dh": [pool(WEB, "-s dh", (1, 9, 1)), web(10, 21201, 11), web(10, 21202, 11),
              web(77, 21201, 11)],
    "13 mark before address": [
        "-A -u 203.0.114.4:80 -s rr\n-a -u 203.0.114.4:80 -r 192.0.2.11:8080 -m -w 1\n"
        f"-A -f {MARK} -s rr\n-a -f {MARK} -r 192.0.2.12:9090 -m -w 1\n",
        marked("udp", 10, 21301, 80, "192.0.2.12:9090", "certain", "203.0.114.4")],
    "14 no service by mark": [
        "-A -u 203.0.114.4:80 -s rr\n-a -u 203.0.114.4:80 -r 192.0.2.11:8080 -m -w 1\n",
        marked("udp", 10, 21401, 80, "192.0.2.11:8080", "certain", "203.0.114.4")],
    "15 exact before port 0": [
        "-A -u 203.0.113.2:0 -s rr -p 60\n-a -u 203.0.113.2:0 -r 192.0.2.11:0 -m -w 1\n"
        "-A -u 203.0.113.2:80 -s rr\n-a -u 203.0.113.2:80 -r 192.0.2.12:8080 -m -w 1\n",
        web(10, 21501, 12, destination="203.0.113.2"),
        (Packet("udp", "198.51.100.10", 21502, "203.0.113.2", 81), "192.0.2.11:81", "certain")],
    "16 FTP": [FTP, ftp(10, 21601, 21, 11), ftp(10, 21602, 50000, 11), ftp(10, 21603, 443, 11),
               ftp(10, 21604, 1023, 11), ftp(77, 21605, 443, 12)],
    "17, 18, 19 persistence": [
        pool("-u 203.0.113.3:80", "-s rr -p 300 -M 255.255.255.248", (1, 1, 1)),
        web(10, 21701, ANY, "depends", "203.0.113.3"), web(11, 21702, ANY, "certain", "203.0.113.3"),
        web(77, 21703, ANY, "depends", "203.0.113.3"),
        "quiesce the server of 198.51.100.11:21702",
        web(12, 21804, ANY, "certain", "203.0.113.3"), "expire_quiescent_template=1",
        web(12, 21905, ANY, "depends", "203.0.113.3"), "expire_quiescent_template=0"],
    "20 persistence by mark": [
        pool(f"-f {MARK}", "-s rr -p 60", (1, 1, 1)).replace(":8080", ":0"),
        marked("udp", 10, 22001, 80, ANY, "depends"),
        marked("tcp", 10, 22002, 443, ANY, "certain")],
    "21 sh over IPv6": [
        "-A -u [2001:db8:f::1]:80 -s sh\n-a -u [2001:db8:f::1]:80 -r [2001:db8:d::11]:8080 -m -w 1\n"
        "-a -u [2001:db8:f::1]:80 -r [2001:db8:d::12]:8080 -m -w 1\n",
        (Packet("udp", "2001:db8:c::10", 22101, "2001:db8:f::1", 80), "[2001:db8:d::12]:8080", "certain"),
        (Packet("udp", "2001:db8:c::77", 22101, "2001:db8:f::1", 80), "[2001:db8:d::11]:8080", "certain")],
    "22 upper threshold": [
        # A server that no other example has: one that comes back to an engine has its connections.
        f"-A {WEB} -s sh\n-a {WEB} -r 192.0.2.15:8080 -m -w 1 -x 1\n", web(10, 22201, 15),
        web(10, 22202, None)],
    "23, 24 an existing connection": [
        pool(WEB, "-s rr", (1, 0, 0)), web(10, 22301, 11), f"-e {WEB} -r 192.0.2.11:8080 -m -w 0",
        f"-e {WEB} -r 192.0.2.12:8080 -m -w 1", web(10, 22301, 11), web(10, 22309, 12)],
    # Of what the kernel was not asked before.
    "now": [pool(WEB, "-s wlc", (1, 3, 2)), web(10, 23001, 13, "now"), web(10, 23002, ANY, "now"),
            web(10, 23003, ANY, "now"), web(77, 23004, ANY, "now")],
    "cached": [pool(WEB, "-s lblc", (1, 1, 1)), web(10, 23101, ANY, "depends"),
               web(11, 23102, ANY, "depends")],
    "weights decide": [pool(WEB, "-s fo", (1, 3, 2)), web(10, 23201, 12), web(11, 23202, 12)],
    "no service": ["", web(10, 23301, None)],
    "no server": [f"-A {WEB} -s rr\n", web(10, 23401, None)],
    "never scheduled": [
        pool("-t 203.0.113.1:80", "-s rr", (1,)),
        (Packet("tcp", "198.51.100.10", 20, "203.0.113.1", 80), None, "none")],
}


@pytest.fixture(scope="module")
def bed():
    with laid_out() as made:
        yield made


def takes_marks(steps):
    return any(step[0].mark for step in steps if isinstance(step, tuple))


@pytest.mark.parametrize("name", [name for name, steps in EXAMPLES.items()
                                  if not IS_ENGINE or not takes_marks(steps)])
def test_example(bed, name):
    rules, *steps = EXAMPLES[name]
    if IS_ENGINE and any(isinstance(step, str) and "=" in step for step in steps):
        # An engine's settings are those that it was started with.
        steps = steps[:5]
    bed.set(rules)
    sent = {}
    for step in steps:
        if isinstance(step, str):
            follow(bed, step, sent)
            continue
        packet, server, certainty = step
        answer = bed.ask(packet)
        done = bed.send(packet)
        sent[f"{packet.client}:{packet.client_port}"] = done
        assert answer.allows(done), f"{packet}: {done}: {answer}"
        assert answer.certainty == certainty, f"{packet}: {answer}"
        if server is not ANY:
            assert done == server, f"{packet}: {answer}"


def follow(bed, step, sent):
    if step.startswith("quiesce"):
        server = sent[step.split()[-1]]
        bed.tell("-e", "-u", "203.0.113.3:80", "-r", server, "-m", "-w", "0")
    elif "=" in step:
        bed.sysctl(*step.split("="))
    else:
        bed.tell(*step.split())


def test_the_text_has_a_line_for_each_step(bed):
    bed.set(pool(WEB, "-s sh", (1, 1, 1)))
    words = ("--explain", "udp", "198.51.100.10:25001", "203.0.113.1:80", "--mark", "0")
    assert bed.director.run("ipvsadm", *words).splitlines() == [
        "connection: none of this client and port",
        "service: UDP 203.0.113.1:80 sh (exact address and port; no mark)",
        "template: not persistent",
        "scheduler: sh by source address, slot 208 of 256",
        "server: 192.0.2.12:8080 Masq weight 1 (certain)"]


def test_marks_that_are_not_given(bed):
    bed.set(pool(WEB, "-s sh", (1, 1, 1)) + "-A -f 3 -s rr\n-a -f 3 -r 192.0.2.14:0 -m\n")
    packet = web(10, 25101, 12)[0]
    answer = bed.ask(packet, mark=False)
    assert (answer.certainty, answer.candidates) == ("depends", ["192.0.2.12:8080", "192.0.2.14:80"])
    text = bed.director.run("ipvsadm", "--explain", *packet.words()[:3])
    assert text.splitlines()[-1] == "depends: no mark given, services by mark: 3"


def test_several_packets_of_one_snapshot(bed):
    bed.set(pool(WEB, "-s sh", (1, 1, 1)))
    packets = [web(10, 25201, 12), web(11, 25201, 11), web(77, 25201, 12)]
    lines = "".join(" ".join(packet.words()) + "\n" for packet, *_ in packets)
    ended = bed.director.attempt("ipvsadm", "--explain", "-", stdin=f"# packets\n\n{lines}")
    blocks = ended.stdout.split("\n\n")
    assert ended.returncode == 0 and len(blocks) == 3, ended
    for block, (packet, server, _) in zip(blocks, packets):
        assert block.startswith("packet: " + " ".join(packet.words()))
        assert f"server: {server} " in block


if not IS_ENGINE:
    def test_addresses_that_are_not_the_directors(bed):
        bed.set(pool("-u 192.0.3.1:80", "-s rr", (1,)))
        packet = Packet("udp", "198.51.100.10", 24001, "192.0.3.1", 80)
        answer = bed.ask(packet)
        assert (answer.exit, answer.certainty) == (1, "none")
        assert answer.document["steps"] == [
            {"step": "route", "result": "not found", "found": False,
             "reason": "192.0.3.1 is no address of the director"}]
        assert bed.send(packet) is None

    def test_a_secondary_address_is_one_of_the_directors(bed):
        bed.director.ip("addr add 192.0.4.1/24 dev in", "addr add 192.0.4.2/24 dev in")
        bed.set(pool("-u 192.0.4.2:80", "-s rr", (1,)))
        packet = Packet("udp", "198.51.100.10", 24101, "192.0.4.2", 80)
        answer = bed.ask(packet)
        assert answer.certainty == "certain" and bed.send(packet) == answer.server

    def test_the_settings_of_the_kernel(bed):
        bed.set(pool(WEB, "-s rr", (1,)))
        packet = web(10, 24201, 11)[0]
        bed.sysctl("drop_packet", 3)
        try:
            assert any("one in 10 new" in remark for remark in bed.ask(packet).document["remarks"])
        finally:
            bed.sysctl("drop_packet", 0)
        assert not any("dropped" in remark for remark in bed.ask(packet).document["remarks"])

    def test_a_deleted_server_keeps_its_connection(bed):
        bed.set(pool(WEB, "-s rr", (1, 0)))
        packet = web(10, 24301, 11)[0]
        assert bed.send(packet) == "192.0.2.11:8080"
        bed.sysctl("expire_nodest_conn", 0)
        try:
            bed.tell("-d", *WEB.split(), "-r", "192.0.2.11:8080")
            assert bed.ask(packet).certainty == "none"
            bed.sysctl("expire_nodest_conn", 1)
            bed.tell("-e", *WEB.split(), "-r", "192.0.2.12:8080", "-m", "-w", "1")
            answer = bed.ask(packet)
            assert answer.certainty == "certain" and answer.server == "192.0.2.12:8080"
            assert bed.send(packet) == answer.server
        finally:
            bed.sysctl("expire_nodest_conn", 1)
