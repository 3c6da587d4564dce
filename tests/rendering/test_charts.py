"""Charts are right as pictures, as text and as XML, from one row to forty and from the narrowest to the widest."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.rendering.chart_cases import CASES, HOSTILE, NARROW_PT, STAGES, TRACES, UNIT, WIDE_PT, a_trace
from tests.rendering.drawing import drawing

from joulecard.rendering.charts import (
    PALETTE,
    TONES,
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
from joulecard.rendering.charts.power import PLOT_FOOT_PT, PLOT_TOP_PT
from joulecard.rendering.charts.widths import text_width_pt

GOLDEN = Path(__file__).parent / "golden/charts"
REWRITE = os.environ.get("JOULECARD_REWRITE_GOLDEN") == "1"
COLOURED = re.compile(r'class="([^"]+)" (fill|stroke)="(#[0-9a-f]{6})"')
WIDTHS = [pytest.param(WIDE_PT, id="wide"), pytest.param(NARROW_PT, id="narrow")]


def numbers_of(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\u202f", " ")


@pytest.mark.parametrize("width_pt", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_each_chart_is_as_a_person_has_seen_it(name: str, width_pt: float) -> None:
    """Golden pictures; JOULECARD_REWRITE_GOLDEN=1 draws them anew."""
    drawn = CASES[name](width_pt=width_pt)
    path = GOLDEN / f"{name}-{width_pt:.0f}.svg"
    if REWRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8", newline="\n")
    assert drawn == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_every_colour_has_the_class_of_its_name(name: str) -> None:
    """So the screen's stylesheet can recolour fills (k-NAME) and lines (k-NAME-line)."""
    found = COLOURED.findall(CASES[name](width_pt=WIDE_PT))
    assert found
    for css_class, what, colour in found:
        colour_name = css_class.removeprefix("k-").removesuffix("-line")
        assert (css_class.endswith("-line"), PALETTE[colour_name]) == (what == "stroke", colour)


@pytest.mark.parametrize("name", CASES)
def test_nothing_in_a_chart_can_collide_load_or_run(name: str) -> None:
    """No id that a second chart on the page would repeat, no link, no script, no style of its own."""
    drawn = CASES[name](width_pt=WIDE_PT)
    assert not re.search(r"\s(id|style|href|on\w+)=|<(script|style|image|use|foreignObject)", drawn)
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ')
    assert 'width="482pt"' in drawn


def test_amber_is_kept_for_uncertainty_and_the_actual_case() -> None:
    """A bar without whiskers, a strip, a power line and the other grids have none of it."""
    bars = stage_bars([Bar(1, None, None, "measured")], unit="g", row_height_pt=20, width_pt=300, title="Bars")
    grids = other_grids([Grid("Sweden", "20", 1, 0.5, 2, is_actual=False)], unit="g", width_pt=300, title="Grids")
    assert not any(
        "amber" in each for each in (bars, grids, CASES["strip"](width_pt=300), CASES["power"](width_pt=300))
    )
    assert "amber" in CASES["bars"](width_pt=300)
    assert "amber" in CASES["grids"](width_pt=300)


def test_hostile_labels_stay_text() -> None:
    """Markup in a name is shown letter by letter; what XML does not allow is gone."""
    shown = drawing(CASES["power_extreme"](width_pt=WIDE_PT))
    assert "</text><script>alert(1)</script> & \"'" in shown.sentence
    assert "{{7*7}} ]]>" in shown.sentence
    assert not set("\x00\x1b\u202e\ud800") & set(shown.sentence)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("interval", ["570 kg", "470 to 680 kg", "90 % interval"]),
        ("strip", ["Pre-training 76 %", "Embodied 5.5 %"]),
        ("bars", ["Continued pre-training 430 kg CO₂e (390 to 470 kg CO₂e)", "Evaluate not known"]),
        ("power", ["Continued pre-training 11.5 kW on average for 96.3 h"]),
        ("power_none", ["No power was recorded over time"]),
        ("drivers", ["around 570 kg", "Grid intensity −42.0 kg CO₂e to +50.0 kg CO₂e"]),
        ("grids", ["Germany (actual) 570 kg CO₂e (470 to 680 kg CO₂e)", "Sweden 64"]),
    ],
)
def test_the_sentence_holds_the_numbers(name: str, told: list[str]) -> None:
    """Who cannot see the chart hears what it shows."""
    heard = numbers_of(drawing(CASES[name](width_pt=WIDE_PT)).sentence)
    assert [each for each in told if each not in heard] == []


