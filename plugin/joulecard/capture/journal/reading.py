"""Reads the journal of a recording: whatever happened to it, all that can be made out, and never more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.clock import timestamp
from joulecard.capture.closing import Ending, Opening, close
from joulecard.capture.gaps import GapBook
from joulecard.capture.joules.totals import ReadingTotal, Totals
from joulecard.capture.journal.course import Course
from joulecard.capture.journal.lines import read_lines
from joulecard.capture.journal.old_formats import format_of, lifted, lifted_opening
from joulecard.capture.work import Work

if TYPE_CHECKING:
    from joulecard.capture.segment import Segment

# what a line raises that is not what it should be
NOT_A_LINE = (KeyError, TypeError, ValueError, OverflowError, AttributeError)
_STATUSES = {"completed": "completed", "failed": "failed", "interrupted": "interrupted"}


class Journalled(NamedTuple):
    """What a journal tells of its recording."""

    opening: Opening
    totals: Totals
    ending: Ending
    gaps: GapBook
    course: Course
    work: Work
    damaged_lines: int

    def segment(self) -> Segment:
        """The segment that the recorder would have written."""
        series = self.course.finish(self.opening.start_ms, self.totals.elapsed_s)
        return close(self.opening, self.totals, self.ending, self.gaps.all(), series, self.work)


def read_journal(path: str) -> Journalled:
    """What a journal tells, damaged lines stepped over; raises OSError, or ValueError without a good first line."""
    lines = read_lines(path)
    try:
        first = next(lines, None) or {}
        opening = Opening.from_line(lifted_opening(first))
    except NOT_A_LINE as error:
        detail = str(error) if isinstance(error, ValueError) else ""
        raise ValueError(detail or "its first line is damaged") from error
    reader = _Reader(opening, format_of(first))
    for line in lines:
        reader.take(line)
    return reader.result()


class _Reader:
    """Follows the lines of one journal."""

    def __init__(self, opening: Opening, written_as: int) -> None:
        self._opening, self._format = opening, written_as
        nothing = tuple(ReadingTotal(0.0, 0.0, None, 0.0) for _ in opening.sources)
        self._totals = Totals(0.0, opening.start_ms, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "proc", "none", nothing)
        self._ending = Ending("interrupted")
        self._gaps = GapBook()
        self._course = Course()
        self._work = Work()
        self._parts: dict[Any, dict[str, Any]] = {}  # by the number of their first counter
        self._damaged = 0

    def take(self, line: dict[str, Any] | None) -> None:
        """Adds what a line tells; one that tells nothing is counted."""
        try:
            self._read(lifted(line or {}, self._format))
        except NOT_A_LINE:
            self._damaged += 1

    def result(self) -> Journalled:
        if self._damaged:
            self._gaps.note("journal", f"{self._damaged} damaged lines of the journal were stepped over")
        if self._ending.status == "interrupted":
            self._gaps.note("recorder", "the recorder was killed; what came after its last checkpoint was not seen")
        return Journalled(
            self._opening, self._totals, self._ending, self._gaps, self._course, self._work, self._damaged
        )

    def _read(self, line: dict[str, Any]) -> None:
        if "g" in line:
            self._gaps.read_line(line)
        elif "d" in line:
            self._work.read_line(line)
        elif "c" in line:
            self._course.read_line(line)
        elif "end" in line:
            exit_status = line["exit_status"]
            self._ending = Ending(_STATUSES[line["end"]], None if exit_status is None else int(exit_status))  # type: ignore[arg-type]
        elif "n" in line:
            self._parts[int(line["n"])] = line
        else:
            self._advance(Totals.from_lines(line, list(self._parts.values())))
            self._parts.clear()

    def _advance(self, totals: Totals) -> None:
        """Takes the next checkpoint; raises ValueError for one that goes back or could not be told."""
        if len(totals.readings) != len(self._opening.sources) or totals.elapsed_s < self._totals.elapsed_s:
            raise ValueError("not the next checkpoint")
        timestamp(totals.wall_ms)
        self._course.follow(self._opening, totals)
        self._totals = totals
