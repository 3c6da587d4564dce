"""What the conformance folder holds; `python -m tests.standard.write_corpus` writes it."""

from __future__ import annotations

import json
from typing import Any

from tests.standard.broken import BROKEN, PARSE
from tests.standard.corpus import FOLDER, VALID, as_text
from tests.standard.spelled import SPELLED
from tests.standard.stages import declared_minimal
from tests.standard.verdicts import verdict_on


def corpus() -> dict[str, bytes]:
    """Every file of the conformance folder that is written, by its path in it."""
    documents = {name: make() for name, make in VALID.items()} | dict.fromkeys(SPELLED, declared_minimal())
    files = {f"valid/{name}.json": as_text(make()).encode() for name, make in VALID.items()}
    files |= {f"valid/{name}.json": data for name, data in SPELLED.items()}
    files |= {f"invalid/{item.name}.json": as_text(item.document()).encode() for item in BROKEN}
    files |= {f"invalid/parse/{name}.json": data for name, data in PARSE.items()}
    expected: dict[str, Any] = {
        "valid": {f"{name}.json": verdict_on(name, document) for name, document in documents.items()},
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
