"""A TOML file of facts, read and checked: every key is known, every number has one unit and lies where it can."""

from __future__ import annotations

import sys
import tomllib
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.disclosure.estimate.facts import Facts, Publication, QualityFacts, StageFacts, SubjectFacts, UnitFacts
from joulecard.disclosure.estimate.keys import (
    COMPANIONS,
    DATES,
    NUMBERS,
    STAGE_KEYS,
    TEXTS,
    WHOLE_KEYS,
    Number,
    Text,
    keys_of,
    units_of,
)
from joulecard.disclosure.estimate.lines import Lines, lines_of, syntax_error

if TYPE_CHECKING:
    from collections.abc import Mapping

Table = dict[str, Any]
WHOLE = ("subject", "publication", "stage", "functional_unit", "quality_metric", "runs", *WHOLE_KEYS)
SUBJECT: dict[str, Text | Number] = {
    **{name: Text(name) for name in ("name", "version", "description", "architecture", "base_model", "hub", "doi")},
    "type": Text("type", ("model", "pipeline", "run", "service")),
    "parameters": Number("parameters", most=2.0**53),
}
PUBLICATION: dict[str, Text | Number] = {name: Text(name) for name in Publication.__dataclass_fields__}
UNIT: dict[str, Text | Number] = {
    "name": Text("name"),
    "quantity": Number("quantity", above=True),
    "unit": Text("unit"),
}
QUALITY: dict[str, Text | Number] = {
    **{name: Text(name) for name in ("name", "unit", "split")},
    "value": Number("value", least=-1e15, most=1e15),
}


class Within(NamedTuple):
    """A table of the file: what stands in it, and where."""

    lines: Lines
    name: str
    number: int  # which one of that name, from 0
    members: Table

    def error(self, what: str, key: str = "", mend: str = "") -> Exception:
        """The error about one of its keys."""
        return self.lines.error(what, key, table=self.name, index=self.number, mend=mend)


def read_facts(text: str, file: str) -> Facts:
    """The facts of a TOML text; raises InvalidInputError with file and line for the first thing that is wrong."""
    try:
        whole = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or brackets a thousand deep
        raise syntax_error(str(error), file) from error
    top = Within(lines_of(text, file), "", 0, whole)
    _refuse_unknown(top, WHOLE)
    subject = _members(_one(top, "subject"), SUBJECT)
    stages = tuple(_stage(table) for table in _several(top, "stage"))
    _require(top, "subject" in whole, "there is no [subject]", 'say what was trained: [subject], then name = "..."')
    _require(top, bool(stages), "there is no [[stage]]", "add one, with a name and what is known of its energy")
    return Facts(
        subject=_named(SubjectFacts, subject, _one(top, "subject"), "name"),
        publication=Publication(**_members(_one(top, "publication"), PUBLICATION)),
        stages=stages,
        units=tuple(_named(UnitFacts, _members(each, UNIT), each, *UNIT) for each in _several(top, "functional_unit")),
        quality=tuple(
            _named(QualityFacts, _members(each, QUALITY), each, "name", "value")
            for each in _several(top, "quality_metric")
        ),
        **_of_whole(top),
    )


def _of_whole(top: Within) -> dict[str, Any]:
    """What is stated of all stages together."""
    words: dict[str, Text | Number] = {"runs": Text("runs", ("final", "all")), **WHOLE_KEYS}
    return _members(top._replace(members={key: top.members[key] for key in words if key in top.members}), words)


def _stage(table: Within) -> StageFacts:
    for key in table.members:
        if key not in STAGE_KEYS:
            raise table.error(*_unknown(key, STAGE_KEYS))
    known: dict[str, Text | Number] = {**TEXTS, **NUMBERS}
    members = _members(table._replace(members={k: v for k, v in table.members.items() if k not in DATES}), known)
    _refuse_alone(table, members)
    dates: Table = {key: _instant(table, key) for key in DATES if key in table.members}
    if "year" in members:
        members["year"] = _whole(table, "year", members["year"])
    _require(table, "name" in members, "a stage needs a name", 'name = "train"')
    at = partial(table.lines.error, table=table.name, index=table.number)
    return StageFacts(at=at, **members, **dates)


def _refuse_alone(table: Within, members: Table) -> None:
    """Where a key says nothing, since what it is about is not there."""
    for key in table.members:
        member = NUMBERS[key].member if key in NUMBERS else key
        needed = COMPANIONS.get(member, ())
        if needed and not members.keys() & {*needed}:
            raise table.error(f"{key} says nothing without {' or '.join(keys_of(name)[0] for name in needed)}", key)


