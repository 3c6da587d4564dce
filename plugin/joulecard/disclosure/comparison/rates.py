"""The emissions of one unit of work and of one point of quality, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.accounting.quantity import quantity
from joulecard.disclosure.comparison.four_ms import Sides, Term, counts
from joulecard.disclosure.comparison.side import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.disclosure import document as doc
    from joulecard.disclosure.comparison.four_ms import Row
    from joulecard.disclosure.comparison.work import Common

BESIDE = {"operational_and_embodied": "g", "operational_market": "g", "water": "L"}


def per_unit(sides: Sides, works: Iterable[Common]) -> Iterator[Row]:
    """Emissions in g of one unit of each kind of common work; with the hardware where both tell it."""
    told = _told_once(works)
    units = [work.one.unit for work in told]
    for work in told:
        per = work.one.unit if units.count(work.one.unit) == 1 else work.one.told
        for key in ("operational_location", "operational_and_embodied"):
            if sides.have(key):
                yield Term([sides.spreads(key)], [counts(work)]).row(key, "g", per=per)


def _told_once(works: Iterable[Common]) -> list[Common]:
    """Without what is the same count of the same unit under another name: a functional unit that stages counted."""
    found: dict[tuple[str, str, float, float], Common] = {}
    for work in works:
        one, other = work
        found.setdefault((one.unit.casefold(), one.basis, one.amount, other.amount), work)
    return [*found.values()]


def per_quality(sides: Sides) -> Iterator[Row]:
    """Emissions in g over each result of evaluating that both tell of the same data in the same unit.

    Only results above zero divide; whether more is better the documents do not tell.
    """
    mine, theirs = (_results(side.disclosure) for side in (sides.one, sides.other))
    for key in mine:
        if key in theirs and min(mine[key], theirs[key]) > 0:
            values = [Spread(quantity(found[key], key[1] or "1", "declared")) for found in (mine, theirs)]
            over = sides.spreads("operational_location")
            yield Term([over], [(values[0], values[1])]).row("operational_location", "g", per=_named(key))


def results(sides: Sides) -> Iterator[tuple[str, float, float]]:
    """The results themselves: name, and the value on both sides."""
    mine, theirs = (_results(side.disclosure) for side in (sides.one, sides.other))
    yield from ((_named(key), mine[key], theirs[key]) for key in mine if key in theirs)


def beside(sides: Sides) -> Iterator[Row]:
    """Totals beside the operational emissions by the grid, where both tell them."""
    for key, unit in BESIDE.items():
        if sides.have(key):
            yield Term([sides.spreads(key)]).row(key, unit)


Result = tuple[str, str, str]  # name, unit and data: what two results must share


def _results(disclosure: doc.Disclosure) -> dict[Result, float]:
    """Results by what they are; of one that is told twice, the last."""
    listed = disclosure.subject.quality_metrics or ()
    return {(each.name, each.unit or "", each.split or ""): each.value for each in listed}


def _named(key: Result) -> str:
    name, unit, split = key
    rest = ", ".join(part for part in (split, unit) if part)
    return f"{name} ({rest})" if rest else name
