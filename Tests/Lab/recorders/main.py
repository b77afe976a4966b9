# SPDX-License-Identifier: Apache-2.0
"""Records files of Tests/Recordings anew: main.py KIND [FILE ...] [--into FOLDER]. See `record`."""

import argparse
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from recorders import files  # noqa: E402


def main():
    parser = argparse.ArgumentParser(prog="record")
    parser.add_argument("kind", choices=files.KINDS)
    parser.add_argument("names", nargs="*", metavar="file")
    parser.add_argument("--into", metavar="folder")
    words = parser.parse_args()
    names = [os.path.basename(name) for name in words.names] or files.names(words.kind)
    for name in names:
        made = files.record(words.kind, name)
        path = os.path.join(words.into or files.folder(words.kind), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(made.text)
        print(f"{name}: {made.equal} values as recorded, {len(made.different)} different"
              f" ({len(made.unexpected)} of them not by chance), {len(made.kept)} steps kept")
        for path, was, now in made.unexpected:
            print(f"  {path}: {was!r:.160} is now {now!r:.160}")
        for step, reason in made.kept:
            print(f"  kept {step}: {reason}")


if __name__ == "__main__":
    main()
