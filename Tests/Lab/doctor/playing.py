# SPDX-License-Identifier: Apache-2.0
"""Each scene of a table: a network that works, the fault, and the network mended.

The doctor finds the fault, and nothing else, exactly while it is there. A file of tests takes the tests from
here, and says by `played` of which scenes.
"""

import contextlib

import pytest

from report import Doctor, assert_told, commands
from scene import Fault, rows

class Play:
    """A scene that is played as far as a test needs it."""

    STEPS = ("healthy", "planted", "mended", "trap")

    def __init__(self, scene):
        self.scene = scene
        self._seen = {}

    def at(self, step):
        """The traffic and the doctor's reports at a step, after those before it."""
        for one in self.STEPS[:self.STEPS.index(step) + 1]:
            if one not in self._seen:
                getattr(self, f"_{one}")()
                self._seen[one] = self._look(one)
        return self._seen[step]

    def _healthy(self):
        self.scene.prepare()

    def _planted(self):
        self.scene.plant()

    def _mended(self):
        if self.scene.mend:
            self.scene.mend()
        else:
            _, report, _ = self._seen["planted"]
            findings = report.of(self.scene.code)
            typed = [command for finding in findings for command in commands(finding)]
            assert typed, f"no remedy can be typed: {[one['remedy'] for one in findings]}"
            for command in typed:
                self.scene.type_remedy(command)
        self.scene.forget()

    def _trap(self):
        self.scene.trap()

    def _look(self, step):
        scene = self.scene
        seen = scene.traffic()
        # What is healthy from the beginning test_healthy.py looks at twice.
        is_quick = step == "healthy" or not scene.looks_twice
        words = (*scene.words, "--quick") if is_quick else scene.words
        with contextlib.nullcontext() if is_quick else scene.question.asked_again_and_again():
            doctor = Doctor(scene.place, "-j", *words)
            text = Doctor(scene.place, *words).text()[1] if step == "planted" else None
            return seen, doctor.report(), text


def played(*modules):
    """A fixture: each scene of these modules."""

    @pytest.fixture(scope="module", params=rows(Fault, *modules))
    def play(request):
        scene, tool = request.param
        with scene.kind() as lab:
            yield Play(scene(lab, tool))

    return play


def assert_silent(scene, report):
    """Fails where the doctor finds the fault, be it a note, or anything above a note."""
    assert report.faults == [], report.findings
    assert (scene.code, scene.severity) not in report.codes("note"), report.findings


def test_healthy(play):
    seen, report, _ = play.at("healthy")
    assert play.scene.works(seen), seen
    assert_silent(play.scene, report)


def test_planted(play):
    seen, report, text = play.at("planted")
    scene = play.scene
    assert scene.fails(seen), seen
    expected = [(scene.code, scene.severity)] if scene.severity else []
    assert report.faults == [one for one in expected if one[1] != "note"], text
    assert expected == [one for one in report.codes("error", "warning", "note")
                        if one[0] == scene.code], text
    assert_told(report, text)


def test_mended(play):
    """By the remedy that the doctor has told, where it can be typed; then a look-alike of the fault."""
    for step in ("mended", "trap") if play.scene.trap else ("mended",):
        seen, report, _ = play.at(step)
        assert play.scene.works(seen), seen
        assert_silent(play.scene, report)
