# SPDX-License-Identifier: Apache-2.0
"""Where nothing is wrong the doctor finds nothing."""

import pytest

import healthy_scenes
from report import Doctor
from scene import rows


@pytest.fixture(params=rows(healthy_scenes.Healthy, healthy_scenes))
def scene(request):
    kind, tool = request.param
    with kind.kind() as lab:
        made = kind(lab, tool)
        made.prepare()
        yield made


def test_nothing_is_found(scene):
    seen = scene.traffic()
    assert scene.works(seen), seen
    # What a firewall does is told from its rules, at one look.
    words = ("-j", "--quick") if scene.has_firewall else ("-j",)
    with scene.question.asked_again_and_again():
        doctors = [Doctor(place, *words, *more) for place, more in scene.places]
        for doctor in doctors:
            report = doctor.report()
            assert report.faults == [], report.findings
