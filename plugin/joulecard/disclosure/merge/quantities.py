"""The quantities of stages by the name of the total that sums them, and their sums with all they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.accounting.intervals import COVERAGE, interval
from joulecard.accounting.quantity import Quantity, add
from joulecard.disclosure import document as doc
from joulecard.disclosure.merge.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNITS = {
    "energy_it": "kWh",
    "energy_facility": "kWh",
    "operational_location": "g",
    "operational_market": "g",
    "embodied": "g",
    "operational_and_embodied": "g",
    "water": "L",
    "compute": "FLOP",
}
KINDS: dict[str, type[doc.Quantity]] = {
    "kWh": doc.EnergyQuantity,
    "g": doc.MassQuantity,
    "L": doc.WaterVolumeQuantity,
    "FLOP": doc.ComputeQuantity,
}


def told(stage: doc.Stage) -> dict[str, doc.Quantity]:
    """What a stage, or the execution that it reused, tells: the parts of the totals of these names."""
    owner = stage.reused_from or stage
    energy, emissions = owner.energy, owner.emissions
    found: dict[str, doc.Quantity | None] = {"water": owner.water, "compute": owner.compute}
    if energy:
        found |= {"energy_it": energy.it_total, "energy_facility": energy.facility_total}
    if emissions:
        found["operational_location"] = emissions.operational_location
        found["operational_market"] = emissions.operational_market
        found["embodied"] = emissions.embodied
    return {key: quantity for key, quantity in found.items() if quantity}


def summed(parts: Sequence[doc.Quantity], unit: str, nothing: str, left_out: str = "") -> doc.Quantity:
    """The sum of those that have a value, and in words what it leaves out; `nothing` is why there may be none.

    It has an interval only where every part shows what makes its own as wide as it is, or where there is but one.
    """
    known = [part for part in parts if part.value is not None]
    if not known:
        return unavailable(unit, next((part.reason for part in parts if part.reason), nothing))
    whole = add([as_quantity(part) for part in known])
    notes = [*dict.fromkeys(part.reason for part in parts if part.reason), *([left_out] if left_out else [])]
    return _of(whole, known, "; ".join(notes))


def divided(whole: doc.Quantity, count: float) -> doc.Quantity:
    """A rate: the quantity over so many units."""
    rate = _of(as_quantity(whole).in_unit(whole.unit, 1 / count), [whole], "")
    return rate if widths_shown([whole]) else rate.model_copy(update={"interval": None})


def unavailable(unit: str, reason: str) -> doc.Quantity:
    """No value, and why."""
    return KINDS[unit].model_validate({"unit": unit, "method": "not_available", "reason": cut(reason)})


def widths_shown(parts: Iterable[doc.Quantity]) -> bool:
    """Whether all of them show the contributions behind their intervals."""
    return all(part.interval is not None and part.interval.kind == "lognormal" for part in parts)


def as_quantity(found: doc.Quantity) -> Quantity:
    """The same as a value that can be added to others; without contributions where it shows none."""
    ends = found.interval
    contributions = ends.contributions or () if ends and ends.kind == "lognormal" else ()
    return Quantity(
        found.value,
        found.unit,
        found.method,
        tuple((part.source_ref, part.amount) for part in contributions),
        found.measured_fraction,
        found.reason,
        found.factor_refs or (),
    )


def _of(whole: Quantity, parts: Sequence[doc.Quantity], reason: str) -> doc.Quantity:
    members: dict[str, Any] = whole.to_document()
    if len(parts) == 1 and parts[0].interval and parts[0].interval.kind == "declared":
        members["interval"] = parts[0].interval
    elif widths_shown(parts):
        coverage = next((part.interval.coverage for part in parts if part.interval), COVERAGE)
        lower, upper = interval(whole.known, (amount for _, amount in whole.contributions), coverage)
        members["interval"] |= {"lower": lower, "upper": upper, "coverage": coverage}
    else:
        del members["interval"]
    return KINDS[whole.unit].model_validate({**members, **({"reason": cut(reason)} if reason else {})})
