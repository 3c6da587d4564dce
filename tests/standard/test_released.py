"""The bytes behind a released `$id` never change, and the check that says so notices every way to break it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.promises import departures
from tests.standard.released import SCHEMAS, faults

if TYPE_CHECKING:
    from pathlib import Path

NAME, PATH = "urn:example:x:1.0.0:thing", "1.0/thing.schema.json"


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
    _schema(tmp_path, "1.1/thing.schema.json", "urn:example:x:1.1.0-draft:thing")
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
    _list(tmp_path, _line(_schema(tmp_path, name="urn:example:x:1.0.1:thing")))
    assert faults(tmp_path) == [f"{PATH} names itself urn:example:x:1.0.1:thing and is listed as {NAME}"]


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
    draft = "urn:example:x:1.0.0-draft:thing"
    _list(tmp_path, _line(_schema(tmp_path, name=draft), draft))
    assert faults(tmp_path) == [f"{draft} is a draft and cannot be released"]


def test_a_name_is_listed_once(tmp_path: Path) -> None:
    """Two lines of one name leave open which bytes it stands for."""
    line = _line(_schema(tmp_path))
    _list(tmp_path, line, line)
    assert faults(tmp_path) == [f"{NAME} is listed twice", f"{PATH} is listed twice"]


@pytest.mark.parametrize("line", ["abc  urn:example:x:1.0.0:thing  a.json", "0" * 64 + " urn:example:x:1  a.json", "?"])
def test_a_line_that_says_nothing_is_noticed(tmp_path: Path, line: str) -> None:
    """A line of another form is a fault, not a comment."""
    _list(tmp_path, line)
    assert faults(tmp_path) == ["RELEASED:3 is not `sha256  $id  path`"]


OLD: dict[str, Any] = {
    "$id": "urn:example:x:1.0.0:thing",
    "type": "object",
    "required": ["energy_kwh"],
    "properties": {
        "energy_kwh": {"type": "number", "x-ucum": "kW.h", "minimum": 0},
        "kind": {"type": "string", "enum": ["cpu", "gpu"]},
        "parts": {"type": "array", "items": {"type": "string"}},
    },
}


def _later(number: str, **members: Any) -> dict[str, Any]:
    """The schema OLD in a later version, with members exchanged or added; None takes one away."""
    kept = {name: part for name, part in (OLD["properties"] | members).items() if part is not None}
    return {**OLD, "$id": f"urn:example:x:{number}:thing", "properties": kept}


def test_an_addition_may_add() -> None:
    """New members and new words take nothing back."""
    wider = {"type": "string", "enum": ["cpu", "gpu", "tpu"]}
    assert departures(OLD, _later("1.0.1", kind=wider, note={"type": "string"})) == []


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"kind": None}, "has no /kind any more"),
        ({"kind": {"type": "string", "enum": ["cpu"]}}, "has no word gpu in /kind any more"),
        ({"energy_kwh": {"type": "number", "x-ucum": "J", "minimum": 0}}, "changes x-ucum of /energy_kwh"),
        ({"parts": {"type": "array", "items": {"type": "integer"}}}, "changes type of /parts/[]"),
    ],
)
@pytest.mark.parametrize("number", ["1.0.1", "1.1.0", "1.7.3-draft"])
def test_no_version_of_a_model_takes_back_members_units_or_words(
    number: str, members: dict[str, Any], told: str
) -> None:
    """Within model 1 every member keeps its place, type, unit and words, whatever the revision."""
    assert departures(OLD, _later(number, **members)) == [f"urn:example:x:{number}:thing {told}"]


def test_only_a_revision_may_move_a_bound_or_need_more() -> None:
    """What is valid stays valid within a revision, and another revision may ask for more."""
    tighter = {"type": "number", "x-ucum": "kW.h", "minimum": 1}
    assert departures(OLD, _later("1.0.1", energy_kwh=tighter)) == [
        "urn:example:x:1.0.1:thing changes minimum of /energy_kwh"
    ]
    assert departures(OLD, _later("1.1.0", energy_kwh=tighter)) == []
    assert departures(OLD, _later("1.0.1") | {"required": ["energy_kwh", "kind"]}) != []


def test_what_is_needed_stays_needed() -> None:
    """A reader finds what the first version of a model requires in every later one."""
    assert departures(OLD, _later("1.1.0") | {"required": []}) == [
        "urn:example:x:1.1.0:thing no longer needs energy_kwh in /"
    ]


def test_another_model_is_free() -> None:
    """Model 2 may change anything."""
    assert departures(OLD, _later("2.0.0", energy_kwh=None)) == []


def test_the_check_of_releases_sees_what_a_later_schema_takes_back(tmp_path: Path) -> None:
    """A draft beside a release is held to the release's promise before it is released itself."""
    for folder, schema in (("1.0", OLD), ("1.1", _later("1.1.0-draft", kind=None))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "thing.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    _list(tmp_path, _line(tmp_path / PATH))
    assert faults(tmp_path) == ["urn:example:x:1.1.0-draft:thing has no /kind any more"]
