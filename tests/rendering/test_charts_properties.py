"""Whatever the numbers, names and width: a chart is well formed, keeps to its frame, and its texts lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.rendering.chart_cases import HOSTILE, LONG, UNIT
from tests.rendering.drawing import drawing

from joulecard.rendering.charts import (
    Bar,
    Driver,
    Grid,
    Interval,
    StripPart,
    Trace,
    interval_bar,
    other_grids,
    power_over_time,
    share_strip,
    stage_bars,
    uncertainty_drivers,
)
from joulecard.rendering.charts.widths import ELLIPSIS, shortened, text_width_pt, wrapped

if TYPE_CHECKING:
    from tests.rendering.drawing import Drawing

AMOUNTS = st.one_of(
    st.just(0.0), st.floats(1e-7, 1e9), st.sampled_from([1e-7, 1e-3, 1.0, 999.9, 1e9]), st.integers(0, 1000).map(float)
)
NAMES = st.one_of(
    st.sampled_from(["train", LONG, HOSTILE, "", "模型训练阶段", "מודל שפה", "🙂" * 30, "a\u0301" * 40, "W" * 300]),
    st.text(max_size=40),
)
PAGE_WIDTHS = st.floats(220, 500)
METHODS = st.sampled_from(["measured", "modelled", "estimated", "declared", "not_available"])
UNITS = st.sampled_from(["g", UNIT, "mg CO₂e", ""])


@st.composite
def around(draw: st.DrawFn) -> tuple[float, float, float]:
    """A value between two ends."""
    low, value, high = sorted(draw(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS)))
    return value, low, high


ENDS = st.one_of(around(), AMOUNTS.map(lambda value: (value, None, None)))
BARS = st.one_of(
    st.builds(lambda ends, how: Bar(ends[0], ends[1], ends[2], how), ENDS, METHODS), st.just(Bar(None, None, None, ""))
)
GRIDS = st.builds(
    lambda n, i, ends, actual: Grid(n, i, ends[0], ends[1], ends[2], actual), NAMES, NAMES, ENDS, st.booleans()
)
TRACES = st.builds(Trace, NAMES, st.floats(1e-3, 1e5), st.lists(AMOUNTS, max_size=30))


def is_sound(svg: str, *, width_pt: float) -> Drawing:
    """The chart, after its frame and its texts have been looked at."""
    shown = drawing(svg)
    assert abs(shown.frame.right - width_pt) < 0.01
    assert [box for box in (*shown.texts, *shown.shapes) if not box.is_in(shown.frame)] == []
    pairs = [(a, b) for place, a in enumerate(shown.texts) for b in shown.texts[place + 1 :] if a.touches(b)]
    assert pairs == []
    return shown


@given(around(), NAMES, NAMES, UNITS, PAGE_WIDTHS)
def test_any_interval(ends: tuple[float, float, float], label: str, caption: str, unit: str, width_pt: float) -> None:
    """Also one of no width, one from zero, and one whose labels are sentences."""
    shown = Interval(*ends, label, f"{ends[2]:.3g}", unit, caption)
    is_sound(interval_bar(shown, width_pt=width_pt, title="Headline"), width_pt=width_pt)


@given(st.lists(st.builds(StripPart, NAMES, st.floats(0, 1), st.integers(0, 5)), max_size=40), PAGE_WIDTHS)
def test_any_strip(parts: list[StripPart], width_pt: float) -> None:
    """Also of forty parts, of none, and of parts that are more than all."""
    is_sound(share_strip(parts, width_pt=width_pt, title="Parts"), width_pt=width_pt)


@given(st.lists(BARS, min_size=1, max_size=40), UNITS, st.floats(12, 30), PAGE_WIDTHS)
def test_any_bars(bars: list[Bar], unit: str, row_height_pt: float, width_pt: float) -> None:
    """Also unknown ones, zeros, and intervals of many powers of ten."""
    drawn = stage_bars(bars, unit=unit, row_height_pt=row_height_pt, width_pt=width_pt, title="Stages")
    shown = is_sound(drawn, width_pt=width_pt)
    assert [box.text for box in shown.texts].count("not known") == [bar.value for bar in bars].count(None)


@given(st.lists(TRACES, max_size=12), PAGE_WIDTHS)
def test_any_power(traces: list[Trace], width_pt: float) -> None:
    """Also stages of no time and of no power."""
    is_sound(power_over_time(traces, width_pt=width_pt, title="Power"), width_pt=width_pt)


@given(st.lists(st.builds(Driver, NAMES, AMOUNTS, AMOUNTS), max_size=40), NAMES, UNITS, PAGE_WIDTHS)
def test_any_drivers(drivers: list[Driver], centre: str, unit: str, width_pt: float) -> None:
    """Also ones that change nothing."""
    drawn = uncertainty_drivers(drivers, centre_label=centre, unit=unit, width_pt=width_pt, title="Drivers")
    is_sound(drawn, width_pt=width_pt)


@given(st.lists(GRIDS, max_size=40), UNITS, PAGE_WIDTHS)
def test_any_grids(grids: list[Grid], unit: str, width_pt: float) -> None:
    """Also without intervals and with names in other scripts."""
    is_sound(other_grids(grids, unit=unit, width_pt=width_pt, title="Grids"), width_pt=width_pt)


@given(st.text(max_size=60), st.floats(0, 200), st.sampled_from([400, 500, 600]))
def test_shortened_text_has_room(text: str, room_pt: float, weight: int) -> None:
    """And is the text itself, or its beginning with an ellipsis, or nothing."""
    shown = shortened(text, room_pt, 8, weight)
    assert text_width_pt(shown, 8, weight) <= room_pt
    assert shown in ("", text) or (shown.endswith(ELLIPSIS) and text.startswith(shown[:-1]))


@given(st.text(max_size=120), st.floats(20, 200), st.integers(1, 3))
def test_wrapped_text_has_room(text: str, room_pt: float, most: int) -> None:
    """At most so many lines, each in its room, and no word lost without an ellipsis."""
    lines = wrapped(text, room_pt, 8, most)
    assert len(lines) <= most
    assert all(text_width_pt(line, 8) <= room_pt for line in lines)
    assert " ".join(lines) == text or any(line.endswith(ELLIPSIS) for line in lines) or "" in lines
