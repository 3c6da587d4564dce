"""IT energy of a stage: as it is declared, or estimated from hours and power, with the hardware that drew it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from joulecard.accounting.quantity import Quantity, add, not_available, quantity
from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, Stated, taken
from joulecard.disclosure.estimate.devices import WITH_NODE, accelerators, of_devices
from joulecard.disclosure.estimate.hours import SECONDS_PER_HOUR
from joulecard.disclosure.estimate.power import Load, Part, powered
from joulecard.disclosure.tallied import energy_quantity

if TYPE_CHECKING:
    from joulecard.disclosure.document.scalars import Kind
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.disclosure.estimate.hours import Hours
    from joulecard.factors import Factor

NO_ENERGY = "the authors state emissions, and nothing of the energy behind them"
WAYS = (
    "give energy_kwh with energy_basis, gpu_hours with device_w, devices and hours with accelerator, flop with "
    "peak_tflop_per_s_per_device, bill with price_per_kwh, or co2e_kg alone"
)
HOST: Final = "host"
HOSTS = "hosts (number not stated)"


class Drawn(NamedTuple):
    """Energy in kWh, what drew it, and what it rests on."""

    energy_it: Quantity
    components: tuple[doc.Component, ...]
    resources: tuple[doc.Resource, ...]
    basis: Basis


def drawn(stage_id: str, facts: StageFacts, held: Hours, pue: Factor | None, means: Means) -> Drawn:
    """What a stage drew; raises InvalidInputError where it is told in two ways, in none, or not whether with PUE."""
    parts = _parts(stage_id, facts, held, means)
    _refuse_two_ways(facts, parts)
    if facts.energy_kwh is not None or facts.bill is not None:
        return _declared(stage_id, facts, pue, means)
    if parts:
        components = tuple(part.component for part in parts)
        resources = tuple(part.resource for part in parts)
        basis = sum((part.basis for part in parts), held.basis)
        return Drawn(add([part.energy for part in parts]), components, resources, basis)
    if facts.co2e_g is not None or facts.market_co2e_g is not None:
        return Drawn(not_available("kWh", NO_ENERGY), (), (), Basis())
    raise facts.at(f"nothing tells the energy of the stage {facts.name!r}", mend=WAYS)


def _parts(stage_id: str, facts: StageFacts, held: Hours, means: Means) -> list[Part]:
    """The accelerators and the rest of the hosts, as far as hours and powers are told."""
    parts = []
    if held.device_h is not None and facts.energy_kwh is None and facts.bill is None:
        parts.append(of_devices(stage_id, facts, held.device_h, means))
    if facts.host_power_w is not None:
        if parts and facts.covers == "node":
            raise facts.at("the power of whole nodes holds that of the hosts", "covers", mend="leave one of them out")
        if held.duration_h is None:
            raise facts.at("the power of the hosts gives no energy without a time", mend="give hours, or devices")
        figure = Stated("power_model", "power:hosts", "stated power", facts.host_power_w, "W", "power-stated")
        resource = doc.Resource(id=f"other@{stage_id}", kind="other", count=1, model=HOSTS)
        load = Load(held.duration_h * SECONDS_PER_HOUR, means.stated(figure))
        parts.append(powered(stage_id, resource, load, means))
    return parts


def _refuse_two_ways(facts: StageFacts, parts: list[Part]) -> None:
    """Where the energy would be told twice: each joule has one origin."""
    ways = {
        "its energy": facts.energy_kwh is not None,
        "a bill": facts.bill is not None,
        "hours and power": bool(parts) or facts.device_power_w is not None,
    }
    told = [name for name, given in ways.items() if given]
    if len(told) > 1:
        mend = "keep one; what the publication states of the energy is stated_energy_kwh, and is compared"
        raise facts.at(f"the energy is told by {' and by '.join(told)}", mend=mend)


def _declared(stage_id: str, facts: StageFacts, pue: Factor | None, means: Means) -> Drawn:
    """Energy as somebody tells it; what holds a PUE is taken apart by it."""
    told_kwh, class_name, basis = _told(facts)
    source = means.own(class_name, stage_id)
    energy = quantity(told_kwh, "kWh", "declared", (source,))
    if facts.energy_basis is None:
        raise facts.at(
            "nothing says whether the PUE is in the energy",
            "energy_kwh",
            mend='add energy_basis = "it" for the computers alone, or "facility" where cooling is in it',
        )
    own = Basis(sources=(source,)) + basis + _covering(facts)
    if facts.energy_basis == "facility":
        if pue is None:
            return Drawn(_no_it(), (), (), own)
        energy = energy.times(1 / pue.value)  # the PUE's own error comes in once, on the way back to the facility
        own += taken(f"The IT energy is the facility energy that is told over the PUE of {pue.value:g}", default=False)
    resource, includes = _hardware(stage_id, facts, means)
    component = doc.Component(
        id=resource.id,
        kind=resource.kind,
        resource_ref=resource.id,
        sensor="declared",
        includes=includes,
        energy=energy_quantity(energy),
    )
    return Drawn(energy, (component,), (resource,), own)


def _told(facts: StageFacts) -> tuple[float, str, Basis]:
    """The energy in kWh as told, how wide that is, and what is taken for true."""
    if facts.energy_kwh is not None:
        return facts.energy_kwh, "energy-declared", Basis()
    if facts.price_per_kwh is None or facts.bill is None:
        raise facts.at("a bill tells no energy without its price", "bill", mend="give price_per_kwh")
    money = facts.currency or "of its currency"
    told = (
        f"The energy is a bill of {facts.bill:g} {money} at {facts.price_per_kwh:g} {money} per kWh, and nothing else"
    )
    return facts.bill / facts.price_per_kwh, "energy-from-bill", taken(f"{told} was billed", default=False)


def _covering(facts: StageFacts) -> Basis:
    """That nobody says what hardware a declared energy is of."""
    if facts.covers is not None:
        return Basis()
    return taken("The energy that is told is that of whole nodes: nothing says that it is less", default=True)


def _no_it() -> Quantity:
    return not_available("kWh", "only the energy of the facility is told, and not its PUE")


def _hardware(stage_id: str, facts: StageFacts, means: Means) -> tuple[doc.Resource, tuple[Kind, ...] | None]:
    """What drew the energy that is told, and what else is in it: accelerators alone or with their nodes, or nodes."""
    if facts.accelerator is None and facts.covers != "accelerators":
        return doc.Resource(id=f"{HOST}@{stage_id}", kind=HOST, count=1), None
    kind = means.edition.accelerator(facts.accelerator).kind if facts.accelerator else "accelerator"
    return accelerators(facts, kind), None if facts.covers == "accelerators" else WITH_NODE


def facility_told(facts: StageFacts, means: Means, stage_id: str) -> Quantity | None:
    """Facility energy that is told where no PUE is known to take it apart; None for all else."""
    if facts.energy_basis != "facility" or (facts.energy_kwh is None and facts.bill is None):
        return None
    told_kwh, class_name, _ = _told(facts)
    return quantity(told_kwh, "kWh", "declared", (means.own(class_name, stage_id),))
