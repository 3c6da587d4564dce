"""The rows of a what-if as they are printed, the same in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard import numbers
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.whatif import NOTICE

if TYPE_CHECKING:
    from joulecard.disclosure.counterfactual.ranking import Counterfactual
    from joulecard.disclosure.counterfactual.row import Row

KEPT = "kept"
UNSURE = "~"
LONGEST_NAME = 60
MOST_DIGITS_SHOWN = 1000  # g/kWh, from which an intensity is printed whole


class Cells(NamedTuple):
    """One row as text; what is not told is empty."""

    name: str
    intensity: str
    pue: str
    mass: str
    mass_range: str
    ratio: str
    ratio_range: str
    is_base: bool


def rows_of(found: Counterfactual) -> list[Cells]:
    """All rows, the masses in one unit."""
    unit = unit_of(found)
    shows_pue = not all_kept(found)
    return [
        _cells(row, unit, shows_pue=shows_pue, is_base=found.base is not None and row.kind == found.base.kind)
        for row in found.rows
    ]


def unit_of(found: Counterfactual) -> str:
    """The unit of all masses: that of the greatest."""
    return numbers.common_unit([row.co2e.known for row in found.rows], numbers.MASS_STEPS)


def title(found: Counterfactual, name: str) -> str:
    """What this is, and of what."""
    energy = numbers.energy(found.disclosed.energy.known) if found.disclosed.energy.value is not None else None
    drawn = f"the {energy.text} of {plain(name, LONGEST_NAME)!r}" if energy else f"the energy of {plain(name)!r}"
    return f"{NOTICE}: what {drawn} would have emitted elsewhere"


def _cells(row: Row, unit: str, *, shows_pue: bool, is_base: bool) -> Cells:
    mass = numbers.mass(row.co2e.known, row.co2e.interval() if row.has_range else None, unit)
    ratio, ratio_range = _ratio(row, is_base=is_base)
    return Cells(
        _name(row),
        "" if row.intensity_g_per_kwh is None else intensity(row.intensity_g_per_kwh),
        _pue(row) if shows_pue else "",
        mass.value,
        f"{mass.lower} to {mass.upper}" if mass.lower else "",
        ratio,
        ratio_range,
        is_base,
    )


def _name(row: Row) -> str:
    """A place with what the table calls it."""
    named = {factor.name for factor in row.factors} - {row.name}
    return plain(f"{row.name}, {named.pop()}" if len(named) == 1 and row.kind == "place" else row.name, LONGEST_NAME)


def _pue(row: Row) -> str:
    """The PUE; in words where another place keeps the disclosed one."""
    if row.pue is None or (row.kind != "disclosed" and row.pue.origin == "disclosed"):
        return KEPT if row.pue else ""
    return f"{row.pue.value:.4g}" if row.pue.value else ""


def _ratio(row: Row, *, is_base: bool) -> tuple[str, str]:
    """The ratio and its range, marked where that holds 1."""
    if row.ratio is None:
        return "", ""
    if is_base:
        return "1", ""
    ends = (row.ratio.lower, row.ratio.upper) if row.ratio_has_range and row.ratio.log_sds else None
    printed = numbers.amount(row.ratio.value, "", ends)
    told = f"{printed.lower} to {printed.upper}" if printed.lower else ""
    return printed.value, f"{told} {UNSURE}" if told and row.ratio.holds_one else told


def all_kept(found: Counterfactual) -> bool:
    """Whether no row has a PUE of its own."""
    return all(row.pue is None or row.pue.origin == "disclosed" for row in found.rows)


def intensity(g_per_kwh: float) -> str:
    """An intensity in g/kWh without needless decimals."""
    return f"{g_per_kwh:.3g}" if g_per_kwh < MOST_DIGITS_SHOWN else numbers.amount(g_per_kwh, "").value
