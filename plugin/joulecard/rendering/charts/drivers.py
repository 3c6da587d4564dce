"""Which inputs widen the interval: a tornado around the headline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from joulecard import numbers
from joulecard.rendering.charts import svg
from joulecard.rendering.charts.scale import GAP_PT, TICKS, Axis, Tick, axis, rounded_axis
from joulecard.rendering.charts.sentences import sentence
from joulecard.rendering.charts.svg import Style
from joulecard.rendering.charts.widths import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROW_PT = 18.0
BAR_PT = 8.0
FOOT_PT = 16.0
BASE_PT = 10.0
LINE_PT = 9.5
LABELS = 0.48  # of the width at most
NAMES = Style(7.8, "ink")
EDGE_PT = 1.0


@dataclass(frozen=True, slots=True)
class Driver:
    """An input, and by how much the total falls and rises at the ends of its own interval, with or without sign."""

    label: str
    lower_change: float
    upper_change: float


def uncertainty_drivers(drivers: Sequence[Driver], *, centre_label: str, unit: str, width_pt: float, title: str) -> str:
    """A bar for each input in the given order, to the left and to the right of the headline."""
    names = [shortened(svg.clean(driver.label), LABELS * width_pt, NAMES.size_pt) for driver in drivers]
    left_pt = max(map(NAMES.width_pt, names), default=0.0) + 10
    reach = max((abs(end) for each in drivers for end in (each.lower_change, each.upper_change)), default=0) or 1.0
    scale = _scale(reach, left_pt, width_pt - EDGE_PT)
    foot_pt = ROW_PT * len(drivers) + 2
    centre = _Centre(svg.clean(centre_label), scale.at(0), width_pt)
    ticks = [_tick(scale, tick) for tick in scale.ticks if tick.value]
    beside = [tick for tick in ticks if centre.leaves_room_for(tick)]
    is_lower = bool(ticks and not beside)  # the headline goes below the numbers where none has room beside it
    shapes = [*_grid(beside or ticks, foot_pt, width_pt), *_headline(centre, foot_pt, is_lower=is_lower)]
    for row, (driver, name) in enumerate(zip(drivers, names, strict=True)):
        shapes += _row(scale, driver, row, name)
    told = [f"{driver.label} {_told(driver, unit)}" for driver in drivers]
    height_pt = foot_pt + FOOT_PT + is_lower * LINE_PT
    return svg.chart(width_pt, height_pt, sentence(f"{title}, around {centre_label}", told), shapes)


def _scale(reach: float, left_pt: float, right_pt: float) -> Axis:
    """From the greatest fall to the greatest rise; a little further where no round number lies between."""
    close = axis(-reach, reach, left_pt, right_pt)
    return close if len(close.ticks) > 1 else rounded_axis(-reach, reach, left_pt, right_pt)


def _told(driver: Driver, unit: str) -> str:
    fall, rise = (numbers.amount(abs(change), unit).text for change in (driver.lower_change, driver.upper_change))
    return f"{numbers.MINUS}{fall} to +{rise}"


class _Mark(NamedTuple):
    """A round change: where its line is, and how it is written."""

    x_pt: float
    label: str


@dataclass(frozen=True, slots=True)
class _Centre:
    """The headline below its line."""

    label: str
    x_pt: float
    width_pt: float

    @property
    def shown(self) -> str:
        """As much of it as has room on both sides of its line."""
        return shortened(self.label, 2 * min(self.x_pt, self.width_pt - self.x_pt), TICKS.size_pt)

    def leaves_room_for(self, mark: _Mark) -> bool:
        """Whether the mark's number does not touch the headline."""
        half_pt = TICKS.width_pt(mark.label) / 2
        away_pt = abs(min(max(mark.x_pt, half_pt), self.width_pt - half_pt) - self.x_pt)
        return away_pt >= half_pt + TICKS.width_pt(self.shown) / 2 + GAP_PT


def _tick(scale: Axis, tick: Tick) -> _Mark:
    return _Mark(scale.at(tick.value), f"{'+' if tick.value > 0 else ''}{tick.label}")


def _grid(marks: Sequence[_Mark], foot_pt: float, width_pt: float) -> Iterator[str]:
    """The round changes as upright lines with their numbers."""
    for mark in marks:
        yield svg.stroke(svg.down(mark.x_pt, 0, foot_pt), "rule", 0.5)
        yield svg.label(mark.x_pt, foot_pt + BASE_PT, mark.label, TICKS, width_pt)


def _headline(centre: _Centre, foot_pt: float, *, is_lower: bool) -> Iterator[str]:
    yield svg.stroke(svg.down(centre.x_pt, 0, foot_pt), "ink", 0.5)
    base_pt = foot_pt + BASE_PT + is_lower * LINE_PT
    yield svg.text(centre.x_pt, base_pt, centre.shown, TICKS, "middle")


def _row(scale: Axis, driver: Driver, row: int, name: str) -> Iterator[str]:
    middle_pt = (row + 0.5) * ROW_PT
    left_pt, right_pt = scale.at(-abs(driver.lower_change)), scale.at(abs(driver.upper_change))
    faded = max(0.95 - 0.12 * row, 0.35)
    yield svg.text(0, middle_pt + 2.7, name, NAMES)
    yield svg.rect(left_pt, middle_pt - BAR_PT / 2, right_pt - left_pt, BAR_PT, "amber", fill_opacity=faded)
    yield svg.stroke(svg.down(scale.at(0), middle_pt - BAR_PT / 2, middle_pt + BAR_PT / 2), "paper", 0.9)
