"""The energy of a stage over time, as its entry in `stages` tells it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.disclosure.series import Curve, share_of, stage_curve
from joulecard.units import joules_from_kwh

if TYPE_CHECKING:
    from joulecard.disclosure.tallied import Tallied


def stage_series(joined: Tallied) -> doc.Series | None:
    """Its series; None where there is no energy, or no time to tell it by."""
    total = joined.total.energy_it.value
    if not total:
        return None
    shares = [
        share_of(segment, part)
        for segment, part in zip(joined.execution.counted, joined.parts, strict=True)
        if part.energy_it.value
    ]
    curve = stage_curve(shares, joined.execution.start, joined.execution.end, joules_from_kwh(total))
    if curve is None:
        return None
    least, most = _extremes(joined, curve)
    return doc.Series(
        start=curve.grid.start, step_s=curve.grid.step_s, it_energy_j=curve.energy_j, min_w=least, max_w=most
    )


def _extremes(joined: Tallied, curve: Curve) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Least and greatest power by bin; only where one segment's counters saw all of the stage on the same grid."""
    alone = joined.execution.counted[0]
    series = alone.series
    measured = joined.total.energy_it.method == "measured" and len(joined.execution.counted) == 1
    read_j = math.fsum(reading.share_j for reading in alone.energy)
    if not math.isclose(read_j, joules_from_kwh(joined.total.energy_it.value or 0.0), rel_tol=1e-6, abs_tol=1e-9):
        return (), ()  # the series holds what two meters saw of the same hardware
    if not measured or series is None or series.step_s != curve.grid.step_s:
        return (), ()
    if instant(alone.start) != instant(curve.grid.start):
        return (), ()
    bins = curve.grid.bins
    return (series.min_w, series.max_w) if len(series.min_w) == len(series.max_w) == bins else ((), ())
