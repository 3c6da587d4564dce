"""What a reader of a what-if must know, the same in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.factors.grid import ODBL_NOTICE
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.whatif.cells import KEPT, LONGEST_NAME, UNSURE, all_kept
from joulecard.rendering.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.disclosure.counterfactual.ranking import Counterfactual
    from joulecard.disclosure.counterfactual.row import Row


def remarks(found: Counterfactual) -> list[str]:
    """Sentences without their full stop: on all rows, on PUE and ratio, on the factors, on single places."""
    assumed = (told for row in found.rows if row.kind in {"place", "same-place"} for told in row.assumes)
    return [
        *(plain(note) for note in found.notes),
        *_on_pue(found),
        *_on_ratios(found),
        *_on_factors(found),
        *dict.fromkeys(plain(told) for told in assumed),
    ]


def _on_pue(found: Counterfactual) -> Iterator[str]:
    if found.basis == "it":
        return
    if all_kept(found):
        value = found.disclosed.pue.value if found.disclosed.pue else None
        told = f"its PUE of {value:.4g}" if value else "the PUE that is in it"
        yield f"All rows are on facility energy as it is disclosed, with {told}"
    elif any(row.kind != "disclosed" and row.pue and row.pue.origin == "disclosed" for row in found.rows):
        yield f"PUE {KEPT}: no other is known of this place, so facility energy is as it is disclosed"
    if not all_kept(found) and found.energy_it_kwh is not None:
        yield f"Other PUE multiply the IT energy of {numbers.energy(found.energy_it_kwh).text}"
    if any(row.pue and row.pue.origin == "premise" for row in found.rows):
        yield "The PUE is a premise and taken as exact"


def _on_ratios(found: Counterfactual) -> Iterator[str]:
    compared = [row for row in found.rows if row.ratio and not _is_base(row, found)]
    if any(row.ratio_has_range and row.ratio and row.ratio.holds_one for row in compared):
        yield f"{UNSURE} the range of the ratio holds 1: not distinguishable from {_base(found)}"
    if any(not row.ratio_has_range for row in compared):
        yield "Ratios have no range, since what makes the disclosed emissions uncertain is not told"


def _on_factors(found: Counterfactual) -> Iterator[str]:
    own = ", the user's own factors first" if found.has_own_factors else ""
    yield f"Factors: {found.profile}, edition {found.edition}{own}; intensities of {_publishers(found)}"
    if any(row.kind == "reference" for row in found.rows):
        yield "The reference grid is the mean of the world in this edition, a convention, and taken as exact"


def _publishers(found: Counterfactual) -> str:
    """Who publishes the intensities, with the notice that their licence asks for."""
    factors = [factor for row in found.rows for factor in row.factors]
    publishers = dict.fromkeys(factor.source.get("publisher") or factor.source["name"] for factor in factors)
    is_odbl = any(ODBL_NOTICE in (factor.note or "") for factor in factors)
    told = listed(plain(name, LONGEST_NAME) for name in publishers) or "none"
    return f"{told} ({ODBL_NOTICE})" if is_odbl else told


def _base(found: Counterfactual) -> str:
    return "the disclosed emissions" if found.base and found.base.kind == "disclosed" else "the same place"


def _is_base(row: Row, found: Counterfactual) -> bool:
    return found.base is not None and row.kind == found.base.kind
