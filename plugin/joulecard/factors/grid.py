"""Grid carbon intensity of a place and year: which table row stands for it, and how far it had to fall back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from joulecard.errors import InvalidInputError
from joulecard.factors.factor import Factor, FallbackLevel
from joulecard.factors.geography import alpha2, country_name, country_of, region_row
from joulecard.factors.uncertainties import uncertainty, year_shift

if TYPE_CHECKING:
    from joulecard.factors.factor import Uncertainty
    from joulecard.factors.geography import Evidence
    from joulecard.factors.tables import Row, Tables

Profile = Literal["lifecycle", "direct"]
PROFILES: tuple[Profile, ...] = ("lifecycle", "direct")

OPEN = "grid_intensity"
ZONES = "odbl/grid_intensity_electricitymaps"
WORLD = "WLD"
SUBNATIONAL = "grid-subnational-by-country"
ODBL_NOTICE = "contains data from Electricity Maps, available under the ODbL"
NO_DIRECT = "no direct factor, hence a lifecycle one"
# Codes of ISO 3166-2 that name another place than the zone of that name: IT-SO is Sondrio, and the zone is the south.
OTHER_PLACES = frozenset({"IT-SO"})  # IT-NO is Novara, which lies in the zone of the north
ZONE_LEVELS: dict[str, FallbackLevel] = {"iso3166-2": "subdivision", "egrid-subregion": "zone"}


@dataclass(frozen=True, slots=True)
class _Hit:
    """The rows of one zone (all years) that stand for a place."""

    rows: list[Row]
    level: FallbackLevel
    class_name: str
    subnational: str = ""  # the country whose value stands for one of its several zones
    fallback: str = ""  # what had no factor of its own


def grid_factor(
    tables: Tables,
    evidence: Evidence | None,
    year: int,
    profile: Profile = "lifecycle",
    *,
    strict: bool = False,
    zoned: frozenset[str] = frozenset(),
) -> Factor:
    """Average, location-based intensity in g/kWh of the place, of the newest year not after `year`, else the nearest.

    Countries (alpha-3) in `zoned` take their country value from the table of zones, so that one document holds one
    source a country. Raises InvalidInputError for a wrongly named place, under `strict` for an unknown one.
    """
    if profile not in PROFILES:
        raise InvalidInputError(f"{profile} is no profile", mend=f"use {' or '.join(PROFILES)}")
    hit = _hit(tables, evidence, profile, zoned) if evidence else None
    if hit is None and strict:
        raise InvalidInputError(
            f"{_without_factor(tables, evidence)}, and strict allows no world average",
            where="place",
            mend="set JOULECARD_PLACE, for example to FR or aws/eu-north-1",
        )
    return _factor(tables, hit or _world(tables, evidence, profile), year)


def key(evidence: Evidence | None) -> tuple[str | None, ...]:
    """What of the evidence a look-up depends on."""
    if evidence is None:
        return ()
    is_setting = "setting" if evidence.source == "setting" else None
    return evidence.provider, evidence.region, evidence.country, evidence.subdivision, is_setting


def zoned_country(tables: Tables, evidence: Evidence | None) -> str | None:
    """The country (alpha-3) of a place that the table of zones knows; None where only the open table does."""
    hit = _by_zone(tables, evidence) if evidence else None
    return hit.rows[0]["country_iso3"] if hit else None


def zone_factor(tables: Tables, zone: str, year: int | None, boundary: str | None = None) -> Factor | None:
    """The average factor of a zone by its code, of a year (else its newest); None where the tables have no such zone.

    Without a boundary a lifecycle factor goes before a direct one.
    """
    for table in (ZONES, OPEN):
        rows = [row for row in tables.rows(table, zone) if row["signal"] == "average"]
        wanted = boundary or min((row["boundary"] for row in rows), key=PROFILES.index, default="")
        rows = [row for row in rows if row["boundary"] == wanted]
        if rows:
            return _factor(tables, _hit_of(rows), year or max(int(row["year"]) for row in rows))
    return None


def country_of_zone(tables: Tables, zone: str) -> str | None:
    """The country (alpha-2) that a zone lies in; None for the world and for what is no zone of the tables."""
    row = tables.row(OPEN, zone) or tables.row(ZONES, zone)
    return alpha2(tables, row["country_iso3"]) if row else None


def _hit_of(rows: list[Row]) -> _Hit:
    """The rows of one zone, told as what they are."""
    first = rows[0]
    if first["zone"] == WORLD:
        return _Hit(rows, "world", "grid-world-for-unknown")
    level = ZONE_LEVELS.get(first["zone_scheme"], "country")
    if first["boundary"] == "direct":
        return _Hit(rows, level, "grid-direct-official")
    if "-" in first["zone"]:
        return _Hit(rows, "zone", "grid-zone-lifecycle")
    return _Hit(rows, "country", "grid-country-lifecycle", first["country_iso3"])


def _hit(tables: Tables, evidence: Evidence, profile: Profile, zoned: frozenset[str]) -> _Hit | None:
    if profile == "direct":
        return _by_direct(tables, evidence) or _by_country(tables, evidence, zoned, NO_DIRECT)
    return _by_zone(tables, evidence) or _by_country(tables, evidence, zoned)


def _by_zone(tables: Tables, evidence: Evidence) -> _Hit | None:
    """The lifecycle zone of the provider's region, or the one that the subdivision names."""
    region = region_row(tables, evidence)
    zone = region["em_zone"] if region else evidence.subdivision
    if not zone or (region is None and zone.upper() in OTHER_PLACES):
        return None
    rows = tables.rows(ZONES, zone)
    if not rows:
        return None
    if "-" in rows[0]["zone"]:
        return _Hit(rows, "zone", "grid-zone-lifecycle")
    return _Hit(rows, "country", "grid-country-lifecycle", rows[0]["country_iso3"])


