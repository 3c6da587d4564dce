"""What a stage gets done, counted by the program itself, and what it says of the stage.

Nothing here raises into the program: what is no count and no note is refused, in words.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from joulecard.capture import accepted
from joulecard.capture.accepted import RefusedError
from joulecard.capture.segment import Declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from joulecard.surroundings.place import Place

_PER_LINE = 6  # names of 64 letters with their numbers: a line of the journal has at most 700 bytes
_REFUSED_UNITS = f"a unit was refused: {accepted.MOST_UNITS} are counted already"
_REFUSED_METRICS = f"a metric was refused: {accepted.MOST_METRICS} are noted already"


def _silently(what: str, reason: str, said: str) -> None:
    """For a work that nobody counts into: one that is read again from a journal."""


class Work:
    """The counts and notes of one segment, from any thread; a note of the same name takes an earlier one's place."""

    def __init__(self, refuse: Callable[[str, str, str], None] = _silently) -> None:
        """`refuse(what, reason, said)` is told of each count and note that was not taken; `said` quotes its value."""
        self._refuse = refuse
        self._lock = threading.RLock()  # a signal's handler may count while its thread counts
        self._counts: dict[str, float] = {}
        self._notes: dict[str, float] = {}
        self._quality: dict[str, float] = {}
        self._place: str | None = None
        self._fresh: set[str] = set()  # units, metrics, notes and the place that the journal does not hold yet
        self._next: Work | None = None  # where counting has gone on
        self._closed = ""  # why nothing is counted any more

    def count(self, unit: str, number: float = 1) -> None:
        """Adds so many units. Never raises."""
        try:
            amount = number if type(number) in accepted.PLAIN else accepted.count(number)
            with self._lock:
                if self._next or self._closed:
                    self._count_later(unit, amount)
                    return
                counted = self._counts.get(unit)
                self._counts[unit] = _sum(self._begun(unit) if counted is None else counted, amount)
                self._fresh.add(unit)
        except Exception as error:  # noqa: BLE001 - counting is never the program's problem
            self._turn_down("work", self._refused_count(error, unit, number))

    def note(
        self,
        *,
        flop: float | None = None,
        quality: Mapping[str, float] | None = None,
        energy_wh: float | None = None,
        place: str | None = None,
    ) -> None:
        """Takes over what is said, each part for itself. Never raises."""
        with self._lock:
            if self._next:
                self._next.note(flop=flop, quality=quality, energy_wh=energy_wh, place=place)
                return
            self._try("declared", lambda: self._note("flop", flop))
            self._try("declared", lambda: self._note("energy_wh", energy_wh))
            self._try("declared", lambda: self._note_quality(quality))
            self._try("place", lambda: self._note_place(place))

    def hand_over(self, following: Work) -> None:
        """What is counted from now on, by whoever, is counted there; the place holds."""
        with self._lock:
            if self._place:
                following._place = self._place
                following._fresh.add("place")
            self._next, self._refuse = following, _silently  # nothing is left to refuse: whoever made us can go

    def close(self, why: str) -> None:
        """Counts nothing more; whoever tries is told why."""
        with self._lock:
            self._closed = why

    def forget(self) -> None:
        """In a forked child, where a lock that was held stays held for ever, and what is counted is in no record."""
        self._lock = threading.RLock()
        self._closed = (
            "a forked process counted or noted in the stage of its parent, and no record holds it: "
            "it needs a `with joulecard.record(NAME)` of its own"
        )

    def fresh_lines(self) -> list[dict[str, Any]]:
        """Journal lines of all that has come since the last ones were taken."""
        with self._lock:
            fresh, self._fresh = self._fresh, set()
            said: dict[str, Any] = {name: value for name, value in self._notes.items() if name in fresh}
            said |= {"place": self._place} if self._place and "place" in fresh else {}
            parts = (
                (member, _parts(values, fresh))
                for member, values in (("work", self._counts), ("quality", self._quality))
            )
            return [
                *([{"d": said}] if said else []),
                *({"d": {member: part}} for member, several in parts for part in several),
            ]

    def renew(self) -> None:
        """Gives all lines again: for a journal that starts anew, or one that could not be written."""
        with self._lock:
            self._fresh |= {*self._counts, *self._notes, *self._quality, "place"}

    def read_line(self, line: dict[str, Any]) -> None:
        """Takes its part from a journal line; raises KeyError, TypeError or ValueError where it is none."""
        said = dict(line["d"])
        for unit, count in dict(said.get("work", {})).items():
            self._counts[accepted.unit(unit)] = accepted.count(count)
        for name, value in dict(said.get("quality", {})).items():
            self._quality[accepted.metric(name)] = accepted.quality(value)
        for name in accepted.MOST_NOTED.keys() & said.keys():
            self._notes[name] = accepted.noted(name, said[name])
        self._place = accepted.place(said["place"]) if said.get("place") else self._place

    def counts(self) -> tuple[tuple[str, float], ...] | None:
        """Unit and number; None where nothing was counted."""
        with self._lock:
            return tuple(sorted(self._counts.items())) or None

    def declared(self) -> Declared | None:
        """What was noted; None where nothing was."""
        with self._lock:
            quality = tuple(sorted(self._quality.items())) or None
            return Declared(**self._notes, quality=quality) if self._notes or quality else None

    def placed(self, found: Place) -> Place:
        """The place: the one that was noted, else the one that was found."""
        from joulecard.surroundings.place import Place

        return Place((accepted.evidence(self._place),), found.pue) if self._place else found

    def _count_later(self, unit: str, amount: float) -> None:
        """Hands on what comes after the end of this segment; raises RefusedError where no other follows."""
        if self._next:
            self._next.count(unit, amount)
        self._open()

    def _begun(self, unit: str) -> float:
        """What a new unit starts with; raises RefusedError where there can be none of that name, or no more."""
        accepted.unit(unit)
        if len(self._counts) >= accepted.MOST_UNITS:
            raise RefusedError(_REFUSED_UNITS, value=unit)
        return 0

    def _note(self, name: str, value: float | None) -> None:
        if value is not None:
            self._open()
            self._notes[name] = accepted.noted(name, value)
            self._fresh.add(name)

    def _note_quality(self, quality: Mapping[str, float] | None) -> None:
        for name, value in dict(quality or {}).items():
            self._try("declared", partial(self._note_metric, name, value))

    def _note_metric(self, name: str, value: float) -> None:
        self._open()
        number = accepted.quality(value)
        if accepted.metric(name) not in self._quality and len(self._quality) >= accepted.MOST_METRICS:
            raise RefusedError(_REFUSED_METRICS, value=name)
        self._quality[name] = number
        self._fresh.add(name)

    def _note_place(self, place: str | None) -> None:
        if place is not None:
            self._open()
            self._place = accepted.place(place)
            self._fresh.add("place")

    def _open(self) -> None:
        """Raises RefusedError where nothing is taken any more."""
        if self._closed:
            raise RefusedError(self._closed)

    def _try(self, what: str, take: Callable[[], None]) -> None:
        try:
            take()
        except Exception as error:  # noqa: BLE001 - noting is never the program's problem
            refused = error if isinstance(error, RefusedError) else RefusedError(accepted.REFUSED_QUALITY)
            self._turn_down(what, refused)

    def _refused_count(self, error: Exception, unit: str, number: float) -> RefusedError:
        """Why a count was not taken; a unit is named where it is one that is counted."""
        if isinstance(error, RefusedError) and str(error) != accepted.REFUSED_COUNT:
            return error
        if type(unit) is not str:
            return RefusedError(accepted.REFUSED_UNIT, value=unit)
        return accepted.refused_count(unit if unit in self._counts else "", number)

    def _turn_down(self, what: str, error: RefusedError) -> None:
        """Says why something was not taken; what refuses may fail itself, and nobody is left to tell."""
        try:
            self._refuse(what, str(error), error.said)
        except Exception:  # noqa: BLE001 - as above
            return


def _sum(counted: float, amount: float) -> float:
    """Both together; raises RefusedError where that is no count."""
    if not (amount >= 0 and counted + amount <= accepted.MOST_COUNTED):
        raise RefusedError(accepted.REFUSED_COUNT)
    return counted + amount


def _parts(values: dict[str, float], fresh: set[str]) -> Iterator[dict[str, float]]:
    """The fresh ones of the values, a few at a time."""
    names = [name for name in values if name in fresh]
    for first in range(0, len(names), _PER_LINE):
        yield {name: values[name] for name in names[first : first + _PER_LINE]}
