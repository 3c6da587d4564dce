"""Every attestation gets one state and one sentence, and the first thing that matters is what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.rendering.conftest import a_document
from tests.validation.keys import ASSURER, STRANGER, Vector

from joulecard.validation import validate
from joulecard.validation.attestations import Trust, document_digest, judge
from joulecard.validation.attested_text import with_attestation
from joulecard.validation.signature import read_private_key, signed

if TYPE_CHECKING:
    from pathlib import Path

    from joulecard.validation.attestations import Judgement

TRUST = Trust({ASSURER.public_base64: "assurer.pub.pem"}, "2026-12-01")
NOBODY = Trust({}, "2026-12-01")
DOCUMENT = a_document("single_stage")
DIGEST = document_digest(DOCUMENT)
OTHER_DIGEST = f"sha256:{'0' * 64}"


def _attestation(vector: Vector | None = ASSURER, **changes: str) -> dict[str, Any]:
    """A statement on the document, signed with that key or not at all; the changes come before the signature."""
    statement = {
        "type": "third_party",
        "by": "Example Assurance",
        "date": "2026-11-22",
        "statement": "Numbers recompute.",
        "digest": DIGEST,
        **changes,
    }
    return signed(statement, read_private_key(vector.private_pem, "key.pem", str)) if vector else statement


def _judged(*attestations: dict[str, Any], trust: Trust = TRUST) -> tuple[Judgement, ...]:
    return judge({**DOCUMENT, "attestations": list(attestations)}, trust)


def _flipped(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


def _resigned(attestation: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**attestation, "signature": {**attestation["signature"], **changes}}


GOOD = _attestation()
CASES: dict[str, tuple[dict[str, Any], Trust, str, str]] = {
    "good": (GOOD, TRUST, "verified", "the signature fits, made with the key of assurer.pub.pem"),
    "on its last day": (
        _attestation(expires="2026-12-01"),
        TRUST,
        "verified",
        "the signature fits, made with the key of assurer.pub.pem",
    ),
    "statement changed": (
        {**GOOD, "statement": "Numbers recompute!"},
        TRUST,
        "signature_wrong",
        "the signature does not fit: the statement, its key or the signature itself was changed",
    ),
    "signature changed": (
        _resigned(GOOD, value=_flipped(GOOD["signature"]["value"])),
        TRUST,
        "signature_wrong",
        "the signature does not fit: the statement, its key or the signature itself was changed",
    ),
    "key put in place of theirs": (
        _resigned(_attestation(STRANGER), public_key=ASSURER.public_base64),
        TRUST,
        "signature_wrong",
        "the signature does not fit: the statement, its key or the signature itself was changed",
    ),
    "of another document": (
        _attestation(digest=OTHER_DIGEST),
        TRUST,
        "digest_differs",
        f"the document was changed since: its digest is {DIGEST}, and this is about {OTHER_DIGEST}",
    ),
    "expired": (
        _attestation(expires="2026-11-30"),
        TRUST,
        "expired",
        "it expired on 2026-11-30: today is 2026-12-01 (UTC)",
    ),
    "expired by the day asked for": (
        _attestation(expires="2026-11-30"),
        Trust(TRUST.keys, "2027-01-01", is_today=False),
        "expired",
        "it expired on 2026-11-30: the day asked for is 2027-01-01 (UTC)",
    ),
    "dated in the future": (
        _attestation(date="2026-12-02"),
        TRUST,
        "not_yet",
        "it is dated 2026-12-02, in the future: today is 2026-12-01 (UTC)",
    ),
    "foreign key": (
        _attestation(STRANGER),
        TRUST,
        "foreign_key",
        f"the signature fits, and its key {STRANGER.public_base64} is none of those named with --key",
    ),
    "nobody trusted": (
        GOOD,
        NOBODY,
        "no_trusted_key",
        f"the signature fits its key {ASSURER.public_base64}, and nobody said whose key to trust: name it with --key",
    ),
    "not signed": (_attestation(None), TRUST, "not_signed", "it is not signed: anybody may have written it"),
    "not signed, of another document": (
        _attestation(None, digest=OTHER_DIGEST),
        TRUST,
        "digest_differs",
        f"the document was changed since: its digest is {DIGEST}, and this is about {OTHER_DIGEST}",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_own_state_and_sentence(case: str) -> None:
    """As a reader will meet them."""
    attestation, trust, state, message = CASES[case]
    (judgement,) = _judged(attestation, trust=trust)
    assert (judgement.state, judgement.message) == (state, message)
    assert judgement.pointer == "/attestations/0"


def test_what_was_changed_is_said_before_what_is_out_of_time_or_foreign() -> None:
    """A date cannot be relied on where the signature does not fit, nor a key where the document is another."""
    late = _attestation(STRANGER, expires="2026-11-30", digest=OTHER_DIGEST)
    states = [judgement.state for judgement in _judged({**late, "date": "2030-01-01"}, late)]
    assert states == ["signature_wrong", "digest_differs"]


def test_attestations_are_judged_one_by_one_in_their_order() -> None:
    """What one says does not depend on the others: nobody signs for the list."""
    judgements = _judged(_attestation(None), GOOD, _attestation(STRANGER))
    assert [judgement.state for judgement in judgements] == ["not_signed", "verified", "foreign_key"]
    assert [judgement.pointer[-1] for judgement in judgements] == ["0", "1", "2"]
    assert judge(DOCUMENT, TRUST) == ()


def test_the_digest_leaves_out_attestations_and_nothing_else() -> None:
    """So that a second signature does not break the first."""
    assert document_digest({**DOCUMENT, "attestations": [GOOD]}) == DIGEST
    assert document_digest(dict(reversed(DOCUMENT.items()))) == DIGEST
    for member in DOCUMENT:
        assert document_digest({name: value for name, value in DOCUMENT.items() if name != member}) != DIGEST


@pytest.mark.parametrize(
    "path", sorted((ROOT / "schema/1.0/conformance/valid").glob("*.json")), ids=lambda path: path.stem
)
@pytest.mark.checkout
def test_every_valid_disclosure_of_the_standard_can_be_signed(path: Path) -> None:
    """Whatever the standard allows has a canonical form, stays valid with one attestation more, and is verified."""
    before = validate(path.read_bytes())
    if before.kind != "disclosure" or before.document is None:
        return
    made = before.document["document"]["created"][:10]
    attestation = _attestation(digest=document_digest(before.document), date=made)
    text = with_attestation(path.read_text(encoding="utf-8"), attestation)
    after = validate(text.encode())
    assert (after.violations, after.warnings) == ((), before.warnings)
    assert after.document == {
        **before.document,
        "attestations": [*before.document.get("attestations", []), attestation],
    }
    assert judge(after.document, Trust(TRUST.keys, made))[-1].state == "verified"


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where the text and numbers of a document stand."""
    if isinstance(value, dict):
        return [place for name, inner in value.items() for place in _places(inner, (*path, name))]
    if isinstance(value, list):
        return [place for number, inner in enumerate(value) for place in _places(inner, (*path, number))]
    return [path]


PLACES = _places(DOCUMENT)


@given(st.sampled_from(PLACES), st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans()))
def test_any_change_of_any_value_is_seen(place: tuple[str | int, ...], value: object) -> None:
    """Wherever it stands, and whether or not a rule would notice it."""
    changed = _with(DOCUMENT, place, value)
    (judgement,) = judge({**changed, "attestations": [GOOD]}, TRUST)
    before = _at(place)
    is_same = value == before and isinstance(value, bool) == isinstance(before, bool)
    assert judgement.state == ("verified" if is_same else "digest_differs")


def _at(place: tuple[str | int, ...]) -> Any:
    found: Any = DOCUMENT
    for step in place:
        found = found[step]
    return found


def _with(document: Any, place: tuple[str | int, ...], value: object) -> Any:
    """A copy with another value at that place."""
    if not place:
        return value
    step, *rest = place
    copied = dict(document) if isinstance(document, dict) else list(document)
    copied[step] = _with(document[step], tuple(rest), value)  # type: ignore[index]
    return copied
