"""One of the disclosures that are compared: which of its numbers count, and the quantities behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.accounting.intervals import COVERAGE, Z, contribution
from joulecard.accounting.quantity import Quantity
from joulecard.disclosure.instants import instant
from joulecard.disclosure.merge.quantities import UNITS, as_quantity, summed, told
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from joulecard.disclosure import document as doc


MOST_LOG_SD = 20.0  # a range of some 28 powers of ten; the variance of twice that has no number


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the disclosures is compared; by default what their headlines quote."""

    stages: tuple[str, ...] = ()  # of these names alone
    final: bool = False  # of each name the last completed execution alone
    reused: bool = False  # what cached stages had cost before counts too, whatever the headline quotes

    @property
    def is_whole(self) -> bool:
        """Whether all stages count."""
        return not (self.stages or self.final)


WHOLE = Scope()


@dataclass(frozen=True, slots=True)
class Side:
    """A disclosure with the numbers that count here."""

    label: str  # A, B, ...
    file: str
    disclosure: doc.Disclosure
    stages: tuple[doc.Stage, ...]  # those behind the totals
    totals: Mapping[str, doc.Quantity]  # by the name that the standard gives them
    scope: Scope = WHOLE

    @property
    def named(self) -> str:
        """What a sentence calls it."""
        return f"{self.label} ({self.file})"

    def total(self, key: str) -> doc.Quantity | None:
        """The total of that name; None where it has no value."""
        found = self.totals.get(key)
        return None if found is None or found.value is None else found


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity, and whether the document says how sure it is."""

    quantity: Quantity
    is_told: bool = True


def side(label: str, file: str, disclosure: doc.Disclosure, scope: Scope = WHOLE) -> Side:
    """The disclosure with what its headline quotes, or with the stages that the scope asks for.

    Raises InvalidInputError where it has none of these.
    """
    totals = disclosure.totals
    reused = scope.reused or totals.headline != "new"
    quoted = [stage for stage in disclosure.stages if stage.energy or (stage.reused_from and reused)]
    if scope.is_whole:
        block = totals.including_reused if reused else totals.new
        found = {key: each for key in UNITS if (each := getattr(block, key)) is not None}
        return Side(label, file, disclosure, tuple(quoted), found, scope)
    stages = _chosen(quoted, scope)
    if not stages:
        names = ", ".join(dict.fromkeys(stage.name for stage in quoted)) or "none"
        asked = f" of the name {' or '.join(map(repr, scope.stages))}" if scope.stages else " that completed"
        raise InvalidInputError(f"has no stage{asked}", where=file, mend=f"its stages with energy are {names}")
    return Side(label, file, disclosure, stages, _summed(stages), scope)


def spread(found: doc.Quantity, rename: Callable[[str], str], own: str) -> Spread:
    """The quantity with its sources of uncertainty under the names that they have in this comparison.

    A range that a person declared is read as that of a lognormal, with one source of its own, `own`. Raises
    InvalidInputError for one that is wider than a number can hold.
    """
    plain = as_quantity(found)
    ends = found.interval
    if ends and ends.kind == "lognormal":
        return Spread(replace(plain, contributions=tuple((rename(name), c) for name, c in plain.contributions)))
    if ends and ends.lower > 0 and plain.value:
        log_sd = (math.log(ends.upper) - math.log(ends.lower)) / 2 / _quantile(ends.coverage)
        if log_sd > MOST_LOG_SD:
            raise InvalidInputError(f"the {own}, {ends.lower:g} to {ends.upper:g}, is too wide to compare by")
        parts = ((own, contribution(plain.value, log_sd)),) if log_sd else ()
        return Spread(replace(plain, contributions=parts))
    return Spread(plain, is_told=False)


def _quantile(coverage: float) -> float:
    if coverage == COVERAGE:
        return Z
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + coverage) / 2)


def _chosen(stages: Iterable[doc.Stage], scope: Scope) -> tuple[doc.Stage, ...]:
    named = [stage for stage in stages if not scope.stages or stage.name in scope.stages]
    return _final(named) if scope.final else tuple(named)


def _final(stages: Sequence[doc.Stage]) -> tuple[doc.Stage, ...]:
    """Of each name the last execution that completed, or else what was taken over from an earlier one."""
    last: dict[str, doc.Stage] = {}
    for stage in stages:
        if stage.status == "cached":
            last.setdefault(stage.name, stage)
        elif stage.status == "completed" and not stage.superseded_by and _is_later(stage, last.get(stage.name)):
            last[stage.name] = stage
    return tuple(last.values())


def _is_later(stage: doc.Stage, other: doc.Stage | None) -> bool:
    if other is None or other.time is None or stage.time is None:
        return True
    return instant(stage.time.end) >= instant(other.time.end)


def _summed(stages: Sequence[doc.Stage]) -> dict[str, doc.Quantity]:
    """The totals of these stages alone; a total that not all of them tell is left out."""
    parts = [told(stage) for stage in stages]
    keys = [key for key in UNITS if all(key in part for part in parts)]
    sums = {key: summed([part[key] for part in parts], UNITS[key], "nothing ran") for key in keys}
    unknown = any(part["energy_facility"].value is None for part in parts if "energy_facility" in part)
    return {key: found for key, found in sums.items() if key != "energy_facility" or not unknown}
