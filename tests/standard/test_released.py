"""The bytes behind a released `$id` never change, and the check that says so notices every way to break it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.standard.released import SCHEMAS, faults

if TYPE_CHECKING:
    from pathlib import Path

NAME, PATH = "urn:example:1.0.0:thing", "1.0/thing.schema.json"


def _schema(folder: Path, path: str = PATH, name: str = NAME) -> Path:
    """A schema file with that `$id`."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"$id": name, "type": "object"}), encoding="utf-8")
    return file


def _list(folder: Path, *lines: str) -> None:
    """A RELEASED file of a comment, an empty line and these lines."""
    (folder / "RELEASED").write_text("\n".join(["# comment", "", *lines, ""]), encoding="utf-8")


def _line(file: Path, name: str = NAME, path: str = PATH) -> str:
    """The line that releases a file."""
    return f"{sha256(file.read_bytes()).hexdigest()}  {name}  {path}"


def test_the_standard_keeps_its_promise() -> None:
    """Every schema here is a draft, or is listed with the bytes that it has."""
    assert faults(SCHEMAS) == []


def test_a_listed_schema_with_its_bytes_is_in_order(tmp_path: Path) -> None:
    """A release and a draft beside it give no fault."""
    _schema(tmp_path, "1.1/thing.schema.json", "urn:example:1.1.0-draft:thing")
    _list(tmp_path, _line(_schema(tmp_path)))
    assert faults(tmp_path) == []


def test_changed_bytes_are_noticed(tmp_path: Path) -> None:
    """One more space behind a released name is a fault, though the schema means the same."""
    file = _schema(tmp_path)
    _list(tmp_path, _line(file))
    file.write_text(file.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert faults(tmp_path) == [f"{PATH} has changed since its release as {NAME}; a change needs a new $id"]


def test_a_released_name_on_other_bytes_is_noticed(tmp_path: Path) -> None:
    """A listed file that names itself otherwise is a fault, even where its digest is the listed one."""
    _list(tmp_path, _line(_schema(tmp_path, name="urn:example:1.0.1:thing")))
    assert faults(tmp_path) == [f"{PATH} names itself urn:example:1.0.1:thing and is listed as {NAME}"]


def test_a_schema_that_is_no_draft_must_be_listed(tmp_path: Path) -> None:
    """Who takes `-draft` out of a name must list the file."""
    _schema(tmp_path)
    _list(tmp_path)
    assert faults(tmp_path) == [f"{PATH} is no draft ({NAME}) and is not listed in RELEASED"]


def test_a_released_schema_may_not_vanish(tmp_path: Path) -> None:
    """A listed file that is gone is a fault."""
    file = _schema(tmp_path)
    _list(tmp_path, _line(file))
    file.unlink()
    assert faults(tmp_path) == [f"{PATH} is released as {NAME} and has vanished"]


def test_a_draft_cannot_be_listed(tmp_path: Path) -> None:
    """A draft may change, so it is not frozen."""
    draft = "urn:example:1.0.0-draft:thing"
    _list(tmp_path, _line(_schema(tmp_path, name=draft), draft))
    assert faults(tmp_path) == [f"{draft} is a draft and cannot be released"]


def test_a_name_is_listed_once(tmp_path: Path) -> None:
    """Two lines of one name leave open which bytes it stands for."""
    line = _line(_schema(tmp_path))
    _list(tmp_path, line, line)
    assert faults(tmp_path) == [f"{NAME} is listed twice", f"{PATH} is listed twice"]


@pytest.mark.parametrize("line", ["abc  urn:example:1.0.0:thing  a.json", "0" * 64 + " urn:example:1  a.json", "?"])
def test_a_line_that_says_nothing_is_noticed(tmp_path: Path, line: str) -> None:
    """A line of another form is a fault, not a comment."""
    _list(tmp_path, line)
    assert faults(tmp_path) == ["RELEASED:3 is not `sha256  $id  path`"]
