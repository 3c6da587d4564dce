"""The same work on other grids: a dot with its range for each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.rendering.charts import svg
from joulecard.rendering.charts.scale import GAP_PT, TICKS, Axis, axis
from joulecard.rendering.charts.sentences import sentence
from joulecard.rendering.charts.svg import Style
from joulecard.rendering.charts.widths import SEMIBOLD, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROW_PT = 15.2
FOOT_PT = 24.0
DOT_PT = 3.5
BAND_PT = 6.8
GUTTER_PT = 10.0
VALUE_GAP_PT = 5.0
NAME_SHARE = 0.36  # of the width at most
PLOT_SHARE = 0.2  # of the width at least
NAMES = Style(7.8, "ink")
ACTUAL_NAMES = Style(7.8, "ink", SEMIBOLD)
VALUES = Style(7.8, "ink", SEMIBOLD)
ACTUAL_VALUES = Style(7.8, "amber", SEMIBOLD)
INTENSITIES = Style(7.4, "soft")
ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid, its intensity as printed, and the emissions on it with their ends; None where these are not known."""

    label: str
    intensity_label: str
    value: float
    lower: float | None
    upper: float | None
    is_actual: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """A grid with its texts as they are drawn."""

    grid: Grid
    name: str
    intensity: str
    value: str

    @property
    def style(self) -> Style:
        """That of the name: the actual grid stands out in weight, not in colour alone."""
        return ACTUAL_NAMES if self.grid.is_actual else NAMES


def other_grids(grids: Sequence[Grid], *, unit: str, width_pt: float, title: str) -> str:
    """A row for each grid in the given order; the actual one is amber, bold and says so."""
    rows = _rows(grids, width_pt)
    intensity_pt = max((row.style.width_pt(row.name) for row in rows), default=0.0) + GUTTER_PT
    intensity_pt += max((INTENSITIES.width_pt(row.intensity) for row in rows), default=0.0)
    scale = _scale(rows, intensity_pt + GUTTER_PT, width_pt)
    foot_pt = ROW_PT * len(rows)
    shapes = [*_grid_lines(scale, foot_pt, svg.clean(unit), width_pt)]
    for place, row in enumerate(rows):
        shapes += _drawn(scale, row, intensity_pt, (place + 0.5) * ROW_PT)
    return svg.chart(width_pt, foot_pt + FOOT_PT, sentence(title, [_told(grid, unit) for grid in grids]), shapes)


def _rows(grids: Sequence[Grid], width_pt: float) -> list[_Row]:
    """The rows with texts so short that a part of the width is left for the plot."""
    intensities = [shortened(svg.clean(each.intensity_label), 0.15 * width_pt, INTENSITIES.size_pt) for each in grids]
    values = [shortened(_value(each), 0.4 * width_pt, VALUES.size_pt, VALUES.weight) for each in grids]
    taken_pt = max(map(INTENSITIES.width_pt, intensities), default=0.0) + max(map(VALUES.width_pt, values), default=0.0)
    names_pt = min(NAME_SHARE * width_pt, (1 - PLOT_SHARE) * width_pt - taken_pt - 3 * GUTTER_PT)
    styles = [ACTUAL_NAMES if each.is_actual else NAMES for each in grids]
    names = [
        shortened(svg.clean(each.label), names_pt, style.size_pt, style.weight)
        for each, style in zip(grids, styles, strict=True)
    ]
    return [_Row(*row) for row in zip(grids, names, intensities, values, strict=True)]


def _scale(rows: Sequence[_Row], start_pt: float, width_pt: float) -> Axis:
    """The axis between the texts: the greatest value must have room beside its dot."""
    values_pt = max((VALUES.width_pt(row.value) for row in rows), default=0.0)
    greatest = max((end for row in rows for end in (row.grid.value, row.grid.upper) if end), default=1.0)
    return axis(0.0, greatest, start_pt, width_pt - values_pt - VALUE_GAP_PT - DOT_PT)


def _value(grid: Grid) -> str:
    return f"{_rounded(grid)} {ACTUAL}" if grid.is_actual else _rounded(grid)


def _rounded(grid: Grid) -> str:
    """The actual value as the headline prints it; the others to two digits, so that they can be told apart."""
    if grid.is_actual or grid.value == 0:
        return numbers.amount(grid.value, "", _ends(grid)).value
    return f"{Decimal(f'{grid.value:#.2g}'):,f}".replace(",", numbers.THIN_SPACE)


def _ends(grid: Grid) -> tuple[float, float] | None:
    return (grid.lower, grid.upper) if grid.lower is not None and grid.upper is not None else None


def _told(grid: Grid, unit: str) -> str:
    actual = f" ({ACTUAL})" if grid.is_actual else ""
    ends = _ends(grid)
    between = f" ({numbers.amount(grid.value, unit, ends).range})" if ends else ""
    return f"{grid.label}{actual} {_rounded(grid)}{numbers.THIN_SPACE}{unit}{between}"


def _grid_lines(scale: Axis, foot_pt: float, unit: str, width_pt: float) -> Iterator[str]:
    """Upright lines with their numbers, the unit behind the last."""
    base_pt = foot_pt + 18
    for tick in scale.ticks:
        x_pt = scale.at(tick.value)
        yield svg.stroke(svg.down(x_pt, 0, foot_pt + 6), "rule", 0.5)
    yield from _tick_labels(scale, base_pt, unit, width_pt)


def _tick_labels(scale: Axis, base_pt: float, unit: str, width_pt: float) -> Iterator[str]:
    until_pt = width_pt
    for place, tick in enumerate(reversed(scale.ticks)):
        told = _with_unit(tick.label, unit) if place == 0 else tick.label
        half_pt = TICKS.width_pt(told) / 2
        number_pt = TICKS.width_pt(tick.label) / 2 if told.startswith(tick.label) else half_pt
        middle_pt = min(max(scale.at(tick.value) + half_pt - number_pt, half_pt), width_pt - half_pt)
        if middle_pt + half_pt <= until_pt:
            yield svg.text(middle_pt, base_pt, told, TICKS, "middle")
            until_pt = middle_pt - half_pt - GAP_PT


def _with_unit(label: str, unit: str) -> str:
    """The last number with the unit; the unit alone in the place of zero."""
    return unit if label == "0" else f"{label}{numbers.THIN_SPACE}{unit}".strip()


def _drawn(scale: Axis, row: _Row, intensity_pt: float, middle_pt: float) -> Iterator[str]:
    grid, base_pt = row.grid, middle_pt + 2.7
    colour = "amber" if grid.is_actual else "green"
    x_pt, right_pt = scale.at(grid.value), scale.at(grid.value) + DOT_PT
    yield svg.text(0, base_pt, row.name, row.style)
    yield svg.text(intensity_pt, base_pt, row.intensity, INTENSITIES, "end")
    if grid.lower is not None and grid.upper is not None:
        left_pt, end_pt = scale.at(grid.lower), scale.at(grid.upper)
        width_pt, right_pt = end_pt - left_pt, max(right_pt, end_pt)
        band = {"rx": min(BAND_PT, width_pt) / 2, "fill_opacity": 0.22}
        yield svg.rect(left_pt, middle_pt - BAND_PT / 2, width_pt, BAND_PT, colour, **band)
    yield svg.stroke(svg.across(scale.start_pt, x_pt, middle_pt), colour, 1.2)
    yield svg.dot(x_pt, middle_pt, DOT_PT, colour)
    yield svg.text(right_pt + VALUE_GAP_PT, base_pt, row.value, ACTUAL_VALUES if grid.is_actual else VALUES)
