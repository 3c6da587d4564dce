"""Two or more disclosures side by side: how many times as much, and by which of the four Ms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.disclosure.comparison.comparable import notes, pair_notes, refuse_unlike
from joulecard.disclosure.comparison.four_ms import Sides, Term, four_ms
from joulecard.disclosure.comparison.rates import beside, per_quality, per_unit, results
from joulecard.disclosure.comparison.sharing import renaming
from joulecard.disclosure.comparison.work import common

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.comparison.four_ms import Row
    from joulecard.disclosure.comparison.side import Side
    from joulecard.disclosure.comparison.work import Common

NO_WORK = "No unit of work is told by both, so work and joules per work are not told apart: IT energy is both"
NO_PUE = "No facility energy is known on both sides, so PUE and intensity are not told apart: the last factor is both"


@dataclass(frozen=True, slots=True)
class Pair:
    """One disclosure against another."""

    one: Side
    other: Side
    carbon: Row  # operational emissions by the grid
    factors: tuple[Row, ...]  # multiply to the ratio of `carbon`
    rates: tuple[Row, ...]  # per unit of work
    quality: tuple[Row, ...]  # per result of evaluating
    results: tuple[tuple[str, float, float], ...]
    beside: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every disclosure against the first."""

    sides: tuple[Side, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]


def compare(sides: Sequence[Side], per: str | None = None, *, whole: bool = False) -> Comparison:
    """Every disclosure against the first, by the unit of work `per` or the first that both tell; `whole`: by none.

    Raises InvalidInputError for what does not compare.
    """
    first, *others = sides
    told = tuple(note for side in sides for note in notes(side))
    return Comparison(tuple(sides), tuple(_pair(first, other, per, whole=whole) for other in others), told)


def _pair(one: Side, other: Side, per: str | None, *, whole: bool) -> Pair:
    refuse_unlike(one, other)
    works = () if whole else common(one, other, per)
    sides = Sides(one, other, renaming(one.disclosure, other.disclosure, other.label))
    factors = tuple(four_ms(sides, works[0] if works else None))
    return Pair(
        one,
        other,
        Term([sides.spreads("operational_location")]).row("operational_location", "g"),
        factors,
        tuple(per_unit(sides, works)),
        tuple(per_quality(sides)),
        tuple(results(sides)),
        tuple(beside(sides)),
        (*_told(factors, works, whole=whole), *pair_notes(one, other)),
    )


def _told(factors: Sequence[Row], works: Sequence[Common], *, whole: bool) -> Iterator[str]:
    """Which of the four Ms could not be told apart."""
    if not works and not whole:
        yield NO_WORK
    if factors[-1].key == "intensity_it":
        yield NO_PUE
