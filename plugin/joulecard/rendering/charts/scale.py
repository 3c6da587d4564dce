"""Axes with round numbers on them, as many as their labels have room for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from joulecard.numbers import MINUS, THIN_SPACE
from joulecard.rendering.charts.svg import Style

if TYPE_CHECKING:
    from collections.abc import Iterator

TICKS = Style(7.0, "soft")
ROUND = tuple(map(Decimal, ("1", "2", "2.5", "5")))
MOST_STEPS = 6
LEAST_SPACING_PT = 28.0
GAP_PT = 6.0


class Tick(NamedTuple):
    """A round number and how it is written."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers laid over a stretch of the page."""

    low: float
    high: float
    start_pt: float
    end_pt: float
    ticks: tuple[Tick, ...]

    def at(self, value: float) -> float:
        """Where a number lies, in points; what lies beyond an end is put at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start_pt + share * (self.end_pt - self.start_pt)


def axis(low: float, high: float, start_pt: float, end_pt: float) -> Axis:
    """An axis from zero or less to a greater number, with the round numbers between them and zero at least."""
    step = level_step(low, high, abs(end_pt - start_pt))
    return Axis(low, high, start_pt, end_pt, ticks(low, high, step) if step else (Tick(0.0, "0"),))


def rounded_axis(low: float, high: float, start_pt: float, end_pt: float) -> Axis:
    """An axis that begins and ends at a round number."""
    step = level_step(low, high, abs(end_pt - start_pt))
    if step is None:
        return Axis(low, high, start_pt, end_pt, ())
    first, last = math.floor(Decimal(low) / step) * step, math.ceil(Decimal(high) / step) * step
    return Axis(float(first), float(last), start_pt, end_pt, ticks(float(first), float(last), step))


def level_step(low: float, high: float, length_pt: float) -> Decimal | None:
    """The smallest round step whose labels have room beside one another; None where not even two have."""
    return next((step for step in _steps(high - low) if _has_room(low, high, step, length_pt)), None)


def upright_step(high: float, length_pt: float, spacing_pt: float) -> Decimal:
    """The smallest round step from zero to `high` whose lines lie so far apart."""
    return next(step for step in _steps(high) if float(step) / high * length_pt >= spacing_pt)


def ticks(low: float, high: float, step: Decimal) -> tuple[Tick, ...]:
    """The multiples of the step from low to high."""
    first = math.ceil(Decimal(repr(low)) / step)
    last = math.floor(Decimal(repr(high)) / step)
    return tuple(Tick(float(place * step), written(place * step, step)) for place in range(first, last + 1))


def written(value: Decimal, step: Decimal) -> str:
    """A multiple of the step with as many decimals as the step has; zero has none."""
    if value == 0:
        return "0"
    decimals = max(0, -int(step.normalize().as_tuple().exponent))
    return f"{value:,.{decimals}f}".replace(",", THIN_SPACE).replace("-", MINUS)


def _has_room(low: float, high: float, step: Decimal, length_pt: float) -> bool:
    """Whether every label has room, also where the first and the last are moved inward by half their width."""
    first, last = math.floor(Decimal(low) / step), math.ceil(Decimal(high) / step)
    widest = max(TICKS.width_pt(written(place * step, step)) for place in (first, last))
    return last - first <= MOST_STEPS and length_pt / (last - first) >= max(LEAST_SPACING_PT, 1.5 * widest + GAP_PT)


def _steps(span: float) -> Iterator[Decimal]:
    """Round steps, from a hundredth of the span to a hundred times as much."""
    exponent = math.floor(math.log10(span))
    for power in range(exponent - 2, exponent + 3):
        for lead in ROUND:
            yield lead.scaleb(power)
