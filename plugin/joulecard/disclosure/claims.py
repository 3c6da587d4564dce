"""Energy of one piece of hardware that two records both claim: refused, since a sum would count it twice."""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from joulecard.disclosure.counted import PARTS, resource_of
from joulecard.disclosure.instants import instant
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.components import Component
    from joulecard.disclosure.tallied import Tallied

STEP = timedelta(seconds=1)  # by so much a clock may have been moved unseen, between one record and the next
NODE = "host"  # the kind of what a node's meter reads
WHOLE = 0.999  # share of the node from which it is taken whole
TOLERANCE = 1.01  # two shares of one counter may exceed it by its reading at slightly different moments


class Claim(NamedTuple):
    """What one segment counts as its own of what one counter saw."""

    start: datetime
    end: datetime
    node_kwh: float
    energy_kwh: float
    stage: str
    segment: Segment


def refuse_double_claims(ran: Iterable[Tallied]) -> None:
    """Raises InvalidInputError, naming both, where two records count the same energy of one counter."""
    by_counter: dict[tuple[str, str], list[Claim]] = {}
    seen = [
        (segment, component)
        for joined in ran
        for segment, part in zip(joined.execution.counted, joined.parts, strict=True)
        for component in part.components
        if _is_dated(segment)
    ]
    for segment, component in seen:
        if node_kwh := component.node_kwh or _of_device(component):
            claim = _claim(segment, component, node_kwh)
            by_counter.setdefault((component.resource, component.sensor), []).append(claim)
    nodes = {component.resource: component for _, component in seen if component.kind == NODE and component.node_kwh}
    for segment, component in seen if nodes else ():
        node = nodes.get(resource_of(segment, NODE))
        if node and component.kind in (node.includes or PARTS):
            claim = _claim(segment, component, math.inf)  # a part of what the node's meter reads
            by_counter[node.resource, node.sensor].append(claim)
    for (resource, _), claims in by_counter.items():
        for one, other in (*_both_whole(claims), *_more_than_there_was(claims)):
            _refuse(resource, one, other)


def _of_device(component: Component) -> float | None:
    """What a device without a counter is modelled to have drawn for all that held it; None of what is no device."""
    held_s = component.device_s if "/" in component.resource else None
    seen_s = (component.coverage or 0.0) * component.duration_s
    return component.energy.known / min(1.0, held_s / seen_s) if held_s and seen_s else None


def _is_dated(segment: Segment) -> bool:
    """Whether the clock on the wall tells when the segment was: not once it was moved, nor within its millisecond."""
    return all(gap.what != "clock" for gap in segment.gaps) and instant(segment.start) < instant(segment.end)


def _claim(segment: Segment, component: Component, node_kwh: float) -> Claim:
    start, end = instant(segment.start), instant(segment.end)
    return Claim(start, end, node_kwh, component.energy.known, segment.stage, segment)


def _both_whole(claims: Iterable[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Pairs that overlap in time and both take all that the counter saw."""
    whole = (claim for claim in claims if claim.energy_kwh >= WHOLE * claim.node_kwh)
    last: Claim | None = None
    for claim in sorted(whole, key=lambda claim: (claim.start, claim.end, claim.segment.id)):
        if last and _overlap(last, claim):
            yield last, claim
        if last is None or claim.end > last.end:
            last = claim


def _overlap(one: Claim, other: Claim) -> bool:
    """Whether two share more time than a moved clock explains, or half of the shorter."""
    shorter = min(one.end - one.start, other.end - other.start)
    return min(one.end, other.end) - max(one.start, other.start) > min(STEP, shorter / 2)


def _more_than_there_was(claims: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Pairs of which one lies inside the other and that together exceed what the counter saw in the outer one's time.

    From the last start to the first, each looks up the greatest energy among those that start later and end sooner.
    """
    ends = sorted({claim.end for claim in claims})
    greatest = _Greatest(len(ends))
    order = sorted(claims, key=lambda claim: claim.segment.id)
    # Of two with the same span the one that saw less comes last, and is the outer one.
    order.sort(key=lambda claim: (claim.start, -bisect_left(ends, claim.end), claim.node_kwh), reverse=True)
    for outer in order:
        place = bisect_left(ends, outer.end)
        inner = greatest.upto(place)
        if inner and inner.energy_kwh + outer.energy_kwh > TOLERANCE * outer.node_kwh:
            yield outer, inner
        greatest.put(place, outer)


class _Greatest:
    """The claim with the greatest energy among those up to a place (a Fenwick tree)."""

    def __init__(self, places: int) -> None:
        self._best: list[Claim | None] = [None] * (places + 1)

    def put(self, place: int, claim: Claim) -> None:
        """Enters a claim at a place, counted from 0."""
        at = place + 1
        while at < len(self._best):
            held = self._best[at]
            if held is None or claim.energy_kwh > held.energy_kwh:
                self._best[at] = claim
            at += at & -at

    def upto(self, place: int) -> Claim | None:
        """The greatest at this place or before it; None where there is none."""
        at, found = place + 1, None
        while at > 0:
            held = self._best[at]
            if held and (found is None or held.energy_kwh > found.energy_kwh):
                found = held
            at -= at & -at
        return found


def _refuse(resource: str, one: Claim, other: Claim) -> NoReturn:
    told = " and ".join(f"stage {claim.stage!r} (record {claim.segment.id})" for claim in (one, other))
    raise InvalidInputError(
        f"{told} ran at the same time, and both count the same energy of {resource}",
        mend='record them with attribution = "allocated", or assemble them apart',
    )
