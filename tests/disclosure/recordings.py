"""Records as a recorder writes them: made-up hosts with true powers, watched by the shipped code tick by tick."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from joulecard.capture.closing import Ending, Opening, Source, close
from joulecard.capture.gaps import GapBook
from joulecard.capture.identity import execution_id
from joulecard.capture.joules.observation import Held, Node, Observation, Sample
from joulecard.capture.journal.lines import encoded
from joulecard.capture.journal.recovery import read_journal
from joulecard.capture.meters import Counter, Device, Failure, Gauge, UseGauge
from joulecard.surroundings.software import Software
from joulecard.units import JOULES_PER_KWH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Attribution, Scope, Segment, Status
    from joulecard.surroundings.machine import Machine
    from joulecard.surroundings.place import Place

BOOT_MS = 1_790_000_000_000  # a day in September 2026: when the made-up hosts were started
DENIED = Failure("permission denied")


@dataclass(frozen=True)
class Host:
    """A machine whose true powers never change, so that what it drew in any time is known."""

    ref: str
    machine: Machine
    place: Place
    watts: Mapping[Instrument, float]
    busy_cpus: float
    denied: frozenset[Instrument] = frozenset()  # never readable
    used: float = 0.4  # of the time, those devices that tell no more

    def counts(self, at_s: float, failing: Iterable[Instrument] = ()) -> dict[str, int | Failure]:
        """What the instruments show so long after the start of the host."""
        unread = {*failing, *self.denied}
        return {each.name: DENIED if each in unread else self._shown(each, at_s) for each in self.watts}

    def _shown(self, instrument: Instrument, at_s: float) -> int:
        watts = self.watts[instrument]
        if isinstance(instrument, UseGauge):
            return int(self.used / instrument.fraction_per_count)
        if isinstance(instrument, Gauge):
            return int(watts / instrument.watts_per_count)
        return int(watts * at_s / instrument.joules_per_count) % (instrument.range_counts or 1 << 64)


@dataclass(frozen=True)
class Recording:
    """One recorder's life on a host: `ticks_s` apart it looked, and `part` of what the host did was its stage's."""

    number: int
    host: Host
    stage: str
    start_s: float  # since the start of the host
    ticks_s: tuple[float, ...]
    group: str = "job"
    attempt: int = 1
    attribution: Attribution = "allocated"
    scope: Scope = "node"
    reserved_by: Literal["cpuset", "cpu.max", "slurm", "even_split"] = "cpuset"
    part: float = 1.0
    holders: int = 1  # recorders that share each device
    failing: tuple[tuple[int, Instrument], ...] = ()  # at which look which instrument does not answer
    clock_step: tuple[int, int] = (0, 0)  # from which look on the wall clock is so many milliseconds ahead
    suspended_s: float = 0.0
    status: Status = "completed"
    exit_status: int | None = 0
    killed: bool = False  # the recorder died after its last look, and its journal was recovered
    within: str | None = None
    rank: int | None = None
    seen: float = 1.0  # share of the time that a recorder of another make looked at the CPU
    noted: tuple[tuple[str, str], ...] = ()
    refs: tuple[tuple[str, str], ...] = ()

    @property
    def execution_id(self) -> str:
        """The execution that it is a part of."""
        return execution_id(self.group, self.stage, self.attempt)

    @property
    def end_s(self) -> float:
        """When it ended, since the start of the host."""
        return self.start_s + sum(self.ticks_s)

    @property
    def moves_clock(self) -> bool:
        """Whether the wall clock was moved while it ran."""
        return self.clock_step[1] != 0

    def samples(self) -> list[Sample]:
        """What it read at its start and at each tick."""
        at_s = [sum(self.ticks_s[:count]) for count in range(len(self.ticks_s) + 1)]
        return [self._sample(look, elapsed_s) for look, elapsed_s in enumerate(at_s)]

    def _sample(self, look: int, elapsed_s: float) -> Sample:
        host, now_s = self.host, self.start_s + elapsed_s
        step_ms = self.clock_step[1] if look >= self.clock_step[0] else 0
        alone = self.attribution == "machine"
        memory_gb = host.machine.memory_gb or 0.0
        return Sample(
            elapsed_s=elapsed_s,
            wall_ms=BOOT_MS + round(now_s * 1000) + step_ms,
            suspended_s=self.suspended_s if look else 0.0,
            own_cpu_s=self.part * host.busy_cpus * elapsed_s,
            busy_cpu_s=host.busy_cpus * now_s,
            own_memory_gb=self.part * memory_gb / 4,
            reserved_cpus=host.machine.logical_cpus * (1.0 if alone else self.part),
            reserved_gb=memory_gb * (1.0 if alone else self.part),
            counts=host.counts(now_s, [instrument for at, instrument in self.failing if at == look]),
            held={each.device_ref: self._held() for each in host.watts if each.device_ref},
        )

    def _held(self) -> Held:
        return Held(1 / self.holders, "even_split" if self.holders > 1 else "whole")

    def segment(self) -> Segment:
        """The segment that the recorder wrote, or that was recovered from its journal."""
        written = self._written()
        activity = replace(written.activity, coverage=self.seen)
        return replace(written, activity=activity, coverage=min(written.coverage, self.seen))

    def _written(self) -> Segment:
        first, *later = self.samples()
        reserved_by = {"machine": "machine", "process": "none"}.get(self.attribution, self.reserved_by)
        observed = Observation(
            Node(self.host.machine.logical_cpus, self.attribution, reserved_by), list(self.host.watts), first
        )
        opening, book, lines = self._opening(first.wall_ms), GapBook(), []
        for what, reason in self.noted:
            book.note(what, reason)
        for sample in later:
            observed.advance(sample)
            lines += _checkpoint(observed, book)
        if self.killed:
            return _recovered([opening.to_line(), *lines])
        if later:
            observed.settle(self.part * self.host.busy_cpus * later[-1].elapsed_s)
        totals = observed.totals()
        _explain(observed, book)
        series = observed.series.finish(opening.start_ms, totals.elapsed_s)
        return close(opening, totals, Ending(self.status, self.exit_status), book.all(), series)

    def _opening(self, start_ms: int) -> Opening:
        return Opening(
            id=str(UUID(int=self.number, version=4)),
            execution_id=self.execution_id,
            group=self.group,
            stage=self.stage,
            attempt=self.attempt,
            scope=self.scope,
            attribution=self.attribution,
            start_ms=start_ms,
            host_ref=self.host.ref,
            machine=self.host.machine,
            place=self.host.place,
            software=Software("joulecard", "0.1.0", "3.12.4", "Linux 6.1"),
            sources=tuple(Source.of(each) for each in self.host.watts),
            folder="carbon/segments",
            stage_file=None,
            within=self.within,
            rank=self.rank,
            refs=self.refs,
        )


def _explain(observed: Observation, book: GapBook) -> None:
    """Has each instrument say why it misses something, as the recorder does before it writes."""
    for what, reason in observed.reasons():
        book.explain(what, reason)


def _checkpoint(observed: Observation, book: GapBook) -> list[dict[str, object]]:
    """The lines that the journal gets at a look."""
    _explain(observed, book)
    return [*book.fresh_lines(), *observed.totals().to_lines()]


def _recovered(lines: Iterable[dict[str, object]]) -> Segment:
    """What `joulecard recover` makes of these lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        path.write_bytes(b"".join(map(encoded, lines)))
        return read_journal(str(path)).segment()


