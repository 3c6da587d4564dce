"""The energy of one kind of hardware, as one counter, power model or declaration gives it, and its sums."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.models import activity_kwh
from joulecard.accounting.quantity import Quantity, add

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import ComponentKind, Reads, ShareBy
    from joulecard.factors import Factor, Uncertainty

POWER_MODEL = "power_model"  # the sensor of what no counter measured
REPLAY = "replay"  # the sensor of a recording read again: nothing of it was measured in this run
DECLARED = "declared"  # the sensor of what the program says
# How a device was shared, the surest first: of several segments the least sure is told.
_SHARED: tuple[ShareBy | None, ...] = (None, "whole", "processes", "even_split", "slices")


@dataclass(frozen=True, slots=True)
class Term:
    """Activity that a power model multiplies: unit-seconds (vCPU.s, GB.s, s) times the factor's watts per unit."""

    amount: float
    unit: str
    factor: Factor

    @property
    def energy_kwh(self) -> float:
        """The term's energy in kWh."""
        return activity_kwh(self.amount, self.factor.value)


class Limits(NamedTuple):
    """What a device may draw and how fast it may run, as its driver or a data sheet tells."""

    power_w: float | None = None
    clock_mhz: float | None = None
    design_w: float | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """The energy of one kind of hardware of one host, by one counter or power model."""

    kind: str
    resource: str  # kind@host_ref, of a device with /device_ref or /sensor:domain: the same for every stage on it
    sensor: str  # the counter's name, else "power_model" or "declared"
    energy: Quantity  # kWh
    coverage: float | None  # share of the time that was seen; None where nobody looked
    duration_s: float
    sources: tuple[Uncertainty, ...]  # of the energy
    idle_kwh: float | None = None
    dynamic_kwh: float | None = None
    node_kwh: float | None = None  # the whole node's, where a counter gives it
    activity: tuple[Term, ...] = ()
    model: str | None = None  # the power model's name
    reads: Reads | None = None  # what the counter tells; None: energy, or there was none
    quantity: str | None = None  # what the vendor calls what was read
    includes: tuple[ComponentKind, ...] | None = None  # other kinds of hardware whose energy is in this too
    share_by: ShareBy | None = None  # how a device was shared
    share_declared: float | None = None  # of a partitioned device
    device_ref: str | None = None  # its pseudonym
    device_model: str | None = None  # as the device's driver names it
    vendor: str | None = None
    limits: Limits | None = None
    busy_s: float | None = None  # utilisation x time, of a device without a counter
    device_s: float | None = None  # devices held x time

    @property
    def node_share(self) -> float | None:
        """This stage's share of the node's energy, 0..1; None where the node's is not known."""
        return min(1.0, self.energy.known / self.node_kwh) if self.node_kwh else None

    @property
    def utilization(self) -> float | None:
        """How busy the device was while it was held, 0..1; None where that was not seen."""
        return None if self.busy_s is None or not self.device_s else min(1.0, self.busy_s / self.device_s)


def merged(components: Iterable[Component]) -> tuple[Component, ...]:
    """One component for each kind, resource, sensor, way of reading and model, with the sums over the segments."""
    groups: dict[tuple[str | None, ...], list[Component]] = {}
    for component in components:
        key = (component.kind, component.resource, component.sensor, component.reads, component.model)
        groups.setdefault(key, []).append(component)
    return tuple(parts[0] if len(parts) == 1 else _one_component(parts) for parts in groups.values())


def _one_component(parts: list[Component]) -> Component:
    first, duration_s = parts[0], math.fsum(part.duration_s for part in parts)
    seen_s = _sum_or_none(None if part.coverage is None else part.coverage * part.duration_s for part in parts)
    terms: dict[str, list[Term]] = {}
    for term in (term for part in parts for term in part.activity):
        terms.setdefault(term.factor.id, []).append(term)
    share_by = least_sure(part.share_by for part in parts)
    shares = [(part.node_kwh or 0.0, part.share_declared) for part in parts]
    return replace(
        first,
        energy=add([part.energy for part in parts]),
        coverage=seen_s / duration_s if seen_s is not None and duration_s else first.coverage,
        duration_s=duration_s,
        sources=tuple({source.id: source for part in parts for source in part.sources}.values()),
        idle_kwh=_sum_or_none(part.idle_kwh for part in parts),
        dynamic_kwh=_sum_or_none(part.dynamic_kwh for part in parts),
        node_kwh=_sum_or_none(part.node_kwh for part in parts),
        activity=tuple(replace(group[0], amount=math.fsum(term.amount for term in group)) for group in terms.values()),
        quantity=first.quantity if all(part.quantity == first.quantity for part in parts) else None,
        includes=first.includes if all(part.includes == first.includes for part in parts) else None,
        share_by=share_by,
        share_declared=mean_share(shares) if share_by == "slices" else None,
        busy_s=_sum_or_none(part.busy_s for part in parts),
        device_s=_sum_or_none(part.device_s for part in parts),
    )


def _sum_or_none(values: Iterable[float | None]) -> float | None:
    """The sum; None where any part is unknown."""
    known: list[float] = []
    for value in values:
        if value is None:
            return None
        known.append(value)
    return math.fsum(known)


def mean_share(parts: Iterable[tuple[float, float | None]]) -> float:
    """The mean of shares, weighted; a share that is None is the whole."""
    pairs = [(weight, 1.0 if share is None else share) for weight, share in parts]
    if len({share for _, share in pairs}) == 1:
        return pairs[0][1]
    total = math.fsum(weight for weight, _ in pairs)
    return min(1.0, math.fsum(weight * share for weight, share in pairs) / total) if total else pairs[0][1]


def least_sure(ways: Iterable[ShareBy | None]) -> ShareBy | None:
    """Of several ways of sharing the one that knows least."""
    return max(ways, key=_SHARED.index)
