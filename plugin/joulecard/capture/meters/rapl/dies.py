"""Counters of several dies of one package that are one and the same counter, told from counters of their own.

AMD Zen 1 and 2 show the energy of the package once for each die (codecarbon #1274): added up they give the double.
Neither name nor model tells; the counts do. They count from the start of the machine, so two counters of their own are
far apart soon and for ever, whatever the load. Two that are equal at the first look are taken for one, and only as long
as they are equal at every look: the second is read well once and then fails with a reason, so that its energy is not
added. A counter whose reads fail loses nothing: two dies of their own that were equal by chance, as after a restart,
move apart by some joules within seconds; from then on the second counts too, from the first look on. Who cannot be told
apart until the end is counted once, and the gap says so: too little with a reason, not too much without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.capture.meters import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIE = "-die-"
_REFRESH_S = 0.01  # ten steps of the counter: by so much one of two twins may be ahead, beside the time of the looks


class Dies:
    """What is known so far of counters whose names differ in the die alone."""

    def __init__(self, max_w: float, joules_per_count: float) -> None:
        self._counts_per_s = max_w / joules_per_count
        self._leaders: dict[str, str] = {}  # package -> its die that was read well first
        self._alike: set[str] = set()  # read well once, equal to their leader until now
        self._own: set[str] = set()

    def counted_once(
        self, counts: Mapping[str, int | Failure], ranges: Mapping[str, int | None], took_s: float
    ) -> dict[str, int | Failure]:
        """The counts of one look that took so many seconds, those that were counted already as failures."""
        most = (took_s + _REFRESH_S) * self._counts_per_s
        return {domain: self._judged(domain, counts, ranges.get(domain), most) for domain in counts}

    def _judged(
        self, domain: str, counts: Mapping[str, int | Failure], range_counts: int | None, most: float
    ) -> int | Failure:
        count = counts[domain]
        if _DIE not in domain or domain in self._own or isinstance(count, Failure):
            return count
        leader = self._leaders.setdefault(domain.partition(_DIE)[0], domain)
        if leader == domain:
            return count
        first = counts[leader]
        if not isinstance(first, Failure) and _distance(count - first, range_counts) > most:
            self._own.add(domain)
            return count
        if domain not in self._alike:
            self._alike.add(domain)
            return count
        return Failure(f"counts the same energy as {leader}, which is counted once")


def _distance(counts: int, range_counts: int | None) -> int:
    """How far two counts are apart on a circle: one of them may have started again at 0 already."""
    distance = abs(counts)
    return min(distance, range_counts - distance) if range_counts and distance <= range_counts else distance
