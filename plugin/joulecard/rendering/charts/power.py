"""Power over time: the stages end to end, each a stepped line over its area."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard import numbers
from joulecard.rendering.charts import svg
from joulecard.rendering.charts.scale import TICKS, Axis, Tick, ticks, upright_step
from joulecard.rendering.charts.sentences import sentence
from joulecard.rendering.charts.svg import Style
from joulecard.rendering.charts.thinning import Step, Trace, allowances, thinned
from joulecard.rendering.charts.timeline import time_ticks, time_unit
from joulecard.rendering.charts.widths import shortened, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLOT_TOP_PT = 24.0
PLOT_FOOT_PT = 152.0
LEAST_LEFT_PT = 24.0
LINE_SPACING_PT = 28.0
CAPTION_PT = 12.0
MOST_STEPS = 600
STEP_PT = 1.0  # the least of a step on average: finer ones run together
NOISE = 0.15  # of the highest power: what varies less within a step is a band, what varies more a dip
FEWEST_LETTERS = 5  # of a name that is cut
MANY_MARKS = 12
MOST_MARKS = 60  # of more stages the marks would be a raster, and no border of any stage
CLOSEST_MARKS_PT = 3.0
NAMES = Style(7.2, "ink", 500)
POWER_UNITS = (("µW", 1e-6), ("mW", 1e-3), ("W", 1.0), ("kW", 1e3), ("MW", 1e6), ("GW", 1e9))
ACTIVE = "active time"
GAPS_REMOVED = "active time, idle gaps removed"
BAND = "band: lowest to highest power"
NOTHING = "No power was recorded over time"


class _Plot(NamedTuple):
    """Where time and power lie on the page; times in seconds, powers in watts."""

    time: Axis
    power: Axis
    unit: str


class _Stretch(NamedTuple):
    """A trace on the axis of active time, as it is drawn."""

    trace: Trace
    start_s: float
    steps: Sequence[Step]

    @property
    def has_band(self) -> bool:
        """Whether there is anything between the least and the greatest power."""
        return any(step.least_w < step.greatest_w for step in self.steps)


def power_over_time(traces: Sequence[Trace], *, width_pt: float, title: str) -> str:
    """Active time from left to right, stage after stage, in at most 600 steps that keep energy, dips and peaks."""
    drawn = [trace for trace in traces if trace.seconds > 0]
    if not drawn:
        return _empty(width_pt, title)
    plot = _plot(drawn, width_pt)
    stretches = list(_stretches(drawn, plot))
    captions = _captions(stretches, width_pt)
    shapes = [*_power_lines(plot, width_pt), *_traces(stretches, plot), *_time_line(plot, width_pt)]
    first_pt = PLOT_FOOT_PT + 26
    for row, line in enumerate(captions):
        shapes.append(svg.text(width_pt, first_pt + row * 9.5, line, TICKS, "end"))
    height_pt = first_pt + 9.5 * (len(captions) - 1) + 3
    return svg.chart(width_pt, height_pt, sentence(title, _told(drawn, plot)), shapes)


def _stretches(traces: Sequence[Trace], plot: _Plot) -> Iterator[_Stretch]:
    """The traces end to end, thinned to what the width can show."""
    start_s = 0.0
    most = min(MOST_STEPS, int((plot.time.end_pt - plot.time.start_pt) / STEP_PT))
    for trace, allowed in zip(traces, allowances(traces, most), strict=True):
        yield _Stretch(trace, start_s, thinned(trace, allowed, NOISE * plot.power.high))
        start_s += trace.seconds


def _empty(width_pt: float, title: str) -> str:
    told = shortened(NOTHING, width_pt, NAMES.size_pt, NAMES.weight)
    return svg.chart(width_pt, 20, sentence(title, [NOTHING]), [svg.text(0, 12, told, Style(7.2, "soft"))])


def _captions(stretches: Sequence[_Stretch], width_pt: float) -> list[str]:
    told = [GAPS_REMOVED if len(stretches) > 1 else ACTIVE]
    if any(stretch.has_band for stretch in stretches):
        told.append(BAND)
    joined = "; ".join(told)
    return (
        [joined]
        if TICKS.width_pt(joined) <= width_pt
        else [line for each in told for line in wrapped(each, width_pt, TICKS.size_pt)]
    )


def _plot(traces: Sequence[Trace], width_pt: float) -> _Plot:
    highest_w = max(max(trace.max_w if trace.has_band else trace.mean_w) for trace in traces)
    top_w = highest_w * 1.04 if highest_w > 0 else 1.0
    unit, unit_w = next((each for each in reversed(POWER_UNITS) if each[1] <= top_w), POWER_UNITS[0])
    step = upright_step(top_w / unit_w, PLOT_FOOT_PT - PLOT_TOP_PT, LINE_SPACING_PT)
    marks = tuple(Tick(tick.value * unit_w, tick.label) for tick in ticks(0.0, top_w / unit_w, step))
    left_pt = max(LEAST_LEFT_PT, 6 + max(TICKS.width_pt(mark.label) for mark in marks))
    seconds = sum(trace.seconds for trace in traces)
    return _Plot(
        Axis(0.0, seconds, left_pt, width_pt, time_ticks(seconds, width_pt - left_pt)),
        Axis(0.0, top_w, PLOT_FOOT_PT, PLOT_TOP_PT, marks),
        unit,
    )


def _power_lines(plot: _Plot, width_pt: float) -> Iterator[str]:
    yield svg.text(0, 8, plot.unit, TICKS)
    for tick in plot.power.ticks:
        y_pt = plot.power.at(tick.value)
        yield svg.stroke(svg.across(plot.time.start_pt, width_pt, y_pt), "rule", 0.5)
        yield svg.text(plot.time.start_pt - 6, y_pt + 2.6, tick.label, TICKS, "end")


def _time_line(plot: _Plot, width_pt: float) -> Iterator[str]:
    for tick in plot.time.ticks:
        x_pt = plot.time.at(tick.value)
        yield svg.stroke(svg.down(x_pt, PLOT_FOOT_PT, PLOT_FOOT_PT + 3), "soft", 0.5)
        yield svg.label(x_pt, PLOT_FOOT_PT + 12, tick.label, TICKS, width_pt)


def _traces(stretches: Sequence[_Stretch], plot: _Plot) -> Iterator[str]:
    last_mark_pt = plot.time.start_pt
    opacity = 1.0 if len(stretches) <= MANY_MARKS else 0.4
    for stretch in stretches:
        yield from _curve(stretch, plot)
        left_pt = plot.time.at(stretch.start_s)
        right_pt = plot.time.at(stretch.start_s + stretch.trace.seconds)
        if left_pt - last_mark_pt >= CLOSEST_MARKS_PT and len(stretches) <= MOST_MARKS:
            yield svg.stroke(
                svg.down(left_pt, PLOT_TOP_PT - 8, PLOT_FOOT_PT), "ink", 0.4, "1.5 1.5", stroke_opacity=opacity
            )
            last_mark_pt = left_pt
        yield _name(stretch.trace, left_pt, right_pt - left_pt, is_first=stretch.start_s == 0)


def _name(trace: Trace, left_pt: float, room_pt: float, *, is_first: bool) -> str:
    """The stage's name over its stretch; none where the stretch is too short for a readable piece."""
    inset_pt = 0 if is_first else 4
    name = svg.clean(trace.label)
    shown = shortened(name, room_pt - inset_pt - 3, NAMES.size_pt, NAMES.weight)
    if shown != name and len(shown) <= FEWEST_LETTERS:
        return ""
    return svg.text(left_pt + inset_pt, PLOT_TOP_PT - 2.5, shown, NAMES)


