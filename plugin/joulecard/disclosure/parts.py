"""Executions inside a stage that were recorded by themselves, and what they leave of its energy."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from joulecard.accounting.quantity import Quantity, add, not_available
from joulecard.disclosure.from_segment import components_of
from joulecard.disclosure.instants import instant
from joulecard.disclosure.work import done

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.executions import Execution
    from joulecard.factors import Edition, Uncertainty

UNKNOWN_AROUND = "the energy of the stage around it is not known"
NOTHING_SEEN = "neither a counter nor the CPU activity of this part was seen"
NOISE = 1e-9  # of a whole, by which parts may exceed it without a word: what adding up doubles may lose


@dataclass(frozen=True, slots=True)
class Inner:
    """One execution inside a stage: its segments, the part it lies in, its energy in kWh and what it got done."""

    segments: tuple[Segment, ...]
    part_of: str | None  # execution_id; None where it lies in the stage itself
    energy: Quantity
    sources: tuple[Uncertainty, ...]
    work: Mapping[str, float]  # with that of the parts in it
    left_out: str = ""  # what its energy leaves out, in words

    @property
    def execution_id(self) -> str:
        """Its execution."""
        return self.segments[0].execution_id

    @property
    def start(self) -> str:
        """When its first segment started."""
        return min((segment.start for segment in self.segments), key=instant)

    @property
    def end(self) -> str:
        """When its last segment ended."""
        return max((segment.end for segment in self.segments), key=instant)


@dataclass(frozen=True, slots=True)
class Inside:
    """The parts of a stage, the energy in none of them, and by how much they claimed more than there was."""

    parts: tuple[Inner, ...] = ()
    unattributed: Quantity | None = None  # kWh; None where there are no parts or the stage's energy is not known
    claimed: float = 1.0  # times what they lie in; greater than 1 where they were scaled down


NO_PARTS = Inside()


def inside_of(execution: Execution, whole: Quantity, edition: Edition) -> Inside:
    """The parts of an execution that drew `whole`; where they claim more than it, they are scaled down to it."""
    own = execution.first.execution_id
    by_execution: dict[str, list[Segment]] = {}
    for segment in execution.inside:
        if segment.execution_id != own:
            by_execution.setdefault(segment.execution_id, []).append(segment)
    if not by_execution:
        return NO_PARTS
    outer = {name: _outer(name, by_execution) for name in by_execution}
    work = _work(by_execution, outer)
    seen = {name: _inner(segments, outer[name], work[name], edition) for name, segments in by_execution.items()}
    if whole.value is None:
        unknown = not_available("kWh", UNKNOWN_AROUND)
        return Inside(tuple(replace(part, energy=unknown, left_out="") for part in seen.values()))
    parts, claimed = _fitted(whole, seen)
    return Inside(parts, _rest(whole, [part.energy for part in parts if part.part_of is None]), claimed)


def _outer(name: str, by_execution: Mapping[str, Sequence[Segment]]) -> str | None:
    """The part that a part lies in; None where that is the stage, or where following it would come back."""
    way: dict[str, None] = {}
    at: str | None = name
    while at is not None and at in by_execution and at not in way:
        way[at] = None
        at = by_execution[at][0].within
    return next(islice(way, 1, None), None) if at not in way else None


def _work(
    by_execution: Mapping[str, Sequence[Segment]], outer: Mapping[str, str | None]
) -> dict[str, Mapping[str, float]]:
    """What each part got done, with what the parts in it did."""
    within: dict[str, list[Segment]] = {name: [] for name in by_execution}
    for name, segments in by_execution.items():
        around: str | None = name
        while around is not None:
            within[around] += segments
            around = outer[around]
    return {name: done(segments) for name, segments in within.items()}


def _inner(segments: Sequence[Segment], part_of: str | None, work: Mapping[str, float], edition: Edition) -> Inner:
    """A part with the energy of its segments; those inside its own recorder are not added."""
    around = [segment for segment in segments if segment.within != segment.execution_id] or list(segments)
    found = [components_of(segment, edition)[0] for segment in around]
    seen = [part for part in found if part]
    energy = add([each.energy for part in seen for each in part]) if seen else not_available("kWh", NOTHING_SEEN)
    sources = {source.id: source for part in seen for each in part for source in each.sources}
    blind = len(found) - len(seen)
    told = f"without {blind} of {len(found)} segments, in which nothing saw the energy" if blind and seen else ""
    return Inner(tuple(segments), part_of, replace(energy, factor_refs=()), tuple(sources.values()), work, told)


def _fitted(whole: Quantity, seen: Mapping[str, Inner]) -> tuple[tuple[Inner, ...], float]:
    """The parts, those in one whole scaled down together where they claim more than it, and the greatest such claim."""
    below: dict[str | None, list[str]] = {}
    for name, part in seen.items():
        below.setdefault(part.part_of, []).append(name)
    energies: dict[str | None, Quantity] = {None: whole}
    most = 1.0
    waiting: list[tuple[str | None, float]] = [(None, 1.0)]
    while waiting:
        around, scale = waiting.pop()
        names = below.get(around, [])
        known = math.fsum(seen[name].energy.value or 0.0 for name in names) * scale
        there = energies[around].value
        claimed = _claimed(known, there)
        most = max(most, claimed)
        scale = scale / claimed
        for name in names:
            energies[name] = _within(energies[around], seen[name].energy, scale)
            waiting.append((name, scale))
    return tuple(replace(part, energy=energies[name]) for name, part in seen.items()), most


def _claimed(known: float, there: float | None) -> float:
    """How many times what there is the parts in it claim; 1 where they claim no more."""
    if there is None or known <= there:
        return 1.0
    return known / there if there else math.inf


def _within(around: Quantity, energy: Quantity, scale: float) -> Quantity:
    """The energy of a part, scaled; unknown in one that is unknown."""
    if around.value is None:
        return not_available("kWh", energy.reason or NOTHING_SEEN)
    return energy if energy.value is None or scale == 1 else energy.in_unit("kWh", scale)


def _rest(whole: Quantity, direct: Sequence[Quantity]) -> Quantity:
    """What parts leave of a stage's energy in kWh, with what each source contributes to one and not to the others."""
    known = [part for part in direct if part.value is not None]
    total = whole.known
    value = max(0.0, total - math.fsum(part.known for part in known))
    amounts: dict[str, list[float]] = {name: [amount] for name, amount in whole.contributions}
    for part in known:
        for name, amount in part.contributions:
            amounts.setdefault(name, []).append(-amount)
    left = {name: abs(math.fsum(each)) for name, each in amounts.items()}
    measured = _measured(whole) - math.fsum(_measured(part) for part in known)
    blind = len(direct) - len(known)
    return Quantity(
        value,
        "kWh",
        whole.method,
        tuple((name, left[name]) for name in sorted(left) if left[name] and value),
        min(max(measured / value, 0.0), 1.0) if value and whole.method != "measured" else None,
        reason=f"with what {blind} of {len(direct)} parts drew, in which nothing was seen" if blind else None,
    )


def _measured(energy: Quantity) -> float:
    """The part of an energy in kWh that counters measured."""
    share = energy.measured_fraction
    return energy.known * (float(energy.method == "measured") if share is None else share)
