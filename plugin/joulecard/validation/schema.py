"""The JSON Schema check: each validator compiled once, its errors told as one sentence a place."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from joulecard import __version__
from joulecard.errors import MissingPartError
from joulecard.shipped import shipped
from joulecard.validation.extent import FIRST_ITEMS, cut, is_small
from joulecard.validation.sentences import pointer_of, sentences, tested
from joulecard.validation.verdict import Violation

if TYPE_CHECKING:
    import jsonschema_rs

Kind = Literal["disclosure", "segment", "stage-record"]

KNOWN_VERSION = (1, 0, 0)
KNOWN_VERSION_IS_DRAFT = True
KNOWN_VERSION_TEXT = "1.0.0-draft"
MOST_ERRORS = 200
_ID = re.compile(r"urn:joulecard:mlcd:([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})(-draft)?:([a-z-]{1,32})")


def identifier(kind: Kind) -> str:
    """The `$id` of the schema of that kind that this joulecard checks against."""
    return f"urn:joulecard:mlcd:{KNOWN_VERSION_TEXT}:{kind}"


@cache
def schema_text(kind: Kind) -> str:
    """The schema file of that kind, as shipped."""
    return (shipped("schema") / "1.0" / f"{kind}.schema.json").read_text(encoding="utf-8")


@cache
def schema_of(kind: Kind) -> dict[str, Any]:
    """The schema of that kind, parsed; not to be changed."""
    schema: dict[str, Any] = json.loads(schema_text(kind))
    return schema


@cache
def _validator(kind: Kind) -> jsonschema_rs.Draft202012Validator:
    """The compiled validator of that kind; it never reads anything from outside."""
    import jsonschema_rs

    registry = jsonschema_rs.Registry([(identifier("segment"), schema_of("segment"))])
    return jsonschema_rs.Draft202012Validator(schema_of(kind), registry=registry)


def kind_of(document: Any) -> Kind:
    """What a parsed document wants to be: a segment by its `schema`, a record by having none, else a disclosure."""
    if isinstance(document, dict):
        named = document.get("schema")
        if isinstance(named, str) and named.endswith(":segment"):
            return "segment"
        if "schema" not in document and document.keys() & {"recorded", "segments", "energy_wh"}:
            return "stage-record"
    return "disclosure"


def check_identity(document: Any, kind: Kind) -> Violation | None:
    """The violation of a document that names no schema, or not this one.

    Raises MissingPartError when it names a later version of this schema than this joulecard knows.
    """
    if not isinstance(document, dict):
        return Violation("", "schema", f"the document is {_a(document)}, not an object")
    if kind == "stage-record":
        return None
    if "schema" not in document:
        return Violation("", "schema", f'the member "schema" is missing; it names the standard: "{identifier(kind)}"')
    named = document["schema"]
    if named == identifier(kind):
        return None
    if isinstance(named, str) and _is_newer(named, kind):
        raise MissingPartError(
            f"the document follows {named[:80]} and this joulecard {__version__} knows {KNOWN_VERSION_TEXT}",
            mend=f"it needs joulecard > {__version__}: pip install --upgrade joulecard",
        )
    shown = json.dumps(named)[:80] if isinstance(named, (str, int, float)) else _a(named)
    return Violation("/schema", "schema", f'names {shown}, which is not this standard; allowed: "{identifier(kind)}"')


def _a(value: Any) -> str:
    """The JSON type of a value, with its article."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _is_newer(named: str, kind: Kind) -> bool:
    """Whether the name is that of the same schema in a later version (a release is later than its draft)."""
    match = _ID.fullmatch(named)
    if match is None or match[5] != kind:
        return False
    version = (int(match[1]), int(match[2]), int(match[3]))
    return (version, match[4] is None) > (KNOWN_VERSION, not KNOWN_VERSION_IS_DRAFT)


