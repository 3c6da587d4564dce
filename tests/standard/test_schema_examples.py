"""Every member of the standard has an example, every example holds where it stands, and together they are one story."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.standard.places import KINDS, places, target, validator_at
from ucumvert import PintUcumRegistry

from joulecard.canonical import canonical_bytes, digest
from joulecard.validation import validate
from joulecard.validation.schema import schema_of


def _exemplified(kind: Any, schema: dict[str, Any]) -> bool:
    """Whether a place shows what it may hold: itself, by what it refers to, or by its items."""
    named = target(kind, schema)
    own = schema.keys() | named.keys()
    return bool(own & {"examples", "const"}) or ("items" in named and _exemplified(kind, named["items"]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_has_an_example(kind: Any) -> None:
    """No member leaves a reader to guess how it is written."""
    assert [where for where, schema in places(kind) if not _exemplified(kind, schema)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_an_object_show_all_its_members(kind: Any) -> None:
    """Each member of a definition stands in one of its examples at least."""
    hidden = {
        name: sorted(part["properties"].keys() - {member for shown in part["examples"] for member in shown})
        for name, part in schema_of(kind)["$defs"].items()
        if "properties" in part
    }
    assert {name: members for name, members in hidden.items() if members} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_examples_are_valid_where_they_stand(kind: Any) -> None:
    """Each example is accepted by the place that shows it, and by what the place refers to."""
    for where, schema in places(kind):
        for example in schema.get("examples", ()):
            assert validator_at(kind, schema).is_valid(example), (where, example)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_examples_keep_every_rule(kind: Any) -> None:
    """The documents that a schema shows as a whole have no violation and no warning."""
    for example in schema_of(kind)["examples"]:
        verdict = validate(json.dumps(example).encode())
        assert (verdict.kind, verdict.violations, verdict.warnings) == (kind, (), ())


def _put_together() -> dict[str, Any]:
    """A disclosure of the examples of its parts: the first of an object, all of a list's items."""
    whole = schema_of("disclosure")
    document: dict[str, Any] = {}
    for name, part in whole["properties"].items():
        if "items" in part:
            document[name] = target("disclosure", part["items"])["examples"]
        else:
            document[name] = part["const"] if "const" in part else (part | target("disclosure", part))["examples"][0]
    return document


def test_the_examples_put_together_are_a_disclosure() -> None:
    """Their numbers recompute from one another and their references meet: level L1, and no warning."""
    verdict = validate(json.dumps(_put_together()).encode())
    assert (verdict.violations, verdict.warnings, verdict.level) == ((), (), "L1")


def test_the_spelling_does_not_matter() -> None:
    """Kept as its RFC 8785 bytes, in which 3.1e18 is an integer, the same disclosure is as valid."""
    assert validate(canonical_bytes(_put_together())).violations == ()


def test_the_segment_that_the_examples_name_is_the_one_shown() -> None:
    """The digest in the disclosure's example is that of the segment schema's own example."""
    listed = schema_of("disclosure")["$defs"]["stage_segment"]["examples"][0]
    shown = schema_of("segment")["examples"][0]
    assert (listed["id"], listed["digest"]) == (shown["id"], digest(shown))


def _codes() -> set[str]:
    """Every UCUM code in the schemas."""
    found = [schema for kind in KINDS for _, schema in places(kind)]
    return {schema["x-ucum"] for schema in found if "x-ucum" in schema} | {
        code for schema in found for code in schema.get("x-ucum-codes", {}).values()
    }


def test_units_are_ucum_codes() -> None:
    """Each `x-ucum` and each code of a list of units parses as UCUM; energies and masses have their dimension."""
    registry = PintUcumRegistry()
    for code in sorted(_codes()):
        registry.from_ucum(code)
    assert registry.from_ucum("kW.h").to("J").magnitude == pytest.approx(3.6e6)
    assert registry.from_ucum("W.h").dimensionality == registry.from_ucum("J").dimensionality


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_units_has_a_code_for_each(kind: Any) -> None:
    """Where a member chooses its unit from a list, the annotation has the UCUM code of each."""
    for where, schema in places(kind):
        if "x-ucum-codes" in schema:
            assert list(schema["x-ucum-codes"]) == schema["enum"], where
