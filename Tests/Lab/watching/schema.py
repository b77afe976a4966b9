# SPDX-License-Identifier: Apache-2.0
"""Documents of --json, checked by the schema that is installed."""

import functools
import json
import pathlib

import jsonschema

SCHEMA = pathlib.Path(__file__).parents[3] / "Sources/ipvsadm/ipvsadm-1.schema.json"


@functools.cache
def _validator():
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


def validate(line):
    """The document on a line."""
    document = json.loads(line)
    _validator().validate(document)
    return document
