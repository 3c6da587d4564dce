"""Where a stage ran, as its authors tell it: evidence, PUE and the intensity of its grid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, Stated, of_factors, taken
from joulecard.errors import InvalidInputError, SettingsError
from joulecard.surroundings.place import parse_place

if TYPE_CHECKING:
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.disclosure.estimate.times import Span
    from joulecard.factors import Factor
    from joulecard.surroundings.place import Evidence

MOST_YEARS = 5  # between the year of a factor and that of the stage; the width grows with them


def evidence_of(facts: StageFacts, means: Means) -> Evidence | None:
    """The place as evidence; None where none is told. Raises InvalidInputError for one that no table knows."""
    if facts.place is None:
        return None
    try:
        found = parse_place(facts.place)
        means.edition.zoned_country(found)  # raises where a region or country does not exist
    except (SettingsError, InvalidInputError) as error:
        raise facts.at(error.what, "place", mend=error.mend) from error
    return found


def pue_of(facts: StageFacts, evidence: Evidence | None, year: int, means: Means) -> Factor | None:
    """The PUE as told, else the user's own for the place, else the fleet mean of the cloud; None where unknown."""
    if facts.pue is not None:
        return replace(means.edition.declared_pue(facts.pue), name="as stated", source=means.source)
    own = means.edition.own_pue(evidence, year)
    if own or evidence is None or evidence.provider is None:
        return own
    return means.edition.pue(evidence.provider, evidence.region)


def grid_of(facts: StageFacts, evidence: Evidence | None, span: Span, means: Means) -> tuple[Factor, Basis]:
    """The intensity as told, else that of the place and year; raises InvalidInputError where neither is known."""
    if facts.intensity_g_per_kwh is not None:
        return _stated(facts, span, means)
    year = span.end.year
    try:
        factor = means.edition.grid(evidence, year, means.profile, zoned=means.zoned)
    except InvalidInputError as error:
        raise facts.at(error.what, "place", mend=error.mend) from error
    if evidence is not None and factor.fallback_level == "world":
        raise facts.at(
            f"no table holds a grid intensity of {facts.place}", "place", mend="give intensity_g_per_kwh with its scope"
        )
    if (factor.basis or {}).get("scope") != means.profile:
        told = f"no {means.profile} grid intensity of {facts.place or 'an untold place'} is in the tables"
        raise facts.at(told, "place", mend="give intensity_g_per_kwh, or estimate with lifecycle intensities")
    if factor.year is not None and abs(factor.year - year) > MOST_YEARS:
        told = f"edition {means.edition.name} holds no grid intensity of {factor.name} within {MOST_YEARS} years"
        raise facts.at(f"{told} of {year}; the nearest is of {factor.year}", "year", mend="give intensity_g_per_kwh")
    return factor, of_factors([factor])


def _stated(facts: StageFacts, span: Span, means: Means) -> tuple[Factor, Basis]:
    """The intensity that the authors state; what is in it is assumed where they do not say."""
    scope = facts.intensity_scope or means.profile
    place = facts.place or "an untold place"
    years = f"{span.start.year}-{span.end.year}" if span.start.year < span.end.year else f"{span.end.year}"
    figure = Stated(
        "grid_intensity",
        f"grid:stated:{place.replace(' ', '-')}:{scope}:{years}",
        f"{place}, as stated",
        facts.intensity_g_per_kwh or 0.0,
        "g/kWh",
        "grid-stated",
    )
    factor = means.stated(
        figure,
        zone=(facts.place or "").partition("/")[0] or None,
        basis={"attribution": "average", "accounting": "location", "scope": scope, "gases": "CO2e"},
        valid={"start": f"{span.start.year}-01-01", "end": f"{span.end.year}-12-31"},
        granularity="yearly",
    )
    basis = of_factors([factor])
    if facts.intensity_scope is None:
        told = f"The stated {factor.value:g} g/kWh are taken for {scope} emissions: nothing says what is in them"
        basis += taken(told, default=True)
    if factor.value == 0:
        told = "The stated grid intensity is 0 g/kWh: no source of electricity is without emissions over its life cycle"
        basis += taken(told, default=False)
    return factor, basis


def location_of(location_id: str, evidence: Evidence | None) -> doc.Location:
    """The place as the document lists it."""
    parts = {name: getattr(evidence, name, None) for name in ("country", "subdivision", "provider", "region")}
    told = {name: value for name, value in parts.items() if value}
    finest = next((name for name in ("region", "subdivision", "country") if name in told), "unknown")
    sign = {"source": "declared", "confidence": "high", **told}
    return doc.Location.model_validate(
        {"id": location_id, **told, "precision": finest, "evidence": (sign,) if told else None}
    )
