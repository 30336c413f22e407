#!/usr/bin/env python3
"""Lines of faults as a table in Markdown; those of several seeds one below the other."""

import json
import sys


def told(value):
    if isinstance(value, list):
        return " and ".join(map(str, value))
    return str(value)


def row(line):
    injected = ", ".join(f"{what.replace('_', ' ')} {told(count)}" for what, count in line["injected"].items())
    seconds = line["recovery_seconds"]
    return [
        line["fault"],
        str(line["seed"]),
        injected,
        "; ".join(line["held"]),
        "–" if seconds is None else f"{seconds:.1f}",
    ]


def main():
    lines = [json.loads(line) for name in sys.argv[1:] for line in open(name, encoding="utf-8")]
    lines.sort(key=lambda line: (line["fault"], line["seed"]))
    print("| fault | seed | injected | held | recovery, s |")
    print("|---|---|---|---|---|")
    for line in lines:
        print("|", " | ".join(cell.replace("|", "\\|") for cell in row(line)), "|")
    print(f"\n{len(lines)} faults")


main()
