"""One entry of a file with own factors: its keys and values checked, each refusal with its line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError
from joulecard.factors.own.kinds import CHOICES, KINDS, Kind
from joulecard.factors.own.values import ANY, GRID, OwnFactor, Where
from joulecard.settings.places import place_parts
from joulecard.settings.values import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


KEYS = (
    *("kind", "name", "place", "device", "value", "unit", "year", "valid"),
    *("scope", "accounting", "attribution", "flow", "gases", "gwp_set"),
    *("log_sd", "lifespan_years", "note", "source"),
)
SOURCE_KEYS = ("name", "publisher", "version", "uri", "retrieved", "license")
MOST_LOG_SD = 2.0
LONGEST = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """The keys of one entry with their values, and where it stands."""

    values: Mapping[str, object]
    line: str  # FILE:LINE

    def refusal(self, what: str, mend: str = "") -> InvalidInputError:
        """The error about something in this entry."""
        return InvalidInputError(what, where=self.line, mend=mend)

    def only(self, known: Collection[str], what: str) -> None:
        """Raises InvalidInputError for a key that nothing reads."""
        unknown = next((key for key in self.values if key not in known), None)
        if unknown is not None:
            raise self.refusal(f"{clean(unknown)} is no key of {what}", f"known are {', '.join(known)}")

    def text(self, key: str) -> str | None:
        """One line of text; raises InvalidInputError for anything else."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > LONGEST:
            raise self.refusal(f"{key} is not one line of 1 to {LONGEST} characters")
        return value.strip()

    def choice(self, key: str, default: str) -> str:
        """One of the words that the key may have."""
        value = self.text(key) or default
        if value not in CHOICES[key]:
            raise self.refusal(f"{key} is {clean(value)}", f"it may be {' or '.join(CHOICES[key])}")
        return value

    def number(self, key: str, least: float, most: float) -> float | None:
        """A number within bounds."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.refusal(f"{key} is not a number")
        if not least <= value <= most:
            raise self.refusal(f"{key} is {value:g}", f"it may be {least:g} to {most:g}")
        return float(value)

    def table(self, key: str) -> Entry:
        """The table below a key; empty where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.refusal(f"{key} is not a table", f'write it as {key} = {{ name = "..." }}')
        return Entry(value, self.line)


def factor_of(entry: Entry) -> OwnFactor:
    """The factor of one entry; raises InvalidInputError with its line for what is missing, unknown or impossible."""
    entry.only(KEYS, "a factor")
    kind = _kind(entry)
    place, where = _place(entry, kind)
    valid, years = dates_of(entry)
    scope, accounting = entry.choice("scope", "lifecycle"), entry.choice("accounting", "location")
    _refuse_strangers(entry, kind)
    if kind.name == GRID and years is None:
        raise entry.refusal("the year is missing", "say for which the intensity holds: year = 2026")
    device = entry.text("device") if kind.of_device else None
    source = source_of(entry.table("source"))
    return OwnFactor(
        kind=kind.name,
        name=entry.text("name") or f"{source['name']} ({device or place})"[:LONGEST],
        value=_value(entry, kind),
        unit="W/GB" if entry.text("unit") == "W/GB" else kind.unit,
        source=source,
        line=entry.line,
        place=place,
        where=where,
        device=device or "",
        years=years,
        valid=valid,
        scope=scope,
        accounting=accounting,
        basis=_basis(entry, scope, accounting) if kind.name == GRID else None,
        log_sd=entry.number("log_sd", 0, MOST_LOG_SD),
        lifespan_years=entry.number("lifespan_years", 0.1, 100),
        note=entry.text("note"),
    )


def source_of(entry: Entry, default: str = "") -> dict[str, str]:
    """Who says so; raises InvalidInputError where no name is given."""
    entry.only(SOURCE_KEYS, "a source")
    told = {key: entry.text(key) for key in SOURCE_KEYS} | {"name": entry.text("name") or default or None}
    if not told["name"]:
        raise entry.refusal(
            "the factor has no source", 'a factor is cited: source = { name = "...", publisher = "...", uri = "..." }'
        )
    retrieved = told["retrieved"]
    if retrieved and not _is_date(retrieved):
        raise entry.refusal(f"retrieved is {clean(retrieved)}, which is no date", "write it as 2026-11-21")
    return {key: value for key, value in told.items() if value}


