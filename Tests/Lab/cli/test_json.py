# SPDX-License-Identifier: Apache-2.0
"""Every document of --json follows the schema that is installed, and says what the text says."""

import json
import os

import jsonschema
import pytest

from cli import recordings
from cli.stage import Step

SCHEMA = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../Sources/ipvsadm/ipvsadm-1.schema.json")

#: Each case is played twice, so that all of them would take minutes: LAB_LONG=1 takes them.
STEP = 1 if os.environ.get("LAB_LONG") else 5
CASES = [
    pytest.param(case, id=case.name)
    for case in [case for case in recordings.load() if case.surroundings == "usual"][::STEP]]

#: A table with every kind of service and server.
RULES = """\
-A -t 10.0.0.1:80 -s sh -b sh-fallback,sh-port -p 60 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 2147483647 -x 9 -y 3
-a -t 10.0.0.1:80 -r 10.0.0.3 -i --tun-type gue --tun-port 6080 --tun-csum
-a -t 10.0.0.1:80 -r 10.0.0.4 -i --tun-type gre
-A -u 10.0.0.1:53 -o
-A --sctp-service [fd00::1]:9 -p -M 64
-a --sctp-service [fd00::1]:9 -r [fd00::2]:10 -m -w 0
-A -f 4294967295 -6 --pe sip -p 9
--set 900 120 300
"""


@pytest.fixture(scope="module")
def validator():
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def room(ours):
    room = ours.room()
    yield room
    room.close()


def documents(text, validator):
    found = [json.loads(line) for line in text.splitlines()]
    for document in found:
        validator.validate(document)
    return found


def asked(room, line, stdin=None):
    return room.run(Step(("ipvsadm", *line.split()), stdin))


@pytest.mark.parametrize("case", CASES)
def test_recorded(ours, validator, case):
    """Recorded lines with -j: same status; a listing is documents, and so is a complaint."""
    room = ours.room()
    for step, plain in zip(case.steps, ours_plain(ours, case)):
        argv = step.argv
        if os.path.basename(argv[0]) == "ipvsadm":
            argv = (argv[0], "-j", *argv[1:]) if len(argv) > 1 else (argv[0], "-L", "-j")
        result = room.run(Step(argv, step.stdin))
        assert result.exit == plain.exit, f"{step}: {result}"
        if "-j" not in argv or step.stdin is not None:
            continue
        if any(word in argv for word in ("-h", "--help", "-v", "--version")):
            continue
        if result.stderr:
            assert all("error" in found for found in documents(result.stderr, validator))
        if result.stdout and not saves(argv):
            documents(result.stdout, validator)
    room.close()


def saves(argv):
    return any(word == "--save" or word[:2] == "-S" for word in argv)


def ours_plain(ours, case):
    room = ours.room()
    results = room.play(case.steps)
    room.close()
    return results


def test_whole_table(room, validator):
    assert asked(room, "-R", RULES).exit == 0
    [table] = documents(asked(room, "-Lj").stdout, validator)
    services = {(s["protocol"], s["fwmark"]): s for s in table["services"]}
    web = services["tcp", None]
    assert (web["sched_flags"], web["persistent"], web["netmask"]) == (
        ["sh-fallback", "sh-port"], 60, "255.255.255.0")
    assert services["sctp", None]["netmask"] == 64
    assert services["udp", None]["ops"] is True
    assert services[None, 4294967295]["pe"] == "sip"
    masq, gue, gre = web["servers"]
    assert (masq["weight"], masq["u_threshold"], masq["l_threshold"]) == (2147483647, 9, 3)
    assert gue["tunnel"] == {"type": "gue", "port": 6080, "csum": True, "remcsum": False}
    assert gre["tunnel"]["type"] == "gre" and gre["tunnel"]["port"] is None
    assert table["ipvs"]["source"] in ("kernel", "engine")
    [one] = documents(asked(room, "-L -j -t 10.0.0.1:80").stdout, validator)
    assert one["services"] == [web] and one["ipvs"] == table["ipvs"]
    for view in ("--stats", "--rate", "--thresholds", "--persistent-conn", "--tun-info", "-n"):
        assert documents(asked(room, f"-L -j {view}").stdout, validator) == [table]
    [timeouts] = documents(asked(room, "-L --timeout -j").stdout, validator)
    assert timeouts["timeouts"] == {"tcp": 900, "tcpfin": 120, "udp": 300}


