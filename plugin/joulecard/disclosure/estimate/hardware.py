"""Embodied emissions of the accelerators that a stage held (SCI, ISO/IEC 21031), where the authors want them told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.quantity import quantity
from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, Stated, of_factors, taken
from joulecard.disclosure.estimate.hours import SECONDS_PER_HOUR
from joulecard.disclosure.estimate.keys import HOURS_PER_YEAR
from joulecard.disclosure.estimate.power import MOST_SECONDS
from joulecard.disclosure.tallied import mass_quantity

if TYPE_CHECKING:
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.factors import Factor

NOT_TOLD = "nothing is told of the embodied carbon of the hardware of the stage"


class Made(NamedTuple):
    """Embodied emissions, the hardware with what making it emitted, and what they rest on."""

    embodied: doc.EmbodiedEmissions
    resources: tuple[doc.Resource, ...]
    basis: Basis


def made(facts: StageFacts, resources: tuple[doc.Resource, ...], device_h: float | None, means: Means) -> Made:
    """TE x TiR / EL of each device for its hours; raises InvalidInputError where hours or devices are not told."""
    if facts.embodied_per_device_g is None and facts.embodied is None:
        told = doc.EmbodiedEmissions(method="not_available", reason=f"{NOT_TOLD} {facts.name}"[:2000])
        return Made(told, resources, Basis())
    if device_h is None or not resources:
        raise facts.at("embodied emissions need the hours of the devices", mend="give gpu_hours, or devices and hours")
    factor = _factor(facts, resources[0], means)
    years, basis = _lifespan(facts, means)
    lifespan_s = years * HOURS_PER_YEAR * SECONDS_PER_HOUR
    total = doc.Embodied(total_g=factor.value, lifespan_s=lifespan_s, total_units=1, factor_ref=factor.id)
    device = resources[0].model_copy(update={"embodied": total})
    reserved_s = device_h * SECONDS_PER_HOUR / device.count
    if reserved_s > MOST_SECONDS:
        raise facts.at("so many hours of one device cannot be told", mend="give the number of devices")
    line = doc.EmbodiedLine(resource_ref=device.id, reserved_s=reserved_s, reserved_units=1)
    value_g = factor.value * device.count * reserved_s / lifespan_s
    found = quantity(value_g, "g", "estimated", (*factor.uncertainty, *basis.sources))
    members = {**mass_quantity(found).model_dump(exclude_none=True), "factor_refs": (factor.id,), "lines": (line,)}
    told = doc.EmbodiedEmissions.model_validate(members)
    return Made(told, (device, *resources[1:]), basis + of_factors([factor]))


def _factor(facts: StageFacts, device: doc.Resource, means: Means) -> Factor:
    """What making one device emitted: as stated, else from the tables."""
    if facts.embodied_per_device_g is None:
        if facts.accelerator is None:
            raise facts.at("no accelerator is named, so no table tells what making it emitted", "embodied")
        return means.edition.accelerator_made(facts.accelerator).factor
    if facts.embodied is not None:
        raise facts.at("embodied emissions are told, and asked of the tables", "embodied", mend="keep one of them")
    name = f"{facts.accelerator or 'a device'}, as stated"
    thing, value_g = f"embodied:stated:{device.id}", facts.embodied_per_device_g
    return means.stated(Stated("embodied", thing, name, value_g, "g", "embodied-component"))


def _lifespan(facts: StageFacts, means: Means) -> tuple[float, Basis]:
    """Years of use over which the hardware is spread, and what is assumed of them."""
    years, basis = facts.lifespan_years, Basis()
    if years is None:
        life = means.edition.accelerator_made(facts.accelerator or "").life
        years = life.years
        told = taken(f"The hardware is used for {years:g} years: nothing tells it", default=True)
        basis = Basis(sources=life.uncertainty) + told
    if facts.lifespan_utilisation is not None:
        told_share = f"{facts.lifespan_utilisation:.0%} of its {years:g} years"
        basis += taken(f"The hardware is used for {told_share}, over which its emissions are spread", default=False)
        years *= facts.lifespan_utilisation
    return years, basis
