# SPDX-License-Identifier: Apache-2.0
"""The rows that benches report, and the table made of them."""

import json


def faster(job, original, ours, target, goal=None):
    """A job that ours must do `target` times as fast as the original. Both in seconds."""
    return {"job": job, "original": f"{original:.4g} s", "ours": f"{ours:.4g} s",
            "ratio": original / ours, "target": f"{target:g} times faster", "goal": goal,
            "met": original / ours >= target}


def near(job, floor, ours, target, goal=None, unit="s"):
    """A job for which ours may take `target` times what the floor takes, and at best `goal` times."""
    return {"job": job, "original": f"{floor:.4g} {unit}", "ours": f"{ours:.4g} {unit}",
            "ratio": ours / floor, "target": f"within {target:g} times", "goal": goal,
            "met": ours / floor <= target, "is_reached": goal is not None and ours / floor <= goal}


def atleast(job, ours, target):
    """A figure of ours that must be `target` or more."""
    return {"job": job, "original": "", "ours": f"{ours:,.0f}", "ratio": None,
            "target": f"at least {target:,}", "goal": None, "met": ours >= target}


def ahead(job, other, ours, goal, unit):
    """A figure of ours that must not be below another's, and at best is `goal` times that."""
    return {"job": job, "original": f"{other:.4g} {unit}", "ours": f"{ours:.4g} {unit}",
            "ratio": ours / other, "target": "ahead of it", "goal": goal, "met": ours >= other}


def below(job, original, ours, limit, unit):
    """A figure of ours that must not be above `limit`; `original` may be None."""
    text = "" if original is None else f"{original:.2f} {unit}"
    return {"job": job, "original": text, "ours": f"{ours:.2f} {unit}".rstrip(),
            "ratio": None if original is None else ours / original,
            "target": f"at most {limit:g} {unit}".rstrip(), "goal": None, "met": ours <= limit}


def fact(job, holds, target):
    """A condition that must hold."""
    return {"job": job, "original": "", "ours": "yes" if holds else "no", "ratio": None,
            "target": target, "goal": None, "met": holds}


def verdict(row):
    if not row["met"]:
        return "NOT MET"
    if row["goal"] is None:
        return "met"
    reached = row.get("is_reached", row["ratio"] >= row["goal"])
    return f"met, goal {row['goal']:g} {'too' if reached else 'not yet'}"


def cells(row):
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    return [row["job"], row["original"], row["ours"], ratio, row["target"], verdict(row)]


def print_table(rows):
    lines = [["job", "original", "ours", "ratio", "target", "verdict"]]
    lines += [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    for line in lines:
        text = [cell.rjust(width) if column in (1, 2, 3) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(text).rstrip())


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)


def read_rows(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