def test_drain(room, validator):
    asked(room, "-R", RULES)
    result = asked(room, "--drain -j -r 10.0.0.2")
    [document] = documents(result.stdout, validator)
    assert (result.exit, document["drain"]["server"], document["drain"]["weight"]) == (
        0, "10.0.0.2:8080", 2147483647)
    [table] = documents(asked(room, "-L -j -t 10.0.0.1:80").stdout, validator)
    assert table["services"][0]["servers"][0]["draining"]["weight"] == 2147483647
    assert asked(room, "--undrain -j -r 10.0.0.2").stdout == ""


def test_errors(room, validator):
    asked(room, "-R", RULES)
    result = asked(room, "-d -j -t 10.0.0.1:80 -r 10.0.0.9:8080")
    [document] = documents(result.stderr, validator)
    error = document["error"]
    assert (error["message"], error["status"], error["errno"]) == (
        "No such destination", 255, "ENOENT")
    assert error["object"] == {"server": "10.0.0.9:8080", "service": "tcp 10.0.0.1:80"}
    assert error["cause"] and error["remedy"] and result.stdout == ""


def test_plans_and_faults(room, validator, tmp_path):
    asked(room, "-R", RULES)
    file = tmp_path / "rules"
    file.write_text(RULES.replace("-w 2147483647", "-w 5").replace("10.0.0.4", "10.0.0.5"))
    difference = asked(room, f"-j --diff {file}")
    [found] = documents(difference.stdout, validator)
    changes = {(c["action"], c["server"]): c for c in found["changes"]}
    assert difference.exit == 1 and set(changes) == {
        ("edit", "10.0.0.2:8080"), ("add", "10.0.0.5:80"), ("delete", "10.0.0.4:80")}
    assert changes["edit", "10.0.0.2:8080"]["fields"] == {"weight": [2147483647, 5]}
    assert documents(asked(room, f"--apply {file} -j --dry-run").stdout, validator) == [found]
    assert documents(asked(room, f"--apply {file} -j").stdout, validator) == [found]
    file.write_text("-A -t 10.0.0.1:80 -s wlcc\n-a -t 10.0.0.1:80 -r \udcff:80\n",
                    errors="surrogateescape")
    result = asked(room, f"--check -j {file}")
    [found] = documents(result.stdout, validator)
    assert (result.exit, [(f["line"], f["severity"]) for f in found["faults"]]) == (
        2, [(1, "warning"), (2, "fault")])
    result = asked(room, f"--apply -j {file}")
    assert [d["error"]["line"] for d in documents(result.stderr, validator)] == [1, 2]
    assert result.stdout == ""


def test_doctor(room, validator):
    """A finding as a document, with the status of the text; a table of another family of documents."""
    asked(room, "-R", "-A -t 10.9.9.9:80\n-A -u 127.0.0.1:53\n-a -u 127.0.0.1:53 -r 127.0.0.1 -m\n")
    result = asked(room, "--doctor --quick -j")
    [document] = documents(result.stdout, validator)
    found = {finding["code"]: finding for finding in document["findings"]}
    assert found["D05"]["severity"] == "error"
    assert found["D05"]["objects"] == ["service TCP 10.9.9.9:80"]
    assert found["D23"]["objects"] == ["server 127.0.0.1:53 of UDP 127.0.0.1:53"]
    assert document["doctor"]["services"] == 2 and document["doctor"]["servers"] == 1
    assert result.exit == 1 and result.stderr == ""
    text = asked(room, "--doctor --quick")
    assert text.exit == 1 and "error D05: a service has no servers\n" in text.stdout
    one = asked(room, "--doctor --quick -j -u 127.0.0.1:53")
    [document] = documents(one.stdout, validator)
    assert {finding["code"] for finding in document["findings"]}.isdisjoint({"D05"})
    absent = asked(room, "--doctor --quick -j -t 10.9.9.8:80")
    assert absent.exit == 2 and absent.stdout == ""
    assert all("error" in found for found in documents(absent.stderr, validator))
