"""Makes segments of the journals that dead recorders left behind; safe to run twice, and twice at once."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from joulecard.capture.closing import Ending, Opening, close, make_folder, segment_path, write_segment
from joulecard.capture.files import lock_existing
from joulecard.capture.gaps import GapBook
from joulecard.capture.journal import SUFFIX, read_lines
from joulecard.capture.series import SeriesBuilder
from joulecard.capture.totals import ReadingTotal, Totals
from joulecard.capture.work import Work

if TYPE_CHECKING:
    from joulecard.capture.segment import Segment

Verdict = Literal["written", "live", "unreadable", "kept"]

_STATUSES = {"completed": "completed", "failed": "failed", "interrupted": "interrupted"}
_NOT_A_LINE = (KeyError, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one journal: written (and removed), live, unreadable or kept, and a sentence that says so."""

    journal: str
    verdict: Verdict
    sentence: str
    segment: str | None = None


class Journalled(NamedTuple):
    """What a journal tells of its recording."""

    opening: Opening
    totals: Totals
    ending: Ending
    gaps: GapBook
    series: SeriesBuilder
    work: Work
    damaged_lines: int

    def segment(self) -> Segment:
        """The segment that the recorder would have written."""
        series = self.series.finish(self.opening.start_ms, self.totals.elapsed_s)
        return close(self.opening, self.totals, self.ending, self.gaps.all(), series, self.work)


def recover(journal_dir: str, to: str | None = None) -> list[Outcome]:
    """One outcome for each journal in the folder, oldest name first; `to` overrides where the segments go.

    A folder that does not exist holds no journals. Raises OSError where it cannot be listed.
    """
    try:
        names = sorted(os.listdir(journal_dir))
    except FileNotFoundError:
        return []
    journals = (os.path.join(journal_dir, name) for name in names if name.endswith(SUFFIX) and name[0] != ".")
    return [outcome for outcome in (_recover_one(path, to) for path in journals) if outcome]


def read_journal(path: str) -> Journalled:
    """What a journal tells, damaged lines stepped over; raises OSError, or ValueError without a good first line."""
    lines = read_lines(path)
    try:
        first = next(lines, None)
        opening = Opening.from_line(first or {})
    except _NOT_A_LINE as error:
        detail = str(error) if isinstance(error, ValueError) else ""
        raise ValueError(detail or "its first line is damaged") from error
    reader = _Reader(opening)
    for line in lines:
        reader.take(line)
    return reader.result()


class _Reader:
    """Follows the lines of one journal."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        nothing = tuple(ReadingTotal(0.0, 0.0, None, 0.0) for _ in opening.sources)
        self._totals = Totals(0.0, opening.start_ms, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "proc", "none", nothing)
        self._ending = Ending("interrupted")
        self._gaps = GapBook()
        self._series = SeriesBuilder()
        self._work = Work()
        self._parts: list[dict[str, Any]] = []
        self._damaged = 0

    def take(self, line: dict[str, Any] | None) -> None:
        """Adds what a line tells; one that tells nothing is counted."""
        try:
            self._read(line or {})
        except _NOT_A_LINE:
            self._damaged += 1

    def result(self) -> Journalled:
        if self._damaged:
            self._gaps.note("journal", f"{self._damaged} damaged lines of the journal were stepped over")
        if self._ending.status == "interrupted":
            self._gaps.note("recorder", "the recorder was killed; what came after its last checkpoint was not seen")
        return Journalled(
            self._opening, self._totals, self._ending, self._gaps, self._series, self._work, self._damaged
        )

    def _read(self, line: dict[str, Any]) -> None:
        if "g" in line:
            self._gaps.read_line(line)
        elif "d" in line:
            self._work.read_line(line)
        elif "end" in line:
            exit_status = line["exit_status"]
            self._ending = Ending(_STATUSES[line["end"]], None if exit_status is None else int(exit_status))  # type: ignore[arg-type]
        elif "n" in line:
            self._parts.append(line)
        else:
            self._advance(Totals.from_lines(line, self._parts))
            self._parts.clear()

    def _advance(self, totals: Totals) -> None:
        """Spreads what came since the last checkpoint over the time between; raises ValueError for what goes back."""
        last, self_j, last_j = self._totals, _share_j(totals), _share_j(self._totals)
        if len(totals.readings) != len(self._opening.sources) or totals.elapsed_s < last.elapsed_s:
            raise ValueError("not the next checkpoint")
        self._series.add_energy(last.elapsed_s, totals.elapsed_s, self_j - last_j)
        self._series.add_cpu(last.elapsed_s, totals.elapsed_s, max(0.0, totals.cpu_s - last.cpu_s))
        self._totals = totals


def _share_j(totals: Totals) -> float:
    return sum(reading.share_j for reading in totals.readings)


def _recover_one(path: str, to: str | None) -> Outcome | None:
    """What became of one journal; None where somebody else has just recovered it."""
    try:
        descriptor = lock_existing(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Outcome(path, "unreadable", f"{path} cannot be opened: {_why(error)}; it was left as it is")
    if descriptor is None:
        return Outcome(path, "live", f"{path} belongs to a recording that is still running")
    try:
        return _recover_locked(path, to) if os.fstat(descriptor).st_nlink else None
    finally:
        os.close(descriptor)


def _recover_locked(path: str, to: str | None) -> Outcome:
    try:
        journalled = read_journal(path)
    except (OSError, ValueError) as error:
        return Outcome(path, "unreadable", f"{path} cannot be recovered: {_why(error)}; it was left as it is")
    opening = journalled.opening
    folder = to or opening.folder
    try:
        if not to:
            make_folder(folder)
        written = _already_written(folder, opening.id) or write_segment(journalled.segment(), folder)
        os.unlink(path)
    except OSError as error:
        sentence = f"{path} was kept: {folder} cannot be written ({_why(error)}); choose another folder with --to"
        return Outcome(path, "kept", sentence)
    status, seconds = journalled.ending.status, journalled.totals.elapsed_s
    sentence = f"stage {opening.stage}, {status} after {seconds:.1f} s, was written to {written}"
    return Outcome(path, "written", sentence, written)


def _already_written(folder: str, segment_id: str) -> str | None:
    """The segment that the recorder itself had written before it died; it knows more than its journal."""
    path = segment_path(folder, segment_id)
    try:
        with open(path, "rb") as file:
            document = json.load(file)
    except (OSError, ValueError):
        return None
    return path if isinstance(document, dict) and document.get("id") == segment_id else None


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
