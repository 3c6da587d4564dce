"""R02: clocks, stages, period and series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from joulecard.validation.arithmetic import CLOCK_S
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import ACCELERATORS, Facts
from joulecard.validation.instants import milliseconds, seconds_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROUNDING_S = CLOCK_S + 1e-9
STEP_FREE_S = 1.0  # a clock may be stepped by this much, and by STEP_FREE_SHARE, without being a gap
STEP_FREE_SHARE = 0.001
HOUR_S = 3600


def segment_clocks(facts: Facts) -> Iterator[Finding]:
    """A segment whose two clocks do not explain each other, or whose clock was moved without a gap."""
    for stage in facts.stages:
        for segment in stage.items("segments"):
            yield from clock_of(segment)
            if not facts.clock_moved(stage):
                yield from unexplained_step(segment)


def clock_of(segment: At) -> Iterator[Finding]:
    """Where (end - start) - monotonic_s is not clock_step_s; a clock set back may put the end before the start."""
    value = segment.value
    wall_s = seconds_between(value["start"], value["end"])
    if wall_s is None:
        return
    related = tuple(f"{segment.pointer}/{name}" for name in ("start", "end", "monotonic_s", "clock_step_s"))
    if abs(wall_s - value["monotonic_s"] - value["clock_step_s"]) > ROUNDING_S:
        step_s = wall_s - value["monotonic_s"]
        told = f"is {value['clock_step_s']:.3f} s, and (end - start) - monotonic_s is {step_s:.3f} s"
        yield Finding(f"{segment.pointer}/clock_step_s", told, related[:3])


def unexplained_step(segment: At) -> Iterator[Finding]:
    """A clock moved by more than 1 s + 0.001 monotonic_s where no gap `clock` says so."""
    value = segment.value
    if abs(value["clock_step_s"]) > STEP_FREE_S + STEP_FREE_SHARE * value["monotonic_s"]:
        told = "the clock was moved this far, and no gap says so: add one whose `what` is clock"
        yield Finding(f"{segment.pointer}/clock_step_s", told, ("/gaps",))


def stage_spans(facts: Facts) -> Iterator[Finding]:
    """A stage whose start, end or wall_s is not that of its segments."""
    for stage in facts.ran:
        time = stage.member("time")
        if time is None:
            continue
        if segments := stage.items("segments"):
            yield from same_span(time, segments, "segments")
        yield from _wall(time, moved=facts.clock_moved(stage))


def _wall(time: At, *, moved: bool) -> Iterator[Finding]:
    """Where wall_s is not end - start, or the end lies before the start and no gap says that the clock was moved."""
    between_s = seconds_between(time.value["start"], time.value["end"])
    if between_s is None:
        return
    related = (f"{time.pointer}/start", f"{time.pointer}/end")
    if between_s < 0 and not moved:
        told = "lies before the start; where the clock was set back, a gap whose `what` is `clock` must say so"
        yield Finding(related[1], told, (*related[:1], "/gaps"))
    elif abs(max(0.0, between_s) - time.value["wall_s"]) > ROUNDING_S:
        told = f"is {time.value['wall_s']:.3f} s, and end - start is {max(0.0, between_s):.3f} s"
        yield Finding(f"{time.pointer}/wall_s", told, related)


def stage_clocks(facts: Facts) -> Iterator[Finding]:
    """A stage whose monotonic_s or accelerator_s is not the sum over its segments or components."""
    for stage in facts.ran:
        time = stage.member("time")
        energy = stage.member("energy")
        if time is None or energy is None:
            continue
        own = facts.counted[stage]
        devices = [
            part
            for part in energy.items("components")
            if part.value["kind"] in ACCELERATORS and "device_s" in part.value
        ]
        yield from seconds_sum(
            time, "monotonic_s", [(f"{part.pointer}/monotonic_s", part.value["monotonic_s"]) for part in own]
        )
        yield from seconds_sum(
            time, "accelerator_s", [(f"{part.pointer}/device_s", part.value["device_s"]) for part in devices]
        )
        if own and "monotonic_s" not in time.value:
            yield Finding(time.pointer, "the member `monotonic_s` is missing where there are segments")


def seconds_sum(time: At, member: str, parts: list[tuple[str, float]]) -> Iterator[Finding]:
    """Where a member of a stage's time is not the sum of the parts."""
    if member not in time.value:
        return
    expected = math.fsum(seconds for _, seconds in parts)
    if abs(time.value[member] - expected) > ROUNDING_S:
        told = f"is {time.value[member]:.3f} s, and its parts sum to {expected:.3f} s"
        yield Finding(f"{time.pointer}/{member}", told, (pointer for pointer, _ in parts))


