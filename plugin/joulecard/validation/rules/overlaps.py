"""R12, second half: no joule of a device or counter is claimed by two stages at once."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from typing import TYPE_CHECKING, NamedTuple

from joulecard.validation.at import At, Finding
from joulecard.validation.facts import ACCELERATORS, COUNTERS, Facts
from joulecard.validation.instants import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

NODE = "host"  # the kind of what a node's meter reads
PARTS = frozenset({"cpu", "dram", *ACCELERATORS})  # what it reads where it names nothing
WHOLE = 0.999  # from this share on, nobody else can have had a part worth counting
MORE_THAN_ALL = 1.01  # two shares and the node are read at slightly different instants
MS_PER_S = 1000
ROUNDING_S = 0.002  # what two instants in milliseconds may lose
CLOCK_MS = 1000  # an unnoticed step of the wall clock; what overlaps by less may not have


class Claim(NamedTuple):
    """A part of what a device or a counter's node drew, held by a component between two instants."""

    start_ms: int
    end_ms: int
    component: At
    whole: bool
    inside: bool = False  # its hardware is a part of what a node's meter reads, and it was read by another


def devices(facts: Facts) -> Iterator[Finding]:
    """Two components that claim one device or node whole in overlapping time, or together more than there was."""
    held: dict[str, list[Claim]] = {}
    for device, claim in _claims(facts):
        held.setdefault(device, []).append(claim)
    for device, claims in held.items():
        if len(claims) > 1:
            ordered = sorted(claims, key=_order)
            yield from _both_whole(device, [claim for claim in ordered if claim.whole])
            yield from _beyond(device, [claim for claim in ordered if claim.inside or _spare_kwh(claim) is not None])


def _order(claim: Claim) -> tuple[int, int, bool, str]:
    """By start; of the same start what ends last comes first."""
    return claim.start_ms, -claim.end_ms, claim.inside, claim.component.pointer


def _both_whole(device: str, claims: list[Claim]) -> Iterator[Finding]:
    """Claims of all of one device of which one begins before another ends."""
    before: Claim | None = None
    for claim in claims:
        if before and claim.component.pointer != before.component.pointer and _overlap(before, claim):
            told = f"claims the whole device {device} while another component does"
            yield Finding(claim.component.pointer, told, (before.component.pointer, *_shares(before, claim)))
        if before is None or claim.end_ms > before.end_ms:
            before = claim


def _overlap(one: Claim, other: Claim) -> bool:
    """Whether two spans share more time than a clock may have been moved unnoticed, or half of the shorter."""
    shared_ms = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    shorter_ms = min(one.end_ms - one.start_ms, other.end_ms - other.start_ms)
    return shared_ms > min(CLOCK_MS, shorter_ms / 2)


def _beyond(device: str, claims: list[Claim]) -> Iterator[Finding]:
    """Claims that lie in the time of another and are more than that one leaves of the node's energy.

    Of the spans so far only those are kept that no longer one with less to spare makes needless; by end, they are by
    what they spare, so that the first that ends late enough is the one that spares least.
    """
    kept: list[tuple[int, float, int]] = []
    for number, claim in enumerate(claims):
        spare_kwh = _spare_kwh(claim) or 0.0
        place = bisect_left(kept, (claim.end_ms, -math.inf, 0))
        if place < len(kept):
            outer = claims[kept[place][2]]
            if claim.component.value["energy"].get("value", 0.0) > kept[place][1] and not _same_place(outer, claim):
                told = f"is, with another component in whose time it lies, more than {device} drew in that time"
                yield Finding(claim.component.pointer, told, (outer.component.pointer, *_shares(outer, claim)))
            if kept[place][1] <= spare_kwh:
                continue
        if claim.inside:
            continue
        while place and kept[place - 1][1] >= spare_kwh:
            place -= 1
            del kept[place]
        insort(kept, (claim.end_ms, spare_kwh, number))


