"""When the journal is written, and with what; a disk that refuses is told once and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.capture.journal.course import Course
from joulecard.capture.journal.lines import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from joulecard.capture.closing import Ending, Opening
    from joulecard.capture.gaps import GapBook
    from joulecard.capture.joules.totals import Totals
    from joulecard.capture.work import Work

DENSE_S = 60.0  # checkpoints come with every tick for so long, then every period
LONGEST_JOURNAL_BYTES = 4 << 20  # a longer one is written anew: the totals so far and their course in a few lines
_TICK_TOLERANCE_S = 0.5
_AT_ONCE = -1.0  # seconds since the start, of which there are none


class Checkpoints:
    """The journal of one recording, kept as well as the disk allows."""

    def __init__(self, gaps: GapBook, work: Work, period_s: float, fail: Callable[[str], None]) -> None:
        """`fail` is given a sentence for the user when the journal cannot be kept."""
        self._gaps, self._work, self._period_s, self._fail = gaps, work, period_s, fail
        self._journal: Journal | None = None
        self._folder: str | None = None
        self._opening: Opening | None = None
        self._is_outdated = False  # the file lacks what only a new one can hold
        self._sources = 0  # that the first line of the file names
        self._course = Course()
        self._by_s = _AT_ONCE  # when the next checkpoint is to be there

    @property
    def path(self) -> str | None:
        """The journal's file; None where none could be made."""
        return self._journal.path if self._journal else None

    def open(self, folder: str | None, opening: Opening) -> None:
        """Makes the journal with its first line; a later opening is written with the next totals, which are due."""
        if not folder:
            self._gaps.note("journal", "no folder is known to keep a journal in: a kill would have lost the record")
            return
        self._folder, self._opening = folder, opening
        self._is_outdated, self._by_s = True, _AT_ONCE
        if not self._journal:
            self._attempt(self._write_anew)

    def are_due(self, totals: Totals, next_look_s: float) -> bool:
        """Whether it is time for a checkpoint: the next look, in so many seconds, would come too late."""
        return totals.elapsed_s + next_look_s > self._by_s + _TICK_TOLERANCE_S

    def keep(self, totals: Totals) -> None:
        """Writes a checkpoint and waits until it is on the disk."""
        dense = totals.elapsed_s < DENSE_S
        self._by_s = _AT_ONCE if dense else totals.elapsed_s + self._period_s
        self._attempt(lambda: self._write(totals))

    def close(self, totals: Totals, ending: Ending, *, sync: bool = False) -> None:
        """Writes the last totals and how it ended; `settle` or `leave` follows, at once unless it is to be synced."""
        end = {"end": ending.status, "exit_status": ending.exit_status}
        self._attempt(lambda: self._write(totals, [end], sync=sync))

    def settle(self) -> None:
        """Removes the journal: the segment is safe."""
        if self._journal:
            self._journal.remove()

    def leave(self) -> None:
        """Keeps the journal for `joulecard recover`."""
        if self._journal:
            try:
                self._journal.sync()
            finally:
                self._journal.close()

    def forget(self) -> None:
        """In a forked child: lets go of the parent's file, whose lock would otherwise outlive the parent."""
        if self._journal:
            self._journal.close()

    def _attempt(self, write: Callable[[], None]) -> None:
        """Writes; where the disk refuses, what was to be said is said again at the next time."""
        try:
            write()
        except OSError as error:
            self._say_again()
            reason = error.strerror or type(error).__name__
            self._gaps.note("journal", f"the journal could not be written for a time: {reason}")
            self._fail(f"the journal could not be written ({reason}): a kill would have lost what it did not hold")

    def _write(self, totals: Totals, end: Sequence[dict[str, Any]] = (), *, sync: bool = True) -> None:
        """A checkpoint, in a new file where the one there is lost, too long or lacks something; raises OSError."""
        if not self._opening:
            return
        self._course.follow(self._opening, totals)
        if self._is_to_be_renewed():
            try:
                self._write_anew(totals, end)
            except OSError:  # no room for a second file: the one there may still do
                if not self._journal or self._journal.is_lost:
                    raise
            else:
                return
        if self._journal:
            known = totals._replace(readings=totals.readings[: self._sources])
            self._journal.append(*self._fresh_lines(), *known.to_lines(), *end)
            if sync:
                self._sync(self._journal)

    def _is_to_be_renewed(self) -> bool:
        journal = self._journal
        return not journal or self._is_outdated or journal.is_lost or journal.size_bytes > LONGEST_JOURNAL_BYTES

    def _sync(self, journal: Journal) -> None:
        try:
            journal.sync()
        except OSError:  # the kernel may have dropped what it could not write, and will not say so again
            self._is_outdated = True
            raise

    def _write_anew(self, totals: Totals | None = None, end: Sequence[dict[str, Any]] = ()) -> None:
        """A new journal with all that is known, on the disk before it takes the place of the one there.

        Raises OSError. The old one stays locked until then.
        """
        if not (self._folder and self._opening):
            return
        self._say_again()
        so_far = [*self._course.to_lines(), *self._fresh_lines(), *totals.to_lines()] if totals else []
        before, lines = self._journal, (self._opening.to_line(), *so_far, *end)
        try:
            self._journal = Journal(self._folder, self._opening.id, *lines, replacing=before is not None)
        except OSError:
            self._say_again()
            raise
        self._sources, self._is_outdated = len(self._opening.sources), False
        if before:
            before.close()
        else:  # better one that a power cut may take than none
            self._sync(self._journal)
            self._journal.sync_name()

    def _say_again(self) -> None:
        self._gaps.renew()
        self._work.renew()

    def _fresh_lines(self) -> list[dict[str, Any]]:
        """What has come beside the totals since it was last written."""
        return [*self._gaps.fresh_lines(), *self._work.fresh_lines()]
