"""The schemas keep the standard's own promises: closed, described, bounded, with units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from joulecard.validation.schema import identifier, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("disclosure", "segment", "stage-record")
OPEN = {"additionalProperties", "patternProperties"}


def _schemas(kind: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that describes a place of the document, with where it stands; conditions are left out."""
    whole = schema_of(kind)
    pending = [("", whole), *((f"$defs/{name}", part) for name, part in whole["$defs"].items())]
    while pending:
        where, schema = pending.pop()
        yield where, schema
        pending += [(f"{where}/{name}", part) for name, part in schema.get("properties", {}).items()]
        pending += [(f"{where}/{name}", part) for name, part in schema.get("patternProperties", {}).items()]
        if "items" in schema:
            pending.append((f"{where}/[]", schema["items"]))


def _target(kind: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """The definition that a reference names, or the schema itself."""
    reference = schema.get("$ref", "")
    target: dict[str, Any] = schema_of(kind)["$defs"][reference.rsplit("/", 1)[1]] if "#" in reference else schema
    return target


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_is_a_schema_and_names_itself(kind: Any) -> None:
    """The metaschema of draft 2020-12 accepts it, and its $id is the one that documents name."""
    import jsonschema_rs

    schema = schema_of(kind)
    assert jsonschema_rs.meta.is_valid(schema)
    assert schema["$id"] == identifier(kind)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_is_closed_but_extensions(kind: Any) -> None:
    """An unknown member is refused everywhere; only what a domain's owner puts below `extensions` is open."""
    unclosed = [
        where
        for where, schema in _schemas(kind)
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    ]
    assert [where for where in unclosed if not where.startswith("$defs/extensions/")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_is_described(kind: Any) -> None:
    """Each property and definition has a sentence."""
    silent = [
        where
        for where, schema in _schemas(kind)
        if not where.endswith("[]") and not schema.get("description", "").endswith((".", "...", "6."))
    ]
    assert silent == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_has_a_unit_and_bounds(kind: Any) -> None:
    """A UCUM code, or the sibling that holds the unit; a least and a greatest value; an example."""
    for where, schema in _schemas(kind):
        if schema.get("type") in {"number", "integer"}:
            assert schema.keys() & {"x-ucum", "x-unit-from"}, where
            assert schema.keys() & {"minimum", "exclusiveMinimum"}, where
            assert "maximum" in schema, where
            assert "examples" in schema, where


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_and_list_is_bounded(kind: Any) -> None:
    """Texts have a greatest length and a pattern, or a fixed set of words; lists have a greatest length."""
    for where, schema in _schemas(kind):
        if schema.get("type") == "string" and not schema.keys() & {"enum", "const"}:
            assert {"maxLength", "pattern"} <= schema.keys(), where
            assert schema["pattern"].startswith("^"), where
            assert schema["pattern"].endswith("$"), where
        if schema.get("type") == "array":
            assert "maxItems" in schema, where


@pytest.mark.parametrize("kind", KINDS)
def test_conditions_stand_only_inside_all_of(kind: Any) -> None:
    """`if` never stands beside other keywords, where validators have been seen to disagree."""
    for where, schema in _schemas(kind):
        assert not schema.keys() & {"if", "then", "else", "anyOf", "oneOf", "not", "dependentRequired"}, where


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_used_and_every_reference_resolves(kind: Any) -> None:
    """Nothing is left over, and references stay in the file (a stage record also names the segment schema)."""
    references = {schema["$ref"] for _, schema in _schemas(kind) if "$ref" in schema}
    definitions = {f"#/$defs/{name}" for name in schema_of(kind)["$defs"]}
    assert definitions - references == set()
    assert references - definitions <= {identifier("segment")}


@pytest.mark.parametrize("kind", KINDS)
def test_examples_in_the_schema_are_valid(kind: Any) -> None:
    """Each example is accepted where it stands."""
    import jsonschema_rs

    definitions = schema_of(kind)["$defs"]
    for where, schema in _schemas(kind):
        for example in schema.get("examples", ()):
            validator = jsonschema_rs.Draft202012Validator({**schema, "$defs": definitions})
            assert validator.is_valid(example), (where, example)
