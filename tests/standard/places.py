"""Walks over the schemas: every subschema that describes a place of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.validation.schema import identifier, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jsonschema_rs

KINDS = ("disclosure", "segment", "stage-record")


def walk(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that describes a place of the document, with where it stands; conditions are left out."""
    pending = [("", whole), *((f"$defs/{name}", part) for name, part in whole.get("$defs", {}).items())]
    while pending:
        where, schema = pending.pop()
        yield where, schema
        pending += [(f"{where}/{name}", part) for name, part in schema.get("properties", {}).items()]
        pending += [(f"{where}/{name}", part) for name, part in schema.get("patternProperties", {}).items()]
        if "items" in schema:
            pending.append((f"{where}/[]", schema["items"]))


def places(kind: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place of the documents of that kind."""
    return walk(schema_of(kind))


def target(kind: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference names, or the schema itself."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    named: dict[str, Any] = (
        schema_of("segment") if reference == identifier("segment") else schema_of(kind)["$defs"][reference[8:]]
    )
    return named


def validator_at(kind: Any, schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator of one place, which finds the definitions of its file and the segment schema."""
    import jsonschema_rs

    registry = jsonschema_rs.Registry([(identifier("segment"), schema_of("segment"))])
    return jsonschema_rs.Draft202012Validator({**schema, "$defs": schema_of(kind)["$defs"]}, registry=registry)
