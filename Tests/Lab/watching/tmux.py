# SPDX-License-Identifier: Apache-2.0
"""A real terminal with a shell in it: tmux(1), driven by its commands."""

import os
import re
import shutil
import subprocess
import time

PATIENCE = 60

PROMPT = "ready$ "


def _provide_terminals():
    """A kernel of the lab has no terminals until /dev/pts is mounted."""
    if not os.path.exists("/dev/pts/ptmx"):
        os.makedirs("/dev/pts", exist_ok=True)
        subprocess.run(["mount", "-t", "devpts", "-o", "ptmxmode=666", "none", "/dev/pts"], check=True)


def eventually(question, what):
    """The first true answer to a question, which is asked until then."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, what()
        time.sleep(0.05)


class Tmux:
    """A terminal with bash, whose PATH begins with the programs under test."""

    def __init__(self, folder, variables, columns=80, rows=24):
        _provide_terminals()
        self._socket = f"{folder}/tmux"
        self._answers = 0
        path = f"{os.environ['PROGRAMS']}:/usr/sbin:/usr/bin:/sbin:/bin"
        variables = dict(variables, PATH=path, PS1=PROMPT, HOME=str(folder), LC_ALL="C")
        words = [f"{name}={value}" for name, value in variables.items()]
        self.run("new-session", "-d", "-x", str(columns), "-y", str(rows), "env", "-i",
                 "TERM=screen", *words, "bash", "--norc", "--noprofile", "-i")
        self.see(PROMPT.strip())

    def run(self, *words):
        ended = subprocess.run(
            [shutil.which("tmux"), "-S", self._socket, "-f", "/dev/null", *words],
            check=True, capture_output=True, timeout=PATIENCE, env={"LC_ALL": "C", "TERM": "screen"})
        return ended.stdout.decode("utf-8", "replace")

    def close(self):
        """Takes the terminal away, whatever is at work at it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)

    def enter(self, line):
        """Types a line, and the key that ends it."""
        self.run("send-keys", "-l", line)
        self.press("Enter")

    def press(self, *keys):
        self.run("send-keys", *keys)

    def resize(self, columns, rows):
        self.run("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *words):
        """What the terminal shows: its lines, without blanks at their ends."""
        return [line.rstrip() for line in self.run("capture-pane", "-p", *words).split("\n")[:-1]]

    def see(self, wanted):
        """Waits until the screen has a text, or lines for which a function is true; gives the lines."""
        shown = []

        def looks():
            shown[:] = self.screen()
            return wanted(shown) if callable(wanted) else wanted in "\n".join(shown)
        eventually(looks, lambda: "not seen: {}\n{}".format(wanted, "\n".join(shown)))
        return shown

    def state(self):
        """Whether the alternate screen is on, and whether the cursor is shown."""
        return self.run("display-message", "-p", "#{alternate_on} #{cursor_flag}").split()

    def pid(self, program):
        """The process of a program that the shell has started."""
        shell = self.run("display-message", "-p", "#{pane_pid}").strip()

        def found():
            children = subprocess.run(["pgrep", "-P", shell, "-x", program], capture_output=True,
                                      text=True, check=False).stdout.split()
            return int(children[0]) if children else None
        return eventually(found, lambda: f"{program} is not started")

    def answer(self, line):
        """What a line at the prompt prints, in one line."""
        self._answers += 1
        mark = f"answer {self._answers}: "
        self.enter(f"{line} | tr '\\n' ' ' | sed 's/^/{mark}/'; echo")
        shown = self.see(lambda lines: any(text.startswith(mark) for text in lines))
        return [text for text in shown if text.startswith(mark)][0].removeprefix(mark)

    def record(self, path):
        """Writes all bytes that come to the terminal from now on to a file, too."""
        self.run("pipe-pane", "-o", f"cat > {path}")


def rows(lines):
    """The rows of a view by their first words: the titles with their columns, and what is in them."""
    titles = next(index for index, line in enumerate(lines) if line.startswith("SERVICE / SERVER"))
    ends = {match[0]: match.end() for match in re.finditer(
        r"WEIGHT|SHARE|WANT|ACTIVE|CONN/S|IN B/S|OUT B/S", lines[titles])}
    found = {}
    for line in lines[titles + 1:]:
        if not line or not line.startswith(("TCP", "UDP", "FWM", "SCTP", "  ")):
            break
        name = line.split()[0] if line.startswith("  ") else " ".join(line.split()[:2])
        values = {}
        for title, end in ends.items():
            value = line[:end].rsplit(" ", 1)[-1]
            values[title] = value if len(line) >= end or value else ""
        values["note"] = line[max(ends.values()):].strip()
        found[name] = values
    return found
