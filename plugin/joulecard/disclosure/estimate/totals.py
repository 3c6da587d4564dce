"""Sums over estimated stages, what one functional unit takes, and operation with hardware where both are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from joulecard.disclosure import document as doc
from joulecard.disclosure.merge.quantities import UNITS, divided, summed
from joulecard.disclosure.merge.totals import totals as sums_of

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T", doc.Total, doc.PhaseTotal)


def totals(stages: Sequence[doc.Stage], units: Sequence[doc.FunctionalUnit]) -> doc.Totals:
    """The sums of all stages: all of them ran, none was reused."""
    found = sums_of(stages, (), (), "new")
    new = _with_both(found.new)
    phases = tuple(_with_both(phase) for phase in found.by_phase or ())
    known = {key: whole for key in UNITS if (whole := getattr(new, key)) and whole.value is not None}
    rates = tuple(
        doc.UnitTotal.model_validate(
            {
                "functional_unit_ref": unit.id,
                **{key: divided(whole, unit.quantity) for key, whole in known.items()},
            }
        )
        for unit in units
        if known
    )
    return found.model_copy(
        update={"new": new, "including_reused": new, "by_phase": phases, "per_functional_unit": rates}
    )


def _with_both(block: T) -> T:
    """The block with operational and embodied emissions together, where both have a value."""
    parts = [block.operational_location, block.embodied]
    known = [part for part in parts if part is not None and part.value is not None]
    if len(known) < len(parts):
        return block
    return block.model_copy(update={"operational_and_embodied": summed(known, "g", "")})
