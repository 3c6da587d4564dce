"""The energy of one segment by kind of hardware: what counters read, and by power model what they did not.

What was not seen is not scaled up: the energy is what was seen, coverage and gaps say how much that is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.accounting.models import activity_kwh, modelled_energy
from joulecard.accounting.quantity import Quantity, add, quantity
from joulecard.capture.segment import Gap
from joulecard.errors import InvalidInputError
from joulecard.units import kwh_from_joules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.capture.segment import Reading, Reads, Segment
    from joulecard.factors import Edition, Factor, Uncertainty
    from joulecard.surroundings.machine import Accelerator

# The uncertainty class of each counter and gauge; what stands here is measured.
COUNTERS: dict[tuple[str, str, Reads], str] = {
    ("rapl", "cpu", "energy"): "rapl-package",
    ("rapl", "dram", "energy"): "rapl-dram",
    ("nvml", "gpu", "energy"): "nvml-energy-counter",
    ("nvml", "gpu", "power"): "nvml-power-polled",
}
# Chips whose power sensor looks at a part of the time only (arXiv:2312.02741, for A100 and H100): every product that
# bears one of the two, and what does not say its name.
PART_TIME = "nvml-power-part-time"
_PART_TIME_CHIP = re.compile(r"\b(A100|A800|A30|GH200|H100|H200|H800|H20)(?![0-9])|^$")
VENDORS = {"nvml": "NVIDIA", "amd_smi": "AMD"}  # whose devices a sensor sees
POWER_MODEL = "power_model"  # the sensor of what no counter measured


@dataclass(frozen=True, slots=True)
class Term:
    """Activity that a power model multiplies: unit-seconds (vCPU.s, GB.s) times the factor's watts per unit."""

    amount: float
    unit: str
    factor: Factor

    @property
    def energy_kwh(self) -> float:
        """The term's energy in kWh."""
        return activity_kwh(self.amount, self.factor.value)


@dataclass(frozen=True, slots=True)
class Component:
    """The energy of one kind of hardware of one host, by one counter or power model."""

    kind: str
    resource: str  # kind@host_ref, for a GPU with /device_ref: the same for every stage on this hardware
    sensor: str  # the counter's name, else "power_model"
    energy: Quantity  # kWh
    coverage: float  # share of the time that was seen
    duration_s: float
    idle_kwh: float | None = None
    dynamic_kwh: float | None = None
    node_kwh: float | None = None  # the whole node's, where a counter gives it
    activity: tuple[Term, ...] = ()
    model: str | None = None  # the power model's name
    reads: Reads | None = None  # what the counter tells; None: energy, or there was none
    device_model: str | None = None  # as the device's driver names it

    @property
    def node_share(self) -> float | None:
        """This stage's share of the node's energy, 0..1; None where the node's is not known."""
        return min(1.0, self.energy.known / self.node_kwh) if self.node_kwh else None


def components_of(segment: Segment, edition: Edition) -> tuple[list[Component], list[Gap]]:
    """What counters read, and by model the CPU and the memory where no counter reads them; and what nothing saw."""
    groups: dict[tuple[str, str, str, Reads | None], list[Reading]] = {}
    for reading in segment.energy:
        key = (reading.kind, _resource(segment, reading), reading.sensor, reading.reads)
        groups.setdefault(key, []).append(reading)
    # Counters of which none was ever read say nothing: the model stands in for them.
    read = {key: readings for key, readings in groups.items() if any(reading.coverage > 0 for reading in readings)}
    components = [_counted(segment, edition, readings) for readings in read.values()]
    kinds = {component.kind for component in components}
    activity = segment.activity
    # no memory x time means that the system did not say how much there is, not that there is none
    known = {"cpu": activity.coverage, "dram": activity.coverage * activity.memory_gb_s}
    modelled = {"cpu": _cpu_by_model, "dram": _memory_by_model}
    components += [model(segment, edition) for kind, model in modelled.items() if kind not in kinds and known[kind]]
    return components, [*_never_read(segment), *_unseen(segment, {component.kind for component in components})]


def _counted(segment: Segment, edition: Edition, readings: list[Reading]) -> Component:
    """What the counters of one piece of hardware read together."""
    first, resource = readings[0], _resource(segment, readings[0])
    source = _counter_source(edition, (first.kind, first.sensor, first.reads, first.model), resource)
    coverage = min(reading.coverage for reading in readings)
    readings = [reading for reading in readings if reading.coverage > 0]
    share_kwh = kwh_from_joules(math.fsum(reading.share_j for reading in readings))
    idle = [reading.idle_j for reading in readings if reading.idle_j is not None]
    idle_kwh = kwh_from_joules(math.fsum(idle)) if len(idle) == len(readings) else None
    return Component(
        kind=first.kind,
        resource=resource,
        sensor=first.sensor,
        reads=first.reads,
        device_model=first.model,
        energy=quantity(share_kwh, "kWh", "measured", (source,)),
        coverage=coverage,  # a package that was not seen is not hidden behind one that was
        duration_s=segment.monotonic_s,
        idle_kwh=idle_kwh,
        dynamic_kwh=None if idle_kwh is None else max(0.0, share_kwh - idle_kwh),
        node_kwh=kwh_from_joules(math.fsum(reading.node_j for reading in readings)),
    )


