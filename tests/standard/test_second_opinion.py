"""A second, independent validator of JSON Schema says the same of every document."""

from __future__ import annotations

import copy
import json
import random
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from referencing import Registry, Resource
from tests.standard.corpus import FOLDER, VALID

from joulecard.validation.schema import check_schema, identifier, kind_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = sorted([*FOLDER.glob("valid/*.json"), *FOLDER.glob("invalid/*.json")])


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    """`pattern` as JSON Schema means it: `$` is the end, never the place before a last line break."""
    from jsonschema import ValidationError

    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


@cache
def _second(kind: Any) -> Any:
    """The other validator for that kind of document."""
    registry = Registry().with_resource(identifier("segment"), Resource.from_contents(schema_of("segment")))
    validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return validator(schema_of(kind), registry=registry)


def _agree(document: Any) -> bool:
    kind = kind_of(document)
    return bool(_second(kind).is_valid(document)) == (check_schema(document, kind) == [])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_both_agree_on_the_corpus(path: Any) -> None:
    """Valid for one is valid for the other."""
    if path.name != "expected.json":
        assert _agree(json.loads(path.read_text(encoding="utf-8")))


def _places(value: Any) -> list[Any]:
    """Every object and list of a document."""
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return ([value] if inside else []) + [place for inner in inside for place in _places(inner)]


@pytest.mark.parametrize("name", VALID)
def test_both_agree_on_broken_documents(name: str) -> None:
    """A member removed, added or replaced by something odd, fifteen times in each kind of document."""
    odd: list[Any] = [None, True, -1, 1e30, "", "x" * 3000, "a\n", [], {}, "2026-11-21T09:00:00Z", 0, "not_available"]
    chance = random.Random(name)  # noqa: S311 - reproducible, not secret
    for _ in range(15):
        document = copy.deepcopy(VALID[name]())
        place = chance.choice(_places(document))
        key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        place[key] = chance.choice(odd)
        assert _agree(document), (key, place[key])
