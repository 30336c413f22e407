"""Opens the newest snapshot below the working folder with DuckDB and with pandas, compares every row with what the
ledger says, and runs the examples of SNAPSHOTS.md over it.

Takes the file of what is expected, and SNAPSHOTS.md.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pandas as pd

FOLDER = Path("state/snapshots/320614")
COLUMNS = ["event", "fact_id", "feed", "kind", "on", "time", "people", "household", "benefit", "retracts"]


def canonical(rows):
    """Rows in one order."""
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def plain(value):
    return None if value is None else value.hex()


def with_duckdb(parts):
    query = """
        SELECT event, fact_id, feed, kind, "on", epoch_ns(time) AS time, people, household, benefit, retracts
        FROM read_parquet($1)
    """
    for event, fact_id, feed, kind, on, time, people, household, benefit, retracts in duckdb.execute(
        query, [[str(part) for part in parts]]
    ).fetchall():
        yield {
            "event": plain(event), "fact_id": plain(fact_id), "feed": feed, "kind": kind,
            "on": on and on.isoformat(), "time": time, "people": [plain(person) for person in people],
            "household": plain(household), "benefit": plain(benefit), "retracts": plain(retracts),
        }


def with_pandas(parts, **how):
    """All columns, the blob too."""
    frame = pd.concat([pd.read_parquet(part, **how) for part in parts], ignore_index=True)
    assert list(frame.columns) == [*COLUMNS, "statement"], frame.columns
    assert (frame["statement"].map(len) > 20).all()
    for row in frame.itertuples():
        missing = lambda value: None if value is None or value is pd.NA or value is pd.NaT else value
        on = missing(row.on)
        yield {
            "event": plain(row.event), "fact_id": plain(row.fact_id), "feed": row.feed, "kind": row.kind,
            "on": on and on.isoformat(), "time": row.time.value, "people": [plain(person) for person in row.people],
            "household": plain(missing(row.household)), "benefit": plain(missing(row.benefit)),
            "retracts": plain(missing(row.retracts)),
        }


def check(what, found, expected):
    if found != expected:
        raise SystemExit(f"{what}: found {str(found)[:2000]}\nexpected {str(expected)[:2000]}")


def examples(document, language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)
    assert found, f"no example in {language}"
    return found


def main():
    expected = json.loads(Path(sys.argv[1]).read_text())
    document = Path(sys.argv[2]).read_text()
    parts = [FOLDER / name for name in expected["parts"]]
    rows = expected["rows"]
    for what, found in [
        ("duckdb", with_duckdb(parts)),
        ("pandas", with_pandas(parts)),
        ("pandas with types of pyarrow", with_pandas(parts, dtype_backend="pyarrow")),
    ]:
        check(what, canonical(found), canonical(rows))

    facts = {row["fact_id"] for row in rows if row["kind"] != "record.retracted"}
    check("facts", len(facts), expected["facts"])
    check("events", len({row["event"] for row in rows}), expected["events"])
    check("people", len({person for row in rows for person in row["people"]}), expected["people"])

    statements = Counter((row["feed"], row["kind"]) for row in rows)
    different = defaultdict(set)
    named = defaultdict(set)
    for row in rows:
        different[row["feed"], row["kind"]].add(row["fact_id"])
        for person in row["people"]:
            named[person].add(row["fact_id"])
    by_kind = {key: (count, len(different[key])) for key, count in statements.items()}
    by_person = {person: len(facts) for person, facts in named.items()}
    retractions = {row["retracts"] for row in rows if row["retracts"]}
    said = {(row["event"], row["kind"]) for row in rows if row["kind"] != "record.retracted"}
    retracted = {(event, kind) for event, kind in said if event in retractions}
    assert len(by_kind) > 20 and len(retracted) > 10, "too little to compare"

    database = duckdb.connect()
    for example in examples(document, "sql"):
        database.execute(example)
    found = {(feed, kind): (rows, facts) for feed, kind, rows, facts, _ in database.execute("FROM by_kind").fetchall()}
    check("by_kind of DuckDB", found, by_kind)
    check("by_person of DuckDB", dict(database.execute("FROM by_person").fetchall()), by_person)
    found = {(event.hex(), kind) for event, kind in database.execute("FROM retracted").fetchall()}
    check("retracted of DuckDB", found, retracted)

    names = {}
    for example in examples(document, "python"):
        exec(example, names)
    found = {key: (int(row.statements), int(row.facts)) for key, row in names["by_kind"].iterrows()}
    check("by_kind of pandas", found, by_kind)
    check("by_person of pandas", names["by_person"].to_dict(), by_person)
    found = {(event.hex(), kind) for event, kind in names["retracted"].itertuples(index=False)}
    check("retracted of pandas", found, retracted)

    types = duckdb.execute("DESCRIBE FROM read_parquet($1)", [str(parts[0])]).fetchall()
    described = re.findall(r"^\| `(\w+)` \| [^|]* \| [^|]* \| [^|]* \| [^|]*\|$", document, re.MULTILINE)
    check("columns that SNAPSHOTS.md describes", described, [name for name, *_ in types])
    manifest = json.loads(max(FOLDER.glob("manifest-*.json")).read_text())["manifest"]
    fields = set(re.findall(r"^\| `(\w+)(?:\.\w+)?` \| [^|]* \| [^|]* \|$", document, re.MULTILINE))
    check("fields that SNAPSHOTS.md describes", fields, set(manifest))


main()
