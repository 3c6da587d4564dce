"""No keyword of the schemas goes untried: each is broken by at least one document of the corpus."""

from __future__ import annotations

import json
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from tests.standard.corpus import FOLDER
from tests.standard.places import KINDS, target
from tests.standard.sweeps import LARGEST_INTEGER, MOST_ITEMS

from joulecard.validation.schema import identifier, kind_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRIED = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "pattern", "enum", "const", "type"}
    | {"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "additionalProperties"}
)


class Bound(NamedTuple):
    """A keyword of a schema, and where it stands; `false` for a member that is forbidden there."""

    kind: str
    pointer: str
    keyword: str


def _inside(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The subschemas of a schema, with the way to them."""
    for word in ("properties", "patternProperties", "$defs"):
        yield from ((f"/{word}/{name}", part) for name, part in schema.get(word, {}).items())
    yield from ((f"/{word}", schema[word]) for word in ("items", "then", "else") if word in schema)
    yield from ((f"/allOf/{index}", part) for index, part in enumerate(schema.get("allOf", ())))


def _bounds(kind: Any, schema: Any, pointer: str = "") -> Iterator[Bound]:
    """Every keyword below a schema that a document can break; conditions themselves are left out."""
    if schema is False:
        yield Bound(kind, pointer, "false")
        return
    yield from (Bound(kind, pointer, word) for word in schema if word in TRIED and _breakable(schema, word))
    for step, part in _inside(schema):
        yield from _bounds(kind, part, pointer + step)


def _breakable(schema: dict[str, Any], word: str) -> bool:
    """Whether a file of the corpus can break the keyword: not the longest lists, nor integers that no text may hold.

    A document whose root is no object is a matter of parsing, and one that names no schema is of no kind.
    """
    long = word == "maxItems" and schema[word] > MOST_ITEMS
    named = str(schema.get("const", "")).startswith("urn:joulecard:") and word == "type"
    return not (
        long or named or schema[word] == [] or schema[word] == LARGEST_INTEGER or (word == "type" and "$id" in schema)
    )


def _followed(kind: Any, steps: list[Any]) -> tuple[str, str]:
    """Where the way of an error ends, through references: the schema file, and the place in it."""
    schema: Any = schema_of(kind)
    pointer = ""
    for step in steps:
        if "$ref" in schema:
            kind, pointer = _named(kind, schema["$ref"])
            schema = target(kind, {"$ref": f"#{pointer}"}) if pointer else schema_of(kind)
        schema, pointer = schema[step], f"{pointer}/{step}"
    if schema is not False and "$ref" in schema:
        return _named(kind, schema["$ref"])
    return kind, pointer


def _named(kind: Any, reference: str) -> tuple[Any, str]:
    """The schema file that a reference names, and the place in it."""
    return ("segment", "") if reference == identifier("segment") else (kind, reference.removeprefix("#"))


def _exact(schema: Any) -> Any:
    """The schema with `$` spelled as Python's end of a text, where its own `$` would let a last line break pass."""
    if isinstance(schema, dict):
        spelled = {name: _exact(part) for name, part in schema.items()}
        return spelled | ({"pattern": schema["pattern"].replace("$", r"\Z")} if "pattern" in schema else {})
    return [_exact(part) for part in schema] if isinstance(schema, list) else schema


def _broken(path: Path) -> Iterator[Bound]:
    """The keywords that a document of the corpus breaks, as jsonschema tells them."""
    document = json.loads(path.read_text(encoding="utf-8"))
    kind = kind_of(document)
    registry = Registry().with_resource(identifier("segment"), Resource.from_contents(_exact(schema_of("segment"))))
    for error in Draft202012Validator(_exact(schema_of(kind)), registry=registry).iter_errors(document):
        steps = list(error.absolute_schema_path)
        if error.validator is None:
            yield from _forbidden(*_followed(kind, steps), reduce(getitem, error.absolute_path, document))
        else:
            yield Bound(*_followed(kind, steps[:-1]), steps[-1])


def _forbidden(kind: Any, pointer: str, owner: dict[str, Any]) -> Iterator[Bound]:
    """The members that an object has and must not have, which jsonschema reports at the object."""
    properties: Any = reduce(_step, pointer.split("/")[1:], schema_of(kind))
    yield from (Bound(kind, f"{pointer}/{name}", "false") for name in owner if properties.get(name) is False)


def _step(schema: Any, step: str) -> Any:
    return schema[int(step)] if isinstance(schema, list) else schema[step]


def test_every_keyword_is_broken_by_a_document() -> None:
    """Each bound, pattern, list of words, required member, closed object and condition of the three schemas."""
    wanted = {bound for kind in KINDS for bound in _bounds(kind, schema_of(kind))}
    broken = {bound for path in (FOLDER / "invalid").glob("schema-*.json") for bound in _broken(path)}
    assert len(wanted) > 900
    assert sorted(wanted - broken) == []
