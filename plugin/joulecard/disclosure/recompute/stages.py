"""A stage with other factors: its facility energy, emissions and water, and what one unit of its work cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.accounting.quantity import Quantity, add
from joulecard.disclosure import document as doc
from joulecard.disclosure.merge.quantities import as_quantity, divided, unavailable
from joulecard.disclosure.recompute.products import Term, members, product
from joulecard.disclosure.recompute.sites import lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.disclosure.recompute.replaced import Replaced

MARKET = "the PUE is another one than what contracts were matched with: assemble the records again"


def restated(stage: doc.Stage, found: Replaced) -> doc.Stage:
    """The same stage by the factors to use; itself where none of its factors is another one now."""
    owner = stage.reused_from or stage
    if owner.emissions is None or owner.energy is None or not _touched(owner, found):
        return stage
    update = _owned(owner, found)
    if stage.reused_from:
        return stage.model_copy(update={"reused_from": stage.reused_from.model_copy(update=update)})
    emitted = update["emissions"].operational_location
    return stage.model_copy(
        update={
            **update,
            "segments": tuple(_segment(each, found) for each in stage.segments) if stage.segments else stage.segments,
            "work_done": _work(stage.work_done, emitted),
        }
    )


def _touched(owner: doc.Stage | doc.ReusedFrom, found: Replaced) -> bool:
    return any(found.is_changed(name) for line in lines_of(owner) for name in (line.factor_ref, line.pue_ref))


def _owned(owner: doc.Stage | doc.ReusedFrom, found: Replaced) -> dict[str, Any]:
    """Energy, emissions and water of a stage, or of the execution that it reused."""
    energy, emissions = owner.energy, owner.emissions
    assert energy is not None  # noqa: S101  asked before
    assert emissions is not None  # noqa: S101
    lines = _location_lines(owner)
    is_pue_new = any(found.is_changed(line.pue_ref) for line in lines)
    facility = _facility(energy, lines, found) if is_pue_new else energy.facility_total
    return {
        "energy": energy.model_copy(update={"facility_total": facility}),
        "emissions": emissions.model_copy(
            update={
                "operational_location": _located(energy, emissions.operational_location, found),
                "operational_market": _market(energy, emissions.operational_market, found),
            }
        ),
        "water": _water(energy, owner.water, found) if owner.water else None,
    }


def _facility(
    energy: doc.StageEnergy | doc.ReusedEnergy, lines: Sequence[doc.EnergyLine], found: Replaced
) -> doc.EnergyQuantity:
    """Facility energy: IT energy times PUE."""
    was = energy.facility_total
    if was.value is None or energy.it_total.value is None or any(line.pue_ref is None for line in lines):
        return was
    terms = [
        Term(_it_kwh(line, found), _pue(line, found)[0], _pue(line, found)[1], _sources([line.pue_ref], found))
        for line in lines
    ]
    refs = _refs([line.pue_ref for line in lines], found)
    new = product(as_quantity(energy.it_total), as_quantity(was), terms, refs)
    return doc.EnergyQuantity.model_validate(members(new, was))


def _located(
    energy: doc.StageEnergy | doc.ReusedEnergy, was: doc.LocationEmissions, found: Replaced
) -> doc.LocationEmissions:
    """Location-based emissions: energy times intensity."""
    if was.value is None or not was.lines:
        return was
    new = _multiplied(energy, was, was.lines, found)
    return doc.LocationEmissions.model_validate(members(new, was, [_line(line, found) for line in was.lines]))


def _market(
    energy: doc.StageEnergy | doc.ReusedEnergy, was: doc.MarketEmissions | None, found: Replaced
) -> doc.MarketEmissions | None:
    """Contracts cover energy as it was drawn: with another PUE it is not known what is left of it."""
    if was is None or was.value is None or not was.lines:
        return was
    if any(found.is_changed(line.pue_ref) for line in was.lines):
        return doc.MarketEmissions.model_validate(unavailable("g", MARKET).model_dump(exclude_none=True))
    new = _multiplied(energy, was, was.lines, found)
    return doc.MarketEmissions.model_validate(members(new, was, [_line(line, found) for line in was.lines]))


def _water(energy: doc.StageEnergy | doc.ReusedEnergy, was: doc.WaterUse, found: Replaced) -> doc.WaterUse:
    """Water on site and at the power plants, each energy times its factor."""
    if was.value is None or not was.lines:
        return was
    kinds: dict[str, list[doc.EnergyLine]] = {}
    for line in was.lines:
        kinds.setdefault(found.of(line.factor_ref).listed.kind, []).append(line)
    parts = [_multiplied(energy, was, lines, found, alone=len(kinds) == 1) for lines in kinds.values()]
    new = parts[0] if len(parts) == 1 else add(parts)
    return doc.WaterUse.model_validate(members(new, was, [_line(line, found) for line in was.lines]))


def _multiplied(
    energy: doc.StageEnergy | doc.ReusedEnergy,
    was: doc.LocationEmissions | doc.MarketEmissions | doc.WaterUse,
    lines: Sequence[doc.EnergyLine],
    found: Replaced,
    *,
    alone: bool = True,
) -> Quantity:
    """The sum of lines that together hold the whole energy; `alone`: nothing else is in what it was."""
    from_it = any(line.pue_ref or line.energy_basis == "it" for line in lines)
    base = as_quantity(energy.it_total if from_it else energy.facility_total)
    terms = []
    for line in lines:
        before, after = _pue(line, found)
        old, new = found.old(line.factor_ref).listed.value, found.of(line.factor_ref).listed.value
        sources = _sources([line.factor_ref, line.pue_ref], found)
        terms.append(Term(_it_kwh(line, found), before * old, after * new, sources))
    earlier = as_quantity(was) if alone else Quantity(0.0, was.unit, "modelled")
    return product(base, earlier, terms, _refs([line.factor_ref for line in lines], found))


def _line(line: doc.EnergyLine, found: Replaced) -> dict[str, Any]:
    _, after = _pue(line, found)
    kwh = _it_kwh(line, found) * after if found.is_changed(line.pue_ref) else line.energy_kwh
    named = {"energy_kwh": kwh, "factor_ref": found.of(line.factor_ref).id}
    if line.pue_ref:
        named["pue_ref"] = found.of(line.pue_ref).id
    return {**line.model_dump(exclude_none=True), **named}


def _segment(segment: doc.StageSegment, found: Replaced) -> doc.StageSegment:
    names = {"factor_ref": segment.factor_ref, "pue_ref": segment.pue_ref}
    return segment.model_copy(update={key: found.of(name).id for key, name in names.items() if name})


def _work(works: Sequence[doc.StageWork] | None, emitted: doc.LocationEmissions) -> tuple[doc.StageWork, ...] | None:
    """What one unit of each kind of work emits now."""
    if works is None:
        return None
    return tuple(
        work.model_copy(update={"operational_location": divided(emitted, work.count)})
        if work.operational_location and emitted.value is not None
        else work
        for work in works
    )


def _location_lines(owner: doc.Stage | doc.ReusedFrom) -> Sequence[doc.EnergyLine]:
    return (owner.emissions.operational_location.lines or ()) if owner.emissions else ()


def _it_kwh(line: doc.EnergyLine, found: Replaced) -> float:
    """The energy of a line before its PUE; as it stands where no PUE is told."""
    return line.energy_kwh / _pue(line, found)[0]


def _pue(line: doc.EnergyLine, found: Replaced) -> tuple[float, float]:
    """The PUE of a line before and now; 1 where none was applied."""
    if line.pue_ref is None:
        return 1.0, 1.0
    return found.old(line.pue_ref).listed.value, found.of(line.pue_ref).listed.value


def _sources(names: Sequence[str | None], found: Replaced) -> tuple[doc.UncertaintySource, ...]:
    return tuple(width for name in names if name for width in found.of(name).widths)


def _refs(names: Sequence[str | None], found: Replaced) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.of(name).id for name in names if name))
