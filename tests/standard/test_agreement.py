"""Readers of the standard that share no code say the same of every document."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from tests.standard.corpus import FOLDER, counted
from tests.standard.generated import document
from tests.standard.validators import KINDS, Case, ajv, models, ours, python

from joulecard.validation.schema import Kind, identifier, kind_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.standard.validators import Places, Validator

GENERATED = {"disclosure": 2000, "segment": 500, "stage-record": 500}
OTHERS = [
    pytest.param(python, id="jsonschema"),
    pytest.param(models, id="pydantic"),
    pytest.param(ajv, id="ajv", marks=pytest.mark.needs("node", "ajv")),
]
ALL = [pytest.param(ours, id="joulecard"), *OTHERS]


def _read_by(validator: Validator, cases: Sequence[Case]) -> list[Case]:
    """The cases of the kinds that the validator knows."""
    return [case for case in cases if validator is not models or case.kind == "disclosure"]


@cache
def _corpus() -> dict[str, Case]:
    """Every document of the conformance corpus that is JSON for every reader, by its name."""
    files = [*FOLDER.glob("valid/*.json"), *FOLDER.glob("invalid/*.json")]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files if path.name != "expected.json"}
    return {name: Case(kind_of(json.loads(text)), text) for name, text in texts.items()}


@cache
def _expected() -> dict[str, set[str]]:
    """The documents that break the schema, each with the places."""
    table = json.loads((FOLDER / "invalid/expected.json").read_text(encoding="utf-8"))
    return {name: {told["pointer"], *told.get("also", ())} for name, told in table.items() if told["rule"] == "schema"}


@cache
def _generated() -> tuple[Case, ...]:
    return tuple(Case(kind, document(kind, seed)) for kind in KINDS for seed in range(GENERATED[kind]))


@cache
def _our_verdicts() -> dict[Case, Places]:
    return dict(zip(_generated(), ours(_generated()), strict=True))


@pytest.mark.parametrize("validator", ALL)
def test_it_refuses_just_the_documents_of_the_corpus_that_break_the_schema(validator: Validator) -> None:
    """Those that break a numbered rule alone follow the schema, like the valid ones."""
    cases = _read_by(validator, list(_corpus().values()))
    refused = {case for case, places in zip(cases, validator(cases), strict=True) if places}
    assert refused == {_corpus()[name] for name in _expected()} & {*cases}


@pytest.mark.parametrize("validator", ALL)
def test_it_names_the_place_that_the_corpus_names(validator: Validator) -> None:
    """A missing member is missing from its object; every other fault lies where it is seen."""
    broken = {_corpus()[name]: places for name, places in _expected().items()}
    cases = _read_by(validator, list(broken))
    found = zip(cases, validator(cases), strict=True)
    assert [(broken[case], places) for case, places in found if not broken[case] <= places] == []


@pytest.mark.parametrize("validator", OTHERS)
def test_it_agrees_with_us_on_documents_that_nobody_wrote(validator: Validator) -> None:
    """Drawn from the schema, and odd in one or two places more often than not."""
    cases = _read_by(validator, _generated())
    found = zip(cases, validator(cases), strict=True)
    assert [(case.kind, case.text) for case, places in found if bool(places) != bool(_our_verdicts()[case])][:3] == []


@pytest.mark.parametrize("kind", KINDS)
def test_documents_that_nobody_wrote_are_of_both_sorts(kind: Kind) -> None:
    """Neither verdict is rare, so that agreement says something."""
    refused = [bool(places) for case, places in _our_verdicts().items() if case.kind == kind]
    assert 0.3 < sum(refused) / len(refused) < 0.7


def test_they_break_every_keyword_of_the_schema() -> None:
    """Each kind of demand that the schema makes is not heeded in some document."""
    validator = jsonschema_rs.Draft202012Validator(schema_of("disclosure"))
    texts = [case.text for case, places in _our_verdicts().items() if places and case.kind == "disclosure"]
    errors = (error for text in texts for error in validator.iter_errors(json.loads(text)))
    assert {_keyword(error) for error in errors} == {
        *("type", "const", "enum", "required", "additionalProperties", "false"),
        *("minimum", "exclusiveMinimum", "maximum", "pattern", "minLength", "maxLength"),
        *("minItems", "maxItems", "uniqueItems", "maxProperties"),
    }


def _keyword(error: jsonschema_rs.ValidationError) -> str:
    return "false" if error.kind.name == "falseSchema" else str(error.schema_path[-1])


def test_they_use_every_object_and_member_of_the_schema() -> None:
    """Nothing that the schema describes is missing from all of them."""
    valid = [json.loads(case.text) for case, places in _our_verdicts().items() if not places]
    seen = {name for each in valid for name in _names(each)}
    described = {name for kind in KINDS for part in _objects(kind) for name in part.get("properties", ())}
    assert described - seen == set()


def _names(value: Any) -> set[str]:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return {*(value if isinstance(value, dict) else ()), *(name for each in inner for name in _names(each))}


def _objects(kind: Kind) -> list[dict[str, Any]]:
    return [schema_of(kind), *schema_of(kind)["$defs"].values()]


def _at(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Puts the value at a path of the document."""

    def put(whole: dict[str, Any]) -> None:
        *outer, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        around: Any = whole
        for step in outer:
            around = around[step]
        around[last] = value

    return put


