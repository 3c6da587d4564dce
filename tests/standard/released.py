"""Released schemas are frozen: the check of schema/RELEASED against the schema files beside it."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.standard.promises import departures

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).parents[2] / "schema"
LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<identifier>urn:[!-~]+)  (?P<path>[!-~]+)")


class Release(NamedTuple):
    """One line of RELEASED."""

    digest: str
    identifier: str
    path: str


def faults(folder: Path) -> list[str]:
    """What breaks the promise that released schemas never change, one sentence each; none where it is kept."""
    listed, broken = _listed((folder / "RELEASED").read_text(encoding="utf-8"))
    changed = [*broken, *_twice(listed), *_changed(folder, listed), *_unlisted(folder, listed)]
    return changed or list(_departed(folder, listed))


def _listed(text: str) -> tuple[list[Release], list[str]]:
    """The releases, and a sentence for each line that is none; blank lines and comments are stepped over."""
    releases: list[Release] = []
    broken: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            match = LINE.fullmatch(line)
            if match:
                releases.append(Release(*match.groups()))
            else:
                broken.append(f"RELEASED:{number} is not `sha256  $id  path`")
    return releases, broken


def _twice(listed: list[Release]) -> Iterator[str]:
    """Names and files that are listed more than once."""
    for values in ([item.identifier for item in listed], [item.path for item in listed]):
        yield from (f"{value} is listed twice" for value in dict.fromkeys(values) if values.count(value) > 1)


def _changed(folder: Path, listed: list[Release]) -> Iterator[str]:
    """Released files that are gone, hold other bytes or another name, or are drafts."""
    for item in listed:
        path = folder / item.path
        if "-draft:" in item.identifier:
            yield f"{item.identifier} is a draft and cannot be released"
        if not path.is_file():
            yield f"{item.path} is released as {item.identifier} and has vanished"
        elif sha256(path.read_bytes()).hexdigest() != item.digest:
            yield f"{item.path} has changed since its release as {item.identifier}; a change needs a new $id"
        elif _identifier(path) != item.identifier:
            yield f"{item.path} names itself {_identifier(path)} and is listed as {item.identifier}"


def _unlisted(folder: Path, listed: list[Release]) -> Iterator[str]:
    """Schemas that are no drafts and stand in no line."""
    known = {item.path for item in listed}
    for path in sorted(folder.rglob("*.schema.json")):
        name = path.relative_to(folder).as_posix()
        if name not in known and "-draft:" not in _identifier(path):
            yield f"{name} is no draft ({_identifier(path)}) and is not listed in RELEASED"


def _departed(folder: Path, listed: list[Release]) -> Iterator[str]:
    """What any schema here takes back of what an earlier release promised."""
    schemas = [_read(path) for path in sorted(folder.rglob("*.schema.json"))]
    for item in listed:
        older = _read(folder / item.path)
        for newer in schemas:
            yield from departures(older, newer)


def _read(path: Path) -> dict[str, Any]:
    """The schema in a file."""
    schema: dict[str, Any] = json.loads(path.read_bytes())
    return schema


def _identifier(path: Path) -> str:
    """The `$id` that a schema gives itself; empty where it has none."""
    return str(_read(path).get("$id", ""))


if __name__ == "__main__":
    raise SystemExit("\n".join(faults(SCHEMAS)) or 0)
