# SPDX-License-Identifier: Apache-2.0
"""What the doctor says, as text and as a document of JSON, which must agree."""

import json
import os
import re
import subprocess
from typing import NamedTuple

import jsonschema

from network import environment

SCHEMA = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../Sources/ipvsadm/ipvsadm-1.schema.json")
PATIENCE = 120

#: Programs that a remedy may tell to type.
TYPED = re.compile(r"(sysctl|ip|ipvsadm|nft|ip6?tables-legacy|modprobe) [^'(]+")
#: What is there for a word that the doctor does not know.
PLACEHOLDER = re.compile(r"\b(LINK|ROUTER|ADDRESS|PORT|DIRECTOR)\b|…")


def _validator():
    with open(SCHEMA, encoding="utf-8") as file:
        return jsonschema.Draft202012Validator(json.load(file))


VALIDATOR = _validator()


def validate(document):
    """Fails unless a document follows the schema that is installed."""
    VALIDATOR.validate(document)


class Report(NamedTuple):
    status: int
    findings: list
    document: dict

    def codes(self, *severities):
        return sorted((f["code"], f["severity"]) for f in self.findings if f["severity"] in severities)

    @property
    def faults(self):
        """The code and severity of each finding above a note."""
        return self.codes("error", "warning")

    def of(self, code):
        """The findings of a code."""
        return [finding for finding in self.findings if finding["code"] == code]


class Doctor:
    """A doctor that is looking: its run begins here and ends in `report`."""

    def __init__(self, host, *words, before=(), variables=()):
        command = [*before, os.path.join(os.environ["PROGRAMS"], "ipvsadm"), "--doctor", *words]
        with host.inside():
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, env={**environment(), **dict(variables)})

    def text(self):
        """The exit status, what was printed, and what was said on standard error."""
        try:
            out, err = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        return self._process.returncode, out, err

    def report(self):
        """The report of a run with --json, which follows the schema."""
        status, out, err = self.text()
        assert err == "" and status in (0, 1), f"status {status}\n{out}{err}"
        document = json.loads(out)
        validate(document)
        report = Report(status, document["findings"], document)
        assert (status == 1) == bool(report.codes("error")), (status, report.findings)
        return report


def blocks(text):
    """The findings of a text: the first line of each, and all its lines."""
    return re.findall(r"^((?:error|warning|note) [DR]\w+): .*\n((?:  .*\n)*)", text, re.M)


def _without_numbers(text):
    return re.sub(r"\b\d+", "N", text)


def assert_told(report, text):
    """Fails unless a text has the findings of a report, each with its object, evidence, cause, remedy."""
    told = blocks(text)
    assert [head for head, _ in told] == [
        f"{finding['severity']} {finding['code']}" for finding in report.findings], text
    for finding, (_, block) in zip(report.findings, told):
        # A note may be about the director as a whole.
        assert finding["objects"] or finding["severity"] == "note", finding
        assert finding["evidence"] and finding["remedy"], finding
        for one in finding["objects"][:5]:
            assert one.split(" ", 1)[1] in block, block
        for one in finding["remedy"]:
            assert f"  remedy: {one}\n" in block, block
        # Counters go on from the look of one to that of the other.
        parts = [f"  evidence: {one['source']} = {one['value']}\n" for one in finding["evidence"]]
        for part in (*parts, f"  cause: {finding['cause']}\n"):
            assert _without_numbers(part) in _without_numbers(block), block


def examine(host, *words):
    return Doctor(host, "-j", *words).report()


def commands(finding):
    """The commands of its remedy that can be typed as they are."""
    found = []
    for line in finding["remedy"]:
        quoted = re.findall(r"'([^']*)'", line) or [line]
        found += [text for text in quoted if TYPED.fullmatch(text) and not PLACEHOLDER.search(text)]
    return found


def calls(lab, names, *words):
    """The system calls of some names that a run makes, whose PATH is empty."""
    notes = lab.director.directory / "calls"
    status, _, err = Doctor(
        lab.director, *words, variables={"PATH": ""},
        before=["/usr/bin/strace", "-f", "-o", str(notes), "-e", f"trace={names}"]).text()
    assert (status, err) == (0, "")
    return [line for line in notes.read_text().splitlines() if re.search(r"\w+\(", line)]