STAGE, IT = "stages/0", "stages/0/energy/it_total"
UNIT = {"id": "u1", "name": "image", "quantity": 1, "unit": "image"}
PITFALLS = {
    "a whole number written 1.0": (_at("resources/0/count", 1.0), True),
    "a fraction for a whole number": (_at("resources/0/count", 1.5), False),
    "a number in quotation marks": (_at(f"{IT}/value", "0.02"), False),
    "a whole number in quotation marks": (_at("resources/0/count", "1"), False),
    "true for a number": (_at(f"{IT}/value", value=True), False),
    "true for a whole number": (_at("resources/0/count", value=True), False),
    "1 for true": (_at("resources/0/virtual", 1), False),
    "true in quotation marks": (_at("resources/0/virtual", "true"), False),
    "a number for a text": (_at("subject/name", 7), False),
    "a whole number for a number": (_at(f"{IT}/value", 1), True),
    "minus zero": (_at(f"{IT}/value", -0.0), True),
    "the least number there is": (_at(f"{IT}/value", 5e-324), True),
    "just below zero": (_at(f"{IT}/value", -5e-324), False),
    "null for a member that may be left out": (_at("subject/version", None), False),
    "null for a list that may be left out": (_at("functional_units", None), False),
    "null for an object that may be left out": (_at("uncertainty", None), False),
    "null for a reason beside a value": (_at(f"{IT}/reason", None), False),
    "null below extensions": (_at("extensions", {"org.example": {"ticket": None}}), True),
    "a list that may be empty": (_at("gaps", []), True),
    "a list that may not": (_at("boundary/lifecycle_included", []), False),
    "an object for a list": (_at("gaps", {}), False),
    "a list for an object": (_at("subject", []), False),
    "an object for a text": (_at("subject/name", {}), False),
    "a line break at the end of a name": (_at("subject/name", "digits\n"), False),
    "a line break at the end of an id": (_at(f"{STAGE}/id", "s1\n"), False),
    "a line break at the end of a time": (_at("document/created", "2026-11-21T09:00:00Z\n"), False),
    "the line separator of Unicode": (_at("subject/name", "digits\u2028"), False),
    "an empty name": (_at("subject/name", ""), False),
    "256 characters beyond the first plane": (_at("subject/name", "🔌" * 256), True),
    "257 of them": (_at("subject/name", "🔌" * 257), False),
    "letters that look like digits": (_at("document/created", "2026-11-21T09:00:0٣Z"), False),
    "no unit beside a value": (lambda whole: whole["totals"]["new"]["energy_it"].pop("unit"), False),
    "no name of the schema": (lambda whole: whole.pop("schema"), False),
    "the bound of a quantity that must exceed it": (_at("functional_units", [{**UNIT, "quantity": 0}]), False),
    "a quantity just above that bound": (_at("functional_units", [{**UNIT, "quantity": 5e-324}]), True),
    "the same factor twice": (_at(f"{IT}/factor_refs", ["f-swe", "f-swe"]), False),
    "a member of the house's own": (_at("subject/own", "x"), False),
    "a name of Python's for a member": (_at("subject/class_", "x"), False),
}


@pytest.mark.parametrize("validator", ALL)
def test_it_reads_what_readers_often_take_differently_as_the_standard_says(validator: Validator) -> None:
    """Coercion, null, text ends, lengths in characters, Python's own names: one answer each."""
    expected = {}
    for name, (change, valid) in PITFALLS.items():
        whole = copy.deepcopy(counted())
        change(whole)
        expected[name] = (json.dumps(whole), valid)
    cases = [Case("disclosure", text) for text, _ in expected.values()]
    found = {name: not places for name, places in zip(expected, validator(cases), strict=True)}
    assert found == {name: valid for name, (_, valid) in expected.items()}


def test_each_schema_names_itself_as_documents_do() -> None:
    """What ajv looks schemas up by is what documents say they follow."""
    assert [schema_of(kind)["$id"] for kind in KINDS] == [identifier(kind) for kind in KINDS]