def _by_direct(tables: Tables, evidence: Evidence) -> _Hit | None:
    """The official direct factor of the region's grid zone, the subdivision or the country."""
    region = region_row(tables, evidence)
    zone = region["zone"] if region else evidence.subdivision
    found = tables.rows(OPEN, zone) if zone else []
    rows = [row for row in found if (row["boundary"], row["signal"]) == ("direct", "average")]
    if rows:
        return _Hit(rows, ZONE_LEVELS.get(rows[0]["zone_scheme"], "zone"), "grid-direct-official")
    country = region["country_iso3"] if region else country_of(tables, evidence)
    direct = [row for row in tables.every(OPEN) if row["country_iso3"] == country and row["boundary"] == "direct"]
    rows = [row for row in direct if _is_national(row)]
    has_finer = any(not _is_national(row) and row["signal"] == "average" for row in direct)
    return _Hit(rows, "country", "grid-direct-official", (country or "") if has_finer else "") if rows else None


def _is_national(row: Row) -> bool:
    return row["zone_scheme"] in {"national-official", "egrid-national"} and row["signal"] == "average"


def _by_country(tables: Tables, evidence: Evidence, zoned: frozenset[str], fallback: str = "") -> _Hit | None:
    """The lifecycle value of the country, from the open table unless the document uses zones there."""
    region = region_row(tables, evidence)
    country = region["country_iso3"] if region else country_of(tables, evidence)
    if country is None:
        return None
    rows = [] if country in zoned else tables.rows(OPEN, country)
    rows = rows or tables.rows(ZONES, alpha2(tables, country) or country) or tables.rows(OPEN, country)
    finer = evidence.region or evidence.subdivision
    fallback = fallback or (f"no factor for {finer}" if finer else "")
    return _Hit(rows, "country", "grid-country-lifecycle", country, fallback) if rows else None


