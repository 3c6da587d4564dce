"""What a later version may not take back: members, units and words of a model, and what a revision accepts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.standard.places import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED = re.compile(r"urn:[a-z]+:[a-z]+:(\d+)\.(\d+)\.(\d+)(?:-draft)?:([a-z-]+)")
MEANING = ("type", "$ref", "const", "x-ucum", "x-unit-from")  # the same in all versions of a model
VALIDITY = ("required", "allOf", "pattern", "minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength")
COUNTS = ("minItems", "maxItems", "uniqueItems", "maxProperties", "additionalProperties")


class Version(NamedTuple):
    """The three numbers of a version."""

    model: int
    revision: int
    addition: int


def version(identifier: str) -> tuple[Version, str]:
    """The version in an `$id`, and the kind of document; raises ValueError for another form."""
    match = NAMED.fullmatch(identifier)
    if match is None:
        raise ValueError(f"{identifier} names no version")
    return Version(*map(int, match.groups()[:3])), match[4]


def departures(older: dict[str, Any], newer: dict[str, Any]) -> list[str]:
    """What a later schema of the same kind takes back that the earlier one promised, one sentence each."""
    (before, kind), (after, other) = version(older["$id"]), version(newer["$id"])
    if kind != other or before.model != after.model or before >= after:
        return []
    now = dict(walk(newer))
    keywords = MEANING if before.revision != after.revision else (*MEANING, *VALIDITY, *COUNTS)
    return [
        f"{newer['$id']} {told}"
        for where, schema in walk(older)
        if where != "/schema"
        for told in (_taken_back(where, schema, now[where], keywords) if where in now else [f"has no {where} any more"])
    ]


def _taken_back(where: str, was: dict[str, Any], now: dict[str, Any], keywords: tuple[str, ...]) -> Iterator[str]:
    """What one place no longer says, or says otherwise."""
    yield from (f"changes {keyword} of {where}" for keyword in keywords if was.get(keyword) != now.get(keyword))
    needed = [name for name in was.get("required", ()) if name not in now.get("required", ())]
    yield from (f"no longer needs {name} in {where or '/'}" for name in needed)
    gone = [word for word in was.get("enum", ()) if word not in now.get("enum", was.get("enum", ()))]
    yield from (f"has no word {word} in {where} any more" for word in gone)
