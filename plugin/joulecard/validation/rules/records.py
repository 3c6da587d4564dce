"""The rules of stage records: flat numbers, the tally they come from, and the segments below both (R03, R06)."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any

from joulecard.units import JOULES_PER_WH, WH_PER_KWH
from joulecard.validation.arithmetic import CLOCK_S, near, sums_to, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.rules import intervals, methods
from joulecard.validation.rules.segments import check_segment
from joulecard.validation.verdict import MOST_VIOLATIONS, violations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation.verdict import Violation

FLAT = ("energy_wh", "co2e_g")


def check_record(document: dict[str, Any]) -> list[Violation]:
    """What breaks a rule in a stage record that the schema has accepted."""
    if "recorded" in document:
        return []
    record = At("", document)
    numbers = chain(_flat(record), _duration(record), _measured(record), _tallies(record))
    violations = [*violations_of("R03", numbers), *violations_of("R06", _quantities(record))]
    for segment in record.items("segments"):
        if len(violations) < MOST_VIOLATIONS:
            violations += check_segment(segment.value, segment.pointer)
    return violations


def _parts(record: At, name: str) -> list[At]:
    """The quantity of that name in each tally."""
    return [part for tally in record.items("tally") if (part := tally.member(name))]


def _flat(record: At) -> Iterator[Finding]:
    """Flat numbers that are not the sums of the tally."""
    for name in FLAT:
        parts = _parts(record, name)
        known = [part for part in parts if part.number is not None]
        related = tuple(f"{part.pointer}/value" for part in known)
        if name not in record.value:
            if len(known) == len(parts):
                yield Finding("", f"the member `{name}` is missing; the tally has values for it", related)
        elif not known:
            yield Finding(f"/{name}", "has no value in the tally", tuple(part.pointer for part in parts))
        elif not sums_to(record.value[name], [part.value["value"] for part in known]):
            total = math.fsum(part.value["value"] for part in known)
            yield Finding(f"/{name}", unlike(record.value[name], "its tally sums to", total), related)


def _counted(record: At) -> list[At]:
    """The segments that are summed: not those inside an execution whose own segments are here too."""
    segments = record.items("segments")
    around: dict[str, set[str | None]] = {}
    for segment in segments:
        around.setdefault(segment.value["execution_id"], set()).add(segment.value.get("within"))
    return [segment for segment in segments if not _is_inside(segment.value.get("within"), around)]


def _is_inside(within: str | None, around: dict[str, set[str | None]]) -> bool:
    """Whether the outer execution is here, by a segment that does not lie inside the same one."""
    return within is not None and bool(around.get(within, set()) - {within})


def _duration(record: At) -> Iterator[Finding]:
    """A duration that is not the sum over the segments."""
    own = _counted(record)
    expected_s = math.fsum(segment.value["monotonic_s"] for segment in own)
    if abs(record.value["duration_s"] - expected_s) > CLOCK_S:
        related = tuple(f"{segment.pointer}/monotonic_s" for segment in own)
        yield Finding(
            "/duration_s", f"is {record.value['duration_s']:.3f} s, and its segments sum to {expected_s:.3f} s", related
        )


def _measured(record: At) -> Iterator[Finding]:
    """A measured part of the energy that is not what the segments' counters read."""
    parts = [part for part in _parts(record, "energy_wh") if part.number is not None]
    if not parts or not all(part.value["method"] == "measured" or "measured_fraction" in part.value for part in parts):
        return
    readings = [reading for segment in _counted(record) for reading in segment.items("energy") if _measures(reading)]
    shares_wh = [reading.value["share_j"] / JOULES_PER_WH for reading in readings]
    measured_wh = math.fsum(methods.fraction_of(part) * part.value["value"] for part in parts)
    read_wh = math.fsum(shares_wh)
    doubled = any(_holds_others(segment) for segment in _counted(record))
    if not (near(measured_wh, read_wh) or (doubled and measured_wh < read_wh)):
        related = [f"{part.pointer}/{member}" for part in parts for member in ("value", "method", "measured_fraction")]
        related += [f"{reading.pointer}/share_j" for reading in readings]
        told = f"{measured_wh:.9g} Wh of it is measured, and the segments' counters read {read_wh:.9g} Wh"
        yield Finding(f"{parts[0].pointer}/value", told, tuple(related))


def _measures(reading: At) -> bool:
    return bool(reading.value["sensor"] != "replay")  # which tells of another time


def _holds_others(segment: At) -> bool:
    """Whether not all readings of a segment are added up: two may be of one hardware, or the energy was declared."""
    readings = [reading.value for reading in segment.items("energy")]
    sensors: dict[tuple[str, str], set[str]] = {}
    for reading in readings:
        sensors.setdefault((reading["kind"], reading.get("device_ref", "")), set()).add(reading["sensor"])
    twice = any(len(found) > 1 for found in sensors.values())
    wide = any("includes" in reading or reading["kind"] == "host" for reading in readings)
    return twice or wide or "energy_wh" in segment.value.get("declared", {})


def _tallies(record: At) -> Iterator[Finding]:
    """Tallies in which energy x PUE x intensity is not the emissions."""
    for tally in record.items("tally"):
        energy, emitted = tally.member("energy_wh"), tally.member("co2e_g")
        if energy and emitted and energy.number is not None and emitted.number is not None:
            yield from _product(tally, energy, emitted)


def _product(tally: At, energy: At, emitted: At) -> Iterator[Finding]:
    """Where the emissions do not follow from the energy."""
    needed = ["grid_intensity_g_per_kwh", *(["pue"] if tally.value["energy_basis"] == "facility" else [])]
    missing = [name for name in needed if name not in tally.value]
    if missing:
        if emitted.value["method"] != "declared":
            yield from (Finding(tally.pointer, f"has emissions and names no `{name}`") for name in missing)
        return
    gain = math.prod(tally.value[name] for name in needed) / WH_PER_KWH
    if not near(emitted.value["value"], energy.value["value"] * gain):
        members = ("energy_wh/value", "energy_basis", *needed)
        told = unlike(emitted.value["value"], "energy x PUE x intensity is", energy.value["value"] * gain, "g")
        yield Finding(f"{emitted.pointer}/value", told, tuple(f"{tally.pointer}/{name}" for name in members))


def _quantities(record: At) -> Iterator[Finding]:
    """Intervals that do not recompute, and emissions with another method than follows from the energy."""
    for tally in record.items("tally"):
        quantities = {name: found for name in FLAT if (found := tally.member(name)) and found.number is not None}
        for found in quantities.values():
            if interval := found.member("interval"):
                yield from intervals.ends_of(found, interval)
        if len(quantities) == len(FLAT):
            yield from methods.product(quantities["co2e_g"], quantities["energy_wh"])
