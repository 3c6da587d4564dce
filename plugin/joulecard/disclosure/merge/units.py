"""How much was made: functional units and nodes of disclosures that may hold the same executions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.merge.names import free

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from joulecard.disclosure.merge.source import Source

NO_SUM = (
    "not every disclosure that was merged counts it, or they share executions, or their headlines do not count alike: "
    "nobody knows how much of it was made with the energy told here"
)
Unit = tuple[str, str, str | None]  # name, unit and basis: what two must share to be added up


class Units(NamedTuple):
    """The units of the merged disclosure, and a line for each that could not be carried."""

    listed: tuple[doc.FunctionalUnit, ...]
    left_out: tuple[doc.Exclusion, ...]


def groups(sources: Sequence[Source]) -> list[list[Source]]:
    """The disclosures in groups that share no execution with one another."""
    found: list[tuple[set[str], list[Source]]] = []
    for source in sources:
        together: tuple[set[str], list[Source]] = (set(source.executions), [source])
        apart = []
        for group in found:
            if group[0] & together[0]:
                together = (group[0] | together[0], [*group[1], *together[1]])
            else:
                apart.append(group)
        found = [*apart, together]
    return [members for _, members in found]


def functional_units(sources: Sequence[Source], counted: AbstractSet[str]) -> Units:
    """Units that every disclosure counts, added up; of disclosures that share executions only what one holds whole.

    A disclosure that is a part of another counts with that one. The headline, which a rate divides, must hold all that
    made them: `counted` are its executions.
    """
    in_headline = all(source.quoted <= counted for source in sources)
    together = groups(sources)
    keys = dict.fromkeys(_key(unit) for source in sources for unit in source.document.functional_units or ())
    listed: list[doc.FunctionalUnit] = []
    left_out: list[doc.Exclusion] = []
    for key in keys:
        counts = [_count(key, members) for members in together]
        known = [count for count in counts if count is not None]
        if in_headline and len(known) == len(counts):
            taken = {unit.id for unit in listed}
            listed.append(_unit(_named(key, sources), known, taken))
        else:
            left_out.append(_lost(key))
    return Units(tuple(listed), tuple(left_out))


def nodes_expected(sources: Sequence[Source], seen: int | None) -> int | None:
    """Nodes seen and, of each group, the most that one disclosure misses; None where nobody says what was expected."""
    if seen is None or all(source.document.boundary.nodes_expected is None for source in sources):
        return None
    return seen + sum(max(_missing(source) for source in members) for members in groups(sources))


def _missing(source: Source) -> int:
    limits = source.document.boundary
    if limits.nodes_expected is None:
        return 0
    return max(0, limits.nodes_expected - (limits.nodes_seen or 0))


def _key(unit: doc.FunctionalUnit) -> Unit:
    return unit.name, unit.unit, unit.basis


def _named(key: Unit, sources: Iterable[Source]) -> list[doc.FunctionalUnit]:
    found = (unit for source in sources for unit in source.document.functional_units or ())
    return [unit for unit in found if _key(unit) == key]


def _count(key: Unit, members: Sequence[Source]) -> float | None:
    """How many units a group made; None where nobody who holds all of its executions tells it, or two differ."""
    everything = frozenset[str]().union(*(source.executions for source in members))
    whole = [source for source in members if source.executions == everything]
    counts = {tuple(unit.quantity for unit in _named(key, [source])) for source in whole}
    found = counts.pop() if len(counts) == 1 else ()
    return found[0] if len(found) == 1 else None


def _unit(same: Sequence[doc.FunctionalUnit], counts: Sequence[float], taken: set[str]) -> doc.FunctionalUnit:
    """The unit with what was made of it; why it was chosen only where all say the same."""
    why = {unit.rationale for unit in same}
    members = {
        "id": free(same[0].id, taken),
        "quantity": math.fsum(counts),
        "rationale": why.pop() if len(why) == 1 else None,
    }
    return doc.FunctionalUnit.model_validate({**same[0].model_dump(), **members})


def _lost(key: Unit) -> doc.Exclusion:
    name, unit, basis = key
    told = f"functional unit {name!r} ({', '.join(filter(None, (unit, basis)))})"
    return doc.Exclusion(what=told[:512], reason=NO_SUM)
