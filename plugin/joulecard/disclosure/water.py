"""Water that stages consumed: at the site, from IT energy, and at the power plants, from the energy drawn there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.accounting.quantity import Quantity, add, not_available
from joulecard.disclosure.beside import Worked
from joulecard.disclosure.tallied import pue_ref_of
from joulecard.disclosure.tally import Assumption

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from joulecard.disclosure.tallied import Tallied
    from joulecard.disclosure.tally import SegmentTally
    from joulecard.factors import Edition, Factor

UNKNOWN = "no water usage effectiveness is known for this place"
AT_SITE, AT_PLANTS = "without the water of the site", "without the water of the power plants"


class _Use(NamedTuple):
    """The energy of one segment and the factor it is multiplied with."""

    energy: Quantity  # kWh
    basis: str
    pue_ref: str | None
    factor: Factor


def water_of(joined: Tallied, edition: Edition) -> Worked:
    """Litres consumed for an execution: WUE x IT energy and water intensity of the grid x energy drawn from it.

    Either is counted only where a factor is known for all places of the execution, since a part of it says little;
    what is left out is said.
    """
    seen = [part for part in joined.parts if part.energy_it.value is not None]
    if not seen:
        return Worked(not_available("L", joined.total.energy_it.reason or UNKNOWN))
    site, no_site = _uses(seen, edition, _at_site)
    plants, no_plants = _uses(seen, edition, _at_plants)
    if not (site or plants):
        return Worked(not_available("L", UNKNOWN))
    uses = [*site, *plants]
    factors = tuple({use.factor.id: use.factor for use in uses}.values())
    return Worked(
        add([_litres(use) for use in uses]),
        _lines(uses),
        "; ".join(filter(None, (joined.left_out, no_site and AT_SITE + no_site, no_plants and AT_PLANTS + no_plants))),
        factors,
        assumptions=tuple(
            Assumption(factor.assumes, factor.is_default, factor.value, factor.unit, factor.id)
            for factor in factors
            if factor.assumes
        ),
    )


def _uses(
    parts: Sequence[SegmentTally], edition: Edition, find: Callable[[SegmentTally, Edition], _Use | None]
) -> tuple[list[_Use], str]:
    """The use of each segment; none, and why, where it is not known of all of them."""
    found = [find(part, edition) for part in parts]
    known = [use for use in found if use]
    if len(known) == len(found):
        return known, ""
    return [], ", for which not every place has a factor" if known else ", for which no factor is known"


def _at_site(part: SegmentTally, edition: Edition) -> _Use | None:
    segment = part.segments[0]
    clouds = (item.provider for item in segment.place.evidence if item.provider and item.confidence != "low")
    factor = edition.wue(part.evidence, int(segment.end[:4]), next(clouds, None))
    return _Use(part.energy_it, "it", None, factor) if factor else None


def _at_plants(part: SegmentTally, edition: Edition) -> _Use | None:
    factor = edition.water_intensity(part.evidence, int(part.segments[0].end[:4]))
    if factor is None:
        return None
    pue_ref = pue_ref_of(part)
    energy, basis = (part.energy_facility, "facility") if pue_ref else (part.energy_it, "it")
    return _Use(energy, basis, pue_ref, factor)


def _litres(use: _Use) -> Quantity:
    return use.energy.times(use.factor.value, use.factor.uncertainty, unit="L", factor_refs=(use.factor.id,))


def _lines(uses: Sequence[_Use]) -> tuple[dict[str, object], ...]:
    """The energy of each factor and PUE."""
    groups: dict[tuple[str, str, str | None], list[float]] = {}
    for use in uses:
        groups.setdefault((use.factor.id, use.basis, use.pue_ref), []).append(use.energy.known)
    return tuple(
        {"energy_kwh": math.fsum(kwh), "energy_basis": basis, "factor_ref": factor, "pue_ref": pue_ref}
        for (factor, basis, pue_ref), kwh in groups.items()
    )
