"""Power over the time in which stages ran, and the one thing that it shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import charts, words
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.sections.pictures import Picture, picture
from joulecard.rendering.stage_rows import elapsed_s
from joulecard.rendering.unseen import Unseen, unseen
from joulecard.units import JOULES_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Sequence

WATT_STEPS = (("mW", 1e-3), ("W", 1.0), ("kW", 1e3), ("MW", 1e6))
LEAST_PART = 0.1  # of a step: what is left of the last one may be too short to divide by
LONGEST_NAME = 40
TITLE = "IT power over active time, idle gaps removed"


@dataclass(frozen=True, slots=True)
class Power:
    """The chart, and what it says."""

    chart: Picture
    finding: str
    detail: str


def power(document: dict[str, Any]) -> Power | None:
    """Power of the stages that ran; None where no stage keeps its energy over time."""
    traced = [stage for stage in document["stages"] if "energy" in stage and stage.get("series", {}).get("it_energy_j")]
    traces = [trace for stage in traced if (trace := _trace(stage))]
    if not traces:
        return None
    peak = max(traces, key=lambda trace: max(trace.mean_w))
    step_s = max(stage["series"]["step_s"] for stage in traced)
    chart = picture(lambda width_pt: charts.power_over_time(traces, width_pt=width_pt, title=TITLE))
    told = [_peak(peak, len(traces), step_s), _not_seen(unseen(traced))]
    return Power(chart, _mean(traced), " ".join(filter(None, told)))


def _trace(stage: dict[str, Any]) -> charts.Trace | None:
    """Mean power in each step, over the part of the step in which the stage ran."""
    series = stage["series"]
    step_s, joules = series["step_s"], series["it_energy_j"]
    start_s = (words.instant(stage["time"]["start"]) - words.instant(series["start"])).total_seconds()
    end_s = start_s + stage["time"].get("monotonic_s", stage["time"]["wall_s"])
    ran_s = {place: _seconds(place, step_s, start_s, end_s) for place in range(len(joules))}
    longest_s = max(ran_s.values())
    kept = [place for place, seconds in ran_s.items() if seconds > 0 and seconds >= LEAST_PART * longest_s]
    if not kept:
        return None
    return charts.Trace(
        label=plain(stage["name"], LONGEST_NAME),
        step_s=math.fsum(ran_s[place] for place in kept) / len(kept),  # first and last steps may be cut: drawn as wide
        mean_w=[joules[place] / ran_s[place] for place in kept],
        min_w=_those(series.get("min_w"), kept),
        max_w=_those(series.get("max_w"), kept),
    )


def _seconds(place: int, step_s: float, start_s: float, end_s: float) -> float:
    """How long the stage ran within a step."""
    return min(end_s, (place + 1) * step_s) - max(start_s, place * step_s)


def _those(watts: Sequence[float] | None, kept: Sequence[int]) -> list[float]:
    return [watts[place] for place in kept if place < len(watts)] if watts else []


def _mean(stages: Sequence[dict[str, Any]]) -> str:
    """The mean IT power of the stages that are drawn."""
    values_kwh = (stage["energy"]["it_total"].get("value") for stage in stages)
    joules = math.fsum(value_kwh for value_kwh in values_kwh if value_kwh is not None) * JOULES_PER_KWH
    missing = unseen(stages)
    is_blind = missing is not None and not missing.hardware
    seconds = elapsed_s(stages) * (1 - missing.share if missing and is_blind else 1)
    if not seconds:
        return "The stages ran for less time than a clock shows."
    return f"Mean IT power while anything {'was seen' if is_blind else 'ran'} was {_watts(joules / seconds)}."


def _not_seen(missing: Unseen | None) -> str:
    """That what was not seen is drawn as nothing."""
    return f"{missing.told} and counts as 0 here." if missing else ""


def _peak(peak: charts.Trace, count: int, step_s: float) -> str:
    where = f", in {peak.label}" if count > 1 else ""
    return f"The highest mean over a step of at most {words.duration(step_s)} was {_watts(max(peak.mean_w))}{where}."


def _watts(watts: float) -> str:
    """Power in the unit that fits, to three digits."""
    unit, scale = next(((name, size) for name, size in reversed(WATT_STEPS) if watts >= size), WATT_STEPS[0])
    return numbers.amount(float(f"{watts / scale:.12g}"), unit).text  # two ways to one power give one text
