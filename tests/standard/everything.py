"""The examples of the schemas as documents of the corpus: between them they hold nearly every member."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.standard.places import target

from joulecard.validation.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json


def examples_of_parts() -> Json:
    """A disclosure of the examples of its parts: the first of an object, all of a list's items."""
    document: Json = {}
    for name, part in schema_of("disclosure")["properties"].items():
        if "items" in part:
            document[name] = copy.deepcopy(target("disclosure", part["items"])["examples"])
        else:
            document[name] = part["const"] if "const" in part else (part | target("disclosure", part))["examples"][0]
    return document


def example_segment() -> Json:
    """The example of the segment schema."""
    return _whole("segment")


def example_record() -> Json:
    """The example of the schema of stage records."""
    return _whole("stage-record")


def _whole(kind: Any) -> Json:
    example: Json = copy.deepcopy(schema_of(kind)["examples"][0])
    return example


EXAMPLES: dict[str, Callable[[], Any]] = {
    "examples-of-the-disclosure": examples_of_parts,
    "example-of-the-segment": example_segment,
    "example-of-the-record": example_record,
}