def _world(tables: Tables, evidence: Evidence | None, profile: Profile) -> _Hit:
    lacking = (_without_factor(tables, evidence), NO_DIRECT if profile == "direct" else "")
    fallback = "; ".join(part for part in lacking if part)
    return _Hit(tables.rows(OPEN, WORLD), "world", "grid-world-for-unknown", fallback=fallback)


def _without_factor(tables: Tables, evidence: Evidence | None) -> str:
    """Why there is no factor, naming the place where one is known; a country by its English name."""
    named = evidence and (evidence.region or evidence.subdivision or country_name(tables, evidence.country))
    return f"no factor for {named}" if named else "the place is unknown"


def _factor(tables: Tables, hit: _Hit, year: int) -> Factor:
    row = _row_for(hit.rows, year)
    zone, factor_year = row["zone"], int(row["year"])
    direct = "" if row["boundary"] == "lifecycle" else ":direct"
    thing = f"grid:{zone}{direct}"
    # A row that stands in for another year errs more, and an id must tell all that a factor is.
    years = row["year"] if factor_year == year else f"{factor_year}~{year}"
    return Factor(
        id=f"grid:{zone}:{years}{direct}",
        kind="grid_intensity",
        name=row["name"],
        value=float(row["gCO2e_per_kWh"]),
        unit="g/kWh",
        uncertainty=_sources(tables, hit, thing, factor_year, year),
        source=tables.source(row["source_id"]),
        zone=zone,
        basis=_basis(tables, row),
        valid={"start": f"{factor_year}-01-01", "end": f"{factor_year}-12-31"},
        granularity="yearly",
        fallback_level=hit.level,
        assumes=_assumes(hit, row, year),
        is_default=hit.level == "world",
        note=_note(row),
    )


def _basis(tables: Tables, row: Row) -> dict[str, str]:
    """What is inside a row's figure; the warming potentials only where its source says which."""
    told = {
        "attribution": row["signal"],
        "accounting": "location",
        "scope": row["boundary"],
        "flow": row["accounting"],
        "gases": row["gases"],
    }
    gwp_set = tables.gwp_set(row["source_id"])
    return {**told, "gwp_set": gwp_set} if gwp_set else told


def _row_for(rows: list[Row], year: int) -> Row:
    """The newest row not after `year`, else the one nearest to it."""
    not_after = [row for row in rows if int(row["year"]) <= year]
    if not_after:
        return max(not_after, key=lambda row: int(row["year"]))
    return min(rows, key=lambda row: int(row["year"]))


def _sources(tables: Tables, hit: _Hit, thing: str, factor_year: int, year: int) -> tuple[Uncertainty, ...]:
    sources = [uncertainty(tables, hit.class_name, thing)]
    # Only countries of several grids have a row of their own: elsewhere the country is the zone.
    if hit.subnational and tables.rows("uncertainty", f"{SUBNATIONAL},{hit.subnational}"):
        sources.append(uncertainty(tables, SUBNATIONAL, thing, hit.subnational))
    if factor_year != year:
        sources.append(year_shift(tables, thing, factor_year, year))
    return tuple(sources)


def _assumes(hit: _Hit, row: Row, year: int) -> str | None:
    """Says for what the row had to stand in: another year, a finer place."""
    other_year = f"value of {row['year']} used for {year}" if int(row["year"]) != year else ""
    parts = [part for part in (hit.fallback, other_year) if part]
    return f"Grid intensity of {row['name']}: {'; '.join(parts)}" if parts else None


def _note(row: Row) -> str | None:
    parts = []
    if row["flag"].startswith("vintages-differ:"):
        parts.append(f"another edition of the same source gives {row['flag'].partition(':')[2]} g/kWh")
    elif row["flag"] == "replaced-faulty-value":
        parts.append("the source's own value is impossible and was replaced")
    if row["licence"] == "ODbL-1.0":
        parts.append(ODBL_NOTICE)
    return "; ".join(parts) or None
