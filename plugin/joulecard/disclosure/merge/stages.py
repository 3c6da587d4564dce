"""The stages of several disclosures as one list, in which no execution comes twice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from joulecard.disclosure import document as doc
from joulecard.disclosure.document.part import Part
from joulecard.disclosure.instants import instant
from joulecard.disclosure.merge.equality import refuse_other_numbers
from joulecard.disclosure.merge.names import free, renamed
from joulecard.disclosure.merge.source import RAN, REUSED, Key
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from joulecard.disclosure.merge.names import Names
    from joulecard.disclosure.merge.source import Source

# What the tool that ran the pipeline knows and a record does not: another disclosure may tell it.
FILLED_IN: dict[type[object], tuple[str, ...]] = {
    doc.Stage: (
        *("group", "exit_status", "inputs", "outputs", "refs", "software", "water", "compute", "work_done", "series"),
        *("emissions", "reused_from"),
    ),
    doc.ReusedFrom: ("emissions", "water", "compute"),
    doc.StageEmissions: ("operational_market", "embodied"),
}
T = TypeVar("T")


class Entry(NamedTuple):
    """A stage of one of the disclosures."""

    source: Source
    stage: doc.Stage


class Arrangement(NamedTuple):
    """Which entries there are of each execution, which one stands for it, and its id."""

    held: dict[Key, list[Entry]]
    places: dict[Key, Key]
    ids: dict[Key, str]  # of those that stay


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of the merged disclosure."""

    listed: tuple[doc.Stage, ...]
    files: tuple[tuple[str, ...], ...]  # which disclosures hold each
    given_way: frozenset[tuple[str, str | None]]  # digest and stage id of entries that another execution stands for
    counted_once: int  # how many entries are no stage of their own


def arranged(sources: Sequence[Source]) -> Arrangement:
    """The entries of all disclosures by execution.

    Raises InvalidInputError where two of them tell different numbers of one execution.
    """
    held: dict[Key, list[Entry]] = {}
    for source in sources:
        for key, stage in source.keyed():
            held.setdefault(key, []).append(Entry(source, stage))
    for entries in held.values():
        refuse_other_numbers(entries)
    places = _places(held)
    return Arrangement(held, places, _ids(held, places))


def enter_names(arrangement: Arrangement, names: Mapping[str, Names]) -> None:
    """Puts the ids that the stages have together into `names`, which are by the digest of the disclosure."""
    for key, entries in arrangement.held.items():
        for source, stage in entries:
            names[source.digest].setdefault("stages", {})[stage.id] = arrangement.ids[arrangement.places[key]]


def merged_stages(arrangement: Arrangement, names: Mapping[str, Names]) -> Stages:
    """The stages, each execution once, under the names that all things have together."""
    held, ids = arrangement.held, arrangement.ids
    listed = []
    for key, stage_id in ids.items():
        entries = _by_knowledge(held[key])
        listed.append(_one([renamed(stage, names[source.digest]) for source, stage in entries], stage_id))
    return Stages(
        tuple(_superseded(listed)),
        tuple(tuple(entry.source.file for entry in held[key]) for key in ids),
        frozenset((source.digest, stage.id) for key in held if key not in ids for source, stage in held[key]),
        sum(map(len, held.values())) - len(ids),
    )


def _places(held: Mapping[Key, Sequence[Entry]]) -> dict[Key, Key]:
    """Which entry stands for each: itself, the execution that a reused one was, or the one that counts its energy."""
    outer = _Outer(held)
    above: dict[Key, Key] = {}
    for key, entries in held.items():
        found = outer.of_reused(key) if key[0] == REUSED else outer.of_ran(key, entries)
        if found and found != key:
            above[key] = found
        if found and found != key and key[0] == REUSED and found == (RAN, key[1]):
            refuse_other_numbers([*held[found], *entries])
    return {key: _top(key, above) for key in held}


def _top(key: Key, above: Mapping[Key, Key]) -> Key:
    """The entry that stands for this one and for which no other stands; in a ring each stands for itself."""
    seen = [key]
    while (found := above.get(seen[-1])) is not None:
        if found in seen:
            return key
        seen.append(found)
    return seen[-1]


