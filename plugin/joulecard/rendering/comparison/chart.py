"""A comparison as a picture: from 1 to the ratio, factor by factor, on an axis of equal ratios."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.rendering.charts import svg
from joulecard.rendering.charts.scale import GAP_PT, MOST_STEPS, TICKS, Axis, Tick, level_step, ticks
from joulecard.rendering.charts.sentences import sentence
from joulecard.rendering.charts.svg import Style
from joulecard.rendering.charts.widths import SEMIBOLD, shortened
from joulecard.rendering.comparison import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.comparison import Comparison, Pair
    from joulecard.disclosure.comparison.four_ms import Row

WIDTH_PT = 482.0
MARGIN_PT = 10.0
INNER_PT = WIDTH_PT - 2 * MARGIN_PT
ROW_PT, BAR_PT, CAP_PT = 17.0, 8.0, 3.0
HEAD_PT, FOOT_PT, BETWEEN_PT = 20.0, 22.0, 14.0
NAME_SHARE = 0.34  # of the width at most
LEAST_SPAN = math.log(1.2)  # of the axis, so that what is equal does not fill it
DECADE = math.log(10)
FEW = math.log(4)  # up to which round numbers lie close enough on an even scale
NAMES, TOTALS = Style(7.8, "ink"), Style(7.8, "ink", SEMIBOLD)
HEADS, SMALL = Style(8.6, "ink", SEMIBOLD), Style(7.4, "soft")


class _Step(NamedTuple):
    """A bar: from where it starts to where it ends, and the ends of its range, as natural logarithms."""

    name: str
    told: str
    start: float
    end: float
    lower: float | None
    upper: float | None
    is_total: bool
    is_alike: bool


def comparison_chart(comparison: Comparison) -> str:
    """Each disclosure against the first: a bar for each factor of the ratio, then the ratio itself."""
    steps = [_steps(pair) for pair in comparison.pairs]
    scale = _scale([step for each in steps for step in each])
    shapes: list[str] = []
    top_pt = MARGIN_PT
    for pair, rows in zip(comparison.pairs, steps, strict=True):
        shapes += _group(pair, rows, scale, top_pt)
        top_pt += HEAD_PT + ROW_PT * len(rows) + FOOT_PT + BETWEEN_PT
    if any(step.is_alike for each in steps for step in each):
        shapes.append(svg.text(MARGIN_PT, top_pt, f"{words.MARK} {words.MEANING}", SMALL))
        top_pt += BETWEEN_PT
    height_pt = top_pt - BETWEEN_PT + MARGIN_PT
    told = [words.finding(pair) for pair in comparison.pairs]
    ground = svg.rect(0, 0, WIDTH_PT, height_pt, "paper")
    return svg.chart(WIDTH_PT, height_pt, sentence("Emissions compared", told), [ground, *shapes])


def _steps(pair: Pair) -> list[_Step]:
    """One bar after the other: where a factor ends, the next one starts."""
    found, at = [], 0.0
    for row in pair.factors:
        found.append(_step(row, at, words.name_of(row)))
        at = found[-1].end
    return [*found, _step(pair.carbon, 0.0, words.name_of(pair.carbon), is_total=True)]


def _step(row: Row, start: float, name: str, *, is_total: bool = False) -> _Step:
    times, between = words.times_of(row.ratio, is_told=row.is_told)
    has_range = row.is_told and bool(row.ratio.log_sds)
    lower, upper = ((start + math.log(end)) if has_range else None for end in (row.ratio.lower, row.ratio.upper))
    end, is_alike = start + math.log(row.ratio.value), bool(words.line(row).mark)
    told = f"{'' if is_total else '× '}{times} ({between}){f' {words.MARK}' if is_alike else ''}"
    return _Step(name, told, start, end, lower, upper, is_total, is_alike)


def _scale(steps: Sequence[_Step]) -> Axis:
    """From the least to the greatest ratio that is drawn, 1 among them, beside the names and the numbers."""
    drawn = [at for step in steps for at in (step.start, step.end, step.lower, step.upper) if at is not None]
    low, high = min(drawn), max(drawn)
    more = max(0.0, LEAST_SPAN - (high - low)) / 2 + 0.03 * (high - low)
    start_pt = MARGIN_PT + min(max(TOTALS.width_pt(step.name) for step in steps), NAME_SHARE * INNER_PT) + GAP_PT
    end_pt = MARGIN_PT + INNER_PT - max(TOTALS.width_pt(step.told) for step in steps) - 2 * GAP_PT
    bare = Axis(low - more, high + more, start_pt, max(end_pt, start_pt + 40), ())
    return Axis(bare.low, bare.high, bare.start_pt, bare.end_pt, _ticks(bare))


def _ticks(bare: Axis) -> tuple[Tick, ...]:
    """Round ratios with room beside one another; 1 is always one of them."""
    if bare.high - bare.low < FEW:
        low, high = math.exp(bare.low), math.exp(bare.high)
        step = level_step(low, high, bare.end_pt - bare.start_pt)
        found = ticks(low, high, step) if step else (Tick(1.0, "1"),)
        return tuple(Tick(math.log(tick.value), tick.label) for tick in found)
    decades = range(math.floor(bare.low / DECADE), math.ceil(bare.high / DECADE) + 1)
    if len(decades) <= 2 * MOST_STEPS:  # beyond, an end may be more than a number can hold: its logarithm is not
        for leads in ((1, 2, 5), (1,)):
            marks = [lead * 10.0**power for power in decades for lead in leads]
            shown = [mark for mark in marks if bare.low <= math.log(mark) <= bare.high]
            if len(shown) <= MOST_STEPS:
                return tuple(Tick(math.log(mark), words.digits(mark)) for mark in shown)
    every = math.ceil(len(decades) / MOST_STEPS)
    powers = [power for power in decades if power % every == 0 and bare.low <= power * DECADE <= bare.high]
    return tuple(Tick(power * DECADE, f"1e{power}" if power else "1") for power in powers)


def _group(pair: Pair, steps: Sequence[_Step], scale: Axis, top_pt: float) -> Iterator[str]:
    one, other = pair.one, pair.other
    names = f"{other.label} / {one.label}: {words.file_name(other)} against {words.file_name(one)}"
    yield svg.text(MARGIN_PT, top_pt + 10, shortened(svg.clean(names), INNER_PT, HEADS.size_pt, HEADS.weight), HEADS)
    foot_pt = top_pt + HEAD_PT + ROW_PT * len(steps)
    yield from _grid(scale, top_pt + HEAD_PT - 3, foot_pt)
    for place, step in enumerate(steps):
        yield from _bar(scale, step, top_pt + HEAD_PT + (place + 0.5) * ROW_PT)


def _grid(scale: Axis, top_pt: float, foot_pt: float) -> Iterator[str]:
    """Upright lines with their ratios; that of 1 is dark."""
    taken_pt = -math.inf
    for tick in scale.ticks:
        x_pt, half_pt = scale.at(tick.value), TICKS.width_pt(tick.label) / 2
        is_one = abs(tick.value) < 1e-9  # noqa: PLR2004
        yield svg.stroke(svg.down(x_pt, top_pt, foot_pt + 3), "soft" if is_one else "rule", 0.7 if is_one else 0.5)
        if x_pt - half_pt >= taken_pt:
            yield svg.text(x_pt, foot_pt + 12, tick.label, TICKS, "middle")
            taken_pt = x_pt + half_pt + GAP_PT


def _bar(scale: Axis, step: _Step, middle_pt: float) -> Iterator[str]:
    style = TOTALS if step.is_total else NAMES
    name = shortened(svg.clean(step.name), scale.start_pt - MARGIN_PT - GAP_PT, style.size_pt, style.weight)
    yield svg.text(MARGIN_PT, middle_pt + 2.7, name, style)
    left_pt, right_pt = sorted((scale.at(step.start), scale.at(step.end)))
    colour = "light" if step.is_alike else "green" if step.is_total else "mid"
    yield svg.rect(left_pt, middle_pt - BAR_PT / 2, max(right_pt - left_pt, 1.0), BAR_PT, colour)
    if step.lower is not None and step.upper is not None:
        yield from _whisker(scale.at(step.lower), scale.at(step.upper), middle_pt)
    yield svg.text(scale.end_pt + 2 * GAP_PT, middle_pt + 2.7, step.told, TOTALS if step.is_total else SMALL)


def _whisker(left_pt: float, right_pt: float, middle_pt: float) -> Iterator[str]:
    """On a light rim, so that it is seen on dark bars."""
    top_pt, bottom_pt = middle_pt - CAP_PT, middle_pt + CAP_PT
    yield svg.stroke(svg.across(left_pt, right_pt, middle_pt), "paper", 2.6)
    caps = svg.down(left_pt, top_pt, bottom_pt) + svg.down(right_pt, top_pt, bottom_pt)
    yield svg.stroke(svg.across(left_pt, right_pt, middle_pt) + caps, "amber", 1.2)
