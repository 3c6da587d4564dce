"""Water of a stage: as it is told, or on site (WUE x IT energy) and at power plants (intensity x facility energy)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.quantity import Quantity, add
from joulecard.disclosure import document as doc
from joulecard.disclosure.estimate.basis import Basis, Stated, of_factors
from joulecard.disclosure.sums import NO_WATER

if TYPE_CHECKING:
    from joulecard.disclosure.estimate.basis import Means
    from joulecard.disclosure.estimate.carbon import At, Emitted
    from joulecard.disclosure.estimate.facts import StageFacts
    from joulecard.factors import Factor


class Drunk(NamedTuple):
    """Water in L and what it rests on."""

    water: doc.WaterUse
    basis: Basis


def drunk(facts: StageFacts, energy_it: Quantity, emitted: Emitted, at: At, means: Means) -> Drunk:
    """The water of a stage; raises InvalidInputError where it is told in two ways."""
    stated = facts.wue_l_per_kwh is not None or facts.water_intensity_l_per_kwh is not None
    if facts.water_l is not None:
        if stated:
            raise facts.at("the water is told by itself and by litres per kWh", mend="keep one of them")
        return Drunk(doc.WaterUse(value=facts.water_l, method="declared"), Basis())
    lines = _lines(facts, energy_it, emitted, at, means)
    if not lines:
        return Drunk(doc.WaterUse(**NO_WATER), Basis())
    total = add([energy.times(factor.value, factor.uncertainty, unit="L") for energy, _, factor in lines])
    listed = tuple(
        doc.EnergyLine(
            energy_kwh=energy.known,
            energy_basis="facility" if basis == "facility" else "it",
            factor_ref=factor.id,
            pue_ref=at.pue.id if at.pue and basis == "facility" and energy_it.value is not None else None,
        )
        for energy, basis, factor in lines
    )
    refs = tuple(factor.id for _, _, factor in lines)
    members = {**total.to_document(), "factor_refs": refs, "lines": listed}
    return Drunk(doc.WaterUse.model_validate(members), of_factors(factor for _, _, factor in lines))


def _lines(
    facts: StageFacts, energy_it: Quantity, emitted: Emitted, at: At, means: Means
) -> list[tuple[Quantity, str, Factor]]:
    """Energies with the litres that one kWh of them takes: on site of IT energy, at plants of what the grid gave."""
    year, found = at.span.end.year, []
    on_site = _stated(facts.wue_l_per_kwh, "wue", means) or means.edition.wue(
        at.evidence, year, at.evidence.provider if at.evidence else None
    )
    off_site = _stated(facts.water_intensity_l_per_kwh, "water_intensity", means)
    off_site = off_site or means.edition.water_intensity(at.evidence, year)
    if on_site and energy_it.value is not None:
        found.append((energy_it, "it", on_site))
    if off_site and emitted.facility.value is not None:
        found.append((emitted.facility, "facility", off_site))
    elif off_site and energy_it.value is not None:
        found.append((energy_it, "it", off_site))
    return found


def _stated(value: float | None, kind: str, means: Means) -> Factor | None:
    """The litres per kWh that the authors state."""
    if value is None:
        return None
    if kind == "wue":
        return means.stated(Stated("wue", "wue:stated", "the site, as stated", value, "L/kWh", "wue-declared"))
    return means.stated(Stated("water_intensity", "water:stated", "stated", value, "L/kWh", "water-intensity-declared"))