def test_a_sentence_about_forty_rows_ends_somewhere() -> None:
    """The first twelve, and how many more."""
    bars = [Bar(n, None, None, "measured", f"fold-{n}") for n in range(1, 41)]
    heard = drawing(stage_bars(bars, unit="g", row_height_pt=14, width_pt=240, title="Stages")).sentence
    assert heard.endswith("and 28 more.")
    assert "fold-12" in heard


@pytest.mark.parametrize("row_height_pt", [14.0, 20.6])
def test_bars_lie_in_the_middle_of_the_rows_of_a_table(row_height_pt: float) -> None:
    """The chart and the table beside it have the same rhythm, whatever the number of rows."""
    bars = [Bar(n, None, None, "measured") for n in range(1, 41)]
    shown = drawing(stage_bars(bars, unit="g", row_height_pt=row_height_pt, width_pt=240, title="Stages"))
    middles = [(box.top + box.bottom) / 2 for box in shown.shapes if box.bottom - box.top == pytest.approx(10)]
    assert middles == pytest.approx([(row + 0.5) * row_height_pt for row in range(40)], abs=0.01)


def test_a_bar_is_as_long_as_its_value_and_its_whisker_as_its_interval() -> None:
    """Positions are to scale."""
    shown = drawing(
        stage_bars([Bar(200, 100, 400, "measured")], unit="g", row_height_pt=20, width_pt=401, title="Stages")
    )
    lengths = {(round(box.left), round(box.right)) for box in shown.shapes}
    assert {(0, 200), (100, 400)} <= lengths


def test_what_is_not_known_is_said_in_words() -> None:
    """Neither a bar of no length nor nothing at all."""
    texts = [box.text for box in drawing(CASES["bars"](width_pt=WIDE_PT)).texts]
    assert texts.count("not known") == 1
    zero = stage_bars([Bar(0, 0, 0, "measured")], unit="g", row_height_pt=20, width_pt=240, title="Stages")
    assert "not known" not in [box.text for box in drawing(zero).texts]


def test_measured_bars_are_dark_and_others_are_not() -> None:
    """The same tones as the dots of the table beside it."""

    def tone(method: str) -> str:
        drawn = stage_bars([Bar(1, None, None, method)], unit="g", row_height_pt=20, width_pt=240, title="Stages")
        return "".join(re.findall(r'<rect .*class="k-(\w+)"', drawn))

    assert [tone(each) for each in ("measured", "modelled", "estimated", "declared")] == [
        "green",
        "light",
        "light",
        "grey",
    ]


def test_the_interval_lies_where_its_axis_says() -> None:
    """Dot and bar are placed by the same numbers as the ticks."""
    shown = drawing(CASES["interval"](width_pt=WIDE_PT))
    ticks = {box.text: (box.left + box.right) / 2 for box in shown.texts if box.top > 30}
    bar, *dots = [box for box in shown.shapes if box.bottom - box.top > 6]
    per_kg = (ticks["700"] - ticks["400"]) / 300
    assert bar.left == pytest.approx(ticks["400"] + 70 * per_kg, abs=0.05)
    assert bar.right == pytest.approx(ticks["600"] + 80 * per_kg, abs=0.05)
    assert {round((dot.left + dot.right) / 2, 1) for dot in dots} == {round(ticks["500"] + 66 * per_kg, 1)}


def test_an_interval_of_no_width_has_one_label() -> None:
    """A zero is a dot at zero, with its one number above."""
    shown = drawing(interval_bar(Interval(0, 0, 0, "0", "0", "g", ""), width_pt=300, title="Nothing"))
    assert [box.text for box in shown.texts if box.bottom < 20] == ["0"]


def test_strip_parts_are_to_scale_and_fill_the_width() -> None:
    """A part's width is its share; what is there is seen, and a part that is nothing is not."""
    parts = [StripPart("a", 0.75, 0), StripPart("b", 0.2499, 1), StripPart("c", 0.0001, 2), StripPart("d", 0, 3)]
    boxes = [box for box in drawing(share_strip(parts, width_pt=400, title="Parts")).shapes if box.bottom - box.top > 9]
    assert [round(box.right - box.left) for box in boxes] == [298, 99, 1]
    assert boxes[-1].right == pytest.approx(400)


def test_a_strip_of_less_than_all_stays_empty_at_its_end() -> None:
    """What is not known has no tone."""
    drawn = share_strip([StripPart("a", 0.5, 0)], width_pt=400, title="Parts")
    assert max(box.right for box in drawing(drawn).shapes if box.bottom - box.top > 9) == pytest.approx(200, abs=2)
    assert len(TONES) == 6


