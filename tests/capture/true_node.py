"""A node whose true powers are known, with recorders that come and go: what they may say at most, and must say.

All that is judged is shipped: integrator, observation, attribution, idle baselines and the lines of the journal.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from joulecard.capture.joules.glances import Glance
from joulecard.capture.joules.observation import Held, Node, Observation, Sample
from joulecard.capture.joules.totals import Totals
from joulecard.capture.meters import Counter, Failure, Gauge, UseGauge
from joulecard.capture.node.baselines import Baselines
from joulecard.settings import Roots

if TYPE_CHECKING:
    from joulecard.capture.joules.totals import ReadingTotal
    from joulecard.capture.meters import Instrument

CPUS, MAX_W = 8, 1000.0
HIDDEN_RANGE = 65_536_000_000  # of a counter that does not tell its own
NARROW, WIDE = 262_143_328_850, 1 << 64
GPU, MIG, BUSY = "a" * 12, "b" * 12, "c" * 12
INSTRUMENTS: tuple[Instrument, ...] = (
    Counter("cpu", "rapl", "package-0", 1e-6, NARROW, MAX_W),
    Counter("cpu", "rapl", "package-1", 1e-6, None, MAX_W),
    Counter("dram", "rapl", "dram-0", 1e-6, NARROW, MAX_W),
    Counter("gpu", "nvml", "gpu-0", 1e-3, WIDE, MAX_W, GPU),
    Counter("gpu", "nvml", "gpu-1", 1e-3, WIDE, MAX_W, MIG, share_declared=0.25),
    Gauge("gpu", "nvml", "gpu-2", 1e-3, MAX_W, "d" * 12),
    UseGauge("gpu", "nvml", "gpu-3", 0.01, BUSY),
)
DEVICES = tuple(each.device_ref for each in INSTRUMENTS if each.device_ref)


class Step(NamedTuple):
    """Some time on the node, and what happens at its end."""

    seconds: float
    watts: tuple[float, ...]  # by instrument; of a device that tells its use per cent
    workers: tuple[float, ...]  # CPUs that each recording's own threads keep busy, by its number
    others: float  # CPUs that nobody records
    fails: frozenset[int] = frozenset()  # instruments that do not answer at the end
    looked_at: bool = True
    glanced_at: bool = False  # where it is not looked at
    slept_s: float = 0.0
    resets: frozenset[int] = frozenset()  # counters that start anew at the end
    starts: tuple[int, ...] = ()
    stops: tuple[int, ...] = ()


class Recording(NamedTuple):
    """Who records: all of one node go by the same rule, but for the witness."""

    within: int | None = None
    attribution: Literal["allocated", "process", "machine"] = "allocated"


class Teller:
    """One recording while it is live, and all that it came to."""

    def __init__(self, number: int, recording: Recording, folder: Path, now_s: float, elapsed_s: float) -> None:
        self.number, self.recording = number, recording
        self.began_s, self._start_boot_s = elapsed_s, now_s
        self._baselines = Baselines(str(folder), Roots(str(folder), str(folder), str(folder)))
        self._looked_s = now_s
        self.observation: Observation | None = None
        self._glances: list[Glance] = []
        self.lasted_s = 0.0
        self.true = [0.0] * len(INSTRUMENTS)
        self.failed = [False] * len(INSTRUMENTS)  # at any look

    def look(self, sample: Sample, boot_s: float) -> None:
        """Takes a look, the first one or another."""
        self.lasted_s = sample.elapsed_s - self.began_s
        slept_s = max(0.0, boot_s - self._start_boot_s - self.lasted_s)
        sample = sample._replace(elapsed_s=self.lasted_s, suspended_s=slept_s)
        self._baselines.look(self._looked_s, boot_s)
        self._looked_s = boot_s
        if self.observation is None:
            node = Node(CPUS, self.recording.attribution, "even_split")
            self.observation = Observation(node, INSTRUMENTS, sample, self._baselines.of)
        else:
            self.observation.advance(sample, glances=self._glances)
            self._glances.clear()

    def glance(self, counts: dict[str, int | Failure], elapsed_s: float, boot_s: float) -> None:
        """Reads the counters alone."""
        lasted_s = elapsed_s - self.began_s
        slept_s = max(0.0, boot_s - self._start_boot_s - lasted_s)
        self._glances.append(Glance(lasted_s, round(boot_s * 1000), slept_s, counts))

    @property
    def readings(self) -> tuple[ReadingTotal, ...]:
        """What it came to, as its journal tells it."""
        assert self.observation
        *parts, line = self.observation.totals().to_lines()
        return Totals.from_lines(line, parts).readings


class TrueNode:
    """Runs a history and keeps all recordings that there were; the witness, number -1, sees all of it."""

    def __init__(self, recordings: tuple[Recording, ...], starts_at: int) -> None:
        self._recordings = recordings
        self._counts = [starts_at % self._range(each) for each in range(len(INSTRUMENTS))]
        self._owed = [0.0] * len(INSTRUMENTS)  # energy too small for a count
        self._own_s = [0.0] * len(recordings)
        self._busy_s = self._elapsed_s = self._boot_s = 0.0
        self._shown: tuple[float, ...] = (0.0,) * len(INSTRUMENTS)
        self.live: dict[int, Teller] = {}
        self.ended: list[Teller] = []
        self.true = [0.0] * len(INSTRUMENTS)
        self.was_reset = [False] * len(INSTRUMENTS)
        self._last_fails: frozenset[int] = frozenset()

    @property
    def lasted_s(self) -> float:
        """Seconds from the first step to the last, asleep not counted."""
        return self._elapsed_s

    def run(self, steps: list[Step]) -> None:
        """All that happens; the recordings that are still live end with it."""
        with tempfile.TemporaryDirectory() as folder:
            self._shown = steps[0].watts
            self._begin(-1, Recording(attribution="machine"), Path(folder))
            for step in steps:
                self._pass(step)
                self._last_fails = step.fails
                for number in step.stops:
                    self._end(number)
                for number in step.starts:
                    self._start(number, Path(folder))
            self._last_fails = frozenset()
            self._look_all()
            for number in list(self.live):
                self._end(number)

    def _start(self, number: int, folder: Path) -> None:
        within = self._recordings[number].within
        known = {each.number for each in (*self.live.values(), *self.ended)}
        if number not in known and (within is None or within in self.live):
            self._look_all()
            self._begin(number, self._recordings[number], folder)

    def _begin(self, number: int, recording: Recording, folder: Path) -> None:
        teller = Teller(number, recording, folder, self._boot_s, self._elapsed_s)
        self.live[number] = teller
        self._look(teller)

    def _end(self, number: int) -> None:
        """Ends a recording and those in it; all others look before and after."""
        for inner in [each.number for each in self.live.values() if each.recording.within == number >= 0]:
            self._end(inner)
        if number in self.live:
            self._look_all()
            self.ended.append(self.live.pop(number))

    def _pass(self, step: Step) -> None:
        awake = step.seconds
        for place, instrument in enumerate(INSTRUMENTS):
            used = self._used(instrument, place, step)
            for teller in self.live.values():
                teller.true[place] += used
            self.true[place] += used
            if isinstance(instrument, Counter):
                self._count(place, used / instrument.joules_per_count, anew=place in step.resets)
        for number in self.live:
            own_s = step.workers[number] * awake if number >= 0 else 0.0
            self._busy_s += own_s
            for outer in self._around(number):
                self._own_s[outer] += own_s
        self._busy_s += step.others * awake
        self._elapsed_s += awake
        self._boot_s += awake + step.slept_s
        self._shown = step.watts
        if step.looked_at:
            self._last_fails = step.fails
            self._look_all()
        elif step.glanced_at:
            self._glance_all(step.fails)

    def _used(self, instrument: Instrument, place: int, step: Step) -> float:
        """J, or seconds of use: counters draw evenly; what others show goes straight from one step to the next."""
        if isinstance(instrument, Counter):
            return step.watts[place] * step.seconds + 2.0 * step.slept_s
        mean = (self._shown[place] + step.watts[place]) / 2 * step.seconds
        return mean / 100 if isinstance(instrument, UseGauge) else mean

    def _count(self, place: int, counts: float, *, anew: bool) -> None:
        whole = math.floor(counts + self._owed[place])
        self._owed[place] += counts - whole
        self._counts[place] = (self._counts[place] + whole) % self._range(place)
        if anew:
            self._counts[place], self.was_reset[place] = min(1000, self._counts[place]) // 2, True

    def _around(self, number: int) -> list[int]:
        """A recording and those that it is inside of."""
        chain, each = [], number if number >= 0 else None
        while each is not None:
            chain.append(each)
            each = self._recordings[each].within
        return chain

    def _look_all(self) -> None:
        for teller in self.live.values():
            self._look(teller)

    def _glance_all(self, fails: frozenset[int]) -> None:
        for teller in self.live.values():
            for place in fails:
                teller.failed[place] = True
            teller.glance(self._counts_but(fails), self._elapsed_s, self._boot_s)

    def _look(self, teller: Teller) -> None:
        part = self._part(teller.number)
        for place in self._last_fails:
            teller.failed[place] = True
        teller.look(
            Sample(
                elapsed_s=self._elapsed_s,
                wall_ms=round(self._boot_s * 1000),
                suspended_s=0.0,
                own_cpu_s=self._own_s[teller.number] if teller.number >= 0 else 0.0,
                busy_cpu_s=self._busy_s,
                own_memory_gb=1.0,
                reserved_cpus=CPUS * part,
                reserved_gb=64 * part,
                counts=self._counts_but(self._last_fails),
                held={device: Held(part, "even_split" if part < 1 else "whole") for device in DEVICES},
            ),
            self._boot_s,
        )

    def _part(self, number: int) -> float:
        """Of the node: an even part among those at the top, and of that among those inside the same one."""
        if number < 0:
            return 1.0
        part = 1.0
        for each in self._around(number):
            within = self._recordings[each].within
            part /= sum(n >= 0 and self._recordings[n].within == within for n in {*self.live, each})
        return part

    def _counts_but(self, fails: frozenset[int]) -> dict[str, int | Failure]:
        """What all show, but for those that do not answer."""
        failure = Failure("cannot be read")
        return {each.name: failure if place in fails else self._shows(place) for place, each in enumerate(INSTRUMENTS)}

    def _shows(self, place: int) -> int:
        instrument = INSTRUMENTS[place]
        if isinstance(instrument, Counter):
            return self._counts[place]
        return round(self._shown[place] / (0.001 if isinstance(instrument, Gauge) else 1))

    def _range(self, place: int) -> int:
        instrument = INSTRUMENTS[place]
        return (instrument.range_counts or HIDDEN_RANGE) if isinstance(instrument, Counter) else 1
