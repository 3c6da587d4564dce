"""When the journal is written, and with what; a disk that refuses is told once and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.capture.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.closing import Ending, Opening
    from joulecard.capture.gaps import GapBook
    from joulecard.capture.totals import Totals
    from joulecard.capture.work import Work

DENSE_S = 60.0  # checkpoints come with every tick for so long, then every period
_TICK_TOLERANCE_S = 0.5


class Checkpoints:
    """The journal of one recording, kept as well as the disk allows."""

    def __init__(self, gaps: GapBook, work: Work, period_s: float, fail: Callable[[str], None]) -> None:
        """`fail` is given a sentence for the user when the journal cannot be kept."""
        self._gaps, self._work, self._period_s, self._fail = gaps, work, period_s, fail
        self._journal: Journal | None = None
        self._due_s = 0.0

    @property
    def path(self) -> str | None:
        """The journal's file; None where none could be made."""
        return self._journal.path if self._journal else None

    def open(self, folder: str | None, opening: Opening) -> None:
        """Makes the journal, in place of an earlier one, and writes its first line."""
        if not folder:
            self._gaps.note("journal", "no folder is known to keep a journal in: a kill would have lost the record")
            return
        before, self._due_s = self._journal, 0.0
        try:
            self._journal = Journal(folder, opening.id, opening.to_line())
            if before:
                before.close()
            self._journal.sync()
        except OSError as error:
            self._refused(error)

    def are_due(self, totals: Totals) -> bool:
        """Whether it is time for a checkpoint."""
        return totals.elapsed_s >= self._due_s

    def keep(self, totals: Totals) -> None:
        """Writes a checkpoint and waits until it is on the disk."""
        dense = totals.elapsed_s < DENSE_S
        self._due_s = 0.0 if dense else totals.elapsed_s + self._period_s - _TICK_TOLERANCE_S
        self._append(totals.to_lines(), sync=True)

    def close(self, totals: Totals, ending: Ending) -> None:
        """Writes the last totals and how it ended; `settle` or `leave` follows."""
        end = {"end": ending.status, "exit_status": ending.exit_status}
        self._append([*totals.to_lines(), end], sync=False)

    def settle(self) -> None:
        """Removes the journal: the segment is safe."""
        if self._journal:
            self._journal.remove()

    def leave(self) -> None:
        """Keeps the journal for `joulecard recover`."""
        if self._journal:
            self._journal.sync()
            self._journal.close()

    def forget(self) -> None:
        """In a forked child: lets go of the parent's file, whose lock would otherwise outlive the parent."""
        if self._journal:
            self._journal.close()

    def _append(self, lines: list[dict[str, Any]], *, sync: bool) -> None:
        if not self._journal:
            return
        try:
            for line in self._gaps.fresh_lines():
                self._journal.append(line)
            if said := self._work.fresh_line():
                self._journal.append(said)
            for line in lines:
                self._journal.append(line)
            if sync:
                self._journal.sync()
        except OSError as error:
            self._work.renew()
            self._refused(error)

    def _refused(self, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self._gaps.note("journal", f"the journal could not be written for a time: {reason}")
        self._fail(f"the journal cannot be written ({reason}); a kill would lose what it does not hold")
