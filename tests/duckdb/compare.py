"""The rules' SQL on DuckDB over the exported tables: the same rows, timed beside.

    cargo run --release --example sweep -- DATA DAY OUT
    python tests/duckdb/compare.py OUT        # needs duckdb and pyarrow
"""

import json
import pathlib
import re
import sys
import time

import duckdb
import pyarrow as pa

MACROS = """
CREATE MACRO add_days(day, days) AS (day + CAST(days AS INTEGER));
CREATE MACRO add_months(day, months) AS CAST(day + to_months(CAST(months AS INTEGER)) AS DATE);
CREATE MACRO days_between(a, b) AS date_diff('day', a, b);
"""
WORDS = re.compile(r"\bwords\(((?:[^()]|\([^()]*\))*)\)(?:\s+FILTER\s+\(WHERE ((?:[^()]|\([^()]*\))*)\))?")
EVIDENCE = ("fact", "link", "trigger")


def rewritten(sql):
    """`words` spelt out: a macro of DuckDB takes no FILTER."""

    def spelt(match):
        word, condition = match.groups()
        condition = f"({condition}) AND {word} IS NOT NULL" if condition else f"{word} IS NOT NULL"
        return f"array_to_string(list_sort(list(DISTINCT {word}) FILTER (WHERE {condition})), ',')"

    return WORDS.sub(spelt, sql)


def value(cell):
    """As the product writes a value."""
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def connect(folder, threads):
    connection = duckdb.connect(config={"threads": threads})
    connection.execute(MACROS)
    connection.execute("SET integer_division = true")
    for file in sorted(folder.glob("*.arrow")):
        with pa.memory_map(str(file)) as source:
            table = pa.ipc.open_file(source).read_all()
        connection.register("exported", table)
        connection.execute(f'CREATE TABLE "{file.stem}" AS SELECT * FROM exported')
        connection.unregister("exported")
    return connection


def main():
    folder = pathlib.Path(sys.argv[1])
    expected = sorted((folder / "findings.tsv").read_text(encoding="utf-8").splitlines())
    files = sorted(folder.glob("*.sql"))
    rules = [(file, rewritten(file.read_text(encoding="utf-8"))) for file in files]
    for threads in (1, 2):
        connection = connect(folder, threads)
        best, lines, slowest = None, [], {}
        for _ in range(3):
            lines, took = [], 0.0
            for rule, sql in rules:
                started = time.perf_counter()
                result = connection.execute(sql)
                names = [column[0] for column in result.description]
                rows = result.fetchall()
                spent = time.perf_counter() - started
                took += spent
                slowest[rule.stem] = spent
                for row in rows:
                    row = dict(zip(names, row))
                    values = {
                        name: value(cell)
                        for name, cell in sorted(row.items())
                        if name not in ("subject", "occasion", "due") and not name.startswith(EVIDENCE)
                    }
                    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
                    lines.append(f"{rule.stem}\t{row['subject']}\t{row['occasion']}\t{text}")
            best = took if best is None else min(best, took)
        lines.sort()
        print(f"DuckDB {duckdb.__version__}, {threads} thread(s): {len(lines)} rows, best of 3: {best:.3f} s")
        for name, spent in sorted(slowest.items(), key=lambda item: -item[1])[:5]:
            print(f"    {name}: {spent:.3f} s")
        if lines != expected:
            ours, theirs = set(expected), set(lines)
            print(f"DIFFERENT: {len(ours - theirs)} only ours, {len(theirs - ours)} only DuckDB's")
            for line in sorted(ours - theirs)[:5]:
                print("  ours  ", line)
            for line in sorted(theirs - ours)[:5]:
                print("  DuckDB", line)
            sys.exit(1)
    print("the same rows")


main()
