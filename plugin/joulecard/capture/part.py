"""One segment in the making: its name, gaps, counts and journal, and its file in the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from joulecard.capture import identity
from joulecard.capture.closing import Source, close, make_folder, write_segment
from joulecard.capture.gaps import GapBook
from joulecard.capture.journal.checkpoints import Checkpoints
from joulecard.capture.saying import DEGRADED, NOT_WRITTEN, not_written, why
from joulecard.capture.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.closing import Ending, Opening
    from joulecard.capture.joules.cut import Piece
    from joulecard.capture.joules.totals import Totals
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Segment
    from joulecard.settings import Settings


class Tell(Protocol):
    """Who is told in a sentence what could not be done; never raises."""

    def __call__(self, sentence: str, kind: str = DEGRADED) -> None:
        """Takes the sentence."""


class Part:
    """A recording has one, or with `rotate_s` one after the other."""

    def __init__(self, settings: Settings, tell: Tell, stage: str = "") -> None:
        """`stage` is named in what the user is told of refused counts and notes."""
        self.id = identity.fresh_id()
        self.gaps = GapBook()
        self.work = Work(self._refuse)
        self.opening: Opening | None = None
        self.segment: Segment | None = None
        self.path: str | None = None  # where the segment was written
        self.problem: str | None = None  # what could not be written, why, and where the record lies
        self._journal_dir, self._tell = settings.journal_dir, tell
        self._whose = f"stage {stage}: " if stage else ""
        self._is_told_now = False
        self._checkpoints = Checkpoints(self.gaps, self.work, settings.period_s, tell)

    def open(self, opening: Opening) -> None:
        """Begins the journal."""
        self.opening = opening
        self._checkpoints.open(self._journal_dir, opening)

    def follow(self, before: Part, start_ms: int) -> None:
        """Begins the journal where the part before has ended, with all that stands still."""
        if before.opening:
            self.open(replace(before.opening, id=self.id, start_ms=start_ms))

    def name_sources(self, instruments: Iterable[Instrument]) -> None:
        """Names what has joined since: the first line of the journal tells all."""
        if self.opening:
            self.open(replace(self.opening, sources=tuple(map(Source.of, instruments))))

    def is_due(self, totals: Totals, next_look_s: float) -> bool:
        """Whether it is time for a checkpoint, where the next look comes in so many seconds."""
        return self._checkpoints.are_due(totals, next_look_s)

    def keep(self, totals: Totals) -> None:
        """Writes a checkpoint and waits until it is on the disk."""
        self._checkpoints.keep(totals)

    def close(self, piece: Piece, ending: Ending, *, sync: bool) -> None:
        """Makes the segment, and the journal whole; `sync` where more is to come before it is written."""
        if self.opening:
            self._checkpoints.close(piece.totals, ending, sync=sync)
            series = piece.series.finish(self.opening.start_ms, piece.totals.elapsed_s)
            self.segment = close(self.opening, piece.totals, ending, self.gaps.all(), series, self.work)

    def write(self) -> None:
        """Writes the segment; if it cannot be written, the journal stays."""
        if not (self.segment and self.opening):
            return
        folder = self.opening.folder
        try:
            make_folder(folder)
            self.path = write_segment(self.segment, folder)
        except OSError as error:
            self.problem = not_written(folder, why(error), self._checkpoints.path)
            self._tell(self.problem, NOT_WRITTEN)
            self._checkpoints.leave()
        else:
            self._checkpoints.settle()

    def forget(self) -> None:
        """In a forked child: lets go of the parent's file, whose lock would otherwise outlive the parent."""
        self.segment = None
        self._is_told_now = True  # there is no record for a gap, and such a process seldom ends as others do
        self.work.forget()
        self._checkpoints.forget()

    def _refuse(self, what: str, reason: str, said: str) -> None:
        """Says that something was not counted or noted: in the record without its value, to the user with it."""
        self.gaps.note(what, reason)
        self._tell(f"{self._whose}{said}", NOT_WRITTEN if self._is_told_now else DEGRADED)
