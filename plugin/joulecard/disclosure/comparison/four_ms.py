"""The ratio of two emissions as a product: work, joules per work, PUE, intensity (model, machine, mechanization, map).

The four Ms are those of Patterson et al., The Carbon Footprint of Machine Learning Training Will Plateau, Then Shrink
(Computer 55 (7), 2022); with IT energy E, facility energy F and work W, emissions are W x E/W x F/E x g/F.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.quantity import quantity
from joulecard.accounting.ratios import Ratio, ratio
from joulecard.disclosure.comparison.side import Side, Spread, spread
from joulecard.units import joules_from_kwh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from joulecard.disclosure.comparison.work import Common


class Number(NamedTuple):
    """A number of one side; its ends where the document says how sure it is."""

    value: float
    lower: float | None = None
    upper: float | None = None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends of the range; None where it is not told."""
        return None if self.lower is None or self.upper is None else (self.lower, self.upper)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that both sides tell: its numbers, and how many times as much the other has."""

    key: str
    unit: str  # of the numbers; `per` says of what one is
    one: Number
    other: Number
    ratio: Ratio
    is_told: bool = True  # whether both sides say how sure they are; else the range of the ratio is not known
    per: str = ""

    @property
    def is_distinguishable(self) -> bool | None:
        """Whether the range leaves 1 out; None where it is not known."""
        return not self.ratio.holds_one if self.is_told else None


class Sides(NamedTuple):
    """Two disclosures with their sources under common names."""

    one: Side
    other: Side
    rename: Callable[[str], str]

    def spreads(self, key: str) -> tuple[Spread, Spread]:
        """A total of both."""
        mine, theirs = self.one.totals[key], self.other.totals[key]
        own = f"declared range of {self.one.label}", f"declared range of {self.other.label}"
        return spread(mine, lambda name: name, own[0]), spread(theirs, self.rename, own[1])

    def have(self, key: str) -> bool:
        """Whether both tell that total, and not as zero."""
        return all((found := side.total(key)) is not None and found.value for side in (self.one, self.other))


class Term(NamedTuple):
    """A product of totals and counts of both sides over another one."""

    over: Sequence[tuple[Spread, Spread]]
    under: Sequence[tuple[Spread, Spread]] = ()

    def row(self, key: str, unit: str, scale: float = 1.0, per: str = "") -> Row:
        """The numbers of both sides, times `scale`, and their ratio."""
        mine = ratio(*([each[0].quantity for each in part] for part in (self.over, self.under)))
        theirs = ratio(*([each[1].quantity for each in part] for part in (self.over, self.under)))
        over = [each[1].quantity for each in self.over] + [each[0].quantity for each in self.under]
        under = [each[0].quantity for each in self.over] + [each[1].quantity for each in self.under]
        told = [all(each[place].is_told for each in (*self.over, *self.under)) for place in (0, 1)]
        one, other = (_number(each, scale, is_told=sure) for each, sure in zip((mine, theirs), told, strict=True))
        return Row(key, unit, one, other, ratio(over, under), all(told), per)


def _number(found: Ratio, scale: float, *, is_told: bool) -> Number:
    value = found.value * scale
    return Number(value, found.lower * scale, found.upper * scale) if is_told else Number(value)


def counts(work: Common) -> tuple[Spread, Spread]:
    """The work of both sides: a count has no error of its own."""
    mine, theirs = (quantity(each.amount, each.unit, "declared") for each in work)
    return Spread(mine), Spread(theirs)


def four_ms(sides: Sides, work: Common | None) -> Iterator[Row]:
    """The factors of the ratio, which multiply to it.

    Without common work its first two stand as one, IT energy; without facility energy on both sides the last two do.
    """
    energy, carbon = sides.spreads("energy_it"), sides.spreads("operational_location")
    if work:
        yield Term([counts(work)]).row("work", work.one.unit)
        yield Term([energy], [counts(work)]).row("energy_per_work", "J", joules_from_kwh(1), work.one.unit)
    else:
        yield Term([energy]).row("energy_it", "kWh")
    if sides.have("energy_facility"):
        facility = sides.spreads("energy_facility")
        yield Term([facility], [energy]).row("pue", "1")
        yield Term([carbon], [facility]).row("intensity", "g/kWh")
    else:
        yield Term([carbon], [energy]).row("intensity_it", "g/kWh")
