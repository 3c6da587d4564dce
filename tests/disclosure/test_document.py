"""The models are the schema's double: they say the same of every object, and read and write it without loss."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.disclosure.built import parts, values

from joulecard.disclosure import document as doc
from joulecard.disclosure.lineage import Artifact, Lineage, StageLineage
from joulecard.errors import InvalidInputError
from joulecard.shipped import shipped
from joulecard.validation.schema import check_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    Maker = Callable[..., Any]
    Assembled = Callable[..., doc.Disclosure]

Schema = dict[str, Any]

SCHEMA: Schema = json.loads((shipped("schema") / "1.0" / "disclosure.schema.json").read_text(encoding="utf-8"))
DEFINITIONS: Schema = SCHEMA["$defs"]
OBJECTS = {
    "Disclosure": {name: part for name, part in SCHEMA.items() if name != "$defs"},
    **{"".join(map(str.title, name.split("_"))): part for name, part in DEFINITIONS.items() if "properties" in part},
}
MODELS = {name: each for name, each in inspect.getmembers(doc, inspect.isclass) if issubclass(each, doc.Part)}
BASES = {"Part", "Conditional", "Quantity"}
VALID = {
    path.name: path.read_bytes()
    for path in (Path(__file__).parents[2] / "schema/1.0/conformance/valid").glob("*.json")
    if path.name != "expected.json"
}
DISCLOSURES = sorted(name for name, data in VALID.items() if json.loads(data).get("schema") == doc.DISCLOSURE_SCHEMA)

HINTS = {name: get_type_hints(doc.Disclosure, include_extras=True)[name] for name in doc.Disclosure.model_fields}
ANNOTATIONS = {"title", "description", "examples", "default", "$schema", "$id"}
UNORDERED = {"required", "enum", "allOf"}
SAY_NOTHING: list[tuple[str, Any]] = [("required", []), ("additionalProperties", True)]


def members(name: str) -> SearchStrategy[dict[str, Any]]:
    """Any value that the disclosure's member of that name may have."""
    return st.fixed_dictionaries({name: values(HINTS[name])})


