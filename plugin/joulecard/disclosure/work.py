"""What stages got done, as their programs counted it: units, what one of them cost, and figures they declared."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.disclosure.instants import instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.accounting.quantity import Quantity
    from joulecard.capture.segment import Segment


def done(segments: Iterable[Segment]) -> dict[str, float]:
    """How many of each unit the segments counted together; a unit of which nothing was done is left out."""
    counts: dict[str, list[float]] = {}
    for segment in segments:
        for unit, count in segment.work_done or ():
            counts.setdefault(unit, []).append(count)
    return {unit: math.fsum(each) for unit, each in counts.items() if any(each)}


def of_one(whole: Quantity | None, count: float, most: float) -> Quantity | None:
    """What one of so many units cost, with the method and range of the whole; None where unknown or beyond `most`."""
    if whole is None or whole.value is None or not math.isfinite(1 / count) or whole.value / count > most:
        return None
    return replace(whole.in_unit(whole.unit, 1 / count), factor_refs=(), reason=None)


def flop(segments: Iterable[Segment]) -> float | None:
    """Floating-point operations that the segments declare together; None where none does."""
    told = [segment.declared.flop for segment in segments if segment.declared and segment.declared.flop is not None]
    return math.fsum(told) if told else None


def quality(segments: Iterable[Segment]) -> dict[str, float]:
    """Results of evaluating the model that the segments declare; of one metric the last that was told."""
    found: dict[str, float] = {}
    for segment in sorted(segments, key=lambda segment: instant(segment.end)):
        if segment.declared and segment.declared.quality:
            found.update(segment.declared.quality)
    return found
