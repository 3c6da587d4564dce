"""What both sides got done: the units of work that two disclosures have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.comparison.side import Side

COMPUTE = "FLOP"


class Work(NamedTuple):
    """An amount of work of one kind; `basis` is gross or effective, empty where it is not told."""

    id: str
    name: str
    unit: str
    basis: str
    amount: float

    @property
    def told(self) -> str:
        """The unit in words."""
        rest = [part for part in (self.name if self.name != self.unit else "", self.basis) if part]
        return f"{self.unit} ({', '.join(rest)})" if rest else self.unit


class Common(NamedTuple):
    """The same kind of work on both sides."""

    one: Work
    other: Work


def common(one: Side, other: Side, per: str | None = None) -> tuple[Common, ...]:
    """The kinds of work that both tell; with `per` that one first.

    Raises InvalidInputError where one does not count `per`, or both count and have no unit in common.
    """
    mine, theirs = _works(one), _works(other)
    found = [Common(work, twin) for work in mine for twin in theirs if _is_same(work, twin)]
    found = [pair for place, pair in enumerate(found) if pair.one not in [each.one for each in found[:place]]]
    if per is not None:
        asked = Common(_named(one, mine, per), _named(other, theirs, per))
        _refuse_other_units(one, other, asked)
        return (asked, *(pair for pair in found if pair.one != asked.one))
    counted = [[work for work in works if work.name != COMPUTE] for works in (mine, theirs)]
    if not found and all(counted):
        raise InvalidInputError(
            f"{one.named} counts {_listed(counted[0])}, {other.named} {_listed(counted[1])}: there is no common unit",
            mend="--per UNIT names what is one unit on both sides, --whole compares the totals alone",
        )
    return tuple(found)


def _works(side: Side) -> list[Work]:
    """What a side got done: functional units of the whole, what stages counted, operations."""
    units = side.disclosure.functional_units or () if side.scope.is_whole else ()
    found = [Work(unit.id, unit.name, unit.unit, unit.basis or "", unit.quantity) for unit in units]
    found += [work for work in _counted(side) if not any(_is_same(work, unit) for unit in found)]
    return [*found, *_computed(side)]


def _counted(side: Side) -> Iterator[Work]:
    """What the programs of the stages counted; nothing where results were taken over whose work nobody counts."""
    if any(stage.reused_from for stage in side.stages):
        return
    counts: dict[str, list[float]] = {}
    for stage in side.stages:
        for work in stage.work_done or ():
            counts.setdefault(work.name, []).append(work.count)
    for name, each in counts.items():
        yield Work(name, name, name, "gross", math.fsum(each))


def _computed(side: Side) -> Iterator[Work]:
    """The operations, where they are told of every stage."""
    found = side.total("compute")
    if found is not None and found.value and not found.reason:
        yield Work(COMPUTE, COMPUTE, COMPUTE, "", found.value)


def _is_same(one: Work, other: Work) -> bool:
    alike = one.name.casefold() == other.name.casefold() and one.unit.casefold() == other.unit.casefold()
    return alike and (one.basis == other.basis or not (one.basis and other.basis))


def _named(side: Side, works: Sequence[Work], per: str) -> Work:
    """The work that the user's word names: by id, name or unit."""
    for member in ("id", "name", "unit"):
        for work in works:
            if getattr(work, member).casefold() == per.casefold():
                return work
    mend = f"it counts {_listed(works)}" if works else "joulecard assemble --per UNIT tells what was counted"
    raise InvalidInputError(f"{side.label} does not tell how much of {per!r} was done", where=side.file, mend=mend)


def _refuse_other_units(one: Side, other: Side, asked: Common) -> None:
    mine, theirs = asked
    if mine.unit.casefold() != theirs.unit.casefold():
        raise InvalidInputError(
            f"{one.named} counts in {mine.unit} and {other.named} in {theirs.unit}: their units do not compare"
        )
    if mine.basis and theirs.basis and mine.basis != theirs.basis:
        raise InvalidInputError(
            f"{one.named} counts {mine.unit} {mine.basis} and {other.named} {theirs.basis}: all that was processed "
            "does not compare with what remained of use"
        )


def _listed(works: Sequence[Work]) -> str:
    return ", ".join(dict.fromkeys(work.told for work in works))
