"""Stage by stage: a bar with its whisker beside each row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.rendering.charts import svg
from joulecard.rendering.charts.scale import GAP_PT, TICKS, Axis, axis
from joulecard.rendering.charts.sentences import quantity, sentence
from joulecard.rendering.charts.widths import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BAR_PT = 10.0
FOOT_PT = 22.0
CAP_PT = 3.0
WHISKER_PT = 1.3
SHORTEST_WHISKER_PT = 3.0
THINNEST_PT = 0.8
COLOURS = {"measured": "green", "modelled": "light", "estimated": "light", "declared": "grey"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with the ends of its interval, in the chart's unit; None where it is not known."""

    value: float | None
    lower: float | None
    upper: float | None
    method: str
    label: str = ""  # said in the chart's sentence; the table beside it shows it


def stage_bars(bars: Sequence[Bar], *, unit: str, row_height_pt: float, width_pt: float, title: str) -> str:
    """A bar in the middle of each row; dark where it was measured; the axis lies below the last row."""
    foot_pt = row_height_pt * len(bars)
    greatest = max((end for bar in bars for end in (bar.value, bar.upper) if end), default=1.0)
    scale = axis(0.0, greatest, 0.0, width_pt - 1)
    shapes = [*_grid(scale, foot_pt, unit, width_pt)]
    for row, bar in enumerate(bars):
        shapes += _row(scale, bar, (row + 0.5) * row_height_pt)
    told = [f"{bar.label} {quantity(bar.value, bar.lower, bar.upper, unit)}".strip() for bar in bars]
    return svg.chart(width_pt, foot_pt + FOOT_PT, sentence(title, told), shapes)


def _grid(scale: Axis, foot_pt: float, unit: str, width_pt: float) -> Iterator[str]:
    """Upright lines with their numbers; the unit stands in the place of zero."""
    unit = shortened(svg.clean(unit), width_pt / 2, TICKS.size_pt)
    taken_pt = TICKS.width_pt(unit)
    yield svg.stroke(svg.down(0.3, 0, foot_pt + 4), "rule", 0.6)
    yield svg.text(0, foot_pt + 16, unit, TICKS)
    for tick in scale.ticks:
        if tick.value == 0:
            continue
        x_pt, half_pt = scale.at(tick.value), TICKS.width_pt(tick.label) / 2
        yield svg.stroke(svg.down(x_pt, 0, foot_pt + 4), "rule", 0.5)
        if min(x_pt, width_pt - half_pt) - half_pt >= taken_pt + GAP_PT:
            yield svg.label(x_pt, foot_pt + 16, tick.label, TICKS, width_pt)


def _row(scale: Axis, bar: Bar, middle_pt: float) -> Iterator[str]:
    if bar.value is None:
        yield svg.text(4, middle_pt + 2.6, "not known", TICKS)
        return
    length_pt = max(scale.at(bar.value), THINNEST_PT)
    yield svg.rect(0, middle_pt - BAR_PT / 2, length_pt, BAR_PT, COLOURS.get(bar.method, "light"))
    if bar.lower is not None and bar.upper is not None:
        yield from _whisker(scale.at(bar.lower), scale.at(bar.upper), middle_pt)


def _whisker(left_pt: float, right_pt: float, middle_pt: float) -> Iterator[str]:
    """A whisker on a light rim, so that it is seen on the dark bar too; none where it would be a blot."""
    if right_pt - left_pt <= SHORTEST_WHISKER_PT:
        return
    left_pt = max(left_pt, WHISKER_PT / 2)
    top_pt, bottom_pt = middle_pt - CAP_PT, middle_pt + CAP_PT
    caps = svg.down(left_pt, top_pt, bottom_pt) + svg.down(right_pt, top_pt, bottom_pt)
    path = svg.across(left_pt, right_pt, middle_pt) + caps
    yield svg.stroke(svg.across(left_pt, right_pt, middle_pt), "paper", WHISKER_PT + 1.4)
    yield svg.stroke(path, "amber", WHISKER_PT)