def dates_of(entry: Entry, key: str = "valid") -> tuple[dict[str, str] | None, tuple[int, int] | None]:
    """First and last day, and their years, of `year` or of a table with start and end; None where neither is given."""
    year = entry.number("year", 1990, 2100)
    given = entry.table(key)
    given.only(("start", "end"), key)
    if year is None and not given.values:
        return None, None
    if year is not None and given.values:
        raise entry.refusal(f"there is a year and {key}", "give one of them")
    days = [str(day) if day is not None else "" for day in (given.values.get("start"), given.values.get("end"))]
    if year is not None:
        if year != int(year):
            raise entry.refusal(f"year is {year:g}", "write it as 2026")
        days = [f"{int(year)}-01-01", f"{int(year)}-12-31"]
    start, end = days
    if not (_is_date(start) and _is_date(end) and start <= end):
        raise entry.refusal(
            f"{key} is no span of days", f"write it as {key} = {{ start = 2026-01-01, end = 2026-12-31 }}"
        )
    return {"start": start, "end": end}, (int(start[:4]), int(end[:4]))


def place_text(entry: Entry, key: str) -> tuple[str, Where]:
    """A place as it is written in registries, and its parts; raises InvalidInputError for what is none."""
    text = entry.text(key) or ""
    if text.lower() == ANY:
        return ANY, Where()
    try:
        where = Where(**place_parts(text))
    except ValueError as error:
        raise entry.refusal(f'"{clean(text)}" is no place', f"allowed: {error}, or any") from None
    return f"{where.provider}/{where.region}" if where.provider else where.subdivision or where.country or "", where


def _kind(entry: Entry) -> Kind:
    name = entry.text("kind")
    if name not in KINDS:
        told = f"{clean(name)} is no kind of factor" if name else "the kind of the factor is missing"
        raise entry.refusal(told, f"known are {', '.join(KINDS)}")
    return KINDS[name]


def _place(entry: Entry, kind: Kind) -> tuple[str, Where]:
    """What the factor holds for: raises InvalidInputError where it is not said, or said of the wrong thing."""
    needed, other = ("device", "place") if kind.of_device else ("place", "device")
    if entry.text(other):
        raise entry.refusal(f"a factor of kind {kind.name} holds for a {needed} and not for a {other}")
    if not entry.text(needed):
        hint = 'its model, as in device = "H100 SXM"' if kind.of_device else "FR, CA-QC, aws/eu-north-1, or any"
        raise entry.refusal(f"the {needed} is missing", f"say where it holds: {hint}")
    return ("", Where()) if kind.of_device else place_text(entry, "place")


def _refuse_strangers(entry: Entry, kind: Kind) -> None:
    """Raises InvalidInputError for keys that say nothing of this kind."""
    stray = ([] if kind.name == GRID else [*CHOICES]) + ([] if kind.name == "embodied" else ["lifespan_years"])
    found = next((key for key in stray if key in entry.values), None)
    if found:
        raise entry.refusal(f"{found} says nothing of a factor of kind {kind.name}", "leave it out")
    if kind.name == "power_model" and entry.text("unit") == "W/GB" and entry.text("device") != "memory":
        raise entry.refusal("W/GB is of memory", 'write device = "memory", or give the watts of the device in W')


def _value(entry: Entry, kind: Kind) -> float:
    """The value in the unit of the standard; an exact conversion."""
    unit = entry.text("unit") or ("1" if kind.name == "pue" else None)
    if unit is None or unit not in kind.units:
        told = f"{clean(unit)} is no unit of a factor of kind {kind.name}" if unit else "the unit is missing"
        raise entry.refusal(told, f"give it in {' or '.join(kind.units)}")
    given = entry.number("value", 0, 1e15)
    if given is None:
        raise entry.refusal("the value is missing")
    value = given * kind.units[unit]
    if not kind.least <= value <= kind.most:
        raise entry.refusal(
            f"a {kind.name} of {value:g}{'' if kind.unit == '1' else f' {kind.unit}'} is not possible",
            f"it lies between {kind.least:g} and {kind.most:g}",
        )
    if kind.name == GRID and 0 < value < 1 and entry.text("accounting") != "market":
        raise entry.refusal(
            f"{value:g} g/kWh is less than any grid has", 'if the number is in kg/kWh, say so: unit = "kg/kWh"'
        )
    return value


def _basis(entry: Entry, scope: str, accounting: str) -> dict[str, str]:
    return {
        "attribution": entry.choice("attribution", "average"),
        "accounting": accounting,
        "scope": scope,
        **{key: entry.choice(key, "") for key in ("flow", "gwp_set") if key in entry.values},
        "gases": entry.choice("gases", "CO2e"),
    }


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
