# SPDX-License-Identifier: Apache-2.0
"""The README's examples of the engine, as they are printed there."""

import pathlib
import re

from programs import outcome

PROJECT = pathlib.Path(__file__).parents[3]
README = (PROJECT / "README.md").read_text()
EXAMPLE = PROJECT / "Tests/Examples/engine_client.py"


def test_the_first_thing_on_the_page():
    section = README.split("## See it work without root\n")[1].split("\n## ")[0]
    command = re.search(r"(    ipvs-engine run -- sh -c '\n.*?')\n\n", section, re.DOTALL)[1]
    status, said, errors = outcome("sh", "-c", command)
    assert (status, errors) == (0, "")
    shown = [line[4:] for line in section.splitlines() if line.startswith(("    TCP", "      ->"))]
    assert [line.rstrip() for line in said.splitlines()[3:]] == shown


def test_the_client_in_python():
    run = ("ipvs-engine", "run", "--", "/usr/bin/python3")
    assert outcome(*run, EXAMPLE) == (0, "wrr\n", "")
    # The second time the service is there already.
    again = EXAMPLE.read_text() + "ask(engine, message(family, 1, attribute(1, service)))"
    status, _, errors = outcome(*run, "-c", again)
    assert status == 1 and errors.endswith("FileExistsError: [Errno 17] File exists\n")
