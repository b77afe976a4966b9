# SPDX-License-Identifier: Apache-2.0
"""Records what the kernel's IPVS does in scenarios of the generator: record.py FOLDER SEED SCALE.

A file for each scenario, of which the recorded tests of the engine can replay every byte at the
kernel's own times. `SCALE` is the number of packets or decisions in a file.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from differential import errors, expiry, scenarios, tunnels, wandering  # noqa: E402
from differential.rules import MASQUERADING, ROUTE, TUNNEL  # noqa: E402
from differential.testbed import Testbed  # noqa: E402
from differential.walk import MARKED  # noqa: E402

LAYOUT = (
    "director with two L3 (TUN) interfaces: tunc 10.1.255.254/16 / 2001:db8:1::fe/64 to the clients"
    " (default routes), tuns 10.2.255.254/16 / 2001:db8:2::fe/64 to the servers; 10.0.0.1, 10.0.0.2,"
    " 10.3.0.0/16, 2001:db8::1, 2001:db8::2 are local; conntrack=0, ip_forward on, MTU 1500")


class Recording:
    """One scenario and what came of it; looks like a file to a Play."""

    def __init__(self, folder, name):
        self.path = os.path.join(folder, f"{name}.json")
        self.steps = []
        self.settings = None

    def write(self, line):
        self.steps.append(line.strip())

    def testbeds(self, settings):
        self.settings = settings
        testbed = Testbed(settings)
        testbed.mark({mark: f"{prefix}0/24" for mark, prefix in MARKED.items()})
        return (testbed,)

    def close(self, content="steps"):
        head = {"kernel": os.uname().release, "layout": LAYOUT, "settings": self.settings}
        with open(self.path, "w", encoding="ascii") as file:
            file.write(json.dumps(head)[:-1] + f', "{content}": [\n')
            file.write(",\n".join(self.steps) + "\n]}\n")


def main(folder, seed, scale):
    os.makedirs(folder, exist_ok=True)
    for number, scheduler in enumerate(scenarios.SCHEDULERS):
        marked = scheduler in ("dh", "lblc", "lblcr") or number % 4 == 0
        recording = Recording(folder, f"decisions-{scheduler}")
        scenarios.schedule(
            recording.testbeds, f"{seed}-{scheduler}", scheduler, scale, recording, mark=marked)
        recording.close()
    for number, methods in enumerate((
            (MASQUERADING,), (MASQUERADING, ROUTE), (ROUTE, TUNNEL), (TUNNEL,), (MASQUERADING,))):
        recording = Recording(folder, f"packets-{number + 1}")
        wandering.wander(
            recording.testbeds, f"{seed}-{number}", scale, recording, methods, bare=True)
        recording.close()
    recording = Recording(folder, "expiry")
    expiry.expire(recording.testbeds, seed, recording)
    recording.close()
    for name, kind in tunnels.KINDS.items():
        recording = Recording(folder, f"tunnels-{name}")
        tunnels.refuse(recording.testbeds, kind, recording)
        recording.close()
    # For the folder of errors.
    recording = Recording(folder, "options")
    recording.steps = [json.dumps(error) for error in errors.options(recording.testbeds)]
    recording.close("errors")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