def period(facts: Facts) -> Iterator[Finding]:
    """A period that is not from the first start to the last end of the stages that ran."""
    times = [time for stage in facts.ran if (time := stage.member("time"))]
    if not times:
        return
    if span := facts.boundary.member("period"):
        yield from same_span(span, times, "stages")
    else:
        yield Finding("/boundary", "the member `period` is missing where stages ran")


def same_span(span: At, parts: list[At], named: str) -> Iterator[Finding]:
    """Where a span is not from the least start to the greatest end of its parts."""
    choices: list[tuple[str, Any, str]] = [("start", min, "first"), ("end", max, "last")]
    for member, choose, word in choices:
        instants = [milliseconds(part.value[member]) for part in parts]
        known = [instant for instant in instants if instant is not None]
        found = milliseconds(span.value[member])
        if found is not None and len(known) == len(instants) and found != choose(known):
            related = tuple(f"{part.pointer}/{member}" for part in parts)
            expected = parts[instants.index(choose(known))].value[member]
            told = f"is {span.value[member]}, and the {word} {member} of its {named} is {expected}"
            yield Finding(f"{span.pointer}/{member}", told, related)


def series(facts: Facts) -> Iterator[Finding]:
    """A series that does not begin with its stage, or does not cover it with just enough steps."""
    for stage in facts.ran:
        time, found = stage.member("time"), stage.member("series")
        if time and found:
            steps_s = [segment.value["clock_step_s"] for segment in stage.items("segments")]
            yield from series_of(found, time, len(found.value["it_energy_j"]), steps_s)
            yield from powers_of(found, len(found.value["it_energy_j"]))


def series_of(found: At, span: At, count: int, steps_s: Iterable[float]) -> Iterator[Finding]:
    """Where a series of `count` steps does not cover a span with just enough of them."""
    start, first = milliseconds(span.value["start"]), milliseconds(found.value["start"])
    length_s, step_s = seconds_between(found.value["start"], span.value["end"]), found.value["step_s"]
    if start is None or first is None or length_s is None:
        return
    related = (f"{span.pointer}/start", f"{span.pointer}/end")
    on_the_hour = step_s >= HOUR_S and first == start - start % (HOUR_S * 1000)
    if first != start and not on_the_hour:
        yield Finding(
            f"{found.pointer}/start", "is neither the start nor, for steps of an hour, the hour before it", related[:1]
        )
    slack_s = ROUNDING_S + math.fsum(abs(step) for step in steps_s)
    if count == 1 and step_s > max(1.0, length_s) + slack_s and not (on_the_hour and step_s == HOUR_S):
        told = f"one step of {step_s:g} s is longer than the {length_s:.3f} s that it covers"
        yield Finding(f"{found.pointer}/step_s", told, (*related, f"{found.pointer}/start"))
        return
    if not (count - 1) * step_s - slack_s <= length_s <= count * step_s + slack_s:
        told = f"{count} steps of {step_s:g} s do not just cover the {length_s:.3f} s to the end"
        yield Finding(f"{found.pointer}/step_s", told, (*related, f"{found.pointer}/start"))


def powers_of(found: At, count: int) -> Iterator[Finding]:
    """Where least and greatest powers are not one a step, or the least is above the greatest."""
    least, most = found.value.get("min_w", []), found.value.get("max_w", [])
    for name, powers in (("min_w", least), ("max_w", most)):
        if powers and len(powers) != count:
            yield Finding(f"{found.pointer}/{name}", f"has {len(powers)} items for {count} steps")
    for index, (low, high) in enumerate(zip(least, most, strict=False)):
        if low > high:
            yield Finding(f"{found.pointer}/min_w/{index}", "is above max_w", (f"{found.pointer}/max_w/{index}",))


CHECKS = (segment_clocks, stage_spans, stage_clocks, period, series)
