# SPDX-License-Identifier: Apache-2.0
"""One small file of each kind, recorded anew: but for chance it is what is committed, where the kernel
is the recorded one, and it has the layout of the committed file on any kernel.
"""

import json

import pytest

import kernels
from recorders import files

#: For each kind a file, and the key of its list and how many of its entries are enough: what runs for
#: long is cut short.
SMALL = {
    "cli": ("words-and-wrappers.json", "cases", 1),
    "requests": ("requests.json", "cases", 300),
    "states": ("states.json", "walks", 3),
    "schedule": ("dh.json", "scenarios", 1),
    "nat": ("tcp.json", "steps", 100),
    "firewall": ("legacy.json", "cases", 3),
}


def _small(kind):
    name, key, count = SMALL[kind]
    _, recording = files.load(kind, name)
    recording[key] = recording[key][:count]
    return recording


def _spoil_cli(recording):
    recording["cases"][0]["steps"][0].update(stdout="?", stderr="?", exit=9)


def _spoil_requests(recording):
    recording["cases"][0].update(errno="EIO", errno_value=5, replies=[], reply_count=9)


def _spoil_states(recording):
    recording["walks"][0]["walk"][0][2:] = ["NONE", 0, 9, 9]


def _spoil_schedule(recording):
    operation = next(op for op in recording["scenarios"][0]["ops"] if op["op"] == "conn")
    operation.update(rs="192.0.2.1", rp=9)


def _spoil_nat(recording):
    step = next(step for step in recording["steps"] if "in_hex" in step)
    step.update(out_c=["45"], out_s=["45"])


def _spoil_firewall(recording):
    recording["cases"][0].update(nftables={"rules": ["00"]}, legacy=[])


SPOIL = {
    "cli": _spoil_cli, "requests": _spoil_requests, "states": _spoil_states,
    "schedule": _spoil_schedule, "nat": _spoil_nat, "firewall": _spoil_firewall,
}


@pytest.mark.parametrize("kind", files.KINDS)
def test_recorded_anew(kind):
    """The outputs come from the kernel, not from the recording that the inputs are taken from."""
    expected, recording = _small(kind), _small(kind)
    SPOIL[kind](recording)
    recorder = files.recorder(kind)
    spoiled = files.compare(expected, recording)[1]
    assert spoiled != []
    recorder.record(recording)
    still = {path: now for path, _, now in files.compare(expected, recording)[1]}
    assert [path for path, _, now in spoiled if still.get(path) == now] == []
    if kernels.RUNNING.has("what is recorded"):
        _, different = files.compare(recorder.masked(expected), recorder.masked(recording))
        assert [each for each in different if not _was_unverified(kind, each[0])] == []


def _was_unverified(kind, path):
    """Whether a value is of a request that was not answered when it was recorded."""
    return kind == "requests" and "unverified" in _small(kind)["cases"][int(path.split("/")[2])]


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in files.KINDS for name in files.names(kind)])
def test_layout_is_kept(kind, name):
    """A recording that is the same is the same file: git diff shows nothing else."""
    text, recording = files.load(kind, name)
    assert files.written(json.loads(text), text, recording) == text
