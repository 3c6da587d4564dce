"""What is fuzzed: for each target the function that takes any bytes, and what its search begins with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.fuzz.commands import check_validate_command, check_verify_command
from tests.fuzz.promises import check_answer, check_reading, check_sentence, unchanged
from tests.validation.keys import ASSURER, STRANGER

from joulecard.canonical import canonical_bytes, digest, digest_of_bytes
from joulecard.capture.segment import Segment
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.merge import Merged, Source, merge
from joulecard.disclosure.tallied import Factors
from joulecard.disclosure.tally import stage_record
from joulecard.errors import JoulecardError, MissingPartError
from joulecard.factors import edition
from joulecard.validation import Verdict, validate, validate_disclosure, validate_document, validate_stage_record
from joulecard.validation.attestations import Trust, document_digest, judge
from joulecard.validation.parse import parse
from joulecard.validation.schema import kind_of
from joulecard.validation.signature import read_private_key, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONFORMANCE = Path(__file__).parents[2] / "schema" / "1.0" / "conformance"
KEPT = Path(__file__).parent / "corpus"
SUBJECT = Subject(type="pipeline", name="fuzzed")
CREATED = "2026-11-21T10:00:00Z"
DAY = "2026-11-23"
SELDOM = 4  # one input in so many also goes through the command: that takes longer than all else
APART = (0, 1, 3, 7, 19)  # how far from one another in the corpus two disclosures lie that are merged
LARGEST_SEED = 12_000  # bytes: the search begins small


class Target(NamedTuple):
    """A function that must answer whatever bytes it is given, and what the search begins with."""

    check: Callable[[bytes], None]
    begin: Callable[[], list[bytes]]
    is_document: bool = True  # changed as JSON, not as bytes


def check_parse(data: bytes) -> None:
    """Any bytes are read as every reader reads them, or refused in one sentence."""
    check_reading(data)


def check_validate(data: bytes) -> None:
    """Any bytes get a verdict, whatever they want to be, and the command prints it in each of its forms."""
    _judged(data)
    if len(data) % SELDOM == 0:
        check_validate_command(data)


def check_disclosure(data: bytes) -> None:
    """Any JSON gets a verdict as a disclosure, and a valid one passes through our own model unchanged."""
    verdict = _judged(data, "disclosure")
    if verdict and verdict.valid:
        written = Disclosure.model_validate_json(data).to_json()
        again = validate_disclosure(written)
        assert (again.violations, again.level) == ((), verdict.level)


def check_records(data: bytes) -> None:
    """Any JSON gets a verdict as a segment or record, and the segments of a valid one make a valid disclosure."""
    verdict = _judged(data)
    if verdict and verdict.valid and verdict.kind != "disclosure":
        document = verdict.document or {}
        _check_assembled([document] if verdict.kind == "segment" else document.get("segments", []))


def _check_assembled(documents: Sequence[dict[str, Any]]) -> None:
    """Valid segments become a valid record and disclosure, or are refused in a sentence."""
    segments = [Segment.from_document(document) for document in documents]
    for segment in segments:
        assert Segment.from_document(json.loads(json.dumps(segment.to_document()))) == segment
    try:
        record = stage_record(segments, edition())
        disclosure = assemble(segments, subject=SUBJECT, factors=Factors(edition()), created=CREATED)
    except JoulecardError as error:
        check_sentence(str(error))
        return
    assert validate_stage_record(json.dumps(record).encode()).violations == ()
    assert validate_disclosure(disclosure.to_json()).violations == ()


def check_merge(data: bytes) -> None:
    """Valid disclosures become one valid disclosure, the same in any order, or are refused in a sentence."""
    given = check_reading(data)
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        return
    try:
        if not all(validate_document(each, "disclosure").valid for each in given):
            return
        sources = [Source(f"{n}.json", _model(each), digest(each)) for n, each in enumerate(given)]
        merged = merge(sources, created=CREATED)
    except JoulecardError as error:
        check_sentence(str(error))
        return
    assert validate_disclosure(merged.disclosure.to_json()).violations == ()
    assert merge(reversed(sources), created=CREATED).disclosure == merged.disclosure
    _check_not_more(merged, sources)


def _check_not_more(merged: Merged, sources: Sequence[Source]) -> None:
    """The sum is at most that of the parts, and at least the greatest of them."""
    parts = [source.document.totals.including_reused.energy_it.value or 0.0 for source in sources]
    total = merged.disclosure.totals.including_reused.energy_it.value or 0.0
    assert max(parts) * (1 - 1e-6) <= total <= sum(parts) * (1 + 1e-6)


def _model(document: dict[str, Any]) -> Disclosure:
    return Disclosure.model_validate_json(json.dumps(document))


def check_verify(data: bytes) -> None:
    """Each attestation of any disclosure gets a sentence; verified is what an independent look finds so as well."""
    verdict = _judged(data, "disclosure")
    document = verdict.document if verdict else None
    if document is not None and all(violation.rule != "schema" for violation in (verdict or Verdict(())).violations):
        for judgement in judge(document, Trust({ASSURER.public_base64: "key.pem"}, DAY)):
            check_sentence(judgement.message)
            if judgement.state == "verified":
                attestation = judgement.attestation
                bare = {name: value for name, value in parse(data)[0].items() if name != "attestations"}
                assert attestation["digest"] == digest_of_bytes(canonical_bytes(bare))
                assert attestation["signature"]["public_key"] == ASSURER.public_base64
                assert attestation["date"] <= DAY <= attestation.get("expires", DAY)
    if len(data) % SELDOM == 0:
        check_verify_command(data)


def _judged(data: bytes, kind: Any = None) -> Verdict | None:
    """The verdict, its promises checked; None where a newer version is needed."""
    given = check_reading(data)
    try:
        verdict = validate(data) if kind is None or given is None else validate_document(given, kind)
    except MissingPartError as error:
        check_sentence(str(error))
        return None
    check_answer(verdict, given)
    assert verdict.kind in {None, kind or kind_of(given)}
    assert given is None or unchanged(given, data)
    return verdict


def _conformance(*patterns: str) -> list[bytes]:
    """The documents of the conformance corpus at these places that are not too long to begin with."""
    paths = [path for pattern in patterns for path in sorted(CONFORMANCE.glob(pattern)) if path.name != "expected.json"]
    return [path.read_bytes() for path in paths if path.stat().st_size <= LARGEST_SEED]


def _disclosures() -> list[dict[str, Any]]:
    found = [parse(data)[0] for data in _conformance("valid/*.json")]
    return [document for document in found if "totals" in document]


def _pairs() -> list[bytes]:
    """Each valid disclosure with itself and with a few others."""
    found = _disclosures()
    pairs = (pair for apart in APART for pair in zip(found, found[apart:], strict=False))
    return [json.dumps(pair).encode() for pair in pairs]


def _signed() -> list[bytes]:
    """Each valid disclosure, signed by the one whose key is trusted and by another."""
    made = []
    for document in _disclosures():
        document.pop("attestations", None)
        statement = {"type": "third_party", "by": "Example Assurance", "date": "2026-11-22", "statement": "It holds."}
        statement["digest"] = document_digest(document)
        for vector in (ASSURER, STRANGER):
            key = read_private_key(vector.private_pem, "key.pem", str)
            document.setdefault("attestations", []).append(signed(statement, key))
        made.append(json.dumps(document).encode())
    return made


TARGETS = {
    "parse": Target(check_parse, lambda: _conformance("invalid/parse/*", "valid/*.json"), is_document=False),
    "validate": Target(check_validate, lambda: _conformance("valid/*.json", "invalid/*.json"), is_document=False),
    "disclosure": Target(check_disclosure, lambda: _conformance("valid/*.json", "invalid/*.json")),
    "records": Target(check_records, lambda: _conformance("valid/*segment*.json", "valid/*record*.json")),
    "merge": Target(check_merge, _pairs),
    "verify": Target(check_verify, _signed),
}


def kept(target: str) -> list[Path]:
    """The inputs that earlier searches left behind because they reach something of their own, or broke a promise."""
    return sorted(path for path in (KEPT / target).glob("*") if path.is_file())
