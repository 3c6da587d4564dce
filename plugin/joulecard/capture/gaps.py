"""The gaps of one recording: what could not be seen and why, each said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.capture.segment import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REASON_CHARACTERS, _REASON_BYTES = 256, 512  # a line of the journal has at most 700 bytes


class GapBook:
    """Gaps as they are noted; of a counter only the latest reason counts, for its time is known from its totals."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], Gap] = {}
        self._counters: dict[str, Gap] = {}
        self._fresh: dict[str, Gap] = {}  # not in the journal yet; of a counter only the latest

    def note(self, what: str, reason: str, seconds: float | None = None) -> None:
        """Notes a gap that stays."""
        gap = Gap(what, _cut(reason), seconds)
        if (gap.what, gap.reason) not in self._noted:
            self._noted[gap.what, gap.reason] = gap
            self._fresh[f"{gap.what}: {gap.reason}"] = gap

    def note_all(self, gaps: Iterable[Gap]) -> None:
        """Notes gaps that somebody else saw."""
        for gap in gaps:
            self.note(gap.what, gap.reason, gap.seconds)

    def explain(self, counter: str, reason: str) -> None:
        """Says why a counter misses something now; an empty reason takes the gap back."""
        gap = Gap(counter, _cut(reason))
        known = self._counters.get(counter)
        if gap != known and (known or reason):
            self._counters[counter] = gap
            self._fresh[counter] = gap

    def fresh_lines(self) -> Iterator[dict[str, Any]]:
        """Journal lines of what has come since the last time; one that was not written is given again."""
        for key, gap in list(self._fresh.items()):
            yield {"g": [gap.what, gap.reason, gap.seconds, gap.what in self._counters]}
            self._fresh.pop(key, None)

    def renew(self) -> None:
        """Gives all lines again: for a journal that starts anew."""
        self._fresh |= {f"{gap.what}: {gap.reason}": gap for gap in list(self._noted.values())} | self._counters

    def read_line(self, line: dict[str, Any]) -> None:
        """Takes a gap from its journal line; raises KeyError, TypeError or ValueError where it is none."""
        what, reason, seconds, of_counter = line["g"]
        if of_counter:
            self.explain(str(what), str(reason))
        else:
            self.note(str(what), str(reason), None if seconds is None else float(seconds))

    def all(self) -> tuple[Gap, ...]:
        """Every gap that still stands."""
        return (*self._noted.values(), *(gap for gap in list(self._counters.values()) if gap.reason))


def _cut(reason: str) -> str:
    """A reason short enough for the record and its journal, where other scripts take six bytes a character."""
    short = reason[:_REASON_CHARACTERS]
    return short if short.isascii() else short[: _REASON_BYTES // 6]
