#!/usr/bin/env python3
"""Lines of faults as a table in Markdown; those of several seeds one below the other. Fails where a seed lacks a fault that
the tests name, so that no table is green because something was left out.

usage: table.py FOLDER_OF_THE_TESTS LINES…"""

import json
import pathlib
import re
import sys

# A fault is named where its trial begins: Trial::begin("…"), Trial::on("…", …) at_moments("…", …) or garbage_in("…", …).
BEGINS = re.compile(r'(?:Trial::begin|Trial::on|at_moments|garbage_in)\(\s*"([^"]+)"')


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


def named(folder):
    found = set()
    for file in sorted(pathlib.Path(folder).glob("*.rs")):
        found.update(BEGINS.findall(file.read_text(encoding="utf-8")))
    if len(found) < 20:
        sys.exit(f"faults: {folder} names {len(found)} faults, where there are more than 20")
    return found


def main():
    expected = named(sys.argv[1])
    lines = [json.loads(line) for name in sys.argv[2:] for line in open(name, encoding="utf-8")]
    lines.sort(key=lambda line: (line["fault"], line["seed"]))
    print("| fault | seed | injected | held | recovery, s |")
    print("|---|---|---|---|---|")
    for line in lines:
        print("|", " | ".join(cell.replace("|", "\\|") for cell in row(line)), "|")
    print(f"\n{len(lines)} faults")
    seeds = {line["seed"] for line in lines}
    missing = [(seed, fault) for seed in seeds for fault in expected - {it["fault"] for it in lines if it["seed"] == seed}]
    for seed, fault in sorted(missing):
        print(f"NOT HELD OR NOT TRIED with seed {seed}: {fault}")
    return 1 if missing or not lines else 0


sys.exit(main())
