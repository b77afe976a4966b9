"""What the README shows of the engine, as it is printed there."""

import pathlib
import re

from programs import outcome

README = (pathlib.Path(__file__).parents[3] / "README.md").read_text()


def test_the_first_thing_on_the_page():
    section = README.split("## See it work without root\n")[1].split("\n## ")[0]
    command = re.search(r"(    ipvs-engine run -- sh -c '\n.*?')\n\n", section, re.DOTALL)[1]
    status, said, errors = outcome("sh", "-c", command)
    assert (status, errors) == (0, "")
    shown = [line[4:] for line in section.splitlines() if line.startswith(("    TCP", "      ->"))]
    assert [line.rstrip() for line in said.splitlines()[3:]] == shown


def test_the_client_in_python():
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    run = ("ipvs-engine", "run", "--", "/usr/bin/python3")
    assert outcome(*run, "-c", example) == (0, "wrr\n", "")
    # The second time the service is there already.
    status, _, errors = outcome(*run, "-c", example + "ask(engine, message(family, 1, attribute(1, service)))")
    assert status == 1 and errors.endswith("FileExistsError: [Errno 17] File exists\n")