def check_schema(document: Any, kind: Kind) -> list[Violation]:
    """The places where the document departs from the schema of that kind, each with one sentence."""
    validator = _validator(kind)
    if validator.is_valid(document):
        return []
    whole = is_small(document)
    looked_at = document if whole else cut(document, _names(kind))
    errors = list(islice(validator.iter_errors(looked_at), MOST_ERRORS + 1)) if is_small(looked_at) else []
    violations = [
        Violation(pointer_of(path), "schema", sentence, tuple(map(pointer_of, tested(error, schema_of(kind)))))
        for error in _telling((errors or [_first(validator, document)])[:MOST_ERRORS], schema_of(kind))
        for path, sentence in sentences(error, schema_of(kind))
    ]
    if len(errors) > MOST_ERRORS:
        violations.append(Violation("", "schema", f"more than {MOST_ERRORS} errors; the rest is not listed"))
    elif not whole:
        told = f"more errors may follow: only the first {FIRST_ITEMS} items of each list were looked through for them"
        violations.append(Violation("", "schema", told))
    return _one_a_place(violations)


# A wrong form implies a length, a list of words implies that it is text.
NEEDLESS = {"pattern": {"minLength", "maxLength"}, "enum": {"type"}, "const": {"type"}, "constant": {"type"}}
CHOICES = {"enum", "const", "constant"}  # those below a condition are fewer


def _telling(
    errors: list[jsonschema_rs.ValidationError], schema: dict[str, Any]
) -> list[jsonschema_rs.ValidationError]:
    """The errors without those that others make needless."""
    looked_at = [{tuple(path) for path in tested(error, schema)} for error in errors]
    plain = {tuple(error.instance_path) for error, places in zip(errors, looked_at, strict=True) if not places}
    sound = [each for each in zip(errors, looked_at, strict=True) if not each[1] & plain]  # a condition may be wrong
    kinds: dict[tuple[str | int, ...], set[str]] = {}
    narrowed: set[tuple[str | int, ...]] = set()
    for error, places in sound:
        kinds.setdefault(tuple(error.instance_path), set()).add(error.kind.name)
        if places and error.kind.name in CHOICES:
            narrowed.add(tuple(error.instance_path))
    return [
        error
        for error, places in sound
        if not _needless(error.kind.name, kinds[tuple(error.instance_path)])
        and (places or error.kind.name not in CHOICES or tuple(error.instance_path) not in narrowed)
    ]


def _needless(kind: str, others: set[str]) -> bool:
    """Whether an error says nothing beside others of its place."""
    forbidden = "falseSchema" in others and kind != "falseSchema"
    return forbidden or any(kind in NEEDLESS.get(other, ()) for other in others)


def _first(validator: jsonschema_rs.Draft202012Validator, document: Any) -> jsonschema_rs.ValidationError:
    """The first error of a document that has one."""
    import jsonschema_rs

    try:
        validator.validate(document)
    except jsonschema_rs.ValidationError as error:
        return error
    raise AssertionError("the document has no error")


@cache
def _names(kind: Kind) -> frozenset[str]:
    """The names of all members that the schema of that kind knows anywhere."""
    known = [schema_of(kind), *schema_of(kind).get("$defs", {}).values(), *schema_of("segment")["$defs"].values()]
    return frozenset(name for part in [*known, schema_of("segment")] for name in part.get("properties", ()))


def _one_a_place(violations: list[Violation]) -> list[Violation]:
    """For each place the first sentence, and all different ones joined where several are true of it."""
    by_place: dict[str, list[Violation]] = {}
    for violation in violations:
        by_place.setdefault(violation.pointer, []).append(violation)
    return [_joined(pointer, group) for pointer, group in by_place.items()]


def _joined(pointer: str, group: list[Violation]) -> Violation:
    """Violations of one place as one."""
    said = dict.fromkeys(violation.message for violation in group)
    told = [message for message in said if message.partition(" where ")[0] not in said.keys() - {message}]
    related = dict.fromkeys(place for violation in group for place in violation.related)
    return Violation(pointer, "schema", "; ".join(told[:8]), tuple(related))
