"""The schemas keep the standard's own promises: closed, described, bounded, with units."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.standard.places import KINDS, places

from joulecard.validation.schema import identifier, schema_of


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
        for where, schema in places(kind)
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    ]
    assert [where for where in unclosed if not where.startswith("$defs/extensions/")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_is_described(kind: Any) -> None:
    """Each property and definition has a sentence."""
    silent = [
        where
        for where, schema in places(kind)
        if not where.endswith("[]") and not schema.get("description", "").endswith(".")
    ]
    assert silent == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_has_a_unit_and_bounds(kind: Any) -> None:
    """A UCUM code, or the sibling that holds the unit; a least and a greatest value."""
    for where, schema in places(kind):
        if schema.get("type") in {"number", "integer"}:
            assert schema.keys() & {"x-ucum", "x-unit-from"}, where
            assert schema.keys() & {"minimum", "exclusiveMinimum"}, where
            assert "maximum" in schema, where


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_and_list_is_bounded(kind: Any) -> None:
    """Texts have a greatest length and a pattern, or a fixed set of words; lists have a greatest length."""
    for where, schema in places(kind):
        if schema.get("type") == "string" and not schema.keys() & {"enum", "const"}:
            assert {"maxLength", "pattern"} <= schema.keys(), where
            assert schema["pattern"].startswith("^"), where
            assert schema["pattern"].endswith("$"), where
        if schema.get("type") == "array":
            assert "maxItems" in schema, where


@pytest.mark.parametrize("kind", KINDS)
def test_conditions_stand_only_inside_all_of(kind: Any) -> None:
    """`if` never stands beside other keywords, where validators have been seen to disagree."""
    for where, schema in places(kind):
        assert not schema.keys() & {"if", "then", "else", "anyOf", "oneOf", "not", "dependentRequired"}, where


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_used_and_every_reference_resolves(kind: Any) -> None:
    """Nothing is left over, and references stay in the file (a stage record also names the segment schema)."""
    references = {schema["$ref"] for _, schema in places(kind) if "$ref" in schema}
    definitions = {f"#/$defs/{name}" for name in schema_of(kind)["$defs"]}
    assert definitions - references == set()
    assert references - definitions <= {identifier("segment")}


@pytest.mark.parametrize("kind", KINDS)
def test_bounds_leave_room(kind: Any) -> None:
    """A least value, length or count is not above the greatest, and no word of a list comes twice."""
    for where, schema in places(kind):
        for least, most in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
            assert schema.get(least, 0) <= schema.get(most, schema.get(least, 0)), where
        assert len(set(schema.get("enum", ()))) == len(schema.get("enum", ())), where


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_mean_the_same_in_every_dialect(kind: Any) -> None:
    """No class of signs and no look-around, whose meaning differs between languages."""
    patterns = {schema["pattern"] for _, schema in places(kind) if "pattern" in schema}
    patterns |= {name for _, schema in places(kind) for name in schema.get("patternProperties", ())}
    assert [pattern for pattern in patterns if re.search(r"\\[dwsbpDWSBP]|\(\?", pattern)] == []


def test_values_of_one_name_are_the_same_in_all_schemas() -> None:
    """A simple value that several schemas define has one definition, so that a copy cannot drift."""
    for kind in KINDS[1:]:
        for name, part in schema_of(kind)["$defs"].items():
            if "properties" not in part and name in schema_of("disclosure")["$defs"]:
                assert part == schema_of("disclosure")["$defs"][name], (kind, name)