def test_power_keeps_a_dip_of_one_bin_among_many() -> None:
    """Twenty thousand bins become at most six hundred steps, and the one at nearly zero is among them."""
    means = [1000.0] * 20_000
    means[12_345] = 10.0
    drawn = power_over_time([Trace("train", 10, means)], width_pt=WIDE_PT, title="Power")
    line = re.findall(r'd="([^"]+)" fill="none" class="k-green-line"', drawn)
    assert len(line) == 1
    assert line[0].count("H") <= 600
    deepest = max(float(y) for y in re.findall(r"V([\d.]+)", line[0]))
    foot = max(box.bottom for box in drawing(drawn).shapes if box.right - box.left > 300 and box.bottom == box.top)
    assert deepest == pytest.approx(foot, abs=2)


def line_of(drawn: str) -> list[tuple[float, float, float]]:
    """Start, end and height of each level of the one drawn line."""
    (path,) = re.findall(r'd="M([^"]+)" fill="none" class="k-green-line"', drawn)
    x_pt, y_pt = map(float, re.findall(r"[\d.]+", path)[:2])
    levels = []
    for command, number in re.findall(r"([HV])([\d.]+)", path):
        if command == "H":
            levels.append((x_pt, float(number), y_pt))
            x_pt = float(number)
        else:
            y_pt = float(number)
    return levels


@pytest.mark.parametrize("every", [10, 97])
@pytest.mark.parametrize("width_pt", [220, 482])
@pytest.mark.parametrize("rest_w", [10.0, 500.0])
def test_the_area_below_the_power_is_the_energy(every: int, width_pt: float, rest_w: float) -> None:
    """Also where few steps stand for many bins, and few bins are peaks or dips: each has its own length alone."""
    means = [300.0 if place % every == 0 else rest_w for place in range(6000)]
    drawn = power_over_time([Trace("train", 1, means)], width_pt=width_pt, title="Power")
    levels = line_of(drawn)
    drawn_pt = sum((end - start) * (PLOT_FOOT_PT - y) for start, end, y in levels) / (levels[-1][1] - levels[0][0])
    watts_per_pt = max(means) * 1.04 / (PLOT_FOOT_PT - PLOT_TOP_PT)
    assert drawn_pt * watts_per_pt == pytest.approx(sum(means) / len(means), rel=0.02)


def test_power_that_swings_throughout_is_a_band_around_its_mean() -> None:
    """Lines from end to end in every step would look as if the peak lasted."""
    means = [300.0 if place % 10 == 0 else 10.0 for place in range(6000)]
    drawn = power_over_time([Trace("train", 1, means)], width_pt=WIDE_PT, title="Power")
    assert "band: lowest to highest power" in drawn
    heights = {y for _, _, y in line_of(drawn)}
    assert max(heights) - min(heights) < 30


def test_the_steps_of_the_power_are_as_many_as_the_width_can_show() -> None:
    """A point each, on average; finer ones run together."""
    means = [100.0 + 50 * (place % 2) for place in range(600)]
    narrow, wide = (
        len(line_of(power_over_time([Trace("train", 1, means)], width_pt=width, title="Power")))
        for width in (NARROW_PT, WIDE_PT)
    )
    assert narrow <= NARROW_PT
    assert wide <= WIDE_PT


def test_power_of_many_stages_stays_within_six_hundred_steps() -> None:
    """The steps are shared out by time."""
    drawn = power_over_time([a_trace(f"fold-{n}", 10, 100 + n, 600, 7) for n in range(40)], width_pt=500, title="Power")
    lines = re.findall(r'd="([^"]+)" fill="none" class="k-green-line"', drawn)
    assert len(lines) == 40
    assert sum(line.count("H") for line in lines) <= 600


def test_power_shows_the_range_within_its_steps_where_it_is_known() -> None:
    """And says so; without one there is neither band nor words."""
    with_band, without = (
        power_over_time([trace], width_pt=WIDE_PT, title="Power") for trace in (TRACES[0], Trace("train", 1, [5, 6]))
    )
    assert "band: lowest to highest power" in with_band
    assert 'class="k-mid"' in with_band
    assert "band" not in without
    assert 'class="k-mid"' not in without


def test_stages_end_to_end_have_a_mark_between_them() -> None:
    """As many dashed lines as there are stages after the first, and the words that gaps are removed."""
    drawn = CASES["power"](width_pt=WIDE_PT)
    assert drawn.count("stroke-dasharray") == len(TRACES) - 1
    assert "idle gaps removed" in drawn
    assert "idle gaps removed" not in power_over_time([TRACES[0]], width_pt=WIDE_PT, title="Power")