def _same_place(one: Claim, other: Claim) -> bool:
    return one.component.pointer == other.component.pointer


def _spare_kwh(claim: Claim) -> float | None:
    """What the component leaves of its node's energy for others; None where no counter tells."""
    component = claim.component.value
    drawn_kwh, node_kwh = component["energy"].get("value"), component.get("node_kwh")
    if component["sensor"] not in COUNTERS or drawn_kwh is None or node_kwh is None:
        return None
    return float(MORE_THAN_ALL * node_kwh - drawn_kwh)


def _shares(*claims: Claim) -> tuple[str, ...]:
    """The numbers that claims rest on."""
    members = ("energy/value", "node_kwh", "node_share")
    return tuple(f"{claim.component.pointer}/{member}" for claim in claims for member in members)


def _claims(facts: Facts) -> Iterator[tuple[str, Claim]]:
    """What the components of all stages hold of devices and counters.

    Only where it is known when: of several segments on the host, some may have been without the counter.
    """
    nodes = _nodes(facts)
    for stage, component in facts.components:
        resource = facts.resources.get(component.value["resource_ref"])
        if resource is None or facts.clock_moved(stage):
            continue
        device = _device(component, resource)
        around = [name for name, kinds in nodes.get(_host(resource), ()) if component.value["kind"] in kinds]
        spans = list(_spans(facts, stage, resource)) if device or around else []
        if len(spans) == 1 and spans[0][0] < spans[0][1]:  # what began and ended in one millisecond lies beside
            if device:
                yield device, Claim(*spans[0], component, _is_whole(component, *spans[0]))
            for name in around:
                yield name, Claim(*spans[0], component, whole=False, inside=True)


def _nodes(facts: Facts) -> dict[str, list[tuple[str, AbstractSet[str]]]]:
    """The meters of whole nodes by host, each with the kinds of hardware whose energy it reads too."""
    found: dict[str, dict[str, AbstractSet[str]]] = {}
    for _, component in facts.components:
        resource = facts.resources.get(component.value["resource_ref"])
        name = _device(component, resource) if resource and component.value["kind"] == NODE else None
        if resource and name and _host(resource):
            kinds = set(component.value.get("includes", PARTS))
            found.setdefault(_host(resource), {})[name] = kinds
    return {host: list(meters.items()) for host, meters in found.items()}


def _host(resource: At) -> str:
    return str(resource.value.get("host_ref", ""))


def _is_whole(component: At, start_ms: int, end_ms: int) -> bool:
    """Whether the component holds all of its device: not by its share, how that was taken, or the time it was held."""
    shared = component.value.get("share_by", "whole") != "whole"
    held_s = component.value.get("device_s", math.inf) if component.value["sensor"] not in COUNTERS else math.inf
    seen_s = component.value.get("coverage", 1.0) * (end_ms - start_ms) / MS_PER_S
    return not shared and component.value.get("node_share", 1.0) >= WHOLE and held_s >= WHOLE * seen_s - ROUNDING_S


def _device(component: At, resource: At) -> str | None:
    """What the component holds a part of, in words; None where it is not known which part."""
    if component.value["kind"] in ACCELERATORS and "device_ref" in resource.value:
        return str(resource.value["device_ref"])
    counted = component.value["sensor"] in COUNTERS and "node_share" in component.value
    return f"{resource.value['id']} by {component.value['sensor']}" if counted else None


def _spans(facts: Facts, stage: At, resource: At) -> Iterator[tuple[int, int]]:
    """Start and end of the stage's segments on the resource's host; of the stage where it lists none there."""
    host = resource.value.get("host_ref")
    own = facts.counted[stage] if host is None else facts.counted_on.get((stage, host))
    time = stage.member("time")
    for span in own or ([time] if time else []):
        start_ms, end_ms = milliseconds(span.value["start"]), milliseconds(span.value["end"])
        if start_ms is not None and end_ms is not None:
            yield start_ms, end_ms


CHECKS = (devices,)
