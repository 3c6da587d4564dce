"""Four readers of the standard that share no code: what each finds wrong with a document, and where."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from pydantic import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from joulecard.disclosure.document import Disclosure
from joulecard.shipped import shipped
from joulecard.validation.schema import Kind, check_schema, identifier, schema_of
from joulecard.validation.sentences import pointer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jsonschema import ValidationError as Error

    Places = frozenset[str]  # JSON pointers; none: the document follows the schema
    Validator = Callable[[Sequence["Case"]], list[Places]]

KINDS: tuple[Kind, ...] = ("disclosure", "segment", "stage-record")


class Case(NamedTuple):
    """A document as JSON text, and which schema it is held against."""

    kind: Kind
    text: str


def ours(cases: Sequence[Case]) -> list[Places]:
    """What joulecard tells its users, who are served by jsonschema-rs, written in Rust."""
    found = (check_schema(json.loads(case.text), case.kind) for case in cases)
    return [frozenset(violation.pointer for violation in violations) for violations in found]


def python(cases: Sequence[Case]) -> list[Places]:
    """What jsonschema finds, written in Python."""
    return [frozenset(_places_in_python(_validator(case.kind), json.loads(case.text))) for case in cases]


def models(cases: Sequence[Case]) -> list[Places]:
    """What the pydantic models refuse; there are none of segments and stage records."""
    assert {case.kind for case in cases} <= {"disclosure"}
    return [frozenset(_places_in_models(case.text)) for case in cases]


def ajv(cases: Sequence[Case]) -> list[Places]:
    """What ajv finds in its strict mode, written in JavaScript; one process for all."""
    schemas = [str(shipped("schema") / "1.0" / f"{kind}.schema.json") for kind in KINDS]
    lines = (json.dumps({"schema": schema_of(case.kind)["$id"], "text": case.text}) for case in cases)
    answer = subprocess.run(
        ["node", str(Path(__file__).parent / "javascript" / "verdicts.mjs"), *schemas],
        input="\n".join(lines),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return [frozenset(json.loads(line)) for line in answer.stdout.splitlines()]


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Any]:
    """`pattern` as JSON Schema means it: `$` is the end, never the place before a last line break."""
    from jsonschema import ValidationError as Departure

    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield Departure(f"{value!r} does not match {pattern!r}")


@cache
def _validator(kind: Kind) -> Any:
    """The validator of jsonschema for that kind of document."""
    unnamed = {name: part for name, part in schema_of("segment").items() if name != "$schema"}  # else `pattern` is lost
    registry = Registry().with_resource(identifier("segment"), DRAFT202012.create_resource(unnamed))
    validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return validator(schema_of(kind), registry=registry)


def _places_in_python(validator: Any, document: Any) -> Iterator[str]:
    for error in validator.iter_errors(document):
        yield from (pointer_of([*error.absolute_path, *more]) for more in _deeper(error, document))


def _deeper(error: Error, document: Any) -> list[list[str | int]]:
    """The way from where jsonschema reports an error to what is wrong."""
    found: Any = error.instance
    if error.validator == "uniqueItems":
        return [[index] for index, item in enumerate(found) if found.count(item) > 1]
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        known = "|".join(pattern.replace("$", r"\Z") for pattern in schema.get("patternProperties", ["(?!)"]))
        return [[name] for name in found if name not in schema.get("properties", ()) and not re.search(known, name)]
    if error.validator is None:  # a member whose schema is `false`: reported at the object around it
        around = reduce(lambda value, step: value[step], error.absolute_path, document)
        return [[name] for name, value in around.items() if value is found]
    return [[]]


def _places_in_models(text: str) -> Iterator[str]:
    try:
        Disclosure.model_validate_json(text)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            path = [step for step in fault["loc"] if step != "[key]"]  # pydantic's word for: the member's name
            yield pointer_of(path[:-1] if fault["type"] == "missing" else path)
