"""Judges what others have said of a document: each attestation gets one state and one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from joulecard.canonical import digest
from joulecard.validation.signature import fits, missing_part

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal[
    "verified",  # signed with a key that the reader named, about these bytes, in force
    "signature_wrong",  # what it says, its key or its signature was changed
    "digest_differs",  # the document was changed
    "not_yet",
    "expired",
    "foreign_key",  # it fits, and its key is none of those the reader named
    "no_trusted_key",  # it fits, and the reader named no key
    "not_checked",  # cryptography is not installed
    "not_signed",
]
WRONG: frozenset[State] = frozenset({"signature_wrong", "digest_differs"})
MEMBER = "attestations"


@dataclass(frozen=True, slots=True)
class Trust:
    """What a reader goes by: the keys they trust, base64 to the name of the file, and the day, YYYY-MM-DD."""

    keys: Mapping[str, str]
    day: str
    is_today: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one attestation."""

    pointer: str  # RFC 6901
    attestation: dict[str, Any]
    state: State
    message: str
    key_name: str = ""  # of a verified one: the trusted key, for the name in `by` is only what its holder says


def document_digest(document: dict[str, Any]) -> str:
    """What an attestation calls `digest`: over the RFC 8785 bytes of the document without its member `attestations`."""
    return digest({name: value for name, value in document.items() if name != MEMBER})


def judge(document: dict[str, Any], trust: Trust) -> tuple[Judgement, ...]:
    """What was found of each attestation of a document that follows the schema."""
    attestations = document.get(MEMBER, ())
    own = document_digest(document) if attestations else ""
    return tuple(
        _judgement(f"/{MEMBER}/{place}", attestation, own, trust) for place, attestation in enumerate(attestations)
    )


def _judgement(pointer: str, attestation: dict[str, Any], own: str, trust: Trust) -> Judgement:
    state, message = _judged(attestation, own, trust)
    key_name = trust.keys[attestation["signature"]["public_key"]] if state == "verified" else ""
    return Judgement(pointer, attestation, state, message, key_name)


def _judged(attestation: dict[str, Any], own: str, trust: Trust) -> tuple[State, str]:
    """The first thing that is to be said: what was changed, what is out of its time, whose key it is."""
    return (
        _of_signature(attestation)
        or _of_digest(attestation, own)
        or _of_day(attestation, trust)
        or _of_key(attestation, trust)
    )


def _of_signature(attestation: dict[str, Any]) -> tuple[State, str] | None:
    if "signature" not in attestation or missing_part() or fits(attestation):
        return None
    return "signature_wrong", "the signature does not fit: the statement, its key or the signature itself was changed"


def _of_digest(attestation: dict[str, Any], own: str) -> tuple[State, str] | None:
    about = attestation.get("digest", own)
    if about == own:
        return None
    return "digest_differs", f"the document was changed since: its digest is {own}, and this is about {about}"


def _of_day(attestation: dict[str, Any], trust: Trust) -> tuple[State, str] | None:
    date, expires = attestation["date"], attestation.get("expires", "")
    day = f"today is {trust.day}" if trust.is_today else f"the day asked for is {trust.day}"
    if date > trust.day:
        return "not_yet", f"it is dated {date}, in the future: {day} (UTC)"
    if expires and expires < trust.day:
        return "expired", f"it expired on {expires}: {day} (UTC)"
    return None


def _of_key(attestation: dict[str, Any], trust: Trust) -> tuple[State, str]:
    if "signature" not in attestation:
        return "not_signed", "it is not signed: anybody may have written it"
    key = attestation["signature"]["public_key"]
    lacking = missing_part()
    if lacking:
        return "not_checked", f"its signature was not checked: {lacking}"
    if key in trust.keys:
        return "verified", f"the signature fits, made with the key of {trust.keys[key]}"
    if trust.keys:
        return "foreign_key", f"the signature fits, and its key {key} is none of those named with --key"
    return "no_trusted_key", f"the signature fits its key {key}, and nobody said whose key to trust: name it with --key"
