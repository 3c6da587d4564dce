"""What an edition holds, for people who look for something: its factors by name, by id, and its sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from joulecard.factors import power
from joulecard.factors.accelerators import ACCELERATOR_TDP, accelerator_rating
from joulecard.factors.geography import REGIONS, provider_name
from joulecard.factors.grid import OPEN, ZONES, zone_factor
from joulecard.factors.pue import fleet_pue
from joulecard.factors.water import fleet_wue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.factors.factor import Factor
    from joulecard.factors.tables import Row, Tables

_SLUG = re.compile(r"[^a-z0-9+.-]+")
_GRID_ID = re.compile(r"grid:([A-Z0-9-]+)(?::(\d{4})(?:~(\d{4}))?)?(:direct)?")


class Listed(NamedTuple):
    """One line of a search: what `show` is asked for, and what it is."""

    id: str
    name: str
    value: float | None
    unit: str
    year: int | None
    source_id: str


class Processor(NamedTuple):
    """A processor of the table, as a machine would show all of it."""

    cpu_model: str
    logical_cpus: int
    sockets: int | None = 1
    virtual: bool | None = True  # whatever threads are shown here, those of the table hold


def search(tables: Tables, text: str) -> list[Listed]:
    """The factors in whose id or name all words of the text stand, in the order of the tables."""
    words = text.lower().split()
    return [each for each in listed(tables) if all(word in f"{each.id} {each.name}".lower() for word in words)]


def listed(tables: Tables) -> Iterator[Listed]:
    """All that can be looked up: places, grids, data centres, accelerators, processors."""
    for row in tables.every(REGIONS):
        location = f"{provider_name(row['provider'])}: {row['location']}, {row['country_iso3']}"
        yield Listed(f"{row['provider']}/{row['region']}", location, None, "", None, row["source_id"])
    for table in (OPEN, ZONES):
        yield from (_grid(row) for row in tables.every(table) if row["signal"] == "average")
    for name in _providers(tables):
        found = (factor for factor in (fleet_pue(tables, name), fleet_wue(tables, name)) if factor)
        yield from (Listed(each.id, each.name, each.value, each.unit, each.year, "") for each in found)
    for row in tables.every("accelerator_power"):
        yield _device(row, ACCELERATOR_TDP, f"{row['model']} {row['aliases'].replace(';', ', ')}".strip())
    # of others the machine alone tells over how many threads the power is spread
    processors = (row for row in tables.every("cpu_power") if _has_threads(row))
    yield from (_device(row, power.CPU_TDP, row["model"]) for row in processors)


def by_id(tables: Tables, factor_id: str) -> tuple[Factor, ...]:
    """The factors of an id, of its grid or of its device; empty where there is none."""
    grid = _GRID_ID.fullmatch(factor_id if factor_id.startswith("grid:") else f"grid:{factor_id.upper()}")
    if grid:
        zone, year, asked, direct = grid.groups()
        wanted = int(asked or year) if year else None
        in_zone = zone_factor(tables, zone, wanted, "direct" if direct else None)
        if in_zone:
            return (in_zone,)
    kind, _, rest = factor_id.partition(":")
    provider = rest.lower()
    known = {"pue": lambda: fleet_pue(tables, provider), "wue": lambda: fleet_wue(tables, provider)}
    if kind in known:
        found = known[kind]() if provider in _providers(tables) else None
        return (found,) if found else ()
    if kind == "power":
        return tuple(_power(tables, rest))
    return by_device(tables, factor_id)


def by_device(tables: Tables, name: str) -> tuple[Factor, ...]:
    """The power of an accelerator or a processor of exactly this name, without vendor and marks."""
    rating = accelerator_rating(tables, name)
    if rating.factor:
        return (rating.factor,)
    row = tables.row("cpu_power", power.cpu_name(name)) if "," not in name and power.cpu_name(name) else None
    return power.cpu_model(tables, Processor(row["model"], 1)) if row and _has_threads(row) else ()


def _power(tables: Tables, rest: str) -> Iterator[Factor]:
    """The factors of a power model by its id without `power:`; parts of a processor are shown together."""
    model, _, device = rest.partition(":")
    if model == "memory":
        yield power.memory(tables)
    elif model == power.VCPU_UNKNOWN:
        yield from power.cpu_model(tables, Processor("", 1))
    elif model in (ACCELERATOR_TDP, power.CPU_TDP):
        table = "cpu_power" if model == power.CPU_TDP else "accelerator_power"
        slug = device.partition("/")[0].partition(":")[0]
        names = (row["model"] for row in tables.every(table) if _slug(row["model"]) == slug)
        yield from by_device(tables, next(names, ""))


def _grid(row: Row) -> Listed:
    direct = "" if row["boundary"] == "lifecycle" else ":direct"
    factor_id = f"grid:{row['zone']}:{row['year']}{direct}"
    return Listed(factor_id, row["name"], float(row["gCO2e_per_kWh"]), "g/kWh", int(row["year"]), row["source_id"])


def _device(row: Row, model: str, name: str) -> Listed:
    value = float(row["tdp_w"]) if row["tdp_w"] else None
    return Listed(f"power:{model}:{_slug(row['model'])}", name, value, "W", None, row["source_id"])


def _slug(name: str) -> str:
    return _SLUG.sub("-", name.lower()).strip("-")


def _has_threads(row: Row) -> bool:
    return bool(row["threads"] or row["cores"])


def _providers(tables: Tables) -> list[str]:
    return list(dict.fromkeys(row["provider"] for row in tables.every(REGIONS)))
