"""One instrument through a segment: what it gave, for how long it was seen, and why it misses the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.meters import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.capture.meters import Instrument

# A step of a counter that is more than this part of the time is said: both ends are known to one step alone.
COARSE_FRACTION = 0.01
_MOST_REASONS = 8


class Span(NamedTuple):
    """What an instrument gave between two good reads: J, of a UseGauge seconds of use."""

    start_s: float
    end_s: float
    amount: float
    slept_s: float = 0.0  # how long the system was suspended in it
    parts: tuple[Span, ...] = ()  # where reads in between tell more

    @property
    def seen_s(self) -> float:
        """For how long of it something is known."""
        return sum(part.seen_s for part in self.parts) if self.parts else self.end_s - self.start_s


class Read(NamedTuple):
    """One read of an instrument between two looks."""

    at_s: float
    value: int | Failure
    slept_s: float = 0.0  # how long the system was suspended since the read before


class Passage(NamedTuple):
    """What went by on the machine since the look before."""

    pace_s: float = 10.0  # seconds between two reads, when all is well
    busy: bool = False  # whether the CPUs worked, so that a counter that stands still cannot be right
    slept_s: float = 0.0  # how long the system was suspended, which the seconds of a segment do not hold


class Track:
    """Follows one instrument; times are seconds since the segment began."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.amount = 0.0  # so far: J, of a UseGauge seconds of use
        self.seen_s = 0.0
        self._last: tuple[float, float] | None = None  # the latest good read: when, and its value
        self._trouble = ""  # why the reads since then failed; empty where none did
        self._slept_s = 0.0  # suspended since the latest good read
        self._reasons: dict[str, None] = {}  # of spans that are lost, in the order they came

    @property
    def energy_j(self) -> float:
        """Joules so far."""
        return self.amount

    @property
    def last_s(self) -> float | None:
        """When it was last read well."""
        return self._last[0] if self._last else None

    def advance(
        self, at_s: float, value: int | Failure, passage: Passage | None = None, between: Sequence[Read] = ()
    ) -> Span | None:
        """What came since the last good read; None where there is nothing to state yet, or ever.

        Reads in `between` tell more of it, but what the one at the end does not confirm is not told.
        """
        passage = passage or Passage()
        good = self._understood(value)
        if isinstance(good, Failure):
            self._fail(good, passage.slept_s)
            return None
        rest_s = passage.slept_s - sum(read.slept_s for read in between)
        steps = [self._step(read.at_s, self._understood(read.value), read.slept_s, passage) for read in between]
        spans = tuple(filter(None, [*steps, self._step(at_s, good, rest_s, passage)]))
        if len(spans) > 1:
            amount, slept_s = sum(span.amount for span in spans), sum(span.slept_s for span in spans)
            return Span(spans[0].start_s, spans[-1].end_s, amount, slept_s, spans)
        return spans[0] if spans else None

    def _step(self, at_s: float, good: float | Failure, slept_s: float, passage: Passage) -> Span | None:
        """What came since the last good read before this one."""
        if isinstance(good, Failure):
            self._fail(good, slept_s)
            return None
        slept_s += self._slept_s
        before, now = self._last, (at_s, good)
        if passage.slept_s != slept_s:
            passage = Passage(passage.pace_s, passage.busy, slept_s)
        lost = self._lost(before, now, passage) if before else self._trouble
        self._last, self._slept_s, self._trouble = now, 0.0, ""
        if lost or before is None:
            self._lose(lost)
            return None
        amount = self._between(before, now)
        self.amount += amount
        self._see(at_s - before[0], amount, passage)
        return Span(before[0], at_s, amount, slept_s)

    def _understood(self, value: int | Failure) -> float | Failure:
        return value if isinstance(value, Failure) else self._good(value)

    def _fail(self, failure: Failure, slept_s: float) -> None:
        self._slept_s += slept_s
        self._trouble = failure.reason

    def gap_reason(self, end_s: float) -> str:
        """Why it was not seen for a part of the segment; empty where nothing is missing."""
        if self._last is None:
            return self._trouble or "was never read"
        late = self._trouble if self._last[0] < end_s else ""
        return "; ".join(dict.fromkeys(filter(None, [*self._reasons, late])))

    def _good(self, value: int) -> float | Failure:
        """The value as it is compared with the next, or why it cannot be right."""
        raise NotImplementedError

    def _between(self, before: tuple[float, float], now: tuple[float, float]) -> float:
        """What two good reads show that came between them."""
        raise NotImplementedError

    def _lost(self, before: tuple[float, float], now: tuple[float, float], passage: Passage) -> str:
        """Why nothing can be said of the time between two good reads; empty where something can."""
        raise NotImplementedError

    def _see(self, seconds: float, amount: float, passage: Passage) -> None:  # noqa: ARG002
        """Counts the time as seen."""
        self.seen_s += seconds

    def _lose(self, reason: str) -> None:
        if reason and len(self._reasons) < _MOST_REASONS:
            self._reasons[reason] = None


def coarse(step_s: float, elapsed_s: float) -> str:
    """What is not exact in a short time, because the count moves in steps; empty where that is next to nothing.

    Start and end lie somewhere in a step, so that the energy of up to one step is counted too much or too little.
    """
    if step_s <= COARSE_FRACTION * elapsed_s:
        return ""
    part = f"{step_s / elapsed_s:.0%}" if step_s < elapsed_s else "all of it"
    return f"is refreshed every {step_s:g} s only: over {elapsed_s:.3g} s its energy may be wrong by up to {part}"
