"""Operational emissions of a stage: its energy times the intensity of its grid, or as its authors state them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.carbon import facility_energy, operational_emissions
from joulecard.accounting.quantity import Quantity, not_available, quantity
from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, of_factors
from joulecard.disclosure.estimate.places import grid_of
from joulecard.disclosure.tally import NO_PUE

if TYPE_CHECKING:
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.disclosure.estimate.times import Span
    from joulecard.factors import Factor
    from joulecard.surroundings.place import Evidence


MOST_G_PER_KWH = 2500  # of the standard, rule R04


class Emitted(NamedTuple):
    """Facility energy in kWh, emissions in g with the lines they are the sum of, and what they rest on."""

    facility: Quantity
    co2e: Quantity
    lines: tuple[doc.EnergyLine, ...]
    basis: Basis
    grid: Factor | None = None


class At(NamedTuple):
    """Where and when a stage ran, with its PUE where one is known."""

    stage_id: str
    evidence: Evidence | None
    span: Span
    pue: Factor | None


def emitted(facts: StageFacts, energy_it: Quantity, told_facility: Quantity | None, at: At, means: Means) -> Emitted:
    """The emissions of a stage; raises InvalidInputError where they are told in two ways."""
    facility, basis = _facility(energy_it, told_facility, at)
    _refuse_impossible(facts, facility if facility.value is not None else energy_it)
    if facts.co2e_g is not None:
        if facts.intensity_g_per_kwh is not None:
            mend = "keep one; what the publication states of the emissions is stated_co2e_kg, and is compared"
            raise facts.at("the emissions are told by themselves and by an intensity", mend=mend)
        source = means.own("emissions-stated", at.stage_id)
        told = quantity(facts.co2e_g, "g", "declared", (source,))
        return Emitted(facility, told, (), basis + Basis(sources=(source,)))
    base = facility if facility.value is not None else energy_it
    if base.value is None:
        return Emitted(facility, not_available("g", base.reason or ""), (), basis)
    grid, of_grid = grid_of(facts, at.evidence, at.span, means)
    on_facility = base is facility
    line = doc.EnergyLine(
        energy_kwh=base.value,
        energy_basis="facility" if on_facility else "it",
        factor_ref=grid.id,
        pue_ref=at.pue.id if at.pue and on_facility and energy_it.value is not None else None,
    )
    co2e = operational_emissions(base, grid.value, grid.uncertainty, grid.id)
    return Emitted(facility, co2e, (line,), basis + of_grid, grid)


def _refuse_impossible(facts: StageFacts, energy: Quantity) -> None:
    """Where stated emissions are more than any grid causes with the energy that is told."""
    most_g = max(facts.co2e_g or 0.0, facts.market_co2e_g or 0.0)
    if energy.value is not None and most_g > MOST_G_PER_KWH * energy.value:
        told = f"{most_g:.6g} g with {energy.value:.6g} kWh are more than {MOST_G_PER_KWH} g/kWh, as no grid has"
        raise facts.at(told, mend="check the units of the emissions and of the energy")


def _facility(energy_it: Quantity, told: Quantity | None, at: At) -> tuple[Quantity, Basis]:
    """Facility energy: IT energy times the PUE, or as told where no PUE takes it apart."""
    if energy_it.value is None:
        return told or not_available("kWh", energy_it.reason or ""), Basis()
    if at.pue is None:
        return not_available("kWh", NO_PUE), Basis()
    return facility_energy(energy_it, at.pue.value, at.pue.uncertainty, at.pue.id), of_factors([at.pue])
