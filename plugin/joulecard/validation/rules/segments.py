"""The rules of segment documents (R02, R03) and of stage records (R03)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.units import WH_PER_KWH
from joulecard.validation.arithmetic import RELATIVE, near, sums_to
from joulecard.validation.facts import At, Finding, milliseconds
from joulecard.validation.rules import times
from joulecard.validation.verdict import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_segment(document: dict[str, Any], pointer: str = "") -> list[Violation]:
    """What breaks a rule in a segment document that the schema has accepted."""
    segment = At(pointer, document)
    found = [*(("R02", item) for item in _times(segment)), *(("R03", item) for item in _shares(segment))]
    return [Violation(item.pointer, rule, item.message, item.related) for rule, item in found]


def _times(segment: At) -> Iterator[Finding]:
    """Instants that do not exist, clocks that disagree, a series that does not cover the segment."""
    for member in ("start", "end"):
        if milliseconds(segment.value[member]) is None:
            yield Finding(f"{segment.pointer}/{member}", f"no calendar has {segment.value[member]}")
    yield from times.clock_of(segment)
    if not any(gap["what"] == "clock" for gap in segment.value.get("gaps", ())):
        yield from times.unexplained_step(segment)
    if series := segment.member("series"):
        count = len(series.value["counter_j"])
        if len(series.value["cpu_s"]) != count:
            yield Finding(f"{series.pointer}/cpu_s", f"has {len(series.value['cpu_s'])} items for {count} steps")
        yield from times.series_of(series, segment, count, [segment.value["clock_step_s"]])
        yield from times.powers_of(series, count)


def _shares(segment: At) -> Iterator[Finding]:
    """A share above the node, or an idle part above the share; a counter that comes twice."""
    first: dict[tuple[str, str], str] = {}
    for reading in segment.items("energy"):
        value = reading.value
        if value["share_j"] > value["node_j"] * (1 + RELATIVE):
            yield Finding(f"{reading.pointer}/share_j", "is more than the node's", (f"{reading.pointer}/node_j",))
        if value.get("idle_j", 0.0) > value["share_j"] * (1 + RELATIVE):
            yield Finding(f"{reading.pointer}/idle_j", "is more than the share", (f"{reading.pointer}/share_j",))
        counter = (value["sensor"], value["domain"])
        if counter in first:
            yield Finding(f"{reading.pointer}/domain", "the counter comes twice", (first[counter],))
        first.setdefault(counter, f"{reading.pointer}/domain")


def check_record(document: dict[str, Any]) -> list[Violation]:
    """What breaks a rule in a stage record that the schema has accepted."""
    if "recorded" in document:
        return []
    record = At("", document)
    found = [Violation(item.pointer, "R03", item.message, item.related) for item in _record(record)]
    for segment in record.items("segments"):
        found += check_segment(segment.value, segment.pointer)
    return found


def _record(record: At) -> Iterator[Finding]:
    """Flat numbers that are not the sums of the tally, or a tally that does not recompute."""
    tallies = record.items("tally")
    for name in ("energy_wh", "co2e_g"):
        parts = [part for tally in tallies if (part := tally.member(name)) and part.number is not None]
        if parts and not sums_to(record.value[name], [part.value["value"] for part in parts]):
            related = tuple(f"{part.pointer}/value" for part in parts)
            yield Finding(f"/{name}", "is not the sum over the tally", related)
    for tally in tallies:
        yield from _tally(tally)


def _tally(tally: At) -> Iterator[Finding]:
    """Where energy x PUE x intensity is not the emissions."""
    value = tally.value
    energy, emitted = tally.member("energy_wh"), tally.member("co2e_g")
    intensity = value.get("grid_intensity_g_per_kwh")
    if intensity is None or not energy or not emitted or energy.number is None or emitted.number is None:
        return
    pue = value.get("pue") if value["energy_basis"] == "facility" else 1.0
    if pue is None:
        yield Finding(tally.pointer, "is on facility energy and names no `pue`")
    elif not near(emitted.number, energy.number / WH_PER_KWH * pue * intensity):
        members = ("energy_wh/value", "pue", "grid_intensity_g_per_kwh")
        told = f"energy x PUE x intensity is {energy.number / WH_PER_KWH * pue * intensity:.9g} g"
        yield Finding(f"{emitted.pointer}/value", told, tuple(f"{tally.pointer}/{name}" for name in members))
