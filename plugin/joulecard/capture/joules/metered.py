"""One instrument with our share of what it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.joules.attribution import Share, split
from joulecard.capture.joules.integrator import Passage, track_of
from joulecard.capture.joules.totals import ReadingTotal
from joulecard.capture.joules.usage import Usage
from joulecard.capture.meters import UseGauge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.capture.joules.attribution import IdleBaseline, Load
    from joulecard.capture.joules.observation import Held, Sample
    from joulecard.capture.joules.track import Read, Span
    from joulecard.capture.joules.usage import CpuUse
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Attribution, ShareBy

_ALL = 1 - 1e-9  # of a time, but for rounding


class _Piece(NamedTuple):
    """Of a span what is shared alike."""

    span: Span
    load: Load
    holding_s: float


class Metered:
    """Follows one instrument and takes our share: of devices by who holds them, of all else by CPU time."""

    def __init__(self, instrument: Instrument, baseline: IdleBaseline, attribution: Attribution) -> None:
        self.track = track_of(instrument)
        self.name = instrument.name
        self._attribution = attribution
        self._device_ref = instrument.device_ref
        self._by_device = instrument.kind in {"gpu", "accelerator"}  # CPU time says nothing of who uses it
        self._declared = 1.0 if attribution == "machine" else _whole(instrument.share_declared)
        self._gives_energy = not isinstance(instrument, UseGauge)
        self._baseline = baseline
        self._since = Usage()  # at the last good read
        self._holding_s = 0.0  # our part of the device x time, since the last good read
        self._holding_before_s = 0.0  # the same at the look before
        self._by: ShareBy | None = ("whole" if self._declared == 1.0 else "slices") if self._by_device else None
        self._held_s = 0.0  # as `_holding_s`, while the instrument was seen
        self._share = 0.0
        self._idle_j: float | None = None
        self._unclaimed_j = 0.0

    def hold(self, last: Mapping[str, Held], now: Mapping[str, Held], seconds: float) -> None:
        """Adds what we held of the device: at most what was ours at both ends, for who came or left has the rest."""
        self._holding_before_s = self._holding_s
        if not self._by_device or self._attribution == "machine":
            self._holding_s += seconds
            return
        ends = [held for end in (last, now) if (held := end.get(self._device_ref or ""))]
        if not ends:
            self._holding_s += seconds * self._declared
            return
        least = min(ends)
        self._holding_s += seconds * least.fraction * self._declared
        if self._by != "slices" and least.by != "whole":
            self._by = least.by

    def advance(
        self, sample: Sample, cpu: CpuUse, passage: Passage, between: Sequence[Read] = ()
    ) -> list[tuple[Span, Share]]:
        """Adds what it gave: spans of energy, and what of each is ours."""
        since, load = self._since, cpu.since(self._since)
        busy = self._by_device or not load.is_idle
        count = sample.counts[self.name]
        span = self.track.advance(sample.elapsed_s, count, Passage(passage.pace_s, busy, passage.slept_s), between)
        pieces = self._pieces(span, load, since, cpu) if span else ()
        if self.track.last_s == sample.elapsed_s:
            self._since, self._holding_s = cpu.now, 0.0
        gains = [(piece.span, self._share_of(piece)) for piece in pieces]
        for piece, (_, share) in zip(pieces, gains, strict=True):
            self._share += share.share_j
            self._held_s += piece.holding_s
            self._unclaimed_j += share.unclaimed_j
            if share.idle_j is not None:
                self._idle_j = (self._idle_j or 0.0) + share.idle_j
        return gains if self._gives_energy else []

    def _pieces(self, span: Span, load: Load, since: Usage, cpu: CpuUse) -> Sequence[_Piece]:
        """What is shared by one load: all since the last look, where nothing of it is lost, else each part by its own.

        Others may have begun since, or seen what was lost here: what holds on the whole need not hold of a part. Sleep
        makes idle what was drawn in it, and not the seconds before and after.
        """
        is_told_apart = span.parts and (span.slept_s or span.start_s < cpu.before.at_s)
        if span.seen_s >= load.seconds * _ALL and not is_told_apart:
            return (_Piece(span, load, self._holding_s),)
        return [self._piece(part, since, cpu) for part in span.parts or (span,)]

    def _piece(self, part: Span, since: Usage, cpu: CpuUse) -> _Piece:
        """A part that ends between the last two looks."""
        is_longer = part.start_s < cpu.before.at_s
        start = since if is_longer else cpu.at(part.start_s)
        rate = (self._holding_s - self._holding_before_s) / (cpu.now.at_s - cpu.before.at_s)
        held_s = rate * (part.end_s - max(part.start_s, cpu.before.at_s))
        held_s += self._holding_before_s if is_longer else 0.0
        return _Piece(part, cpu.between(start, cpu.at(part.end_s)), held_s)

    def settle(self, fraction: float) -> None:
        """Moves this fraction of what nobody claimed to us, and leaves the rest to nobody."""
        self._share = min(self.track.amount, self._share + fraction * self._unclaimed_j)
        self._unclaimed_j = 0.0

    def total(self) -> ReadingTotal:
        """Everything so far."""
        held_s = None if self._gives_energy else self._held_s
        return ReadingTotal(self.track.amount, self._share, self._idle_j, self.track.seen_s, self._by, held_s)

    def _share_of(self, piece: _Piece) -> Share:
        """Of a device the part that we held, of all else what CPU time and reservation give."""
        load, amount, slept_s = piece.load, piece.span.amount, piece.span.slept_s
        if self._by_device:
            return Share(amount * min(1.0, piece.holding_s / load.seconds), None, 0.0)
        if slept_s:  # a sleeping system works for nobody: what it draws then counts as idle as far as idle goes
            load = load._replace(seconds=load.seconds + slept_s)
        elif amount > 0:  # what stands still does not tell how little may be drawn
            self._baseline.observe(amount, load)
        return split(amount, load, self._baseline.watts, self._attribution)


def _whole(declared: float | None) -> float:
    return 1.0 if declared is None else declared
