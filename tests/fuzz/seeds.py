"""Writes examples of the schemas as seeds: whole events, messages with headers, or tables and mappings."""

import json
import pathlib
import sys

form, out = sys.argv[1], pathlib.Path(sys.argv[2])
if form == "files":
    mappings = pathlib.Path(__file__).parent / "../../schemas/mappings"
    for number, path in enumerate(sorted(mappings.glob("*.toml"))):
        (out / f"mapping-{path.name}").write_bytes(b"\x01" + path.read_bytes())
        for sample in sorted(mappings.rglob("*")):
            if sample.suffix in (".csv", ".tsv", ".txt", ".xlsx"):
                kind = 0 if sample.suffix == ".xlsx" else 2
                name = f"{path.stem}-{sample.name}"
                (out / name).write_bytes(bytes([kind + 4 * number]) + sample.read_bytes())
    sys.exit()
feeds = sys.argv[3:] or ["police", "social-security", "health", "medical-insurance", "registry"]
schemas = pathlib.Path(__file__).parent / "../../schemas/feeds"
for feed in feeds:
    for path in sorted((schemas / feed / "examples").glob("*/*.json")):
        text = path.read_text(encoding="utf-8")
        name = f"{feed}-{path.parent.name}-{path.name}"
        if form == "structured":
            (out / name).write_text(text, encoding="utf-8")
            continue
        try:
            event = json.loads(text)
        except ValueError:
            continue
        data = event.pop("data", None) if isinstance(event, dict) else None
        if data is None:
            continue
        headers = "\n".join(f"ce-{key}: {value}" for key, value in event.items())
        body = json.dumps(data, ensure_ascii=False)
        (out / name).write_text(f"{headers}\ncontent-type: application/json\n\n{body}", encoding="utf-8")