def drawn_kwh(recordings: Iterable[Recording]) -> float:
    """What the instruments of all hosts would have shown for the time in which anybody recorded there."""
    total_j = 0.0
    hosts: dict[str, list[Recording]] = {}
    for recording in recordings:
        hosts.setdefault(recording.host.ref, []).append(recording)
    for own in hosts.values():
        total_j += _union_s([(each.start_s, each.end_s) for each in own]) * _watts_once(own[0].host)
    return total_j / JOULES_PER_KWH


def _watts_once(host: Host) -> float:
    """The power of a host: what its own meter shows or its parts, whichever is more, and never both."""
    of_energy = {each: watts for each, watts in host.watts.items() if not isinstance(each, UseGauge)}
    whole = sum(watts for each, watts in of_energy.items() if each.kind == "host")
    return max(whole, sum(of_energy.values()) - whole)


def _union_s(spans: list[tuple[float, float]]) -> float:
    """Seconds in at least one of the spans."""
    covered_s, until_s = 0.0, float("-inf")
    for start_s, end_s in sorted(spans):
        covered_s += max(0.0, end_s - max(start_s, until_s))
        until_s = max(until_s, end_s)
    return covered_s


def clash(one: Recording, other: Recording) -> bool:
    """Whether two recorded on one host at the same time, as far as their clocks can tell."""
    same_host = one.host.ref == other.host.ref and one.number != other.number
    return same_host and one.start_s < other.end_s and other.start_s < one.end_s


def package(number: int, range_counts: int | None = 262_143_328_850) -> Counter:
    """The energy counter of a CPU package, in microjoules."""
    return Counter("cpu", "rapl", f"package-{number}", 1e-6, range_counts, 1000.0)


def memory_counter() -> Counter:
    """The energy counter of the memory, in microjoules."""
    return Counter("dram", "rapl", "dram-0", 1e-6, 65_712_999_613, 1000.0)


def node_meter() -> Gauge:
    """The meter of a node's supply: what it shows is drawn by all that is in the node."""
    return Gauge("host", "hwmon", "power1", 1e-6, 100_000.0, includes=("cpu", "dram", "gpu"))


def slice_of_gpu(number: int, host: str) -> Counter:
    """A GPU of which a quarter is ours, with what its driver tells of it."""
    facts = Device(power_limit_w=700.0, clock_limit_mhz=1980.0, start_celsius=41.0)
    ref = f"{number:06x}{host[-6:]}"
    model = "NVIDIA H100 80GB HBM3"
    return Counter(
        "gpu", "nvml", f"gpu-{number}", 1e-3, 1 << 64, 4000.0, ref, model, "energy", share_declared=0.25, device=facts
    )


def use_of_gpu(number: int, host: str, model: str | None) -> UseGauge:
    """A GPU that tells no more than how busy it is."""
    return UseGauge("gpu", "nvml", f"gpu-{number}", 0.01, f"{number:06x}{host[-6:]}", model)


def amd_gpu(number: int, host: str) -> Counter:
    """An AMD GPU with an energy counter."""
    ref = f"{number:06x}{host[-6:]}"
    return Counter(
        "gpu", "amd_smi", f"gpu-{number}", 15.3e-6, 1 << 64, 4000.0, ref, "AMD Instinct MI300X", "energy", step_s=0.1
    )


def gpu(number: int, host: str, model: str | None, *, counts_energy: bool) -> Instrument:
    """A GPU with an energy counter in millijoules, or with nothing but its power in milliwatts."""
    ref = f"{number:06x}{host[-6:]}"
    if counts_energy:
        return Counter("gpu", "nvml", f"gpu-{number}", 1e-3, 1 << 64, 4000.0, ref, model, "energy")
    return Gauge("gpu", "nvml", f"gpu-{number}", 1e-3, 4000.0, ref, model)


def resumed(recording: Recording, number: int, after_s: float) -> Recording:
    """The same execution, taken up again some time after it ended."""
    return replace(recording, number=number, start_s=recording.end_s + after_s)
