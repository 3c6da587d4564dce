"""The section for auditors: conformance, the forms of others, and the record itself with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import words
from joulecard.rendering.figures import columns, obligations_of
from joulecard.validation.levels import STEPS, level_of
from joulecard.validation.rules import check_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.rendering.figures import Figure
    from joulecard.rendering.view import View

KWH_PER_MWH = 1000
SHORT_ID = 8
TYPES = {"self": "its own publisher", "second_party": "a second party", "third_party": "a third party"}


@dataclass(frozen=True, slots=True)
class Met:
    """One line of the conformance statement; `is_met` None: nobody looked."""

    name: str
    answer: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A field of someone else's form and what to enter."""

    framework: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """What identifies the disclosure, and what it answers to."""

    id: str
    short_id: str
    issued: str
    created: datetime
    created_utc: str  # "2026-11-21T10:00:00Z"
    schema: str
    supersedes: str
    level: str
    lack: str  # what is lacking for the next level; empty at the highest
    validity: str  # "valid", or "valid, with 1 warning"
    warnings: tuple[str, ...]  # what validation doubts in a document that is valid
    conformance: tuple[Met, ...]
    forms: tuple[Form, ...]
    attestations: tuple[str, ...]
    obligations: tuple[str, ...]  # what the factors' licences ask to be said
    sha256: tuple[str, str]  # two halves


def record(document: dict[str, Any], data: bytes, card: View) -> Record:
    """The section of a disclosure that validation has accepted; `data` are its bytes as they lie on disk."""
    about = document["document"]
    created = words.instant(about["created"]).astimezone(UTC)
    level, lacks = level_of(document)
    warnings = _warnings(document)
    validity = f"valid, with {_counted(len(warnings), 'warning')}" if warnings else "valid"
    hexadecimal = sha256(data).hexdigest()
    return Record(
        id=about["id"],
        short_id=_short(about["id"]),
        issued=words.day(about["created"]),
        created=created,
        created_utc=f"{created:%Y-%m-%dT%H:%M:%SZ}",
        schema=document["schema"].split(":")[-2],
        supersedes=words.listed(_short(each) for each in about.get("supersedes", ())),
        level=level,
        lack=f"{lacks[0].pointer}: {lacks[0].message}".replace("`", "") if lacks else "",
        validity=validity,
        warnings=warnings,
        conformance=tuple(_conformance(document, level, validity)),
        forms=tuple(_forms(document, card.hugging_face.carbon)),
        attestations=tuple(_attestations(document)),
        obligations=obligations_of(document["factors"]),
        sha256=(hexadecimal[:32], hexadecimal[32:]),
    )


def _short(name: str) -> str:
    """The first letters of an id that is a UUID, else its end."""
    last = name.rpartition(":")[2]
    return last[:SHORT_ID]


def _warnings(document: dict[str, Any]) -> tuple[str, ...]:
    """Where and what each warning is, without marks of code."""
    _, warnings = check_rules(document)
    return tuple(f"{each.rule}, {each.pointer}: {each.message}".replace("`", "") for each in warnings)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _conformance(document: dict[str, Any], level: str, validity: str) -> Iterator[Met]:
    yield Met(f"Schema {document['schema'].split(':')[-2]} and its rules", validity, is_met=validity == "valid")
    for step in STEPS:
        is_met = step.level <= level
        yield Met(f"{step.level}, {step.name}", "reached" if is_met else "not reached", is_met=is_met)


def _forms(document: dict[str, Any], in_grams: Figure) -> Iterator[Form]:
    """What can be entered elsewhere; a form whose number is unknown is left out of the list."""
    totals = document["totals"]
    headline = totals[totals["headline"]]
    carbon, energy = headline["operational_location"], headline["energy_it"]
    facility = headline["energy_facility"]
    units = columns((totals["new"], totals["including_reused"]))
    if in_grams.known:
        grams = in_grams.text.partition(numbers.THIN_SPACE)[0]
        yield Form("Hugging Face model card", "co2_eq_emissions.emissions, grams", grams)
    best = facility if facility.get("value") is not None else energy
    if best.get("value") is not None:
        told = "facility" if best is facility else "IT"
        field = f"Energy used in MWh, two significant figures ({told})"
        yield Form("EU AI Act, model documentation form", field, _two_digits(best["value"] / KWH_PER_MWH))
    if carbon.get("value") is not None:
        yield Form("GHG Protocol", f"Scope 2, location-based{_scope_note(document)}", units.mass_of(carbon).text)
    market = headline.get("operational_market", {})
    if market.get("value") is not None:
        yield Form("GHG Protocol", "Scope 2, market-based", units.mass_of(market).text)


def _two_digits(value: float) -> str:
    """Two significant figures in plain notation, so that it can be typed into a form."""
    exact = Decimal(f"{value:.1e}")
    return f"{exact:f}"


def _scope_note(document: dict[str, Any]) -> str:
    """What the number holds beyond scope 2."""
    grids = [each for each in document["factors"] if each["kind"] == "grid_intensity"]
    if any(each.get("basis", {}).get("scope") == "lifecycle" for each in grids):
        return ", with upstream emissions (scope 3.3)"
    return ""


def _attestations(document: dict[str, Any]) -> Iterator[str]:
    for each in document.get("attestations", ()):
        signed = "signed" if "signature" in each else "not signed"
        yield f"{each['by']}, as {TYPES[each['type']]}, {each['date']}, {signed}: {each['statement']}"
