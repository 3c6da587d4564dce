"""Totals over the stages, and which source of uncertainty makes them as wide as they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from joulecard.accounting.intervals import log_variance
from joulecard.accounting.quantity import Quantity, not_available
from joulecard.disclosure import document as doc
from joulecard.disclosure.phases import Phase, phase_of
from joulecard.disclosure.tallied import (
    Tallied,
    energy_quantity,
    mass_quantity,
    sum_of,
    water_quantity,
)
from joulecard.disclosure.work import flop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.disclosure.beside import Worked


class Missing(TypedDict):
    """A quantity without a value."""

    method: Literal["not_available"]
    reason: str


NO_EMBODIED: Final[Missing] = {
    "method": "not_available",
    "reason": "embodied carbon of the hardware is not assessed: joulecard assemble --embodied assesses it",
}
NO_WATER: Final[Missing] = {
    "method": "not_available",
    "reason": "no water usage effectiveness is known for this place",
}
NOTHING_RAN = "nothing ran anew: every result was taken over from an earlier execution"
BESIDE = ("operational_market", "embodied", "operational_and_embodied", "water")  # of a phase, where they are known
LEAST_SHARE = 0.005  # smaller shares of the variance are not worth a line

# What would make the source smaller; the classes are those of the factor edition's uncertainty table.
ADVICE = {
    "grid-country-lifecycle": "a grid factor for the zone and the hours of the run instead of a country's yearly mean",
    "grid-zone-lifecycle": "a grid factor for the hours of the run instead of a zone's yearly mean",
    "grid-subnational-by-country": "naming the region or subdivision instead of the country alone",
    "grid-direct-official": "a grid factor for the hours of the run instead of a yearly mean",
    "grid-year-shift": "a grid factor of the year in which the stages ran",
    "grid-world-for-unknown": "saying where the machine stands (JOULECARD_PLACE, for example FR or aws/eu-north-1)",
    "rapl-package": "a power meter at the machine's supply",
    "rapl-dram": "a power meter at the machine's supply",
    "nvml-energy-counter": "a power meter at the machine's supply",
    "nvml-power-polled": "a device with an energy counter",
    "nvml-power-part-time": "a device with an energy counter",
    "cpu-tdp-model": "reading the CPU's energy counters (RAPL) instead of modelling from its TDP",
    "cpu-vcpu-unknown": "a machine whose CPU model is visible or, better, whose energy counters can be read",
    "memory-watts-per-gb": "a memory energy counter (RAPL dram) instead of watts per GB",
    "gpu-tdp-model": "reading the device's energy counter instead of modelling from its TDP",
    "amd-smi-energy": "a power meter at the machine's supply",
    "amd-smi-power": "a device with an energy counter",
    "apple-energy-model": "a power meter at the machine's supply",
    "node-meter": "a calibrated power meter at the machine's supply",
    "board-sensor": "energy counters of the processor (RAPL) or a power meter at the machine's supply",
    "replay": "reading the meters of this machine instead of a recording",
    "energy-declared": "reading the meter while the stage runs instead of declaring its energy",
    "share-cpu-time": "a machine, or whole CPU cores, for this job alone",
    "share-even-split": "a device for this job alone",
    "share-processes": "a device for this job alone",
    "share-mig-slices": "a whole device instead of a part of one",
    "pue-fleet-default": "the PUE of the data centre itself (JOULECARD_PUE) instead of the provider's mean",
    "power-stated": "metering the power instead of stating a rating",
    "power-metered": "metering all devices for the whole run",
    "hours-stated": "the scheduler's own record of the hours",
    "energy-from-bill": "a meter reading instead of a bill",
    "grid-year-for-hours": "hourly intensity of the hours that are missing",
    "grid-stated": "a grid factor for the zone and time, with its source",
    "emissions-stated": "stating the energy and the grid factor behind the emissions",
    "pue-declared": "a metered PUE of the data centre for the time of the run",
}


def totals(ran: Sequence[Tallied], reused: Sequence[Tallied], unseen: Sequence[str] = ()) -> doc.Totals:
    """The sums of what ran, with and without what cached stages had cost before; of `unseen` ones no record is here."""
    return doc.Totals(
        headline="new" if ran else "including_reused",
        new=_total(ran),
        including_reused=_total([*ran, *reused], unseen),
        by_phase=_by_phase(ran),
        per_functional_unit=(),
    )


def unseen_reason(stage: str) -> str:
    """Why nothing is known of what a cached stage had cost."""
    return f"no record of the execution behind the cached result of {stage} is here"[:2000]


def headline_emissions(joined: Iterable[Tallied]) -> Quantity:
    """Operational, location-based emissions in g CO2e of these executions."""
    return sum_of(((each.total.co2e, each.left_out) for each in joined), "g", NOTHING_RAN)[0]


def drivers(emissions: Quantity, classes: dict[str, str]) -> tuple[doc.Driver, ...]:
    """The sources of the emissions' variance, widest first, each with what would make it smaller.

    Shares of s2 = sum of ln(1 + (c/M)^2), so that they add up to 1.
    """
    if not emissions.value:
        return ()
    parts = {name: log_variance(emissions.value, [amount]) for name, amount in emissions.contributions}
    whole = math.fsum(parts.values())
    ranked = sorted(parts.items(), key=lambda item: (-item[1], item[0])) if whole > 0 else []
    return tuple(
        doc.Driver(source_ref=name, variance_share=min(1.0, part / whole), advice=ADVICE.get(classes.get(name, "")))
        for name, part in ranked
        if part / whole >= LEAST_SHARE
    )


def _total(joined: Sequence[Tallied], unseen: Sequence[str] = ()) -> doc.Total:
    energy_it = [(each.total.energy_it, each.left_out) for each in joined]
    co2e = [(each.total.co2e, each.left_out) for each in joined]
    location = sum_of([*co2e, *_unseen("g", unseen)], "g", NOTHING_RAN)
    market = _beside(joined, unseen, "market", "g")
    embodied = _beside(joined, unseen, "embodied", "g")
    return doc.Total(
        energy_it=energy_quantity(*sum_of([*energy_it, *_unseen("kWh", unseen)], "kWh", NOTHING_RAN)),
        energy_facility=energy_quantity(*facility_sum(joined, unseen)),
        operational_location=mass_quantity(*location),
        operational_market=mass_quantity(*market) if market else None,
        embodied=mass_quantity(*embodied) if embodied else doc.MassQuantity(**NO_EMBODIED),
        operational_and_embodied=_both(location, embodied),
        water=_water(joined, unseen),
        compute=_computed_together(joined, len(unseen)),
    )


def _beside(
    joined: Sequence[Tallied], unseen: Sequence[str], name: Literal["water", "market", "embodied"], unit: str
) -> tuple[Quantity, str] | None:
    """The sum of what stages tell beside their energy, and what it leaves out; None where none tells it."""
    worked: list[Worked | None] = [getattr(each.beside, name) for each in joined]
    told = [(each.total, each.left_out) for each in worked if each]
    return sum_of([*told, *_unseen(unit, unseen)], unit, NOTHING_RAN) if told else None


def _both(location: tuple[Quantity, str], embodied: tuple[Quantity, str] | None) -> doc.MassQuantity | None:
    """Operational emissions and hardware together (SCI's O + M); None where one of them is not known."""
    if embodied is None or embodied[0].value is None or location[0].value is None:
        return None
    return mass_quantity(*sum_of((location, embodied), "g", NOTHING_RAN))


def _water(joined: Sequence[Tallied], unseen: Sequence[str]) -> doc.WaterVolumeQuantity:
    found = _beside(joined, unseen, "water", "L")
    return water_quantity(*found) if found else doc.WaterVolumeQuantity(**NO_WATER)


def computed(joined: Tallied) -> doc.ComputeQuantity | None:
    """The computation that the programs of a stage say they did; None where none says."""
    found = flop(joined.execution.segments)
    return None if found is None else doc.ComputeQuantity(value=found, method="declared")


def _computed_together(joined: Sequence[Tallied], unseen: int) -> doc.ComputeQuantity | None:
    """The computation of several stages, and how many of them say nothing of theirs."""
    told = [found.value or 0.0 for each in joined if (found := computed(each))]
    silent = len(joined) + unseen - len(told)
    reason = f"without {silent} of {len(joined) + unseen} stages, which tell nothing of it" if silent else None
    return doc.ComputeQuantity(value=math.fsum(told), method="declared", reason=reason) if told else None


def _unseen(unit: str, stages: Iterable[str]) -> list[tuple[Quantity, str]]:
    """What a sum cannot hold: the cost of cached results of which no record is here."""
    return [(not_available(unit, unseen_reason(stage)), "") for stage in stages]


def facility_sum(joined: Sequence[Tallied], unseen: Sequence[str] = ()) -> tuple[Quantity, str]:
    """Facility energy in kWh: only where it is known for all that drew energy, since a part of it says little."""
    drew = [each for each in joined if each.total.energy_it.value is not None]
    unknown = [each.total.energy_facility for each in drew if each.total.energy_facility.value is None]
    if unknown:
        return unknown[0], ""
    known = [(each.total.energy_facility, each.left_out) for each in joined]
    return sum_of([*known, *_unseen("kWh", unseen)], "kWh", NOTHING_RAN)


def _by_phase(ran: Sequence[Tallied]) -> tuple[doc.PhaseTotal, ...]:
    phases: dict[Phase, list[Tallied]] = {}
    for joined in ran:
        phases.setdefault(phase_of(joined.execution.first.stage), []).append(joined)
    return tuple(_phase_total(phase, members) for phase, members in phases.items())


def _phase_total(phase: Phase, joined: Sequence[Tallied]) -> doc.PhaseTotal:
    total = _total(joined)
    return doc.PhaseTotal(
        phase=phase,
        energy_it=total.energy_it,
        energy_facility=total.energy_facility,
        operational_location=total.operational_location,
        **{name: found for name in BESIDE if (found := getattr(total, name)) and found.value is not None},
        compute=total.compute,
    )
