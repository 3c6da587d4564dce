"""The energy of one segment by kind of hardware: what counters read, and by power model what they did not.

What was not seen is not scaled up: the energy is what was seen, coverage and gaps say how much that is. A share of what
a counter read stays measured: it tells whose energy that is, not how much; the doubt in it is a source of its own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.accounting.models import modelled_energy
from joulecard.accounting.quantity import quantity
from joulecard.capture.segment import Gap
from joulecard.disclosure.components import (
    DECLARED,
    POWER_MODEL,
    REPLAY,
    Component,
    Limits,
    Term,
    least_sure,
    mean_share,
)
from joulecard.disclosure.counted import Choice, Group, chosen, device_of, resource_of
from joulecard.disclosure.sensors import DEVICES, VENDORS, counter_source, split_source
from joulecard.units import WH_PER_KWH, kwh_from_joules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.capture.segment import AcceleratorUse, Reading, Segment
    from joulecard.factors import Edition, Factor
    from joulecard.surroundings.machine import Accelerator


def components_of(segment: Segment, edition: Edition) -> tuple[list[Component], list[Gap]]:
    """What counters read, and by model the hardware that no counter reads; and what nothing saw.

    Where the program declares its energy, that alone, and what was seen becomes a gap.
    """
    components, gaps = _seen(segment, edition)
    if segment.declared is None or segment.declared.energy_wh is None:
        return components, gaps
    seen_wh = math.fsum(component.energy.known for component in components) * WH_PER_KWH
    told = f"the stage declares its energy, {segment.declared.energy_wh:.6g} Wh; {seen_wh:.6g} Wh were seen here"
    return [_declared(segment, edition, segment.declared.energy_wh)], [Gap("energy", f"{told} and are not added")]


def _seen(segment: Segment, edition: Edition) -> tuple[list[Component], list[Gap]]:
    """The energy that was measured or modelled, and what nothing saw."""
    choice = chosen(segment)
    components = [_counted(segment, edition, group) for group in choice.groups]
    activity = segment.activity
    # no memory x time means that the system did not say how much there is, not that there is none
    known = {"cpu": activity.coverage, "dram": activity.coverage * activity.memory_gb_s}
    modelled = {"cpu": _cpu_by_model, "dram": _memory_by_model}
    left = (kind for kind in modelled if kind not in choice.covered and known[kind])
    components += [modelled[kind](segment, edition) for kind in left]
    used, unrated = _used(segment, edition, choice)
    components += used
    gaps = (*choice.gaps, *_never_read(segment), *unrated, *_unseen(segment, components, choice))
    return components, list(gaps)


def _declared(segment: Segment, edition: Edition, energy_wh: float) -> Component:
    """The energy that the program gives for the whole of its stage."""
    resource = resource_of(segment, "host")
    source = edition.uncertainty("energy-declared", resource)
    energy = quantity(energy_wh / WH_PER_KWH, "kWh", "declared", (source,))
    return Component("host", resource, DECLARED, energy, None, segment.monotonic_s, (source,))


def _counted(segment: Segment, edition: Edition, group: Group) -> Component:
    """What the counters of one piece of hardware read together."""
    first, resource = group.first, group.resource
    readings = [reading for reading in group.readings if reading.coverage > 0]
    share_kwh = kwh_from_joules(math.fsum(reading.share_j for reading in readings))
    idle = [reading.idle_j for reading in readings if reading.idle_j is not None]
    idle_kwh = kwh_from_joules(math.fsum(idle)) if len(idle) == len(readings) else None
    share_by = least_sure(reading.share_by for reading in readings)
    source = counter_source(edition, first, resource)
    # all that is split by CPU time errs together
    split_of = resource if first.kind in DEVICES else resource_of(segment, "host")
    split = split_source(edition, (first.kind, share_by), group.share, split_of)
    energy = quantity(share_kwh, "kWh", "estimated" if first.sensor == REPLAY else "measured", (source,))
    if split:  # to take a little too much of nearly all is a small error: it grows with what others had
        energy = energy.less_sure(split, share_kwh * (1 - group.share))
    return Component(
        kind=first.kind,
        resource=resource,
        sensor=first.sensor,
        energy=energy,
        coverage=group.coverage,  # a package that was not seen is not hidden behind one that was
        duration_s=segment.monotonic_s,
        sources=(source, split) if split else (source,),
        idle_kwh=idle_kwh,
        dynamic_kwh=None if idle_kwh is None else max(0.0, share_kwh - idle_kwh),
        node_kwh=kwh_from_joules(math.fsum(reading.node_j for reading in readings)),
        reads=first.reads,
        quantity=first.quantity if all(reading.quantity == first.quantity for reading in readings) else None,
        includes=group.includes,
        share_by=share_by,
        share_declared=_declared_share(readings) if share_by == "slices" else None,
        device_ref=first.device_ref,
        device_model=first.model,
        vendor=VENDORS.get(first.sensor),
        limits=_limits(first),
    )


def _limits(reading: Reading) -> Limits | None:
    known = reading.power_limit_w is not None or reading.clock_limit_mhz is not None
    return Limits(reading.power_limit_w, reading.clock_limit_mhz) if known else None


def _declared_share(readings: Sequence[Reading]) -> float:
    """The declared part of a device, over several readings by their energy."""
    return mean_share((reading.node_j, reading.share_declared) for reading in readings)


def _cpu_by_model(segment: Segment, edition: Edition) -> Component:
    idle, active = edition.cpu_model(segment.machine)
    activity = segment.activity
    terms = (Term(activity.core_s, "vCPU.s", idle), Term(activity.cpu_s, "vCPU.s", active))
    part = _by_model(segment, ("cpu", resource_of(segment, "cpu")), terms, activity.coverage)
    return replace(part, idle_kwh=terms[0].energy_kwh, dynamic_kwh=terms[1].energy_kwh)


def _memory_by_model(segment: Segment, edition: Edition) -> Component:
    terms = (Term(segment.activity.memory_gb_s, "GB.s", edition.memory()),)
    return _by_model(segment, ("dram", resource_of(segment, "dram")), terms, segment.activity.coverage)


def _by_model(segment: Segment, what: tuple[str, str], terms: tuple[Term, ...], coverage: float) -> Component:
    """The energy of hardware, by kind and resource, whose activity was seen."""
    factor = terms[0].factor
    kind, resource = what
    return Component(
        kind=kind,
        resource=resource,
        sensor=POWER_MODEL,
        energy=modelled_energy(((term.amount, term.factor.value) for term in terms), factor.uncertainty),
        coverage=coverage,
        duration_s=segment.monotonic_s,
        sources=factor.uncertainty,
        activity=terms,
        model=factor.name,
    )


def _used(segment: Segment, edition: Edition, choice: Choice) -> tuple[list[Component], list[Gap]]:
    """The energy of accelerators of which only their use was seen, and those of which no power is known."""
    read = {(reading.sensor, reading.domain) for group in choice.groups for reading in group.readings}
    components, gaps = [], []
    for use in segment.activity.accelerators or ():
        name, rating = f"{use.sensor}:{use.domain}", edition.accelerator(use.model)
        if (use.sensor, use.domain) in read or choice.covers_devices:
            continue
        if not use.coverage:
            gaps.append(Gap(name, f"how busy {use.model} was could not be seen", segment.monotonic_s))
        elif rating.factor:
            components.append(_by_use(segment, use, rating.kind, rating.factor))
        else:
            told = f"how busy {use.model} was is known, its energy is not: {rating.missing}"
            gaps.append(Gap(name, told, segment.monotonic_s))
    return components, gaps


def _by_use(segment: Segment, use: AcceleratorUse, kind: str, factor: Factor) -> Component:
    what = kind, resource_of(segment, kind, device_of(use, "gpu"))
    return replace(
        _by_model(segment, what, (Term(use.busy_s, "s", factor),), use.coverage),
        device_ref=use.device_ref,
        device_model=use.model,
        vendor=VENDORS.get(use.sensor),
        limits=Limits(design_w=factor.value),
        busy_s=use.busy_s,
        device_s=use.device_s,
    )


def _never_read(segment: Segment) -> list[Gap]:
    """The counters without a single reading that the segment itself does not tell of."""
    told = {gap.what for gap in segment.gaps}
    names = (f"{reading.sensor}:{reading.domain}" for reading in segment.energy if reading.coverage <= 0)
    reason = "the counter was never read"
    return [Gap(name, reason, segment.monotonic_s) for name in names if name not in told]


def _unseen(segment: Segment, components: Sequence[Component], choice: Choice) -> list[Gap]:
    """The hardware that is there and that neither a counter nor a model saw."""
    gaps, kinds = [], choice.covered | {component.kind for component in components}
    lasted = segment.monotonic_s > 0
    if not (lasted or kinds):
        gaps.append(Gap("recorder", "the record ends where it begins: nothing was read twice", segment.monotonic_s))
    if "cpu" not in kinds and lasted:
        gaps.append(Gap("cpu", "no counter read the CPU and its activity was not seen", segment.monotonic_s))
    if "dram" not in kinds and lasted:
        gaps.append(Gap("dram", "no counter read the memory and its size was not seen", segment.monotonic_s))
    if blind := unread_accelerators(segment):
        names = ", ".join(f"{part.count} x {part.model}" for part in blind)
        gaps.append(Gap("accelerator", f"no counter read {names}", segment.monotonic_s))
    return gaps


def unread_accelerators(segment: Segment) -> list[Accelerator]:
    """The accelerators that no meter of their vendor read, each with how many of them the stage may have used."""
    seen = [(reading.sensor, reading.model) for reading in segment.energy if reading.kind in DEVICES]
    seen += [(use.sensor, use.model) for use in segment.activity.accelerators or ()]
    vendors, models = {VENDORS.get(sensor) for sensor, _ in seen}, {model for _, model in seen}
    if chosen(segment).covers_devices or (segment.declared and segment.declared.energy_wh is not None):
        return []
    return [
        replace(part, count=count)
        for part in segment.machine.accelerators
        if part.vendor not in vendors and part.model not in models and (count := _usable(part, segment))
    ]


def _usable(part: Accelerator, segment: Segment) -> int:
    return part.count if part.visible is None or segment.attribution == "machine" else part.visible
