"""`joulecard factors`: what the tables hold of a place, a grid or a device, and where it comes from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from joulecard.cli.factor_options import factors_option, opened_edition, own_factors_option
from joulecard.cli.factors.page import factor_page, found_page, source_page
from joulecard.cli.stage_table import printable
from joulecard.errors import InvalidInputError, NothingToDoError, SettingsError
from joulecard.shipped import shipped
from joulecard.surroundings.place import parse_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.factors import Edition, Factor
    from joulecard.surroundings.place import Evidence

SCHEMA = "urn:joulecard:factors:1"
MOST_SHOWN = 40

json_option = click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")


@click.group("factors", short_help="Look up emission factors, PUE and power, each with its source")
def group() -> None:
    """Look up the factors that energy becomes carbon with: their values, how sure they are and who says so."""


@group.command("search", short_help="Find places, grids and devices by name")
@click.argument("text", nargs=-1, required=True, metavar="TEXT...")
@factors_option
@json_option
def search_command(text: tuple[str, ...], factors: str, *, as_json: bool) -> int:
    """Find places, grids and devices in whose name all words of TEXT stand.

    Exit status 1 where there are none.
    """
    tables = opened_edition(factors)
    found = tables.search(" ".join(text))
    if not found:
        raise NothingToDoError(f"edition {tables.name} has nothing named {' '.join(text)!r}", mend="try fewer words")
    if as_json:
        _write({"edition": tables.name, "found": [_without_none(each._asdict()) for each in found]})
        return 0
    _say(found_page(found[:MOST_SHOWN]))
    more = len(found) - MOST_SHOWN
    _say([f"and {more} more: name it more closely, or ask for --json"] if more > 0 else [])
    return 0


@group.command("show", short_help="Show the factors of a place, or one factor by its id")
@click.argument("what", metavar="ID|PLACE")
@click.option("--year", type=click.IntRange(1990, 2100), help="Of stages that end in it; this year if not said.")
@click.option("--profile", type=click.Choice(["lifecycle", "direct"]), default="lifecycle", show_default=True)
@factors_option
@own_factors_option
@json_option
def show_command(
    what: str,
    year: int | None,
    profile: Literal["lifecycle", "direct"],
    factors: str,
    own_factors: str | None,
    *,
    as_json: bool,
) -> int:
    """Show what a stage at PLACE gets (FR, CA-QC, aws/eu-north-1), or one factor by its ID or a device's name.

    Exit status 1 where the tables do not know it.
    """
    tables = opened_edition(factors, own_factors)
    place = _place(what)
    shown = _of_place(tables, place, year or datetime.now(UTC).year, profile) if place else tables.by_id(what)
    if not shown:
        raise InvalidInputError(
            f"edition {tables.name} has no factor of this id or name",
            where=what,
            mend=f"joulecard factors search {what.replace(':', ' ')}",
        )
    if as_json:
        _write(_as_json(tables, shown))
        return 0
    for factor in shown:
        _say(factor_page(factor, tables.name))
    if place and not any(factor.kind == "pue" for factor in shown):
        _say(["PUE: not known for this place; set JOULECARD_PUE, or give it in own factors"])
    return 0


@group.command("sources", short_help="List where the tables come from, with licences")
@factors_option
@json_option
def sources_command(factors: str, *, as_json: bool) -> int:
    """List the publications that the tables were made from, with licence and the line that each asks to print."""
    tables = opened_edition(factors)
    if as_json:
        _write({"edition": tables.name, "sources": [_without_none(dict(row)) for row in tables.sources()]})
        return 0
    for row in tables.sources():
        _say(source_page(row))
    return 0


@group.command("form", short_help="Print a file of own factors to start from")
def form_command() -> int:
    """Print a file for --own-factors and the setting `own_factors`: every kind of own factor and contract, explained.

    joulecard factors form > own_factors.toml
    """
    click.echo(shipped("examples").joinpath("own_factors.toml").read_text(encoding="utf-8"), nl=False)
    return 0


def _place(what: str) -> Evidence | None:
    """The place that the word is; None where it is an id or a device's name."""
    try:
        return parse_place(what)
    except SettingsError:
        return None


def _of_place(tables: Edition, place: Evidence, year: int, profile: Literal["lifecycle", "direct"]) -> list[Factor]:
    """What a stage there gets; raises InvalidInputError for a place that the tables do not know."""
    zoned = tables.zoned_country(place)
    grid = tables.grid(place, year, profile, zoned=frozenset([zoned] if zoned else []))
    if grid.fallback_level == "world":
        named = place.subdivision or place.country
        raise InvalidInputError(
            f"edition {tables.name} has no factor for {named}: a stage there gets the mean of the world",
            mend="joulecard factors show grid:WLD",
        )
    pue = tables.own_pue(place, year) or tables.pue(place.provider, place.region)
    water = (tables.wue(place, year, place.provider), tables.water_intensity(place, year))
    market = (tables.contract(place, year, profile), tables.residual(place, year, profile))
    return [factor for factor in (grid, *market, pue, *water) if factor]


def _as_json(tables: Edition, shown: Iterable[Factor]) -> dict[str, Any]:
    """The factors and their widths as a disclosure holds them."""
    listed = list(shown)
    widths = {source.id: source for factor in listed for source in factor.uncertainty}
    assumed = {factor.id: factor.assumes for factor in listed if factor.assumes}
    return {
        "edition": tables.name,
        "factors": [factor.to_document() for factor in listed],
        "uncertainty": [{**source.to_document(), "derivation": source.derivation} for source in widths.values()],
        "assumptions": [{"factor_ref": name, "statement": told} for name, told in assumed.items()],
    }


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "")}


def _write(document: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": SCHEMA, **document}, indent=2, ensure_ascii=False))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(printable(line))
