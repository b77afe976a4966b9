# SPDX-License-Identifier: Apache-2.0
"""What `ipvsadm --metrics` prints, as python3-prometheus-client reads it."""

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

#: The labels of a service, and of a real server.
SERVICE = ("local_address", "local_port", "local_mark", "proto")
SERVER = (*SERVICE, "remote_address", "remote_port")


def samples(text, is_open=False):
    """The values by name and labels; each must be there once, and belong to a family with help."""
    parse = openmetrics if is_open else parser
    found = {}
    for family in parse.text_string_to_metric_families(text):
        assert family.type in ("counter", "gauge", "info"), family
        assert family.documentation, family
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def read(place, *words):
    """The samples of a run, from both formats, which must have the same."""
    plain = place.run(*words)
    assert (plain.exit, plain.stderr) == (0, ""), plain
    found = samples(plain.stdout)
    *_, last = plain.stdout.splitlines()
    assert last == f"# {len(found)} series"
    other = place.run(*words, "--openmetrics")
    assert (other.exit, other.stderr) == (0, ""), other
    assert samples(other.stdout, is_open=True) == found
    return found


def named(found, name, labels=SERVICE):
    """The values of one name, by the labels in this order."""
    return {tuple(dict(key)[label] for label in labels): value
            for (series, key), value in found.items() if series == name}


def one(found, name):
    """The value of a name without labels; those of an engine have that of the engine."""
    [(labels, value)] = [(dict(key), value) for (series, key), value in found.items() if series == name]
    assert set(labels) <= {"engine"}
    return value
