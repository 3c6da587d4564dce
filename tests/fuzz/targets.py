"""What is fuzzed: for each target the function that takes any bytes, and what its search begins with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fuzz.promises import check_answer, check_reading, same

from joulecard.capture.segment import Segment
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.tallied import Factors
from joulecard.errors import JoulecardError, MissingPartError
from joulecard.factors import edition
from joulecard.validation import Verdict, validate, validate_disclosure, validate_document
from joulecard.validation.schema import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CONFORMANCE = Path(__file__).parents[2] / "schema" / "1.0" / "conformance"
KEPT = Path(__file__).parent / "corpus"
SUBJECT = Subject(type="pipeline", name="fuzzed")


class Target(NamedTuple):
    """A function that must answer whatever bytes it is given, and the files below the conformance folder it knows."""

    check: Callable[[bytes], None]
    seeds: str  # a pattern
    is_document: bool = True  # changed as JSON, not as bytes


def check_parse(data: bytes) -> None:
    """Any bytes are read like every reader reads them, or refused in one sentence."""
    check_reading(data)


def check_validate(data: bytes) -> None:
    """Any bytes get a verdict, whatever they want to be."""
    _judged(data)


def check_disclosure(data: bytes) -> None:
    """Any JSON gets a verdict as a disclosure, and a valid one passes through our own model unchanged."""
    verdict = _judged(data, "disclosure")
    if verdict and verdict.valid:
        model = Disclosure.model_validate_json(data)
        assert validate_disclosure(model.to_json()).violations == ()


def check_records(data: bytes) -> None:
    """Any JSON gets a verdict as a segment or record, and the segments of a valid one make a valid disclosure."""
    verdict = _judged(data)
    if verdict and verdict.valid and verdict.kind != "disclosure":
        document = verdict.document or {}
        check_assembled([document] if verdict.kind == "segment" else document.get("segments", []))


def check_assembled(documents: Iterable[dict[str, Any]]) -> None:
    """Valid segments become a valid disclosure, or are refused in a sentence; each is written as it was read."""
    segments = [Segment.from_document(document) for document in documents]
    for segment in segments:
        assert Segment.from_document(json.loads(json.dumps(segment.to_document()))) == segment
    try:
        disclosure = assemble(segments, subject=SUBJECT, factors=Factors(edition()), created="2026-11-21T10:00:00Z")
    except JoulecardError as error:
        assert str(error)
        return
    verdict = validate_disclosure(disclosure.to_json())
    assert verdict.violations == (), verdict.violations[:5]


def _judged(data: bytes, kind: Any = None) -> Verdict | None:
    """The verdict, its promises checked; None where a newer version is needed."""
    given = check_reading(data)
    try:
        verdict = validate(data) if kind is None or given is None else validate_document(given, kind)
    except MissingPartError as error:
        assert "joulecard" in str(error)
        return None
    check_answer(verdict, given)
    assert verdict.kind in {None, kind or kind_of(given)}
    assert given is None or same(given, json.loads(data))
    return verdict


TARGETS = {
    "parse": Target(check_parse, "**/*.json", is_document=False),
    "validate": Target(check_validate, "**/*.json", is_document=False),
    "disclosure": Target(check_disclosure, "[!e]*valid/*.json"),
    "records": Target(check_records, "*valid/*[rs]e*.json"),
}


def seeds(target: str) -> list[Path]:
    """The files that the search for a target begins with: its part of the conformance corpus, and what was kept."""
    begun = sorted(path for path in CONFORMANCE.glob(TARGETS[target].seeds) if path.name != "expected.json")
    return begun + kept(target)


def kept(target: str) -> list[Path]:
    """The inputs that earlier searches left behind because they reach something of their own."""
    return sorted(path for path in (KEPT / target).glob("*") if path.is_file())
