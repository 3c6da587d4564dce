"""Checks documents against the standard: parsing, schema, numbered rules, level. The answer is a list, not an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.validation.parse import parse
from joulecard.validation.verdict import Lack, Level, Verdict, Violation

if TYPE_CHECKING:
    from joulecard.validation.schema import Kind

__all__ = [
    "Lack",
    "Level",
    "Verdict",
    "Violation",
    "validate",
    "validate_disclosure",
    "validate_document",
    "validate_segment",
    "validate_stage_record",
]


def validate(data: bytes) -> Verdict:
    """The verdict on the bytes of a disclosure, a segment or a stage record, whichever they are.

    Raises MissingPartError for a version of the standard that is newer than this joulecard.
    """
    from joulecard.validation.schema import kind_of

    document, refused = parse(data)
    return Verdict((refused,)) if refused else validate_document(document, kind_of(document))


def validate_disclosure(data: bytes) -> Verdict:
    """The verdict on the bytes of a disclosure. Raises MissingPartError for a newer version of the standard."""
    return _validate(data, "disclosure")


def validate_segment(data: bytes) -> Verdict:
    """The verdict on the bytes of a segment. Raises MissingPartError for a newer version of the standard."""
    return _validate(data, "segment")


def validate_stage_record(data: bytes) -> Verdict:
    """The verdict on the bytes of a stage record. Raises MissingPartError for a newer version of its segments."""
    return _validate(data, "stage-record")


def _validate(data: bytes, kind: Kind) -> Verdict:
    document, refused = parse(data)
    return Verdict((refused,), kind=kind) if refused else validate_document(document, kind)


def validate_document(document: Any, kind: Kind) -> Verdict:
    """The verdict on parsed JSON. Raises MissingPartError for a newer version of the standard."""
    from joulecard.validation.schema import check_identity, check_schema

    foreign = check_identity(document, kind)
    if foreign:
        return Verdict((foreign,), kind=kind)
    if kind == "stage-record":
        _check_identity_of_segments(document)
    broken = check_schema(document, kind)
    if broken:
        return Verdict(tuple(broken), document=document, kind=kind)
    return _after_schema(document, kind)


def _check_identity_of_segments(record: dict[str, Any]) -> None:
    """Raises MissingPartError when a segment inside a stage record follows a newer version of the standard."""
    from joulecard.validation.schema import check_identity

    segments = record.get("segments")
    for segment in segments if isinstance(segments, list) else ():
        check_identity(segment, "segment")


def _after_schema(document: dict[str, Any], kind: Kind) -> Verdict:
    """The verdict of the rules on a document that the schema has accepted."""
    from joulecard.validation.rules import records, segments

    if kind == "segment":
        return Verdict(tuple(segments.check_segment(document)), document=document, kind=kind)
    if kind == "stage-record":
        return Verdict(tuple(records.check_record(document)), document=document, kind=kind)
    return _disclosure_verdict(document)


def _disclosure_verdict(document: dict[str, Any]) -> Verdict:
    """The verdict of rules and levels on a disclosure that the schema has accepted."""
    from joulecard.validation.facts import Facts
    from joulecard.validation.levels import level_from
    from joulecard.validation.rules import check_facts

    facts = Facts(document)
    violations, warnings = check_facts(facts)
    told = tuple(violations), tuple(warnings)
    if violations:
        return Verdict(told[0], document=document, warnings=told[1], kind="disclosure")
    level, lacks = level_from(facts)
    return Verdict((), level, document, told[1], lacks, "disclosure")
