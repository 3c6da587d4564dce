"""Hardware that draws a power for a time: its energy, and the component and resource that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.models import activity_kwh
from joulecard.accounting.quantity import Quantity, quantity
from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, of_factors
from joulecard.disclosure.tallied import energy_quantity

if TYPE_CHECKING:
    from joulecard.disclosure.document.scalars import Kind
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.factors import Factor


MOST_SECONDS = 1e12  # that a disclosure may hold as a time; as activity it holds more


class Part(NamedTuple):
    """What one kind of hardware drew in kWh."""

    energy: Quantity
    component: doc.Component
    resource: doc.Resource
    basis: Basis


class Load(NamedTuple):
    """Seconds of all devices together at a power in W, times how busy they were."""

    seconds: float
    factor: Factor
    utilisation: float | None = None
    includes: tuple[Kind, ...] | None = None  # other kinds of hardware whose power is in it


def powered(stage_id: str, resource: doc.Resource, load: Load, means: Means) -> Part:
    """The energy that hardware draws under a load."""
    factor = load.factor
    amount = load.seconds * (1.0 if load.utilisation is None else load.utilisation)
    timed = means.own("hours-stated", stage_id)
    energy = quantity(activity_kwh(amount, factor.value), "kWh", "estimated", (*factor.uncertainty, timed))
    component = doc.Component(
        id=resource.id,
        kind=resource.kind,
        resource_ref=resource.id,
        sensor="power_model",
        model=factor.name,
        includes=load.includes,
        energy=energy_quantity(energy),
        activity=(doc.ActivityTerm(amount=amount, unit="s", factor_ref=factor.id),),
        utilization=load.utilisation,
        device_s=load.seconds if load.seconds <= MOST_SECONDS else None,
    )
    return Part(energy, component, resource, of_factors([factor]) + Basis(sources=(timed,)))
