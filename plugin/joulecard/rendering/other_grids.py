"""The same work on other grids: a scenario beside the headline, not a result.

The energy behind the headline, PUE included, is kept; the yearly intensity of its one grid is replaced by that of
other countries, from the same edition of the tables, the same table and the same year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.accounting.intervals import COVERAGE, contribution, interval
from joulecard.errors import JoulecardError
from joulecard.factors import edition
from joulecard.numbers import MASS_STEPS, amount
from joulecard.rendering.charts import Grid
from joulecard.rendering.figures import columns
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.words import instant
from joulecard.surroundings.place import Evidence

if TYPE_CHECKING:
    from joulecard.factors.edition import Edition
    from joulecard.factors.factor import Factor

# Large computing countries from the cleanest grid to the dirtiest: alpha-2 and alpha-3 code.
COUNTRIES = {
    "SE": "SWE",
    "FR": "FRA",
    "BR": "BRA",
    "GB": "GBR",
    "DE": "DEU",
    "US": "USA",
    "SG": "SGP",
    "PL": "POL",
    "IN": "IND",
}
MOST_OTHERS = 8
WORLD = "Mean of the world"
LONGEST_NAME = 40


def scenario(document: dict[str, Any]) -> tuple[Grid, ...]:
    """The headline's emissions on about eight other grids and on its own, in the unit of the stage table, least first.

    Empty where that cannot be told honestly: no known emissions, several grids, an intensity that is not a yearly
    life-cycle mean, an edition that is not at hand.
    """
    totals = document["totals"]
    carbon = totals[totals["headline"]]["operational_location"]
    factor, year = _only_grid(document, carbon), _year(document)
    tables = _edition(document)
    if factor is None or tables is None or not carbon.get("value"):
        return ()
    scale_g = dict(MASS_STEPS)[columns((totals["new"], totals["including_reused"])).mass]
    others = _others(tables, factor, year)
    grids = [_actual(factor, carbon, scale_g), *(_other(each, factor, carbon, scale_g) for each in others)]
    return tuple(sorted(grids, key=lambda grid: grid.value)) if others else ()


def _only_grid(document: dict[str, Any], carbon: dict[str, Any]) -> dict[str, Any] | None:
    """The one grid factor behind the emissions; None where there are several, or it is not comparable with a table."""
    applied = set(carbon.get("factor_refs") or ())
    grids = [each for each in document["factors"] if each["id"] in applied and each["kind"] == "grid_intensity"]
    if len(grids) != 1 or grids[0]["value"] <= 0 or grids[0].get("granularity") != "yearly":
        return None
    basis = grids[0].get("basis", {})
    kind = tuple(basis.get(key) for key in ("attribution", "accounting", "scope"))
    return grids[0] if kind == ("average", "location", "lifecycle") else None


def _edition(document: dict[str, Any]) -> Edition | None:
    """The edition that the document names; None where this release does not carry it."""
    try:
        return edition(document["generator"].get("factor_edition", ""))
    except JoulecardError:
        return None


def _year(document: dict[str, Any]) -> int:
    """The year in which the stages ended: that of the factors' look-up."""
    period = document["boundary"].get("period")
    return instant(period["end"] if period else document["document"]["created"]).year


def _others(tables: Edition, actual: dict[str, Any], year: int) -> list[Factor]:
    """The factors of other countries with the same basis; of too many, the one nearest to the actual grid is left."""
    flow = actual["basis"].get("flow")
    zoned = frozenset(COUNTRIES.values()) if flow == "consumption" else frozenset()
    found = [tables.grid(Evidence("setting", "high", country=code), year, zoned=zoned) for code in COUNTRIES]
    own = str(actual.get("zone", "")).partition("-")[0]
    others = [each for each in found if each.basis and each.basis.get("flow") == flow and each.zone != own]
    while len(others) > MOST_OTHERS:
        others.remove(min(others, key=lambda each: abs(each.value - actual["value"])))
    return others


def _actual(factor: dict[str, Any], carbon: dict[str, Any], scale_g: float) -> Grid:
    """The headline as it is disclosed."""
    ends = carbon.get("interval") or {}
    return Grid(
        label=WORLD if factor.get("fallback_level") == "world" else plain(factor["name"], LONGEST_NAME),
        intensity_label=_printed(factor["value"]),
        value=carbon["value"] / scale_g,
        lower=ends["lower"] / scale_g if ends else None,
        upper=ends["upper"] / scale_g if ends else None,
        is_actual=True,
    )


def _other(factor: Factor, actual: dict[str, Any], carbon: dict[str, Any], scale_g: float) -> Grid:
    """The headline with another intensity: its other sources of uncertainty stay, those of the grid are replaced."""
    ratio = factor.value / actual["value"]
    value_g = carbon["value"] * ratio
    ends = carbon.get("interval") or {}
    lower_g = upper_g = None
    if ends.get("coverage") == COVERAGE and "contributions" in ends:
        replaced = set(actual.get("uncertainty_refs") or ())
        kept = [each["amount"] * ratio for each in ends["contributions"] if each["source_ref"] not in replaced]
        new = [contribution(value_g, source.log_sd) for source in factor.uncertainty]
        lower_g, upper_g = interval(value_g, [*kept, *new])
    return Grid(
        label=factor.name,
        intensity_label=_printed(factor.value),
        value=value_g / scale_g,
        lower=None if lower_g is None else lower_g / scale_g,
        upper=None if upper_g is None else upper_g / scale_g,
        is_actual=False,
    )


def _printed(g_per_kwh: float) -> str:
    """An intensity without needless decimals."""
    return f"{g_per_kwh:.3g}" if g_per_kwh < 1000 else amount(g_per_kwh, "").value  # noqa: PLR2004
