"""Charts to look at: the everyday one, the extreme one, each wide and narrow."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE_PT, NARROW_PT = 482.0, 220.0
UNIT = "kg CO₂e"
HOSTILE = "</text><script>alert(1)</script> & \"'\x00\x1b\u202e {{7*7}} ]]>\ud800"
LONG = "A stage with a very long name that nobody would ever give but somebody did, on the third attempt"

STAGES = (
    Bar(0.73, 0.5, 0.95, "estimated", "Ingest and filter"),
    Bar(3.8, 2.9, 4.8, "modelled", "Deduplicate, tokenise"),
    Bar(75, 67, 84, "measured", "Hyper-parameter sweep"),
    Bar(430, 390, 470, "measured", "Continued pre-training"),
    Bar(23.4, 21, 26, "measured", "Supervised fine-tuning"),
    Bar(None, None, None, "not_available", "Evaluate"),
    Bar(0.27, None, None, "declared", "Quantise and export"),
)
EXTREME_BARS = (
    Bar(5, 0, 400, "measured", LONG),
    Bar(0, 0, 0, "measured", "nothing"),
    Bar(1e-7, 0, 1e-6, "modelled", HOSTILE),
)
PARTS = (
    StripPart("Pre-training", 0.76, 0),
    StripPart("Parameter sweep", 0.13, 1),
    StripPart("Fine-tuning", 0.041, 2),
    StripPart("Other stages", 0.014, 3),
    StripPart("Embodied", 0.055, 4),
)
DRIVERS = (
    Driver("Grid intensity", -42, 50),
    Driver("PUE", -19, 21),
    Driver("Unmetered node load", -15, 19),
    Driver("Embodied hardware", -11, 12),
    Driver("Accelerator counter", -9, 9),
)
GRIDS = (
    Grid("Sweden", "21", 64, 53, 77, is_actual=False),
    Grid("France", "44", 100, 83, 120, is_actual=False),
    Grid("Oregon, US", "178", 309, 256, 370, is_actual=False),
    Grid("Germany", "342", 566, 470, 679, is_actual=True),
    Grid("Poland", "615", 992, 823, 1190, is_actual=False),
)


def a_trace(label: str, step_s: float, power_w: float, count: int, dip_every: int = 0) -> Trace:
    """A wave around a power, which falls to a third every so many steps."""
    means = [
        power_w * (0.34 if dip_every and place % dip_every == 0 else 1 + 0.05 * math.sin(0.9 * place))
        for place in range(count)
    ]
    return Trace(label, step_s, means, [0.9 * each for each in means], [1.1 * each for each in means])


TRACES = (
    a_trace("Ingest and filter", 600, 306, 37),
    a_trace("Deduplicate, tokenise", 600, 676, 87),
    a_trace("Hyper-parameter sweep", 600, 5158, 228, 24),
    a_trace("Continued pre-training", 600, 11598, 578, 96),
    a_trace("Supervised fine-tuning", 600, 5446, 67),
    a_trace("Evaluate", 600, 933, 54),
)

# Each takes its width in points.
CASES: dict[str, Callable[..., str]] = {
    "interval": partial(
        interval_bar,
        Interval(566, 470, 680, "470", "680", UNIT, "location-based, 90 % interval"),
        title="Headline with its uncertainty",
    ),
    "interval_extreme": partial(
        interval_bar,
        Interval(1.2, 0, 9.7, HOSTILE, "9.7", "mg CO₂e", f"{LONG}; {LONG}"),
        title="Headline with its uncertainty",
    ),
    "strip": partial(share_strip, PARTS, title="Share of the footprint by stage"),
    "strip_extreme": partial(
        share_strip,
        [StripPart(HOSTILE, 0.9, 0), *(StripPart(f"fold-{n}", 0.1 / 39, n % 6) for n in range(39))],
        title="Share of the footprint by stage",
    ),
    "bars": partial(stage_bars, STAGES, unit=UNIT, row_height_pt=20.6, title="Emissions of each stage"),
    "bars_extreme": partial(stage_bars, EXTREME_BARS, unit=UNIT, row_height_pt=16, title="Emissions of each stage"),
    "power": partial(power_over_time, TRACES, title="IT power over active time"),
    "power_extreme": partial(
        power_over_time, [Trace(LONG, 0.5, [1e-7, 0, 2e-7]), Trace(HOSTILE, 1, [0])], title="IT power over active time"
    ),
    "power_none": partial(power_over_time, [], title="IT power over active time"),
    "drivers": partial(
        uncertainty_drivers, DRIVERS, centre_label="570 kg", unit=UNIT, title="What drives the uncertainty"
    ),
    "drivers_extreme": partial(
        uncertainty_drivers,
        [Driver(LONG, -1, 5000), Driver(HOSTILE, 0, 0)],
        centre_label="1 570 kg CO₂e",
        unit=UNIT,
        title="What drives the uncertainty",
    ),
    "grids": partial(other_grids, GRIDS, unit=UNIT, title="The same work on other grids"),
    "grids_extreme": partial(
        other_grids,
        [Grid(LONG, "342 g/kWh", 1e9, 1e8, 9e9, is_actual=True), Grid(HOSTILE, "0", 0, None, None, is_actual=False)],
        unit="t CO₂e",
        title="The same work on other grids",
    ),
}
