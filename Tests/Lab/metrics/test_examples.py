# SPDX-License-Identifier: Apache-2.0
"""The examples that are installed: alerts that fire, and a dashboard whose panels show something, by
Debian's prometheus, which scrapes node_exporter, which reads the file that ipvsadm replaces."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

import tutorial
from changes.place import IS_ENGINE
from deadline import eventually
from metrics.exposition import one, samples
from services import pages

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "../../../Sources/ipvsadm/examples")
ALERTS = os.path.realpath(f"{EXAMPLES}/ipvs-alerts.rules.yml")
DASHBOARD = f"{EXAMPLES}/ipvs-dashboard.json"

VIRTUAL = tutorial.TUTORIAL.virtual
RULES = f"""\
-A -t {VIRTUAL}:80 -s rr
-a -t {VIRTUAL}:80 -r 172.16.0.2:80 -m -w 1 -x 1000 -y 800
-a -t {VIRTUAL}:80 -r 172.16.0.3:8000 -m -w 2 -x 1000
"""


def promtool(*words):
    result = subprocess.run(["promtool", *words], capture_output=True, text=True)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}"
    return result.stdout


def alerts():
    with open(ALERTS, encoding="utf-8") as file:
        return re.findall(r"^ +- alert: (\w+)$", file.read(), re.M)


# These need no kernel: once is enough, where programs start faster.
if IS_ENGINE:
    def test_the_alerts_are_rules():
        assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", ALERTS)

    def test_each_alert_fires_where_it_should(tmp_path):
        with open(f"{HERE}/ipvs-alerts.test.yml", encoding="utf-8") as file:
            text = file.read()
        assert all(name in text for name in alerts())
        script = tmp_path / "alerts.yml"
        script.write_text(text.replace("- RULES\n", f"- {ALERTS}\n"))
        assert "SUCCESS" in promtool("test", "rules", str(script))


def panels():
    with open(DASHBOARD, encoding="utf-8") as file:
        return json.load(file)["panels"]


def test_the_dashboard_has_a_data_source_of_the_users_choice():
    with open(DASHBOARD, encoding="utf-8") as file:
        board = json.load(file)
    source = {"type": "prometheus", "uid": "${datasource}"}
    assert [v["type"] for v in board["templating"]["list"] if v["name"] == "datasource"] == ["datasource"]
    assert all(panel["datasource"] == source for panel in board["panels"])
    assert all(target["datasource"] == source
               for panel in board["panels"] for target in panel["targets"])
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) > 10


@pytest.fixture
def watched(site):
    """The tutorial's site with real servers behind its virtual one, and all that watches it."""
    director = site.director
    director.sysctl("net/ipv4/ip_forward", 1)
    director.run("ipvsadm", "-R", stdin=RULES)
    folder = director.directory / "textfile"
    folder.mkdir()
    metrics = folder / "ipvs.prom"
    replace(director, metrics)
    configuration = director.directory / "prometheus.yml"
    configuration.write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [ALERTS],
        "scrape_configs": [
            {"job_name": "node", "static_configs": [{"targets": ["127.0.0.1:9100"]}]}]}))
    director.start(
        "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
        f"--collector.textfile.directory={folder}", "--web.listen-address=127.0.0.1:9100")
    notes = director.directory / "prometheus.notes"
    with notes.open("w") as stderr:
        process = director.start(
            "prometheus", f"--config.file={configuration}", "--web.listen-address=127.0.0.1:9090",
            f"--storage.tsdb.path={director.directory}/data", stderr=stderr)

    def is_ready():
        assert process.poll() is None, notes.read_text()
        return page(director, "http://127.0.0.1:9090/-/ready")

    eventually(is_ready, 60)
    yield site, metrics


def replace(director, metrics):
    director.run("ipvsadm", "--metrics=server", "--output", str(metrics))


def page(host, url):
    """What is at a URL, as seen from a host; None where nothing answers."""
    with host.inside():
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return None if error.code == 503 else pytest.fail(f"{url}: {error.read()}")
        except OSError:
            return None


def asked(director, path, **query):
    answer = json.loads(
        page(director, f"http://127.0.0.1:9090/api/v1/{path}?{urllib.parse.urlencode(query)}"))
    assert answer["status"] == "success", answer
    return answer["data"]


def test_every_panel_shows_something_and_every_alert_is_evaluated(watched):
    site, metrics = watched
    director = site.director
    words = {"$__rate_interval": "1m", "$__range": "5m", "$instance": ".*"}
    queries = {}
    for panel in panels():
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in words.items():
                query = query.replace(name, value)
            assert "$" not in query, query
            queries[panel["title"], target["refId"]] = query

    def empty_panels():
        """Those without an answer, or with one that is no number, after more traffic."""
        pages(site.client, f"http://{VIRTUAL}/", 6)
        replace(director, metrics)
        return [
            name for name, query in queries.items()
            if not any(row["value"][1] != "NaN"
                       for row in asked(director, "query", query=query)["result"])]

    left = []

    def all_show_something():
        left[:] = empty_panels()
        return not left

    try:
        eventually(all_show_something, 60)
    except AssertionError:
        pytest.fail(f"panels without an answer: {left}")
    assert asked(director, "query", query="ipvs_services")["result"][0]["value"][1] == "1"

    def evaluated():
        rules = [rule for group in asked(director, "rules")["groups"] for rule in group["rules"]]
        assert [rule["name"] for rule in rules] == alerts()
        assert all(not rule.get("lastError") for rule in rules), rules
        return all(rule["health"] == "ok" for rule in rules) and rules

    assert all(rule["state"] == "inactive" for rule in eventually(evaluated, 60)
               if rule["name"] != "IPVSTableChanged")
    for server in ("172.16.0.2:80", "172.16.0.3:8000"):
        director.run("ipvsadm", "-e", "-t", f"{VIRTUAL}:80", "-r", server, "-w", "0", "--keep-rest")
    replace(director, metrics)

    def pending():
        return [alert for alert in asked(director, "alerts")["alerts"]
                if alert["labels"]["alertname"] == "IPVSNoUsableServer"]

    [alert] = eventually(pending, 60)
    assert alert["labels"]["local_address"] == VIRTUAL
    assert alert["annotations"]["summary"].startswith(f"TCP {VIRTUAL}:80 on 127.0.0.1:9100 has no")


def test_totals_outlive_a_service(site):
    """A counter that falls would be taken for one that began again."""
    director = site.director
    director.sysctl("net/ipv4/ip_forward", 1)
    director.run("ipvsadm", "-R", stdin=RULES)
    assert len(pages(site.client, f"http://{VIRTUAL}/", 4)) == 4

    def totals():
        found = samples(director.run("ipvsadm", "--metrics"))
        return [one(found, f"ipvs_{name}_total") for name in (
            "connections", "incoming_packets", "outgoing_packets", "incoming_bytes", "outgoing_bytes")]

    before = eventually(lambda: (found := totals()) and found[0] == 4 and found)
    assert all(value > 4 for value in before[1:])
    director.run("ipvsadm", "-D", "-t", f"{VIRTUAL}:80")
    assert totals() == before
