"""Adds up what the ticks of one recording saw. Pure: samples in, totals out, no clock and no file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.attribution import IdleBaseline, Load, Share, late_fraction, split
from joulecard.capture.integrator import track_of
from joulecard.capture.meters import Failure
from joulecard.capture.series import SeriesBuilder
from joulecard.capture.totals import ReadingTotal, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from joulecard.capture.integrator import Track
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Attribution

_NOT_YET = Failure("its driver was still starting")


class Sample(NamedTuple):
    """What one tick read; CPU seconds count from any fixed point."""

    elapsed_s: float
    wall_ms: int
    suspended_s: float
    own_cpu_s: float
    busy_cpu_s: float | None
    own_memory_gb: float
    reserved_cpus: float
    reserved_gb: float
    counts: Mapping[str, int | Failure]  # by Counter.name
    peers: int = 1  # recordings of this process that share its memory, with us
    holders: Mapping[str, int] = MappingProxyType({})  # live recorders by device_ref, where more than we hold a device


class Node(NamedTuple):
    """What does not change while the segment lasts."""

    cpus: int
    attribution: Attribution
    reserved_by: str


class _Usage(NamedTuple):
    """Cumulative figures at the moment of a sample, from which the load of any span follows."""

    at_s: float = 0.0
    own_s: float = 0.0
    busy_s: float = 0.0
    reserved_s: float = 0.0  # reserved share x time

    def until(self, later: _Usage, cpus: int, *, busy_known: bool) -> Load:
        seconds = later.at_s - self.at_s
        share = (later.reserved_s - self.reserved_s) / seconds if seconds > 0 else 0.0
        busy_s = later.busy_s - self.busy_s if busy_known else None
        return Load(seconds, later.own_s - self.own_s, busy_s, share, cpus)


class _Meter:
    """One instrument with our share of it so far."""

    def __init__(self, instrument: Instrument) -> None:
        self.track = track_of(instrument)
        self.device_ref = instrument.device_ref
        self.by_device = instrument.kind in {"gpu", "accelerator"}  # CPU time says nothing of who uses it
        self.baseline = IdleBaseline()
        self.since = _Usage()  # at the last good read
        self.held_s = 0.0  # our part of the device x time, since the last good read
        self.share_j = 0.0
        self.idle_j: float | None = None
        self.unclaimed_j = 0.0


class Observation:
    """One recording so far: counters, CPU time, memory and their course in time."""

    def __init__(self, node: Node, instruments: Sequence[Instrument], first: Sample) -> None:
        self._node = node
        self._meters = [_Meter(instrument) for instrument in instruments]
        self._first = self._last = first
        self._usage = _Usage()
        self._busy_known = first.busy_cpu_s is not None
        self._own_s = 0.0  # all that is known to be ours; what the node's clock does not yet show is claimed later
        self._unclaimed_s = self._core_s = self._memory_gb_s = 0.0
        self._peak_gb = first.own_memory_gb
        self._cpu_source = "node" if node.attribution == "machine" else "proc"
        self.series = SeriesBuilder()
        for meter in self._meters:
            meter.track.advance(0.0, first.counts[meter.track.instrument.name])

    def join(self, instruments: Iterable[Instrument]) -> None:
        """Follows these too from the next sample on; what they missed is not seen."""
        for meter in map(_Meter, instruments):
            meter.track.advance(0.0, _NOT_YET)
            self._meters.append(meter)

    @property
    def tracks(self) -> list[Track]:
        """The instruments that are followed."""
        return [meter.track for meter in self._meters]

    @property
    def node_time_known(self) -> bool:
        """Whether the system told how busy the node was."""
        return self._busy_known

    def advance(self, sample: Sample) -> None:
        """Adds the time since the last sample."""
        if sample.elapsed_s <= self._last.elapsed_s:
            return
        self._advance_usage(sample)
        self._advance_held(sample)
        self._last = sample
        powers_w = [self._advance_meter(meter, sample) for meter in self._meters]
        known_w = [power_w for power_w in powers_w if power_w is not None]
        if known_w and len(known_w) == sum(meter.track.energy_j > 0 for meter in self._meters):
            self.series.add_power(self._previous_s, sample.elapsed_s, sum(known_w))

    def settle(self, exact_cpu_s: float | None) -> None:
        """Takes over the kernel's exact CPU total; what polling had not seen is claimed from all spans alike."""
        if self._node.attribution == "machine":
            return
        if exact_cpu_s is not None and exact_cpu_s >= self._own_s * 0.99 - 0.02:  # clock ticks may round up
            self._own_s, self._cpu_source = exact_cpu_s, "wait4"
        late_s = self._own_s - self._usage.own_s
        fraction = late_fraction(late_s, self._unclaimed_s)
        self.series.settle(fraction)
        self.series.add_cpu(0.0, self._last.elapsed_s, max(0.0, late_s - fraction * self._unclaimed_s))
        for meter in self._meters:
            meter.share_j = min(meter.track.energy_j, meter.share_j + fraction * meter.unclaimed_j)
            meter.unclaimed_j *= 1 - fraction
        self._unclaimed_s *= 1 - fraction
        self._usage = self._usage._replace(own_s=self._own_s)

    def totals(self) -> Totals:
        """Everything up to the last sample."""
        last = self._last
        return Totals(
            last.elapsed_s,
            last.wall_ms,
            last.suspended_s,
            self._own_s,
            max(self._usage.busy_s, self._own_s),
            self._core_s,
            self._memory_gb_s,
            self._peak_gb,
            self._cpu_source,
            self._node.reserved_by,
            tuple(self._reading(meter) for meter in self._meters),
        )

    def _advance_usage(self, sample: Sample) -> None:
        last, usage = self._last, self._usage
        seconds = sample.elapsed_s - last.elapsed_s
        busy_s = self._busy_since(sample)
        if self._node.attribution == "machine" and self._busy_known:
            self._own_s += busy_s
        else:  # a child that has ended unseen takes its CPU time with it: never count backwards
            self._own_s = max(self._own_s, sample.own_cpu_s - self._first.own_cpu_s)
        pending_s = self._own_s - usage.own_s
        claimed_s = min(pending_s, busy_s) if self._busy_known else pending_s
        reserved_share = min(last.reserved_cpus, sample.reserved_cpus) / self._node.cpus
        busy_s = busy_s if self._busy_known else claimed_s
        self._usage = _Usage(
            sample.elapsed_s,
            usage.own_s + claimed_s,
            usage.busy_s + busy_s,
            usage.reserved_s + reserved_share * seconds,
        )
        self._unclaimed_s += busy_s - claimed_s
        self.series.add_cpu(last.elapsed_s, sample.elapsed_s, claimed_s, busy_s - claimed_s)
        self._advance_reserved(last, sample, seconds)

    def _advance_reserved(self, last: Sample, sample: Sample, seconds: float) -> None:
        """Adds what was reserved at both ends: who came or left in between has claimed the rest."""
        by_process = self._node.attribution == "process"
        reserved_gb = min(last.reserved_gb, sample.reserved_gb)
        self._core_s += 0.0 if by_process else min(last.reserved_cpus, sample.reserved_cpus) * seconds
        own_gb = sample.own_memory_gb / max(last.peers, sample.peers)
        self._memory_gb_s += (own_gb if by_process else reserved_gb) * seconds
        self._peak_gb = max(self._peak_gb, sample.own_memory_gb)
        self._previous_s = sample.elapsed_s - seconds

    def _advance_held(self, sample: Sample) -> None:
        """Adds to each device what we held of it: by the same rule as what was reserved."""
        last, seconds = self._last, sample.elapsed_s - self._last.elapsed_s
        for meter in self._meters:
            ref = meter.device_ref or ""
            holders = max(last.holders.get(ref, 1), sample.holders.get(ref, 1))
            meter.held_s += seconds if self._node.attribution == "machine" else seconds / holders

    def _busy_since(self, sample: Sample) -> float:
        """Busy CPU seconds of the node since the last sample, never negative."""
        if sample.busy_cpu_s is None or self._last.busy_cpu_s is None:
            self._busy_known = False
            return 0.0
        return max(0.0, sample.busy_cpu_s - self._last.busy_cpu_s)

    def _advance_meter(self, meter: _Meter, sample: Sample) -> float | None:
        """Adds what one instrument gave; its share's power in W if it was read at this tick and the one before."""
        load = meter.since.until(self._usage, self._node.cpus, busy_known=self._busy_known)
        count = sample.counts[meter.track.instrument.name]
        span = meter.track.advance(sample.elapsed_s, count, busy=meter.by_device or not load.is_idle)
        held_s = meter.held_s
        if meter.track.last_s == sample.elapsed_s:
            meter.since, meter.held_s = self._usage, 0.0
        if span is None:
            return None
        share = self._share(meter, span.energy_j, load, held_s)
        meter.share_j += share.share_j
        meter.unclaimed_j += share.unclaimed_j
        if share.idle_j is not None:
            meter.idle_j = (meter.idle_j or 0.0) + share.idle_j
        self.series.add_energy(span.start_s, span.end_s, share.share_j, share.unclaimed_j)
        return share.share_j / load.seconds if span.start_s == self._previous_s else None

    def _share(self, meter: _Meter, node_j: float, load: Load, held_s: float) -> Share:
        """Of a device the part that we held, of all else what CPU time and reservation give."""
        if meter.by_device:
            return Share(node_j * min(1.0, held_s / load.seconds), None, 0.0)
        meter.baseline.observe(node_j, load)
        return split(node_j, load, meter.baseline.watts, self._node.attribution)

    def _reading(self, meter: _Meter) -> ReadingTotal:
        return ReadingTotal(meter.track.energy_j, meter.share_j, meter.idle_j, meter.track.seen_s)
