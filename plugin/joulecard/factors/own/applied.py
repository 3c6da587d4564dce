"""What a user's own factor becomes where it is applied: a factor with its id, its width and what it stands in for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.factors.factor import Factor, Uncertainty
from joulecard.factors.geography import REGIONS, alpha2
from joulecard.factors.own.values import ANY, GRID, Where
from joulecard.factors.uncertainties import uncertainty, year_shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.factors.geography import Evidence
    from joulecard.factors.instrument import Instrument
    from joulecard.factors.own.values import Own, OwnFactor
    from joulecard.factors.tables import Tables

OWN_CLASS = "own-factor"
SHORT = {GRID: "grid", "water_intensity": "water", "power_model": "power"}
_ODD = re.compile(r"[^A-Za-z0-9./+-]+")


def instruments_of(tables: Tables, own: Own) -> tuple[Instrument, ...]:
    """The user's contracts with their factors."""
    return tuple(
        replace(each.instrument, factor=device_factor(tables, each.factor)) if each.factor else each.instrument
        for each in own.contracts
    )


def unused(own: Own, applied: Iterable[str]) -> tuple[OwnFactor, ...]:
    """The own factors that none of the factors of these ids is."""
    known = {factor_id.partition("~")[0] for factor_id in applied}
    return tuple(each for each in own.factors if own_id(each) not in known)


def place_of(tables: Tables, evidence: Evidence | None) -> Where:
    """The place of the evidence, with country and subdivision where the tables know the region."""
    if evidence is None:
        return Where()
    provider, region = evidence.provider, evidence.region
    row = tables.row(REGIONS, f"{provider},{region}") if provider and region else None
    if row:
        return Where(provider, region, alpha2(tables, row["country_iso3"]), row["iso3166_2"] or None)
    country = evidence.country or (evidence.subdivision or "").partition("-")[0] or None
    return Where(provider, region, country, evidence.subdivision)


def found_at(
    tables: Tables, own: Own, evidence: Evidence | None, year: int, how: tuple[str, str, str | None]
) -> Factor | None:
    """The user's own factor for a place and year, by its kind, accounting and scope; None where they give none."""
    kind, accounting, scope = how
    place = place_of(tables, evidence)
    found = own.at(kind, place, year, accounting=accounting, scope=scope)
    return factor_at(tables, found, place, year) if found else None


def factor_at(tables: Tables, own: OwnFactor, place: Where, year: int) -> Factor:
    """The factor of a place and year that an own one becomes, saying for what it had to stand in."""
    factor_year = _nearest(own.years, year)
    thing = own_id(own)
    sources = [width(tables, own, thing)]
    if factor_year != year and own.kind == GRID:  # only of grids it is known how far years lie apart
        sources.append(year_shift(tables, thing, factor_year, year))
    shift = f"~{year}" if factor_year != year else ""
    return _factor(own, f"{thing}{shift}", tuple(sources), _assumes(own, place, (factor_year, year)))


def device_factor(tables: Tables, own: OwnFactor) -> Factor:
    """The factor of a device, or of a contract: as it is, wherever and whenever it is used."""
    thing = own_id(own)
    return _factor(own, thing, (width(tables, own, thing),), None)


def own_id(own: OwnFactor) -> str:
    """The name of a factor in a document, without the year that it may have to stand in for."""
    if own.contract:
        return f"own:contract:{own.contract}"
    thing = _ODD.sub("-", own.device or own.place).strip("-/+.")
    years = "" if own.years is None else ":" + "-".join(dict.fromkeys(str(year) for year in own.years))
    marks = [own.accounting, own.scope] if own.kind == GRID else []
    told = "".join(f":{mark}" for mark in marks if mark not in ("location", "lifecycle"))
    return f"own:{SHORT.get(own.kind, own.kind)}:{thing}{years}{told}"


def width(tables: Tables, own: OwnFactor, thing: str) -> Uncertainty:
    """How wide a factor is: as its user says, else as its class."""
    if own.log_sd is not None:
        told = f"log-sd {own.log_sd:g} is stated with the factor by who gave it"
        return Uncertainty(f"{OWN_CLASS}@{thing}", OWN_CLASS, own.log_sd, told)
    return uncertainty(tables, _class_of(own), thing)


def _class_of(own: OwnFactor) -> str:
    if own.kind == GRID:
        if own.accounting != "location":
            return "grid-market-declared"
        return "grid-direct-official" if own.scope == "direct" else "grid-zone-lifecycle"
    if own.kind == "power_model":
        return "memory-watts-per-gb" if own.unit == "W/GB" else "gpu-tdp-model"
    return {"pue": "pue-declared", "wue": "wue-declared", "embodied": "embodied-component"}.get(
        own.kind, "water-intensity-declared"
    )


def _factor(own: OwnFactor, factor_id: str, sources: tuple[Uncertainty, ...], assumes: str | None) -> Factor:
    return Factor(
        id=factor_id,
        kind=own.kind,
        name=own.name,
        value=own.value,
        unit=own.unit,
        uncertainty=sources,
        source=own.source,
        zone=own.place if own.kind == GRID and own.place != ANY else None,
        basis=own.basis,
        valid=own.valid,
        granularity=_granularity(own),
        fallback_level=own.level if own.kind == GRID else None,
        assumes=assumes,
        note=own.note,
    )


def _granularity(own: OwnFactor) -> str | None:
    if own.years is None:
        return None
    return "yearly" if own.years[0] == own.years[1] else "multi-year"


def _assumes(own: OwnFactor, place: Where, years: tuple[int, int]) -> str | None:
    """Says for what an own factor stands in: a place inside its own, another year."""
    factor_year, year = years
    finer = place.region or place.subdivision
    parts = [f"that of {own.place} used for {finer}"] if finer and own.level == "country" else []
    parts += [f"value of {factor_year} used for {year}"] if factor_year != year else []
    if own.place == ANY:
        parts.append("given for any place")
    return f"Own factor {own.name}: {'; '.join(parts)}" if parts else None


def _nearest(years: tuple[int, int] | None, year: int) -> int:
    return year if years is None else min(max(year, years[0]), years[1])
