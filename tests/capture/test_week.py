"""A stage that lasts a week, on a simulated clock: memory stays flat and the journal small (REL-R16).

Every tick goes through the shipped observation, and its totals through the shipped journal, as the recorder does it.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.capture.simulated import opening

from joulecard.capture.closing import Source
from joulecard.capture.joules.cut import Cutter
from joulecard.capture.joules.observation import Node, Observation, Sample
from joulecard.capture.journal.recovery import read_journal
from joulecard.capture.meters import Counter, Failure
from joulecard.capture.part import Part
from joulecard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.capture.meters import Instrument

PACKAGES = tuple(Counter("cpu", "rapl", f"package-{n}", 1e-6, 262_143_328_850, 1000.0) for n in (0, 1))
MEMORY = (Counter("dram", "rapl", "dram-0", 1e-6, 65_712_999_613, 1000.0),)
GPUS = tuple(Counter("gpu", "nvml", f"gpu-{n}", 1e-3, 1 << 64, 4000.0, f"{n:012x}", "NVIDIA H100") for n in range(8))
CPUS, TICK_S, WEEK_S, WATTS = 64, 8.0, 7 * 86_400.0, 150.0
START_MS = 1_790_000_000_000
MOST_BYTES = 50_000_000  # of the journal of a week
# Objects that a series and its like may still come to, once their steps are all there; one a tick would be thousands.
MOST_BLOCKS = 6000


@pytest.fixture
def fast() -> Iterator[Path]:
    """A folder in memory, where there is one: to wait for a disk proves nothing here."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


class LongStage:
    """A stage with these instruments; every hundredth look fails."""

    def __init__(self, instruments: Sequence[Instrument], folder: Path) -> None:
        self._instruments, self._folder = instruments, folder
        self.ticks, self.largest_bytes = 0, 0
        self.observation = Observation(Node(CPUS, "allocated", "cpuset"), instruments, self._sample())
        self._cutter = Cutter(self.observation)
        self.part = Part(Settings(journal_dir=str(folder)), self._refuse)
        begun = opening(self.part.id, folder, tuple(map(Source.of, instruments)), START_MS)
        self.part.open(begun)

    def go_on(self, ticks: int) -> int:
        """So many ticks more; the objects that are allocated afterwards."""
        for _ in range(ticks):
            self.ticks += 1
            self.observation.advance(self._sample(), TICK_S)
            totals = self._cutter.piece().totals
            if self.part.is_due(totals, TICK_S):
                for what, reason in self.observation.reasons():
                    self.part.gaps.explain(what, reason)
                self.part.keep(totals)
            if self.ticks % 100 == 0:
                self.largest_bytes = max(self.largest_bytes, self.journal.stat().st_size)
        gc.collect()
        return sys.getallocatedblocks()

    @property
    def journal(self) -> Path:
        """The one file in the folder of journals."""
        [found] = self._folder.glob("*.jsonl")
        return found

    def _sample(self) -> Sample:
        at_s = self.ticks * TICK_S
        failed = Failure("cannot be read") if self.ticks % 100 == 50 else None
        counts = {each.name: failed or self._count(each, at_s) for each in self._instruments}
        busy_s = at_s * CPUS / 2
        return Sample(at_s, START_MS + round(at_s * 1000), 0.0, busy_s / 3, busy_s, 12.0, 16.0, 64.0, counts)

    def _count(self, instrument: Instrument, at_s: float) -> int:
        assert isinstance(instrument, Counter)
        return round(WATTS * at_s / instrument.joules_per_count) % (instrument.range_counts or 1)

    def _refuse(self, sentence: str, kind: str = "") -> None:
        raise AssertionError(sentence, kind)


def lasts(ticks: int, instruments: Sequence[Instrument], folder: Path) -> LongStage:
    """A stage of so many ticks that grows in nothing but its numbers after a quarter of them."""
    stage = LongStage(instruments, folder)
    early = stage.go_on(ticks // 4)
    late = stage.go_on(ticks - ticks // 4)
    assert late - early < MOST_BLOCKS
    assert stage.largest_bytes < MOST_BYTES * max(1.0, stage.ticks * TICK_S / WEEK_S)
    return stage


def tells_all(stage: LongStage) -> None:
    """What is made of its journal has all energy, all of the time, and at most 600 steps."""
    elapsed_s = stage.ticks * TICK_S
    segment = read_journal(str(stage.journal)).segment()
    assert segment.monotonic_s == pytest.approx(elapsed_s, abs=3 * TICK_S)
    for reading in segment.energy:
        assert reading.node_j == pytest.approx(WATTS * segment.monotonic_s, rel=1e-6)
        assert reading.coverage == pytest.approx(1, abs=1e-4)
    assert segment.series
    assert len(segment.series.counter_j) <= 600
    share_j = sum(reading.share_j for reading in segment.energy)
    assert sum(segment.series.counter_j) == pytest.approx(share_j, rel=1e-6)


def test_a_day_or_two(fast: Path) -> None:
    """20,000 ticks of a node with two sockets, memory and eight GPUs."""
    stage = lasts(20_000, [*PACKAGES, *MEMORY, *GPUS], fast)
    tells_all(stage)


@pytest.mark.nightly
@pytest.mark.parametrize("instruments", [[*PACKAGES, *MEMORY], [*PACKAGES, *MEMORY, *GPUS]], ids=["CPUs", "and GPUs"])
def test_a_week(instruments: list[Instrument], fast: Path) -> None:
    """All of it; the rest is as in the shorter test."""
    tells_all(lasts(round(WEEK_S / TICK_S), instruments, fast))


@pytest.mark.nightly
def test_a_million_ticks(fast: Path) -> None:
    """A quarter of a year."""
    tells_all(lasts(1_000_000, [*PACKAGES, *MEMORY], fast))


@pytest.mark.nightly
def test_six_real_hours(tmp_path: Path) -> None:
    """A real recorder on the real clock: not a descriptor, not a thread, and at most 1 MiB more than after an hour."""
    program = (
        "import joulecard, time\n"
        "def now(): return [int(open('/proc/self/statm').read().split()[1]) * 4096,"
        " len(__import__('os').listdir('/proc/self/fd')), len(__import__('threading').enumerate())]\n"
        "with joulecard.record('soak'):\n"
        "    time.sleep(3600); early = now(); time.sleep(5 * 3600); late = now()\n"
        "print(late[0] - early[0], late[1] - early[1], late[2] - early[2])\n"
    )
    began_s = time.monotonic()
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, check=True, text=True)
    grown_bytes, descriptors, threads = map(int, told.stdout.split())
    assert (told.stderr, descriptors, threads) == ("", 0, 0)
    assert grown_bytes <= 1 << 20
    assert time.monotonic() - began_s >= 6 * 3600