def _cpu_by_model(segment: Segment, edition: Edition) -> Component:
    idle, active = edition.cpu_model(segment.machine)
    activity = segment.activity
    terms = (Term(activity.core_s, "vCPU.s", idle), Term(activity.cpu_s, "vCPU.s", active))
    part = _by_model(segment, "cpu", terms)
    return replace(part, idle_kwh=terms[0].energy_kwh, dynamic_kwh=terms[1].energy_kwh)


def _memory_by_model(segment: Segment, edition: Edition) -> Component:
    return _by_model(segment, "dram", (Term(segment.activity.memory_gb_s, "GB.s", edition.memory()),))


def _by_model(segment: Segment, kind: str, terms: tuple[Term, ...]) -> Component:
    factor = terms[0].factor
    pairs = ((term.amount, term.factor.value) for term in terms)
    return Component(
        kind=kind,
        resource=f"{kind}@{segment.host_ref}",
        sensor=POWER_MODEL,
        energy=modelled_energy(pairs, factor.uncertainty),
        coverage=segment.activity.coverage,
        duration_s=segment.monotonic_s,
        activity=terms,
        model=factor.name,
    )


def _never_read(segment: Segment) -> list[Gap]:
    """The counters without a single reading that the segment itself does not tell of."""
    told = {gap.what for gap in segment.gaps}
    names = (f"{reading.sensor}:{reading.domain}" for reading in segment.energy if reading.coverage <= 0)
    reason = "the counter was never read"
    return [Gap(name, reason, segment.monotonic_s) for name in names if name not in told]


def _unseen(segment: Segment, kinds: set[str]) -> list[Gap]:
    """The hardware that is there and that neither a counter nor a model saw."""
    gaps = []
    if "cpu" not in kinds:
        gaps.append(Gap("cpu", "no counter read the CPU and its activity was not seen", segment.monotonic_s))
    if "dram" not in kinds:
        gaps.append(Gap("dram", "no counter read the memory and its size was not seen", segment.monotonic_s))
    if blind := unread_accelerators(segment):
        names = ", ".join(f"{part.count} x {part.model}" for part in blind)
        gaps.append(Gap("accelerator", f"no counter read {names}", segment.monotonic_s))
    return gaps


def unread_accelerators(segment: Segment) -> list[Accelerator]:
    """The accelerators that no meter of their vendor read, each with how many of them the stage may have used."""
    sensors = {reading.sensor for reading in segment.energy if reading.kind in {"gpu", "accelerator"}}
    vendors = {VENDORS.get(sensor) for sensor in sensors}
    return [
        replace(part, count=count)
        for part in segment.machine.accelerators
        if part.vendor not in vendors and (count := _usable(part, segment))
    ]


def _usable(part: Accelerator, segment: Segment) -> int:
    return part.count if part.visible is None or segment.attribution == "machine" else part.visible


def _resource(segment: Segment, reading: Reading) -> str:
    device = f"/{reading.device_ref}" if reading.device_ref else ""
    return f"{reading.kind}@{segment.host_ref}{device}"


def _counter_source(edition: Edition, seen_by: tuple[str, str, Reads | None, str | None], resource: str) -> Uncertainty:
    """The error of a counter, by kind of hardware, sensor, what that reads, and the device's model."""
    kind, sensor, reads, model = seen_by
    class_name = COUNTERS.get((sensor, kind, reads or "energy"))
    if class_name is None:
        raise InvalidInputError(f"the sensor {sensor} of a {kind} is not known to this joulecard")
    if class_name == "nvml-power-polled" and _PART_TIME_CHIP.search(model or ""):
        class_name = PART_TIME
    return edition.uncertainty(class_name, resource)


def sources_of(components: Iterable[Component], edition: Edition) -> Iterator[Uncertainty]:
    """The sources of error of the components' energies."""
    for component in components:
        if component.activity:
            yield from component.activity[0].factor.uncertainty
        else:
            seen_by = (component.kind, component.sensor, component.reads, component.device_model)
            yield _counter_source(edition, seen_by, component.resource)


def merged(components: Iterable[Component]) -> tuple[Component, ...]:
    """One component for each kind, resource, sensor, way of reading and model, with the sums over the segments."""
    groups: dict[tuple[str | None, ...], list[Component]] = {}
    for component in components:
        key = (component.kind, component.resource, component.sensor, component.reads, component.model)
        groups.setdefault(key, []).append(component)
    return tuple(parts[0] if len(parts) == 1 else _one_component(parts) for parts in groups.values())


def _one_component(parts: list[Component]) -> Component:
    duration_s = math.fsum(part.duration_s for part in parts)
    seen_s = math.fsum(part.coverage * part.duration_s for part in parts)
    terms: dict[str, list[Term]] = {}
    for term in (term for part in parts for term in part.activity):
        terms.setdefault(term.factor.id, []).append(term)
    return replace(
        parts[0],
        energy=add([part.energy for part in parts]),
        coverage=seen_s / duration_s if duration_s else parts[0].coverage,
        duration_s=duration_s,
        idle_kwh=_sum_or_none(part.idle_kwh for part in parts),
        dynamic_kwh=_sum_or_none(part.dynamic_kwh for part in parts),
        node_kwh=_sum_or_none(part.node_kwh for part in parts),
        activity=tuple(replace(group[0], amount=math.fsum(term.amount for term in group)) for group in terms.values()),
    )


def _sum_or_none(values: Iterable[float | None]) -> float | None:
    """The sum; None where any part is unknown."""
    known: list[float] = []
    for value in values:
        if value is None:
            return None
        known.append(value)
    return math.fsum(known)
