"""Adds up what the ticks of one recording saw. Pure: samples in, totals out, no clock and no file."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.clock import ClockWatch
from joulecard.capture.joules.attribution import IdleBaseline
from joulecard.capture.joules.glances import Glances
from joulecard.capture.joules.integrator import Passage
from joulecard.capture.joules.metered import Metered
from joulecard.capture.joules.series import SeriesBuilder
from joulecard.capture.joules.totals import Totals
from joulecard.capture.joules.usage import CpuUse
from joulecard.capture.meters import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from joulecard.capture.joules.attribution import Share
    from joulecard.capture.joules.glances import Glance
    from joulecard.capture.joules.track import Span, Track
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Attribution, ShareBy

    BaselineOf = Callable[[str], IdleBaseline]

_NOT_YET = Failure("it was not there from the start: its driver was still starting, or had nothing to tell")
_NODE_TIME_LOST = "the system no longer said how busy its CPUs are: from then on only our own CPU time is known"


class Held(NamedTuple):
    """Which part of a device is ours, and how that is known."""

    fraction: float
    by: ShareBy


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
    held: Mapping[str, Held] = MappingProxyType({})  # by device_ref; a device that is not in it is held whole
    claim_cpu_s: float | None = None  # of own_cpu_s; all of a process claim no more than the node's clock shows
    group_cpu_s: float | None = None  # of our control group; None where it may hold anybody but what we watch


class Node(NamedTuple):
    """What does not change while the segment lasts."""

    cpus: int
    attribution: Attribution
    reserved_by: str


def _alone(_counter: str) -> IdleBaseline:
    return IdleBaseline()


class Observation:
    """One recording so far: counters, CPU time, memory and their course in time."""

    def __init__(
        self, node: Node, instruments: Sequence[Instrument], first: Sample, baselines: BaselineOf | None = None
    ) -> None:
        """`baselines` gives the idle baseline of a counter that all recorders of the host go by."""
        self._node, self._baseline_of = node, baselines or _alone
        self._meters = [self._metered(instrument) for instrument in instruments]
        self._last = first
        self._cpu = CpuUse(node, first)
        self._knew_node_time = self._cpu.busy_known
        self._clock = ClockWatch(first.wall_ms)
        self._core_s = self._memory_gb_s = 0.0
        self._peak_gb = first.own_memory_gb
        self.series = SeriesBuilder()
        for meter in self._meters:
            meter.track.advance(0.0, first.counts[meter.track.instrument.name])

    def join(self, instruments: Iterable[Instrument]) -> None:
        """Follows these too from the next sample on; what they missed is not seen."""
        for instrument in instruments:
            meter = self._metered(instrument)
            meter.track.advance(0.0, _NOT_YET)
            self._meters.append(meter)

    @property
    def tracks(self) -> list[Track]:
        """The instruments that are followed."""
        return [meter.track for meter in self._meters]

    @property
    def node_time_known(self) -> bool:
        """Whether the system told how busy the node was."""
        return self._cpu.busy_known

    def advance(self, sample: Sample, pace_s: float = Passage().pace_s, glances: Iterable[Glance] = ()) -> None:
        """Adds the time since the last sample; `pace_s` is how far apart reads of the counters are when all is well."""
        last, seconds = self._last, sample.elapsed_s - self._last.elapsed_s
        if seconds <= 0:
            return
        between = Glances(glances, last.elapsed_s, sample.elapsed_s, self._clock, pace_s)
        rest_s = sample.elapsed_s - between.last_s
        slept_s = between.slept_s + self._clock.advance(rest_s, sample.wall_ms, sample.suspended_s, pace_s)
        self.series.add_cpu(last.elapsed_s, sample.elapsed_s, *self._cpu.advance(sample))
        self._advance_reserved(last, sample, seconds)
        self._last = sample
        passage = Passage(pace_s, slept_s=slept_s)
        for meter in self._meters:
            meter.hold(last.held, sample.held, seconds)
        gains = [meter.advance(sample, self._cpu, passage, between.of(meter.name)) for meter in self._meters]
        self._spread(chain.from_iterable(gains), last.elapsed_s)

    def settle(self, exact_cpu_s: float | None) -> None:
        """Takes over the kernel's exact CPU total; what polling had not seen is claimed from all spans alike.

        What is unclaimed then stays so: another call settles what came after this one.
        """
        if self._node.attribution == "machine":
            return
        fraction, beyond_s = self._cpu.settle(exact_cpu_s)
        self.series.settle(fraction)
        self.series.add_cpu(0.0, self._last.elapsed_s, beyond_s)
        for meter in self._meters:
            meter.settle(fraction)

    def restart_peak(self) -> None:
        """Forgets the greatest memory so far but for the last look."""
        self._peak_gb = self._last.own_memory_gb

    def totals(self) -> Totals:
        """Everything up to the last sample."""
        last, cpu = self._last, self._cpu
        return Totals(
            last.elapsed_s,
            last.wall_ms,
            last.suspended_s,
            cpu.own_s,
            max(cpu.now.busy_s, cpu.own_s),
            self._core_s,
            self._memory_gb_s,
            self._peak_gb,
            cpu.source,
            self._node.reserved_by,
            tuple(meter.total() for meter in self._meters),
        )

    def reasons(self) -> Iterator[tuple[str, str]]:
        """What misses something and why, as of now; an empty reason takes an earlier one back."""
        for track in self.tracks:
            yield track.instrument.name, track.gap_reason(self._last.elapsed_s)
        if self._knew_node_time and not self.node_time_known:
            yield "node", _NODE_TIME_LOST
        yield from self._clock.reasons()

    def _metered(self, instrument: Instrument) -> Metered:
        return Metered(instrument, self._baseline_of(instrument.name), self._node.attribution)

    def _advance_reserved(self, last: Sample, sample: Sample, seconds: float) -> None:
        """Adds what was reserved at both ends: who came or left in between has claimed the rest."""
        by_process = self._node.attribution == "process"
        reserved_gb = min(last.reserved_gb, sample.reserved_gb)
        self._core_s += 0.0 if by_process else min(last.reserved_cpus, sample.reserved_cpus) * seconds
        own_gb = sample.own_memory_gb / max(last.peers, sample.peers)
        self._memory_gb_s += (own_gb if by_process else reserved_gb) * seconds
        self._peak_gb = max(self._peak_gb, sample.own_memory_gb)

    def _spread(self, gains: Iterable[tuple[Span, Share]], since_s: float) -> None:
        """Lays energy in time; power is known where all that give energy were read at the same two moments."""
        sums: dict[tuple[float, float], tuple[float, float, int]] = {}
        for span, share in gains:
            for part in span.parts or (span,):
                edges, fraction = (part.start_s, part.end_s), part.amount / span.amount if span.amount else 0.0
                share_j, unclaimed_j, meters = sums.get(edges, (0.0, 0.0, 0))
                sums[edges] = share_j + share.share_j * fraction, unclaimed_j + share.unclaimed_j * fraction, meters + 1
        giving = sum(meter.track.energy_j > 0 for meter in self._meters)
        for (start_s, end_s), (share_j, unclaimed_j, meters) in sums.items():
            self.series.add_energy(start_s, end_s, share_j, unclaimed_j)
            if meters == giving and start_s >= since_s:
                self.series.add_power(start_s, end_s, share_j / (end_s - start_s))
