"""One contract or certificate of a file with own factors, with the factor of what it delivers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from joulecard.factors.instrument import OFFSET, Instrument, InstrumentType
from joulecard.factors.own.entry import KEYS, Entry, dates_of, factor_of, place_text, source_of
from joulecard.factors.own.values import Contract
from joulecard.settings.values import clean

if TYPE_CHECKING:
    from joulecard.factors.own.values import OwnFactor

TYPES: tuple[InstrumentType, ...] = get_args(InstrumentType)
OF_CONTRACT = ("id", "type", "energy_kwh", "mass_g", "year", "vintage", "zone", "supplier", "factor")
OF_ITS_FACTOR = [key for key in KEYS if key not in ("kind", "place", "device", "accounting", "year", "valid")]
MOST = 1e15
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def contract_of(entry: Entry, number: int) -> Contract:
    """The contract of one entry, the `number`th; raises InvalidInputError for what is missing or impossible."""
    entry.only(OF_CONTRACT, "an instrument")
    kind = next((each for each in TYPES if each == entry.text("type")), None)
    if kind is None:
        raise entry.refusal("the type of the instrument is missing or unknown", f"it may be {', '.join(TYPES)}")
    energy_kwh, mass_g = entry.number("energy_kwh", 0, MOST), entry.number("mass_g", 0, MOST)
    _refuse_mixed(entry, kind, energy_kwh, mass_g)
    zone = place_text(entry, "zone")[0] if "zone" in entry.values else None
    vintage, _ = dates_of(entry, "vintage")
    name = entry.text("id") or f"instrument-{number}"
    if not ID.fullmatch(name):
        raise entry.refusal(f"{clean(name)} is no id", "use letters, digits, dots and hyphens")
    factor = _factor(entry, kind, zone) if "factor" in entry.values else None
    instrument = Instrument(
        id=name,
        type=kind,
        energy_kwh=energy_kwh,
        vintage=vintage,
        zone=None if zone == "any" else zone,
        supplier=entry.text("supplier"),
        mass_g=mass_g,
    )
    return Contract(instrument, replace(factor, contract=name) if factor else None)


def _refuse_mixed(entry: Entry, kind: InstrumentType, energy_kwh: float | None, mass_g: float | None) -> None:
    """Raises InvalidInputError where an offset is told like a contract for energy, or the other way round."""
    if kind == OFFSET and (energy_kwh is not None or "factor" in entry.values):
        raise entry.refusal("an offset delivers no energy", "give its mass_g; it changes no number")
    if kind != OFFSET and mass_g is not None:
        raise entry.refusal(f"mass_g is of an offset, and this is a {kind}", "give its energy_kwh")


def _factor(entry: Entry, kind: InstrumentType, zone: str | None) -> OwnFactor:
    """What one kWh of it emits: a market-based factor for the zone and vintage of the contract."""
    given = entry.table("factor")
    given.only(OF_ITS_FACTOR, "an instrument's factor")
    year = next((key for key in ("year", "vintage") if key in entry.values), None)
    if year is None:
        raise entry.refusal("the vintage is missing", "say when its energy was generated: year = 2026")
    supplier = entry.text("supplier")
    source = source_of(given.table("source"), f"{kind} of {supplier}" if supplier else "")
    dates = {"year": entry.values["year"]} if year == "year" else {"valid": entry.values["vintage"]}
    members = {**given.values, "kind": "grid_intensity", "place": zone or "any", "accounting": "market"}
    return factor_of(Entry({**members, **dates, "source": source}, entry.line))
