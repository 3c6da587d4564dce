"""Which readings of a segment are added up: no joule twice, where several meters saw the same hardware."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.segment import Gap
from joulecard.disclosure.sensors import DEVICES, KINDS, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import AcceleratorUse, ComponentKind, Reading, Segment

ENOUGH = 0.99  # share of the time that a node's meter must have seen to stand for its parts
PARTS = frozenset({"cpu", "dram", "gpu", "accelerator"})
NODE = "node meter"  # in gaps
_WIDEST = ("host", "gpu", "accelerator", "cpu", "dram")  # what may hold others comes first
# Of sensors of one piece of hardware the first is taken; what is not here comes after these.
SENSORS = ("rapl", "nvml", "amd_smi", "apple_silicon", "hwmon")


class Group(NamedTuple):
    """What one sensor read of one piece of hardware in one way."""

    resource: str
    readings: tuple[Reading, ...]

    @property
    def first(self) -> Reading:
        """The reading that tells what all have in common."""
        return self.readings[0]

    @property
    def coverage(self) -> float:
        """Share of the time that was seen by all of its counters."""
        return min(reading.coverage for reading in self.readings)

    @property
    def share(self) -> float:
        """The stage's part of what the counters read."""
        node_j = math.fsum(reading.node_j for reading in self.readings)
        return math.fsum(reading.share_j for reading in self.readings) / node_j if node_j else 1.0

    @property
    def includes(self) -> tuple[ComponentKind, ...] | None:
        """Other kinds of hardware whose energy is in it too, as its counters say."""
        named = {kind for reading in self.readings for kind in reading.includes or ()}
        return tuple(kind for kind in KINDS if kind in named) or None

    @property
    def holds(self) -> frozenset[str]:
        """The same; a node's meter holds all, unless it says which."""
        return frozenset(self.includes or (PARTS if self.first.kind == "host" else ()))


class Choice(NamedTuple):
    """The readings that are added up, and what else was seen."""

    groups: tuple[Group, ...]
    gaps: tuple[Gap, ...]

    @property
    def covered(self) -> frozenset[str]:
        """The kinds of hardware whose energy is in them."""
        return frozenset().union(*({group.first.kind, *group.holds} for group in self.groups))

    @property
    def covers_devices(self) -> bool:
        """Whether a meter that is added up reads the accelerators among other hardware."""
        return any(group.holds & DEVICES for group in self.groups)


def chosen(segment: Segment) -> Choice:
    """The readings of a segment that are added up.

    Of two sensors of one piece of hardware, one; of a node's meter and its parts, one; and beside a device's meter
    that reads other hardware too (NVIDIA's Grace Hopper modules) no meter of that.
    """
    groups, gaps = _one_sensor_each(segment, _groups(segment))
    nodes = [group for group in groups if group.first.kind == "host"]
    parts = [group for group in groups if group.first.kind != "host"]
    if nodes:
        objection = _objection(segment, nodes[0], parts)
        if objection:
            gaps.append(Gap(NODE, f"the node's own meter was read and is not added: {objection}", None))
            nodes = []
    return Choice(tuple(_apart([*nodes, *parts])), tuple(gaps))


def _apart(groups: Sequence[Group]) -> list[Group]:
    """The groups whose hardware no other one holds: nodes first, then devices, then processors, then memory."""
    kept: list[Group] = []
    for group in sorted(groups, key=lambda group: _WIDEST.index(group.first.kind)):
        if not any(group.first.kind in other.holds for other in kept if other.first.kind != group.first.kind):
            kept.append(group)
    return [group for group in groups if group in kept]


def resource_of(segment: Segment, kind: str, device: str = "") -> str:
    """The name of a piece of hardware: the same for every stage on it."""
    return f"{kind}@{segment.host_ref}" + (f"/{device}" if device else "")


def device_of(seen: Reading | AcceleratorUse, kind: str) -> str:
    """A device's pseudonym, else what its sensor calls it; nothing for what a host has one of."""
    if seen.device_ref or kind not in DEVICES:
        return seen.device_ref or ""
    domain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in seen.domain[:128])
    return f"{seen.sensor}:{domain}"


def _groups(segment: Segment) -> list[Group]:
    """The readings by hardware, sensor and way of reading; counters of which none was ever read say nothing."""
    found: dict[tuple[str, str, str], list[Reading]] = {}
    for reading in segment.energy:
        resource = resource_of(segment, reading.kind, device_of(reading, reading.kind))
        found.setdefault((resource, reading.sensor, reading.reads or "energy"), []).append(reading)
    groups = (Group(resource, tuple(readings)) for (resource, *_), readings in found.items())
    return [group for group in groups if any(reading.coverage > 0 for reading in group.readings)]


def _one_sensor_each(segment: Segment, groups: Sequence[Group]) -> tuple[list[Group], list[Gap]]:
    """The groups without those of a second sensor of the same hardware, which are told."""
    best: dict[str, Group] = {}
    for group in sorted(groups, key=_rank):
        best.setdefault(group.resource, group)
    kept, gaps = [], []
    for group in groups:
        taken = best[group.resource]
        if group.first.sensor != taken.first.sensor:
            told = f"{taken.first.sensor} read the same hardware; what this read is not added"
            names = (f"{reading.sensor}:{reading.domain}" for reading in group.readings)
            gaps += [Gap(name, told, segment.monotonic_s) for name in names]
        else:
            kept.append(group)
    return kept, gaps


def _rank(group: Group) -> tuple[bool, int]:
    """What saw the time comes first, then the order of the sensors."""
    sensor = group.first.sensor
    return group.coverage < ENOUGH, SENSORS.index(sensor) if sensor in SENSORS else len(SENSORS)


def _objection(segment: Segment, node: Group, parts: Sequence[Group]) -> str:
    """Why the meters of the parts are taken and not that of the node; empty where it is taken."""
    if parts and node.coverage < ENOUGH:
        return "it was seen for a part of the time only, and meters of its parts were read"
    if any(part.holds & node.holds and part.first.kind not in node.holds for part in parts):
        return "a meter of one of its parts reads some of the same hardware"
    shared = segment.attribution != "machine" and node.share < WHOLE
    if shared and _has_devices(segment, parts):
        return "others used the node too, and CPU time does not tell whose the energy of its accelerators is"
    return ""


def _has_devices(segment: Segment, parts: Iterable[Group]) -> bool:
    uses = segment.activity.accelerators
    return bool(segment.machine.accelerators or uses or any(group.first.kind in DEVICES for group in parts))
