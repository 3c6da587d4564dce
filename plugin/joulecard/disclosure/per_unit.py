"""What one unit of work cost over all stages: rates of a disclosure, from what its stages counted."""

from __future__ import annotations

import math

from joulecard.disclosure import document as doc
from joulecard.disclosure import identity
from joulecard.disclosure.document.refusal import refusals_told
from joulecard.disclosure.merge.quantities import UNITS, divided
from joulecard.disclosure.merge.totals import headline_of
from joulecard.errors import InvalidInputError

WHY = "counted by the programs of the stages while they ran"


@refusals_told()
def per_unit(disclosure: doc.Disclosure, unit: str) -> doc.Disclosure:
    """The disclosure with that unit of work as its first functional unit, and the headline for one of it.

    Raises InvalidInputError where no stage counted it, or where nothing ran anew, so that nobody knows how much was
    done with the energy that is told.
    """
    if disclosure.totals.headline != "new":
        raise InvalidInputError(f"nothing ran anew, so no stage counted the unit {unit!r}")
    works = [work for stage in disclosure.stages for work in stage.work_done or ()]
    count = math.fsum(work.count for work in works if work.name == unit)
    if not count:
        known = ", ".join(dict.fromkeys(work.name for work in works))
        mend = f"they counted {known}" if known else "stage.count(UNIT) counts in a block of joulecard.record"
        raise InvalidInputError(f"no stage counted the unit {unit!r}", mend=mend)
    known_totals = {key: getattr(headline_of(disclosure.totals), key) for key in UNITS}
    over = {key: divided(whole, count) for key, whole in known_totals.items() if whole and whole.value is not None}
    told = doc.FunctionalUnit(id=unit, name=unit, quantity=count, unit=unit, basis="gross", rationale=WHY)
    rates = (doc.UnitTotal.model_validate({"functional_unit_ref": unit, **over}),) if over else ()
    units = [each for each in disclosure.functional_units or () if each.id != unit]
    others = [rate for rate in disclosure.totals.per_functional_unit or () if rate.functional_unit_ref != unit]
    own = disclosure.document.model_copy(
        update={"id": identity.document_id({"of": disclosure.document.id, "per": unit})}
    )
    totals = disclosure.totals.model_copy(update={"per_functional_unit": (*rates, *others)})
    return disclosure.model_copy(update={"document": own, "functional_units": (told, *units), "totals": totals})
