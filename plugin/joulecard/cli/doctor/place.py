"""Where this machine is taken to stand, by which sign, and the factors that follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.accounting.quantity import quantity
from joulecard.cli.doctor.check import Check
from joulecard.factors.geography import provider_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.cli.doctor.trial import Trial
    from joulecard.factors.factor import Factor
    from joulecard.surroundings.place import Evidence

GROUP = "Place"
SAY_WHERE = 'place = "FR" in joulecard.toml (or "CA-QC", "aws/eu-north-1")'
NAME_REGION = "check its code (ISO 3166-2), or name a cloud region there if the machine is in one"
_SOURCES = {"dmi": "firmware", "time-zone": "time zone", "metadata-service": "metadata service"}


def signs(trial: Trial) -> Iterator[Check]:
    """A line for each sign of the place, and whether it counts."""
    for item in trial.facts.place.evidence:
        yield _sign(item, trial.tally.evidence, is_refused=bool(trial.refusal))


def factors(trial: Trial) -> Iterator[Check]:
    """The grid factor and the PUE of the place."""
    if trial.refusal:
        yield Check(GROUP, "grid", "problem", f"energy is recorded, its carbon cannot be told: {trial.refusal}")
    elif trial.tally.grid:
        yield _grid(trial.tally.grid, trial.tally.evidence)
        yield _pue(trial.tally.pue)


def where(evidence: Evidence) -> str:
    """The place that a sign names, in a few words."""
    region = f"{provider_name(evidence.provider)} {evidence.region or ''}".strip() if evidence.provider else ""
    return region or evidence.subdivision or evidence.country or "unknown"


def _sign(item: Evidence, used: Evidence | None, *, is_refused: bool) -> Check:
    name = _SOURCES.get(item.source, item.source)
    if item == used:
        return Check(GROUP, name, "ok", f"{where(item)}: this one counts")
    if item.source == "setting" and is_refused:
        return Check(GROUP, name, "problem", f"{where(item)}: not found in the factor tables")
    return Check(GROUP, name, "normal", f"{where(item)}: {'a weaker sign' if used else 'no factor for it'}, not used")


def _grid(factor: Factor, evidence: Evidence | None) -> Check:
    value, ends = (
        numbers.amount(factor.value, "g/kWh").text,
        numbers.amount(factor.value, "g/kWh", _range(factor)).range,
    )
    detail = f"{factor.name} {factor.year}: {value} ({ends})"
    if evidence and factor.fallback_level == "country" and evidence.subdivision:
        missed = f"no factor for {evidence.subdivision}, so its country's is used: {detail}"
        return Check(GROUP, "grid", "lack", missed, NAME_REGION)
    if evidence and factor.fallback_level != "world":
        return Check(GROUP, "grid", "ok", detail)
    return Check(GROUP, "grid", "lack", f"place unknown, so the world's average is used: {detail}", SAY_WHERE)


def _range(factor: Factor) -> numbers.Interval:
    """The factor's 90 % interval in its own unit."""
    return quantity(factor.value, factor.unit, "estimated", factor.uncertainty).interval()


def _pue(factor: Factor | None) -> Check:
    if factor is None:
        detail = "not known: carbon is that of this machine, without a data centre around it"
        return Check(GROUP, "PUE", "normal", detail)
    return Check(GROUP, "PUE", "ok", f"{factor.value:g} ({factor.name})")
