"""R12: nothing is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.validation.facts import ACCELERATORS, At, Facts, Finding, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WHOLE = 1 - 1e-9


class Claim(NamedTuple):
    """A whole device held by a component from one instant to another, in milliseconds."""

    device: str
    start_ms: int
    end_ms: int
    component: str


def executions(facts: Facts) -> Iterator[Finding]:
    """An execution that two stages count, new or reused."""
    new = [(f"{stage.pointer}/execution_id", stage.value.get("execution_id")) for stage in facts.ran]
    old = [(f"{reused.pointer}/execution_id", reused.value["execution_id"]) for reused in facts.reused]
    yield from _twice([*new, *old], "the execution")


def segments(facts: Facts) -> Iterator[Finding]:
    """A segment that is listed twice."""
    listed = [segment for stage in facts.stages for segment in stage.items("segments")]
    yield from _twice(((f"{segment.pointer}/id", segment.value["id"]) for segment in listed), "the segment")


def sensors(facts: Facts) -> Iterator[Finding]:
    """Two components of a stage for the same resource and sensor."""
    for stage in facts.ran:
        energy = stage.member("energy")
        parts = energy.items("components") if energy else []
        keys = ((part.pointer, f"{part.value['resource_ref']} by {part.value['sensor']}") for part in parts)
        yield from _twice(keys, "the energy of")


def _twice(named: Iterable[tuple[str, str | None]], what: str) -> Iterator[Finding]:
    """Every name that was there before, with the first place of it."""
    first: dict[str, str] = {}
    for pointer, name in named:
        if name is None:
            continue
        if name in first:
            yield Finding(pointer, f"{what} {name} is counted twice", (first[name],))
        first.setdefault(name, pointer)


def devices(facts: Facts) -> Iterator[Finding]:
    """Two components that claim one whole device in overlapping time."""
    held: dict[str, Claim] = {}
    for claim in sorted(_claims(facts)):
        before = held.get(claim.device)
        if before and claim.start_ms < before.end_ms and claim.component != before.component:
            told = f"claims the whole device {claim.device} while another component does"
            yield Finding(claim.component, told, (before.component,))
        if before is None or claim.end_ms > before.end_ms:
            held[claim.device] = claim


def _claims(facts: Facts) -> Iterator[Claim]:
    """What the accelerator components of all stages hold whole, by the segments on the device's host."""
    for stage in facts.ran:
        energy = stage.member("energy")
        for component in energy.items("components") if energy else ():
            resource = facts.resources.get(component.value["resource_ref"])
            if resource and _is_whole(component, resource):
                for start_ms, end_ms in _spans(stage, resource):
                    yield Claim(resource.value["device_ref"], start_ms, end_ms, component.pointer)


def _is_whole(component: At, resource: At) -> bool:
    """Whether the component counts all of one named accelerator."""
    share: float = component.value.get("node_share", 1.0)
    return component.value["kind"] in ACCELERATORS and "device_ref" in resource.value and share >= WHOLE


def _spans(stage: At, resource: At) -> Iterator[tuple[int, int]]:
    """Start and end of the stage's segments on the resource's host; of the stage where it lists none there."""
    host = resource.value.get("host_ref")
    own = [segment for segment in stage.items("segments") if "within" not in segment.value]
    there = [segment for segment in own if host is None or segment.value["host_ref"] == host]
    time = stage.member("time")
    for span in there or ([time] if time else []):
        start_ms, end_ms = milliseconds(span.value["start"]), milliseconds(span.value["end"])
        if start_ms is not None and end_ms is not None:
            yield start_ms, end_ms


CHECKS = (executions, segments, sensors, devices)