class _Outer:
    """Finds the execution whose recorder already counts the energy of another."""

    def __init__(self, held: Mapping[Key, Sequence[Entry]]) -> None:
        self._held = held
        self._by_segment: dict[str, Key] = {}
        self._by_execution: dict[str, Key] = {}
        for key, entries in held.items():
            for entry in entries:
                for segment in entry.stage.segments or ():
                    if segment.within is not None:
                        self._by_segment.setdefault(segment.id, key)
                        self._by_execution.setdefault(segment.execution_id or "", key)

    def of_reused(self, key: Key) -> Key | None:
        """The execution itself where it is here as one that ran, else the one that it lay inside of."""
        return (RAN, key[1]) if (RAN, key[1]) in self._held else self._by_execution.get(key[1])

    def of_ran(self, key: Key, entries: Sequence[Entry]) -> Key | None:
        """The execution that lists all records of this one as lying inside it.

        Raises InvalidInputError where it lists some of them, so that neither all nor nothing may be counted.
        """
        own = [segment.id for entry in entries for segment in entry.stage.segments or () if segment.within is None]
        outer = {self._by_segment.get(name) for name in own} - {key}
        if len(outer) == 1:
            return outer.pop()
        found = next((name for name in outer if name), None)
        if found is None:
            return None
        one, other = entries[0], self._held[found][0]
        raise InvalidInputError(
            f"a part of stage {one.stage.name!r} of {one.source.file} is already counted in stage "
            f"{other.stage.name!r} of {other.source.file}",
            mend="assemble the records of both at once",
        )


def _ids(held: Mapping[Key, Sequence[Entry]], places: Mapping[Key, Key]) -> dict[Key, str]:
    """The id of each entry that stays: its own, else the next that is free."""
    ids: dict[Key, str] = {}
    taken: set[str] = set()
    for key, entries in held.items():
        if places[key] == key:
            ids[key] = free(entries[0].stage.id, taken)
            taken.add(ids[key])
    return ids


def _by_knowledge(entries: Sequence[Entry]) -> list[Entry]:
    """What tells most first; where they list other records, the disclosure with most knows best what lies in what."""
    listed = {frozenset(segment.id for segment in entry.stage.segments or ()) for entry in entries}

    def knowledge(entry: Entry) -> tuple[int, int]:
        all_records = (len(stage.segments or ()) for stage in entry.source.document.stages)
        records = sum(all_records) if len(listed) > 1 and entry.stage.segments else 0
        return records, len(entry.stage.model_dump_json(exclude_none=True))

    return sorted(entries, key=knowledge, reverse=True)


def _one(stages: Sequence[doc.Stage], stage_id: str) -> doc.Stage:
    """The entry that tells most, which is the first, with what only others tell, and the edges of all."""
    told = [stage.depends_on for stage in stages if stage.depends_on is not None]
    edges = tuple(dict.fromkeys(edge for each in told for edge in each if edge != stage_id)) if told else None
    after = _first(stage.superseded_by for stage in stages)
    filled = _filled(stages)
    return filled.model_copy(update={"id": stage_id, "depends_on": edges, "superseded_by": after})


def _filled(told: Sequence[T]) -> T:
    """The first of what several tell, with what only the others have in it."""
    first = told[0]
    if not isinstance(first, Part):
        return first
    members = FILLED_IN.get(type(first), ())
    known = {name: [each for part in told if (each := getattr(part, name)) is not None] for name in members}
    return first.model_copy(update={name: _filled(each) for name, each in known.items() if each})


def _first(values: Iterable[T | None]) -> T | None:
    """The first that is told."""
    return next((value for value in values if value is not None), None)


def _superseded(stages: Sequence[doc.Stage]) -> list[doc.Stage]:
    """The stages, each with an edge to the next attempt of its group and name that is here."""
    attempts: dict[tuple[str, str], list[tuple[int, datetime, doc.Stage]]] = {}
    for stage in stages:
        if stage.group and stage.time:
            tried = stage.attempt or 0, instant(stage.time.start), stage
            attempts.setdefault((stage.group, stage.name), []).append(tried)
    after: dict[str, str] = {}
    for tries in attempts.values():  # by number first: a clock that was moved tells nothing of who came later
        ordered = [stage for *_, stage in sorted(tries, key=lambda each: each[:2])]
        if not any(stage.superseded_by for stage in ordered):
            after |= {one.id: later.id for one, later in pairwise(ordered)}
    by_id = {stage.id: stage for stage in stages}
    return [stage.model_copy(update={"superseded_by": after.get(stage.id) or _later(stage, by_id)}) for stage in stages]


def _later(stage: doc.Stage, by_id: Mapping[str, doc.Stage]) -> str | None:
    """What replaces the stage; not where what stands for it now has another name, or began before."""
    found = by_id.get(stage.superseded_by or "")
    if found is None or found.name != stage.name:
        return None
    times = [each.time.start for each in (stage, found) if each.time]
    return found.id if times == sorted(times, key=instant) else None
