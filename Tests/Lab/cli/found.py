# SPDX-License-Identifier: Apache-2.0
"""Cases on which the programs once differed, found by `make chance`; each is played again.

A row is what `make chance` prints for a case that fails, so that the lines stay what they were when
the generator changes.
"""

from typing import NamedTuple

from cli.stage import Step


class Found(NamedTuple):
    seed: int

    #: The number of the case in the sequence of that seed.
    case: int
    steps: tuple


FOUND = (
    # The row "-r before -t" did not know a second service.
    Found(739252407, 9, (
        Step(("ipvsadm", "--add-server", "-r", "10.0.0.4:http-alt",
              "--tcp-service=192.168.1.1:443", "65535", "--fwmark-service", "+3")),)),
)
