"""Embodied emissions of the hardware that stages had reserved, by SCI (ISO/IEC 21031): TE x TiR/EL x RR/ToR."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.accounting.quantity import add, not_available, quantity
from joulecard.disclosure.beside import Worked
from joulecard.disclosure.counted import resource_of
from joulecard.disclosure.sensors import DEVICES, VENDORS
from joulecard.disclosure.tally import Assumption

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from joulecard.accounting.quantity import Quantity
    from joulecard.capture.segment import Segment
    from joulecard.disclosure.components import Component
    from joulecard.disclosure.tallied import Tallied
    from joulecard.disclosure.tally import SegmentTally
    from joulecard.factors import Edition
    from joulecard.factors.embodied import Life, Made
    from joulecard.surroundings.machine import Accelerator

IN_CHIP = "apple_silicon"  # a sensor of what is made together with the processor
SHARES = frozenset({"even_split", "processes"})  # of a device, in time as in energy
NO_LIFE = "nothing is known of how long the hardware was held"
RESERVED = (
    "Of a host, a stage uses up the share of its logical CPUs that was reserved, of its memory and boards as much; "
    "where nothing was reserved for it, the CPUs that it kept busy"
)


class Hardware(NamedTuple):
    """How the making of hardware is spread: over all of its life, or over the share of it in which it is in use."""

    in_use: float | None = None  # 0..1; None: over all of it


def hardware_by(asked: bool, in_use: float | None = None) -> Hardware | None:  # noqa: FBT001  a setting as it is
    """How embodied carbon is counted; None where nobody asked for it."""
    return Hardware(in_use) if asked or in_use is not None else None


@dataclass(frozen=True, slots=True)
class _Held:
    """One piece of hardware, for how long a stage had it and how much of it."""

    resource: str
    made: Made
    reserved_s: float
    unit_s: float  # reserved units x time
    total_units: float
    count: int = 1

    @property
    def reserved_units(self) -> float:
        """The mean over the time, at most what is there."""
        return min(self.total_units, self.unit_s / self.reserved_s) if self.reserved_s else 0.0

    def emissions(self, life_s: float) -> Quantity:
        """In g: the part of making it that was used up."""
        share = self.reserved_s / life_s * self.reserved_units / self.total_units
        sources = (*self.made.factor.uncertainty, *self.made.life.uncertainty)
        return quantity(self.made.factor.value * self.count * share, "g", "estimated", sources)


def embodied_of(joined: Tallied, edition: Edition, asked: Hardware) -> Worked:
    """What making the hardware of an execution emitted, the part that its time and reservation use up."""
    pairs = list(zip(joined.execution.counted, joined.parts, strict=True))
    held = _together(each for segment, part in pairs for each in _held(segment, part, edition))
    held = [each for each in held if each.reserved_s > 0]
    if not held:
        return Worked(not_available("g", NO_LIFE))
    made = tuple((each.resource, each.made, each.total_units) for each in held)
    lines = tuple(
        {"resource_ref": each.resource, "reserved_s": each.reserved_s, "reserved_units": each.reserved_units}
        for each in held
    )
    return Worked(
        add([each.emissions(life_s(each.made.life, asked)) for each in held]),
        lines,
        "",
        tuple({each.made.factor.id: each.made.factor for each in held}.values()),
        tuple({source.id: source for each in held for source in each.made.life.uncertainty}.values()),
        tuple(_assumptions(held, asked)),
        made=made,
    )


def life_s(life: Life, asked: Hardware) -> float:
    """The seconds over which the making of hardware is spread."""
    return life.seconds * (1.0 if asked.in_use is None else asked.in_use)


def embodied_members(made: Made, total_units: float, asked: Hardware) -> dict[str, Any]:
    """What making a resource emitted, as members of the document."""
    return {
        "total_g": made.factor.value,
        "lifespan_s": life_s(made.life, asked),
        "total_units": total_units,
        "factor_ref": made.factor.id,
    }


def _held(segment: Segment, part: SegmentTally, edition: Edition) -> Iterator[_Held]:
    """The host and the accelerators that a segment had."""
    yield _host(segment, edition)
    devices = [component for component in part.components if component.kind in DEVICES]
    for component in devices:
        if component.sensor != IN_CHIP:
            made = edition.accelerator_made(component.device_model or _only_model(segment))
            taken_s = component.duration_s * _taken(component)
            yield _Held(component.resource, made, component.duration_s, taken_s, 1.0)
    for name, kind, count in () if devices else accelerators_of(segment):
        if kind.vendor != VENDORS[IN_CHIP]:
            made = edition.accelerator_made(kind.model)
            held_s = segment.monotonic_s * _usable(kind, count, segment)
            yield _Held(name, made, segment.monotonic_s, held_s, float(count), count)


def accelerators_of(segment: Segment) -> Iterator[tuple[str, Accelerator, int]]:
    """The accelerators of a host of which no meter tells them apart: the name of their resource, kind and number."""
    is_declared = segment.declared is not None and segment.declared.energy_wh is not None
    for number, kind in enumerate(segment.machine.accelerators, 1):
        count = kind.visible if is_declared and kind.visible is not None else kind.count
        if count:
            yield f"{resource_of(segment, 'host')}/accelerator-{number}", kind, count


def _usable(kind: Accelerator, count: int, segment: Segment) -> int:
    """How many of them the stage might use."""
    return count if kind.visible is None or segment.attribution == "machine" else min(count, kind.visible)


def _host(segment: Segment, edition: Edition) -> _Held:
    activity, machine = segment.activity, segment.machine
    core_s = activity.core_s or activity.cpu_s
    units = float(machine.logical_cpus)
    made = edition.host_made(machine)
    return _Held(resource_of(segment, "host"), made, segment.monotonic_s, core_s, units)


def _only_model(segment: Segment) -> str:
    """The model of the host's accelerators, where they are all of one."""
    models = {part.model for part in segment.machine.accelerators}
    return models.pop() if len(models) == 1 else "unknown accelerator"


def _taken(component: Component) -> float:
    """How much of a device was ours, 0..1."""
    if component.device_s is not None:
        return min(1.0, component.device_s / component.duration_s) if component.duration_s else 0.0
    if component.share_declared is not None:
        return component.share_declared
    share = component.node_share
    return share if component.share_by in SHARES and share is not None else 1.0


def _together(held: Iterable[_Held]) -> list[_Held]:
    """One entry a resource, with the time of all."""
    groups: dict[str, list[_Held]] = {}
    for each in held:
        groups.setdefault(each.resource, []).append(each)
    return [_one(parts) for parts in groups.values()]


def _one(parts: Sequence[_Held]) -> _Held:
    first = parts[0]
    reserved_s, unit_s = math.fsum(part.reserved_s for part in parts), math.fsum(part.unit_s for part in parts)
    return _Held(first.resource, first.made, reserved_s, unit_s, first.total_units, first.count)


def _assumptions(held: Sequence[_Held], asked: Hardware) -> Iterator[Assumption]:
    for factor in {each.made.factor.id: each.made.factor for each in held}.values():
        if factor.assumes:
            yield Assumption(factor.assumes, factor.is_default, factor.value, factor.unit, factor.id)
    for years in sorted({each.made.life.years for each in held if each.made.life.is_default}):
        yield Assumption(f"Servers and accelerators are used for {years:g} years", default=True)
    if asked.in_use is not None:
        told = f"Hardware is in use for {asked.in_use:.4g} of its life, over which alone its making is spread"
        yield Assumption(told, default=False)
    yield Assumption(RESERVED, default=True)