def _members(table: Within, known: Mapping[str, Text | Number]) -> Table:
    """The members that the keys of a table stand for; raises InvalidInputError."""
    found: Table = {}
    told_by: dict[str, str] = {}
    _refuse_unknown(table, tuple(known))
    for key, value in table.members.items():
        kind = known[key]
        if kind.member in told_by:
            told = f"{key} and {told_by[kind.member]} are two ways to tell the same number"
            raise table.error(told, key, "keep one of them")
        told_by[kind.member] = key
        found[kind.member] = _text(table, key, kind) if isinstance(kind, Text) else _number(table, key, value, kind)
    return found


def _number(table: Within, key: str, value: object, kind: Number) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise table.error(f"{key} must be a number without quotes and unit, and is {_shown(value)}", key)
    if not abs(value) < sys.float_info.max:
        raise table.error(f"{key} must be a number that is finite", key)
    scaled = value * kind.per_unit
    if scaled < kind.least or scaled > kind.most or (kind.above and scaled == kind.least):
        raise table.error(f"{key} is {value:g}, and {_bound(kind, scaled)}", key, kind.why)
    return scaled


def _bound(kind: Number, scaled: float) -> str:
    """Which bound a number passes, in the unit of its key."""
    if scaled > kind.most:
        return f"cannot be above {kind.most / kind.per_unit:g}"
    least = f"{kind.least / kind.per_unit:g}"
    return f"must be above {least}" if kind.above else f"cannot be below {least}"


def _text(table: Within, key: str, kind: Text) -> str:
    value = table.members[key]
    if not isinstance(value, str) or not value.strip():
        raise table.error(f"{key} must be a text in quotes, and is {_shown(value)}", key)
    if kind.words and value not in kind.words:
        near = get_close_matches(value, kind.words, n=1)
        allowed = f'did you mean "{near[0]}"?' if near else f"allowed: {', '.join(kind.words)}"
        raise table.error(f'{key} is "{value}"', key, allowed)
    return value


def _whole(table: Within, key: str, value: float) -> int:
    if value != int(value):
        raise table.error(f"{key} is {value:g}, and must be a whole number", key)
    return int(value)


def _instant(table: Within, key: str) -> datetime:
    """A TOML date or time as an instant; without an offset it is UTC."""
    value = table.members[key]
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise table.error(f"{key} must be a date without quotes, as in {key} = 2020-06-01", key)


def _one(top: Within, name: str) -> Within:
    """A table of the file; an empty one where it is not there."""
    value = top.members.get(name, {})
    if not isinstance(value, dict):
        raise top.error(f"{name} must be a table: [{name}]", name)
    return Within(top.lines, name, 0, value)


def _several(top: Within, name: str) -> list[Within]:
    """The tables of an array."""
    value = top.members.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise top.lines.error(f"{name} must be written [[{name}]], with two brackets", table=name)
    return [Within(top.lines, name, index, each) for index, each in enumerate(value)]


def _named(of: Any, members: Table, table: Within, *needed: str) -> Any:
    """The facts that members make, once those that are needed are there."""
    for name in needed:
        _require(table, name in members, f"[{table.name}] has no {name}", f"add {name} = ...")
    return of(**members)


def _require(table: Within, given: bool, what: str, mend: str) -> None:  # noqa: FBT001
    if not given:
        raise table.error(what, "", mend)


def _refuse_unknown(table: Within, known: tuple[str, ...]) -> None:
    for key in table.members:
        if key not in known:
            raise table.error(*_unknown(key, known))


def _unknown(key: str, known: tuple[str, ...]) -> tuple[str, str, str]:
    """What is wrong with a key that nothing is known of: a unit that is not converted, or a slip of the pen."""
    units = [name for name in units_of(key) if name in known]
    near = get_close_matches(key, known, n=1, cutoff=0.8)
    if near and near[0] not in units:
        return f"there is no key {key}", key, f"did you mean {near[0]}?"
    if units:
        return f"{key} is in a unit that is not known", key, f"use one of {', '.join(units)}"
    near = get_close_matches(key, known, n=3)
    return f"there is no key {key}", key, f"near keys: {', '.join(near)}" if near else f"known: {', '.join(known[:12])}"


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else type(value).__name__