@pytest.mark.parametrize(
    ("seconds", "last"), [(0.003, "0.003 s"), (50, "50 s"), (600, "10 min"), (86400, "24 h"), (3e7, "300 d")]
)
def test_time_is_told_in_the_unit_that_fits(seconds: float, last: str) -> None:
    """From milliseconds to a year."""
    drawn = power_over_time([Trace("train", seconds / 10, [1.0] * 10)], width_pt=WIDE_PT, title="Power")
    assert numbers_of([box.text for box in drawing(drawn).texts if box.top > 155][-2]) == last


def test_drivers_fall_to_the_left_and_rise_to_the_right() -> None:
    """Whether the fall is given with or without its sign; the bars are to scale around the centre."""

    def bars(fall: float) -> list[tuple[int, int]]:
        drawn = uncertainty_drivers(
            [Driver("a", fall, 50), Driver("b", fall / 2, 0)],
            centre_label="5 g",
            unit="g",
            width_pt=300,
            title="Drivers",
        )
        middle = next((box.left + box.right) / 2 for box in drawing(drawn).texts if box.text == "5 g")
        bars = [box for box in drawing(drawn).shapes if box.right > box.left]
        return [(round(box.left - middle), round(box.right - middle)) for box in bars]

    assert bars(-40) == bars(40)
    (fall, rise), (half, none) = bars(-40)
    assert fall / rise == pytest.approx(-0.8, abs=0.02)
    assert half / fall == pytest.approx(0.5, abs=0.02)
    assert none == 0


def test_a_narrow_tornado_keeps_its_scale() -> None:
    """Where the headline would hide the changes beside it, it goes below them."""
    drawn = uncertainty_drivers(
        [Driver("Year of the grid factor", -0.12, 0.17)],
        centre_label="0.2345 mg CO₂e",
        unit="g",
        width_pt=228,
        title="Drivers",
    )
    texts = {box.text: box for box in drawing(drawn).texts}
    assert texts["−0.1"].top == texts["+0.1"].top < texts["0.2345 mg CO₂e"].top


def test_other_grids_can_be_told_apart() -> None:
    """Two digits, though their wide intervals would bear one; the actual one is printed as the headline is."""
    grids = [Grid(str(n), "1", value, 3, 12, is_actual=n == 0) for n, value in enumerate((6.56, 6.56, 6.88))]
    texts = [box.text for box in drawing(other_grids(grids, unit="g", width_pt=400, title="Grids")).texts]
    assert [numbers_of(text) for text in texts if text[:2] in {"7 ", "6.", "7"}] == ["7 actual", "6.6", "6.9"]


def test_the_unit_does_not_push_the_last_number_from_its_line() -> None:
    """The number stands below its line, and the unit behind it."""
    shown = drawing(CASES["grids"](width_pt=WIDE_PT))
    last = next(box for box in shown.texts if box.text.startswith("1\u202f000\u202fkg"))
    line_pt = max(box.left for box in shown.shapes if box.left == box.right)
    assert last.left + text_width_pt("1\u202f000", 7.0) / 2 == pytest.approx(line_pt, abs=0.05)


def test_the_actual_grid_says_so() -> None:
    """Not by its colour alone."""
    texts = [box.text for box in drawing(CASES["grids"](width_pt=WIDE_PT)).texts]
    assert [numbers_of(text) for text in texts if "actual" in text] == ["570 actual"]


FORTY: dict[str, Any] = {
    "bars": lambda n: stage_bars(STAGES[3:4] * n, unit=UNIT, row_height_pt=20.6, width_pt=240, title="Stages"),
    "drivers": lambda n: uncertainty_drivers(
        [Driver(HOSTILE, -1, 1)] * n, centre_label="5 g", unit="g", width_pt=240, title="Drivers"
    ),
    "grids": lambda n: other_grids(
        [Grid("Sweden", "20", 1, 0.5, 2, is_actual=False)] * n, unit="g", width_pt=240, title="Grids"
    ),
}


@pytest.mark.parametrize("name", FORTY)
def test_rows_do_not_overlap(name: str) -> None:
    """Forty rows are forty times as high as one, and no text touches another."""
    one, forty = (drawing(FORTY[name](count)) for count in (1, 40))
    two = drawing(FORTY[name](2))
    row = two.frame.bottom - one.frame.bottom
    assert forty.frame.bottom == pytest.approx(one.frame.bottom + 39 * row, abs=0.1)
    assert not any(a.touches(b) for place, a in enumerate(forty.texts) for b in forty.texts[place + 1 :])
