"""The charts of the reports: pure functions from numbers to SVG text, right from 220 to 500 points of width.

Text keeps its size whatever the width. Each chart's title element says its numbers in a sentence.
"""

from __future__ import annotations

from joulecard.rendering.charts.bars import Bar, stage_bars
from joulecard.rendering.charts.drivers import Driver, uncertainty_drivers
from joulecard.rendering.charts.grids import Grid, other_grids
from joulecard.rendering.charts.interval import Interval, interval_bar
from joulecard.rendering.charts.power import power_over_time
from joulecard.rendering.charts.strip import TONES, StripPart, share_strip
from joulecard.rendering.charts.svg import PALETTE
from joulecard.rendering.charts.thinning import Trace

__all__ = [
    "PALETTE",
    "TONES",
    "Bar",
    "Driver",
    "Grid",
    "Interval",
    "StripPart",
    "Trace",
    "interval_bar",
    "other_grids",
    "power_over_time",
    "share_strip",
    "stage_bars",
    "uncertainty_drivers",
]
