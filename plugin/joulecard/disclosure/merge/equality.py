"""Whether two disclosures tell the same of one execution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.disclosure.merge.quantities import UNITS, told
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.merge.stages import Entry

SAME = 1e-6  # relative: two ways to the same number, by the standard


def refuse_other_numbers(entries: Sequence[Entry]) -> None:
    """Raises InvalidInputError, naming both, where entries of one execution tell different numbers of it."""
    for entry in entries[1:]:
        difference = next(_differences(entries[0].stage, entry.stage), "")
        if difference:
            one, other = (f"stage {each.stage.name!r} of {each.source.file}" for each in (entries[0], entry))
            raise InvalidInputError(
                f"{one} and {other} are one execution, told with different numbers: {difference}",
                mend="assemble all of its records at once, with the same factors, place and PUE, and merge that",
            )


def _differences(one: doc.Stage, other: doc.Stage) -> Iterator[str]:
    """What the two do not agree on, in words."""
    if one.energy and other.energy:
        yield from _of_records(one, other)
    mine, theirs = told(one), told(other)
    for key in UNITS:
        if key in mine and key in theirs and not _equal(mine[key], theirs[key]):
            yield f"{key} is {_said(mine[key])} and {_said(theirs[key])}"


def _of_records(one: doc.Stage, other: doc.Stage) -> Iterator[str]:
    """Where status, times or records are not the same."""
    if one.status != other.status:
        yield f"it is {one.status} and {other.status}"
    mine, theirs = _energies(one), _energies(other)
    if mine and theirs and mine.keys() != theirs.keys():
        both = len(mine.keys() & theirs.keys())
        yield f"it is summed from {len(mine)} and {len(theirs)} records, of which both have {both or 'none'}"
    elif mine and theirs and mine != theirs:
        yield "its records have other energies"
    elif not (mine and theirs) and one.time and other.time and _span(one.time) != _span(other.time):
        yield f"it ran from {one.time.start} to {one.time.end} and from {other.time.start} to {other.time.end}"


def _span(time: doc.StageTime) -> tuple[object, object]:
    return instant(time.start), instant(time.end)


def _energies(stage: doc.Stage) -> dict[str, float | None]:
    """The energy of each record that is summed; what lay inside one of them may be known to one disclosure only."""
    return {segment.id: segment.energy_it_kwh for segment in stage.segments or () if segment.within is None}


def _equal(one: doc.Quantity, other: doc.Quantity) -> bool:
    return one.method == other.method and all(
        mine is theirs or (mine is not None and theirs is not None and math.isclose(mine, theirs, rel_tol=SAME))
        for mine, theirs in zip(_numbers(one), _numbers(other), strict=True)
    )


def _numbers(quantity: doc.Quantity) -> tuple[float | None, ...]:
    """The value and the ends of its interval."""
    interval = quantity.interval
    return (quantity.value, *((interval.lower, interval.upper) if interval else (None, None)))


def _said(quantity: doc.Quantity) -> str:
    if quantity.value is None:
        return "not available"
    interval = quantity.interval
    ends = f" ({interval.lower:.6g} to {interval.upper:.6g})" if interval else ""
    return f"{quantity.value:.9g} {quantity.unit}{ends}, {quantity.method}"