def demands(schema: Any, *, of_model: bool) -> Any:
    """What a schema demands, in one form for both: without words on it, scalars in place, objects by their class."""
    if isinstance(schema, list):
        return [demands(each, of_model=of_model) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return referred(schema["$ref"].rpartition("/")[2], of_model=of_model)
    told = {keyword: demand(keyword, part, of_model=of_model) for keyword, part in schema.items()}
    return {keyword: part for keyword, part in told.items() if part is not None}


def demand(keyword: str, part: Any, *, of_model: bool) -> Any:
    """What one keyword of a schema demands; None where it only tells something."""
    if keyword in ANNOTATIONS or keyword.startswith("x-") or (keyword, part) in SAY_NOTHING:
        return None
    if keyword in {"properties", "patternProperties"}:  # below these stand names, not keywords
        return {name: demands(inner, of_model=of_model) for name, inner in part.items()}
    found = demands(part, of_model=of_model)
    return sorted(found, key=json.dumps) if keyword in UNORDERED and isinstance(found, list) else found


def referred(name: str, *, of_model: bool) -> Any:
    """What stands for a reference: the class of an object, and all that is demanded of a text or number."""
    if of_model:
        return name
    part = DEFINITIONS[name]
    return "".join(map(str.title, name.split("_"))) if "properties" in part else demands(part, of_model=False)


def differences(schema: Any, model: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each place where the two demand something else, with what they demand."""
    if isinstance(schema, dict) and isinstance(model, dict):
        for name in {**schema, **model}:
            yield from differences(schema.get(name), model.get(name), f"{where}/{name}")
    elif schema != model:
        yield where, schema, model


@pytest.mark.parametrize("name", OBJECTS)
def test_a_model_demands_just_what_the_schema_does(name: str) -> None:
    """Members, which of them are required, words, bounds, patterns, lengths, conditions: there is no difference."""
    told = MODELS[name].model_json_schema()
    own = told["$defs"][name] if "$ref" in told else {part: each for part, each in told.items() if part != "$defs"}
    assert list(differences(demands(OBJECTS[name], of_model=False), demands(own, of_model=True))) == []


@pytest.mark.parametrize("name", OBJECTS)
def test_a_model_writes_its_members_in_the_order_of_the_schema(name: str) -> None:
    """Readers find them where the standard's tables have them."""
    written = [field.alias or member for member, field in MODELS[name].model_fields.items()]
    assert written == list(OBJECTS[name]["properties"])


def test_each_object_has_a_model_and_no_model_is_without_one() -> None:
    """Beside them there are the bases alone."""
    assert {*OBJECTS, *BASES} == set(MODELS)


def test_the_document_names_the_schema_that_it_follows() -> None:
    """What models write is what the schema calls itself."""
    assert SCHEMA["$id"] == doc.DISCLOSURE_SCHEMA


@pytest.mark.parametrize("name", DISCLOSURES)
def test_a_valid_document_is_written_back_as_it_was(name: str) -> None:
    """Reading and writing lose nothing and add nothing."""
    assert json.loads(doc.Disclosure.model_validate_json(VALID[name]).to_json()) == json.loads(VALID[name])


@settings(max_examples=200)
@given(st.sampled_from(sorted(set(OBJECTS) - {"Disclosure"})).flatmap(lambda name: parts(MODELS[name])))
def test_any_part_that_can_be_built_follows_the_schema_and_is_read_back(part: doc.Part) -> None:
    """Whatever Python hands to a model, its JSON is valid where it stands and gives the same model again."""
    written = part.model_dump_json(exclude_none=True, by_alias=True)
    validator = jsonschema_rs.Draft202012Validator({**OBJECTS[type(part).__name__], "$defs": DEFINITIONS})
    assert [error.message for error in validator.iter_errors(json.loads(written))] == []
    assert type(part).model_validate_json(written) == part


@settings(max_examples=100)
@given(st.sampled_from(DISCLOSURES), st.sampled_from(sorted(HINTS)).flatmap(members))
def test_any_member_that_a_disclosure_can_be_given_leaves_it_valid(name: str, given_member: dict[str, Any]) -> None:
    """The whole like its parts."""
    whole = doc.Disclosure.model_validate_json(VALID[name])
    changed = doc.Disclosure(**{**dict(whole), **given_member})
    assert check_schema(json.loads(changed.to_json()), "disclosure") == []
    assert doc.Disclosure.model_validate_json(changed.to_json()) == changed


def repeated(disclosure: doc.Disclosure, stages: int) -> doc.Disclosure:
    """The same with so many stages."""
    return disclosure.model_copy(update={"stages": disclosure.stages[:1] * stages})


def test_a_large_document_is_written_without_indentation(segment: Maker, assembled: Assembled) -> None:
    """Up to 1 MiB people may want to read it; above, every byte counts."""
    one = assembled([segment()])
    small, large = one.to_json(), repeated(one, 400).to_json()
    assert small.count(b"\n") > 100
    assert large.count(b"\n") == 1
    assert large.endswith(b"}\n")
    assert len(json.loads(large)["stages"]) == 400


def test_a_document_beyond_the_size_of_the_standard_is_refused_with_the_remedy(
    segment: Maker, assembled: Assembled
) -> None:
    """One sentence with the size, before anyone calls it a fault."""
    told = r"9000 stages make a disclosure of \d+\.\d MiB, and the standard allows 16 MiB; assemble fewer"
    with pytest.raises(InvalidInputError, match=told):
        repeated(assembled([segment()]), 9000).to_json()


def test_an_unknown_member_is_refused() -> None:
    """Every object is closed."""
    with pytest.raises(ValidationError, match="colour"):
        doc.Subject.model_validate({"type": "pipeline", "name": "digits", "colour": "green"})


def test_a_document_cannot_be_changed() -> None:
    """Models are frozen."""
    subject = doc.Subject(type="pipeline", name="digits")
    with pytest.raises(ValidationError, match="frozen"):
        subject.name = "letters"


def test_a_number_that_is_none_is_refused() -> None:
    """NaN and infinities never get into a document."""
    with pytest.raises(ValidationError, match="finite"):
        doc.EnergyQuantity(value=float("nan"), method="measured")


def test_what_no_disclosure_can_hold_is_told_in_one_sentence(segment: Maker, assembled: Assembled) -> None:
    """A file name with a line break in it, say, which a pipeline tool may hand over."""
    odd = StageLineage(name="train", inputs=(Artifact("data/a\nb"),))
    told = r"cannot hold the Artifact that would be made: uri is \"data/a\\nb\" \(String should match pattern"
    with pytest.raises(InvalidInputError, match=told):
        assembled([segment()], lineage=Lineage((odd,)))


def test_a_member_that_another_demands_or_forbids_is_told() -> None:
    """Conditions say which member, and where they hold."""
    with pytest.raises(ValidationError, match="must not be given where method is not_available"):
        doc.EnergyQuantity(value=1.0, method="not_available", reason="nothing was seen")
    with pytest.raises(ValidationError, match="must be given where sensor is power_model"):
        doc.Component(
            id="c1",
            kind="cpu",
            resource_ref="r1",
            sensor="power_model",
            energy=doc.EnergyQuantity(value=1.0, method="modelled"),
        )
    with pytest.raises(ValidationError, match="must be from 1 to 10 where kind is pue"):
        doc.Factor(id="f1", kind="pue", name="PUE", value=0.9, unit="1", source=doc.FactorSource(name="declared"))


def test_a_list_of_names_tells_which_came_before() -> None:
    """The place of each repetition, once."""
    with pytest.raises(ValidationError) as refused:
        doc.EnergyQuantity(value=1.0, method="measured", factor_refs=("a", "b", "a", "b", "a"))
    assert [fault["loc"] for fault in refused.value.errors()] == [
        ("factor_refs", 2),
        ("factor_refs", 3),
        ("factor_refs", 4),
    ]
