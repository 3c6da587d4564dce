"""The models are the schema's double: same objects, same members, same words."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from joulecard.disclosure import document as doc
from joulecard.errors import InvalidInputError
from joulecard.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]
    Assembled = Callable[..., doc.Disclosure]

SCHEMA = json.loads((shipped("schema") / "1.0" / "disclosure.schema.json").read_text(encoding="utf-8"))
OBJECTS = {name: part for name, part in SCHEMA["$defs"].items() if "properties" in part}
MODELS = {name: each for name, each in inspect.getmembers(doc, inspect.isclass) if issubclass(each, doc.Part)}
VALID = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in (Path(__file__).parents[2] / "schema/1.0/conformance/valid").iterdir()
    if path.name.endswith(".json")
}
DISCLOSURES = sorted(name for name, written in VALID.items() if written.get("schema") == doc.DISCLOSURE_SCHEMA)


def class_name(definition: str) -> str:
    """The model of a definition: `phase_total` is PhaseTotal."""
    return "".join(word.title() for word in definition.split("_"))


def members(model: type[doc.Part]) -> dict[str, bool]:
    """The members of a model under their names in the document, and whether they are required."""
    return {field.alias or name: field.is_required() for name, field in model.model_fields.items()}


def words(schema: dict[str, Any]) -> list[str] | None:
    """The words that a member of the schema may hold; None where they are not listed."""
    schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return sorted(schema["enum"]) if "enum" in schema else None


def words_of_model(model: type[doc.Part], member: str) -> list[str] | None:
    """The same of a model, from the schema that pydantic makes of it."""
    own = model.model_json_schema()
    found = own["properties"][member]
    options = [*found.get("anyOf", ()), found]
    listed = [option["enum"] for option in options if "enum" in option]
    return sorted(listed[0]) if listed else None


@pytest.mark.parametrize("definition", OBJECTS)
def test_every_object_of_the_schema_has_a_model_with_its_members(definition: str) -> None:
    """Property names and required ones are the same; a unit that can only be one thing need not be given."""
    model, part = MODELS[class_name(definition)], OBJECTS[definition]
    found = members(model)
    assert list(found) == list(part["properties"])
    fixed = {name for name, member in part["properties"].items() if "const" in member}
    assert {name for name, required in found.items() if required} == set(part.get("required", ())) - fixed


@pytest.mark.parametrize("definition", OBJECTS)
def test_every_word_list_of_the_schema_is_that_of_the_model(definition: str) -> None:
    """Enumerations are the same in both."""
    model = MODELS[class_name(definition)]
    for name, member in OBJECTS[definition]["properties"].items():
        if words(member) is not None:
            assert words_of_model(model, name) == words(member), name


def test_no_model_is_without_an_object_of_the_schema() -> None:
    """Beside the document itself and the two bases nothing is added."""
    assert {*map(class_name, OBJECTS), "Disclosure", "Quantity", "Part", "Conditional"} == set(MODELS)


def test_the_document_has_the_members_of_the_schema() -> None:
    """The root is compared like the rest."""
    found = members(doc.Disclosure)
    assert list(found) == list(SCHEMA["properties"])
    assert {name for name, required in found.items() if required} == set(SCHEMA["required"]) - {"schema"}
    assert SCHEMA["$id"] == doc.DISCLOSURE_SCHEMA


def test_valid_documents_load_and_are_written_back_as_they_were() -> None:
    """Reading and writing the conformance documents lose nothing and add nothing."""
    assert DISCLOSURES
    for name in DISCLOSURES:
        assert json.loads(doc.Disclosure.model_validate(VALID[name]).to_json()) == VALID[name], name


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
