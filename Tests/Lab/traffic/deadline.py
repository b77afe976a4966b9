# SPDX-License-Identifier: Apache-2.0
"""Waiting until something is true."""

import time


def eventually(question, seconds=20):
    """The first true answer to `question`, which is asked until then.

    Fails when `seconds` have passed, showing the last answer.
    """
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {seconds} s; the last answer was {answer!r}"
        time.sleep(0.05)
