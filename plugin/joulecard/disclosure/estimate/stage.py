"""One stage as its authors tell it becomes an entry of `stages`, with all that its numbers rest on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis
from joulecard.disclosure.estimate.carbon import At, Emitted, emitted
from joulecard.disclosure.estimate.contradictions import Compared, Figures, compared
from joulecard.disclosure.estimate.energy import Drawn, drawn, facility_told
from joulecard.disclosure.estimate.hardware import made
from joulecard.disclosure.estimate.hours import hours
from joulecard.disclosure.estimate.places import evidence_of, pue_of
from joulecard.disclosure.estimate.times import Span, span
from joulecard.disclosure.estimate.water import drunk
from joulecard.disclosure.identity import document_id
from joulecard.disclosure.phases import phase_of
from joulecard.disclosure.stage_entry import ACCELERATORS
from joulecard.disclosure.tallied import energy_quantity, mass_quantity

if TYPE_CHECKING:
    from datetime import datetime

    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.surroundings.place import Evidence


class Estimated(NamedTuple):
    """An entry of `stages`, the hardware behind it, and what was found on the way."""

    stage: doc.Stage
    resources: tuple[doc.Resource, ...]
    evidence: Evidence | None
    basis: Basis
    compared: Compared
    figures: Figures
    accelerators_alone: bool
    is_timed: bool  # whether anything tells how long it took


def estimated(stage_id: str, facts: StageFacts, means: Means) -> Estimated:
    """The entry of one stage; raises InvalidInputError, with file and line, for facts that give no figure."""
    held = hours(facts)
    evidence = evidence_of(facts, means)
    when = span(facts, held.duration_h, means.created)
    at = At(stage_id, evidence, when, pue_of(facts, evidence, when.end.year, means))
    energy = drawn(stage_id, facts, held, at.pue, means)
    carbon = emitted(facts, energy.energy_it, facility_told(facts, means, stage_id), at, means)
    hardware = made(facts, energy.resources, held.device_h, means)
    water = drunk(facts, energy.energy_it, carbon, at, means)
    rated_w = hardware.resources[0].tdp_w if hardware.resources else None
    figures = Figures(energy.energy_it, carbon.facility, carbon.co2e, hardware.embodied.value, rated_w)
    basis = energy.basis + carbon.basis + hardware.basis + water.basis + when.basis
    kinds = {kind for part in energy.components for kind in (part.kind, *(part.includes or ()))}
    return Estimated(
        _entry(stage_id, facts, when, means.run, _Parts(energy, carbon, hardware.embodied, water.water)),
        hardware.resources,
        evidence,
        basis,
        compared(facts, held, figures),
        figures,
        accelerators_alone=bool(kinds) and kinds <= ACCELERATORS,
        is_timed=held.duration_h is not None,
    )


class _Parts(NamedTuple):
    energy: Drawn
    carbon: Emitted
    embodied: doc.EmbodiedEmissions
    water: doc.WaterUse


def _entry(stage_id: str, facts: StageFacts, when: Span, run: str, parts: _Parts) -> doc.Stage:
    """The entry itself; its execution has a name that the same facts always get."""
    facility = parts.carbon.facility
    execution = document_id({"run": run, "stage": stage_id, "name": facts.name, "start": _text(when.start)})
    return doc.Stage(
        id=stage_id,
        name=facts.name,
        phase=facts.phase or phase_of(facts.name),
        status="completed",
        attempt=1,
        execution_id=execution.removeprefix("urn:uuid:"),
        time=_time(when, parts.energy.components),
        energy=doc.StageEnergy(
            it_total=energy_quantity(parts.energy.energy_it),
            facility_total=energy_quantity(facility),
            components=parts.energy.components or None,
        ),
        emissions=doc.StageEmissions(
            operational_location=_location_based(parts.carbon),
            operational_market=_market_based(facts),
            embodied=parts.embodied,
        ),
        water=parts.water,
        compute=doc.ComputeQuantity(value=facts.flop, method="declared") if facts.flop is not None else None,
    )


def _time(when: Span, components: tuple[doc.Component, ...]) -> doc.StageTime:
    """The time of the stage, and how long accelerators were held in all where that is known of each."""
    held_s = [part.device_s for part in components if part.kind in ACCELERATORS]
    known_s = [seconds for seconds in held_s if seconds is not None]
    return doc.StageTime(
        start=_text(when.start),
        end=_text(when.end),
        wall_s=when.wall_s,
        accelerator_s=math.fsum(known_s) if known_s and len(known_s) == len(held_s) else None,
    )


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _location_based(carbon: Emitted) -> doc.LocationEmissions:
    members = mass_quantity(carbon.co2e).model_dump(exclude_none=True)
    return doc.LocationEmissions.model_validate({**members, "lines": carbon.lines or None})


def _market_based(facts: StageFacts) -> doc.MarketEmissions | None:
    """Emissions by contract, as the authors tell them."""
    if facts.market_co2e_g is None:
        return None
    return doc.MarketEmissions(value=facts.market_co2e_g, method="declared")
