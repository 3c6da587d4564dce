"""What the conformance folder holds; `python -m tests.standard.write_corpus` writes it."""

from __future__ import annotations

import json
from typing import Any

from tests.standard.broken import BROKEN, PARSE
from tests.standard.corpus import FOLDER, VALID, as_text

from joulecard.validation import validate


def _valid_verdict(name: str) -> dict[str, Any]:
    """What must be said of a valid document: its kind, the level of a disclosure, and what is only unlikely."""
    verdict = validate(as_text(VALID[name]()).encode())
    level = {"level": verdict.level} if verdict.level else {}
    warnings = [{"rule": item.rule, "pointer": item.pointer} for item in verdict.warnings]
    return {"kind": verdict.kind, **level, **({"warnings": warnings} if warnings else {})}


def corpus() -> dict[str, bytes]:
    """Every file of the conformance folder that is written, by its path in it."""
    files = {f"valid/{name}.json": as_text(make()).encode() for name, make in VALID.items()}
    files |= {f"invalid/{item.name}.json": as_text(item.document()).encode() for item in BROKEN}
    files |= {f"invalid/parse/{name}.json": data for name, data in PARSE.items()}
    expected: dict[str, Any] = {
        "valid": {f"{name}.json": _valid_verdict(name) for name in VALID},
        "invalid": {f"{item.name}.json": item.expected for item in BROKEN},
        "invalid/parse": {f"{name}.json": {"rule": name.partition("-")[0], "pointer": ""} for name in PARSE},
    }
    told = {f"{folder}/expected.json": json.dumps(table, indent=2) + "\n" for folder, table in expected.items()}
    return files | {path: text.encode() for path, text in told.items()}


def main() -> None:
    """Writes every file of the corpus and removes the others."""
    files = corpus()
    for path in FOLDER.rglob("*.json"):
        if path.relative_to(FOLDER).as_posix() not in files:
            path.unlink()
    for name, data in files.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(files)} files below {FOLDER.name}")


if __name__ == "__main__":
    main()
