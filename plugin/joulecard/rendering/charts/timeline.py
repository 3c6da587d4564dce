"""Round moments on an axis of elapsed time, in the unit in which people say it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from joulecard.numbers import THIN_SPACE
from joulecard.rendering.charts.scale import GAP_PT, TICKS, Tick, level_step, ticks, written

SPACING_PT = 40.0
SECOND, MINUTE, HOUR, DAY = "s", "min", "h", "d"
SECONDS = {SECOND: 1.0, MINUTE: 60.0, HOUR: 3600.0, DAY: 86400.0}
ROUND = {
    SECOND: (1, 2, 5, 10, 15, 30, 60),
    MINUTE: (1, 2, 5, 10, 15, 30, 60),
    HOUR: (1, 2, 3, 6, 12, 24, 48, 72, 96),
}
LONGEST = {SECOND: 180.0, MINUTE: 7200.0, HOUR: 14 * 86400.0}
SHORTEST_S = 6.0  # of less, decimals of a second are shown


class Unit(NamedTuple):
    """A unit of time and its length in seconds."""

    name: str
    seconds: float


def time_unit(whole_s: float) -> Unit:
    """The unit that a time of this length is told in."""
    name = next((name for name, longest_s in LONGEST.items() if whole_s <= longest_s), DAY)
    return Unit(name, SECONDS[name])


def time_ticks(whole_s: float, length_pt: float) -> tuple[Tick, ...]:
    """Moments from zero to the end, as many as have room beside one another."""
    unit = time_unit(whole_s)
    whole = whole_s / unit.seconds
    step = _round_step(unit.name, whole, length_pt) if whole_s >= SHORTEST_S else None
    step = step or level_step(0.0, whole, length_pt / 1.2)  # the unit needs room too
    if step is None:
        return (Tick(0.0, f"0{THIN_SPACE}{unit.name}"),)
    moments = ticks(0.0, whole, step)
    return tuple(Tick(each.value * unit.seconds, f"{each.label}{THIN_SPACE}{unit.name}") for each in moments)


def _round_step(unit: str, whole: float, length_pt: float) -> Decimal | None:
    """The first step of the clock whose labels have room; None where the unit is counted in tens."""
    for count in ROUND.get(unit, ()):
        step = Decimal(count)
        widest_pt = TICKS.width_pt(written(Decimal(int(whole)), step) + THIN_SPACE + unit)
        if count / whole * length_pt >= max(SPACING_PT, 1.5 * widest_pt + GAP_PT):
            return step
    return None