def _curve(stretch: _Stretch, plot: _Plot) -> Iterator[str]:
    """The area below the mean, the band from the least to the greatest, and the mean as a line."""
    steps, start_s = stretch.steps, stretch.start_s
    edges = [(plot.time.at(start_s + step.start_s), plot.time.at(start_s + step.end_s)) for step in steps]
    line = _stairs(edges, [plot.power.at(step.power_w) for step in steps])
    foot = f"V{svg.number(PLOT_FOOT_PT)}H{svg.number(edges[0][0])}Z"
    yield svg.area(f"M{line}{foot}", "light", fill_opacity=0.75)
    if stretch.has_band:
        above = _stairs(edges, [plot.power.at(step.greatest_w) for step in steps])
        backwards = [(right, left) for left, right in reversed(edges)]
        below = _stairs(backwards, [plot.power.at(step.least_w) for step in reversed(steps)])
        yield svg.area(f"M{above}L{below}Z", "mid", fill_opacity=0.28)
    yield svg.stroke(f"M{line}", "green", 0.9, "")


def _stairs(edges: Sequence[tuple[float, float]], levels_pt: Sequence[float]) -> str:
    """A stepped path from the first edge on; equal neighbours are one step."""
    path = f"{svg.number(edges[0][0])} {svg.number(levels_pt[0])}"
    for place, level_pt in enumerate(levels_pt):
        if place and svg.number(level_pt) != svg.number(levels_pt[place - 1]):
            path += f"H{svg.number(edges[place][0])}V{svg.number(level_pt)}"
    return f"{path}H{svg.number(edges[-1][1])}"


def _told(traces: Sequence[Trace], plot: _Plot) -> list[str]:
    """The mean power and the length of each trace."""
    unit_w, (unit, unit_s) = dict(POWER_UNITS)[plot.unit], time_unit(plot.time.high)
    return [
        f"{trace.label} {numbers.amount(sum(trace.mean_w) / len(trace.mean_w) / unit_w, plot.unit).text}"
        f" on average for {numbers.amount(trace.seconds / unit_s, unit).text}"
        for trace in traces
    ]
