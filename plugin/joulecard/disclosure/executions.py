"""Segments put together into executions of stages, each joule in exactly one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from joulecard.disclosure.instants import instant
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a stage: the segments that are summed, and those that only lie inside them."""

    counted: tuple[Segment, ...]
    inside: tuple[Segment, ...]
    orphaned: bool  # the recorder that watched these segments left no record, so they are the total themselves

    @property
    def first(self) -> Segment:
        """The counted segment that started first."""
        return self.counted[0]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All segments, those that are counted first."""
        return self.counted + self.inside

    @property
    def start(self) -> str:
        """When the first segment started."""
        return min((segment.start for segment in self.segments), key=instant)

    @property
    def end(self) -> str:
        """When the last segment ended."""
        return max((segment.end for segment in self.segments), key=instant)

    @property
    def status(self) -> Literal["completed", "failed", "interrupted"]:
        """Failed where any counted segment failed, else interrupted where any was, else completed."""
        found = {segment.status for segment in self.counted}
        return "failed" if "failed" in found else "interrupted" if "interrupted" in found else "completed"


def executions(segments: Iterable[Segment]) -> list[Execution]:
    """The executions that the segments belong to, in order of their start.

    A segment given twice counts once. A segment that was recorded within an execution that is here is listed
    with that one and not summed; where the record around it is missing, so is one that a command of its group was
    recorded around. Raises InvalidInputError where one id stands for two different records.
    """
    by_key = _grouped(unique(segments))
    owners = _Owners(by_key)
    counted: dict[Key, list[Segment]] = {}
    inside: dict[Key, list[Segment]] = {}
    for key, members in by_key.items():
        for segment in members:
            owner = owners.of(segment, key)
            (counted if owner is None else inside).setdefault(owner or key, []).append(segment)
    found = [
        Execution(tuple(members), tuple(inside.get(key, ())), _orphaned(members)) for key, members in counted.items()
    ]
    return sorted(found, key=lambda execution: (instant(execution.start), key_of(execution.first)))


def unique(segments: Iterable[Segment]) -> list[Segment]:
    """The segments in order of start, each id once; raises InvalidInputError where one id has two contents."""
    by_id: dict[str, Segment] = {}
    for segment in segments:
        known = by_id.setdefault(segment.id, segment)
        if known is not segment and known != segment:
            message = f"two different records carry the id {segment.id}: {_described(known)} and {_described(segment)}"
            raise InvalidInputError(message, mend="keep the one that was written by the recorder")
    return sorted(by_id.values(), key=lambda segment: (instant(segment.start), segment.id))


def key_of(segment: Segment) -> Key:
    """What makes segments one execution: group, stage and attempt."""
    return segment.group, segment.stage, segment.attempt


class _Owners:
    """Finds the execution that already holds the energy of a segment."""

    def __init__(self, by_key: dict[Key, list[Segment]]) -> None:
        self._members = by_key
        self._keys = {members[0].execution_id: key for key, members in by_key.items()}
        self._outermost = {key: [each for each in members if each.within is None] for key, members in by_key.items()}
        self._tops: dict[Key, Key] = {}
        self._above = {key: None if _own(members) else members[0].within for key, members in by_key.items()}
        self._commands = self._recorded_commands(by_key)

    def of(self, segment: Segment, key: Key) -> Key | None:
        """The execution that the segment lies inside of; None where the segment is itself to be summed."""
        if segment.within is None:
            return None
        outer = self._keys.get(segment.within)
        if outer is None:
            return key if any(_overlap(segment, own) for own in self._outermost[key]) else self._command(segment)
        if outer == key:
            return key if self._outermost[key] else None
        top = self._top(outer)
        return None if top == key else self._holder(top)

    def _holder(self, top: Key) -> Key:
        """The execution that holds a topmost one: itself, or the command that its records lie in."""
        owners = [self.of(member, top) for member in self._members[top]]
        return next((owner for owner in owners if owner), top) if all(owners) else top

    def _recorded_commands(self, by_key: dict[Key, list[Segment]]) -> dict[tuple[str, str], list[tuple[Segment, Key]]]:
        """By group and host the recorded commands whose energy is counted, each with the execution that holds it.

        Such a recorder watched all that was started in its group there, also below a recorder that left no record.
        """
        found: dict[tuple[str, str], list[tuple[Segment, Key]]] = {}
        for key, members in by_key.items():
            for segment in members:
                top = key if segment.within is None else self._top(key)
                if segment.scope == "node" and self._outermost[top]:
                    found.setdefault((segment.group, segment.host_ref), []).append((segment, top))
        return found

    def _command(self, segment: Segment) -> Key | None:
        """The execution of the recorded command that a segment lies in, though the record between them is missing."""
        around = self._commands.get((segment.group, segment.host_ref), ())
        return next((top for command, top in around if command is not segment and _overlap(segment, command)), None)

    def _top(self, key: Key) -> Key:
        """The execution furthest out that is here; a ring of executions has its least key as the top."""
        seen: dict[Key, None] = {}
        while key not in seen and key not in self._tops:
            seen[key] = None
            above = self._keys.get(self._above[key] or "")
            key = key if above is None else above
        top = self._tops[key] if key in self._tops else _least_of_ring(list(seen), key)
        self._tops.update(dict.fromkeys(seen, top))
        return top


def _overlap(segment: Segment, other: Segment) -> bool:
    """Whether the other was recorded on the same host at the same time, so that its counters saw the same energy."""
    meanwhile = instant(segment.start) < instant(other.end) and instant(other.start) < instant(segment.end)
    return meanwhile and segment.host_ref == other.host_ref


def _least_of_ring(path: list[Key], back_at: Key) -> Key:
    """The least key from where the path came back to itself; an outermost execution is a ring of one."""
    return min(path[path.index(back_at) :])


def _own(members: list[Segment]) -> bool:
    """Whether any segment was recorded by a recorder that nobody watched."""
    return any(segment.within is None for segment in members)


def _grouped(segments: Iterable[Segment]) -> dict[Key, list[Segment]]:
    """The segments by execution."""
    by_key: dict[Key, list[Segment]] = {}
    for segment in segments:
        by_key.setdefault(key_of(segment), []).append(segment)
    return by_key


def _orphaned(counted: Iterable[Segment]) -> bool:
    """Whether the counted segments were meant to lie inside a record that is missing."""
    return any(segment.within is not None for segment in counted)


def _described(segment: Segment) -> str:
    """A segment in words that let a person find it."""
    return f"stage {segment.stage!r} of host {segment.host_ref} from {segment.start} ({segment.status})"
