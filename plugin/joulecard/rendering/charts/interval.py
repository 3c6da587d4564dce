"""The headline's number and its uncertainty, in light ink for the dark ground of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.rendering.charts import svg
from joulecard.rendering.charts.scale import Axis, rounded_axis
from joulecard.rendering.charts.sentences import sentence
from joulecard.rendering.charts.svg import Style
from joulecard.rendering.charts.widths import SEMIBOLD, shortened, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVEL_PT = 26.0
DOT_PT = 6.2
RIM_PT = 1.0
ROOM_PT = DOT_PT + RIM_PT  # what the dot needs beside the end of the axis
CAPTION_PT = 56.0
LINE_PT = 9.5
BESIDE = 0.5  # of the interval's width is shown on either side of it
ENDS = Style(8.6, "hero-amber-text", SEMIBOLD)
SMALL = Style(7.2, "hero-soft")


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between its ends, all in `unit`; the labels are the ends as they are printed."""

    value: float
    lower: float
    upper: float
    lower_label: str
    upper_label: str
    unit: str
    caption: str


def interval_bar(interval: Interval, *, width_pt: float, title: str) -> str:
    """A bar from the lower to the upper end with a dot at the value."""
    axis = _axis(interval, width_pt)
    caption = ", ".join(part for part in (interval.unit, interval.caption) if part)
    lines = wrapped(svg.clean(caption), width_pt, SMALL.size_pt)
    told = numbers.amount(interval.value, interval.unit, (interval.lower, interval.upper)).text
    ends = f"{interval.lower_label} to {interval.upper_label}{_beside(interval.unit)}, {interval.caption}"
    shapes = [
        *_scale(axis, width_pt),
        *_bar(axis, interval),
        *_end_labels(axis, interval, width_pt),
        *(svg.text(width_pt, CAPTION_PT + row * LINE_PT, line, SMALL, "end") for row, line in enumerate(lines)),
    ]
    height_pt = CAPTION_PT + LINE_PT * (max(len(lines), 1) - 1) + 3
    return svg.chart(width_pt, height_pt, sentence(title, [told, ends]), shapes)


def _beside(unit: str) -> str:
    return f"\u202f{unit}" if unit else ""


def _axis(interval: Interval, width_pt: float) -> Axis:
    """Round numbers around the interval; below zero only where the interval is."""
    least, greatest = min(interval.value, interval.lower), max(interval.value, interval.upper)
    span = (greatest - least) or abs(interval.value) or 1.0
    low, high = least - BESIDE * span, greatest + BESIDE * span
    return rounded_axis(max(low, 0.0) if least >= 0 else low, high, ROOM_PT, width_pt - ROOM_PT)


def _scale(axis: Axis, width_pt: float) -> Iterator[str]:
    yield svg.stroke(svg.across(0, width_pt, LEVEL_PT), "hero-soft", 0.6, stroke_opacity=0.45)
    for tick in axis.ticks:
        x_pt = axis.at(tick.value)
        yield svg.stroke(svg.down(x_pt, LEVEL_PT - 2.5, LEVEL_PT + 2.5), "hero-soft", 0.6, stroke_opacity=0.7)
        yield svg.label(x_pt, 41, tick.label, SMALL, width_pt)


def _bar(axis: Axis, interval: Interval) -> Iterator[str]:
    left, right, middle = axis.at(interval.lower), axis.at(interval.upper), axis.at(interval.value)
    yield svg.rect(left, LEVEL_PT - 4, right - left, 8, "hero-amber", rx=min(4, (right - left) / 2))
    yield svg.dot(middle, LEVEL_PT, DOT_PT + RIM_PT, "hero-ground")
    yield svg.dot(middle, LEVEL_PT, DOT_PT - RIM_PT, "hero-ink")


def _end_labels(axis: Axis, interval: Interval, width_pt: float) -> Iterator[str]:
    """Both ends above the bar, moved apart where they would touch; one text where they are the same."""
    lower, upper = (
        shortened(svg.clean(label), width_pt / 2 - 4, ENDS.size_pt, ENDS.weight)
        for label in (interval.lower_label, interval.upper_label)
    )
    if lower == upper:
        yield svg.label(axis.at(interval.value), 13, lower, ENDS, width_pt)
        return
    widths = ENDS.width_pt(lower), ENDS.width_pt(upper)
    left, right = axis.at(interval.lower), axis.at(interval.upper)
    lack = max(0.0, sum(widths) / 2 + 8 - (right - left))
    left = max(left - lack / 2, widths[0] / 2)
    right = min(max(right + lack / 2, left + sum(widths) / 2 + 8), width_pt - widths[1] / 2)
    left = min(left, right - sum(widths) / 2 - 8)
    yield svg.text(left, 13, lower, ENDS, "middle")
    yield svg.text(right, 13, upper, ENDS, "middle")
