"""Plays a trace of counters below a made-up /sys, through the shipped reader and the shipped integrator."""

from __future__ import annotations

import os
import shutil
import tomllib
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.joules.integrator import Passage, track_of
from joulecard.capture.meters import Failure, Job
from joulecard.capture.meters.rapl import RaplMeter
from joulecard.settings import Roots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.capture.joules.integrator import Track
    from joulecard.capture.meters import Counter

TRACES = Path(__file__).parent / "traces"
RANGE_UJ = 262_143_328_850
NOBODY = 65534
JOINED = Failure("joined later")


def traces() -> list[dict[str, Any]]:
    """Every trace of the folder."""
    return [trace for file in sorted(TRACES.glob("*.toml")) for trace in tomllib.loads(file.read_text())["trace"]]


class Seen(NamedTuple):
    """What was reported of one counter."""

    energy_j: float
    seen_s: float
    reason: str


class Machine:
    """A powercap tree whose zones show what a trace says."""

    def __init__(self, folder: Path, zones: dict[str, str], range_uj: int = RANGE_UJ) -> None:
        self._powercap, self._zones, self._range_uj = folder / "class/powercap", zones, range_uj
        self._powercap.mkdir(parents=True)
        self.roots = Roots(sysfs=str(folder), proc=str(folder), fs=str(folder))

    def show(self, zone: str, count: int | str) -> None:
        """Lets a zone show a count, or fail."""
        folder = self._powercap / zone
        energy = folder / "energy_uj"
        if count == "unplugged":
            shutil.rmtree(folder)
            return
        if not folder.is_dir():
            self._plug_in(zone, folder)
        if energy.is_dir():
            energy.rmdir()
        if count in {"folder", "gone"}:
            energy.unlink(missing_ok=True)
        if count == "folder":
            energy.mkdir()
        elif count != "gone":
            word, _, shown = str(count).partition(" ")
            is_denied = word == "denied"
            energy.write_text(f"{shown or 7}\n" if is_denied else f"{count}\n")
            energy.chmod(0 if is_denied else 0o644)

    def _plug_in(self, zone: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{self._zones[zone]}\n")
        if self._range_uj >= 0:
            (folder / "max_energy_range_uj").write_text(f"{self._range_uj}\n")


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """For a while one to whom the system can forbid something, but not to reach this folder; root can read all."""
    if os.geteuid():
        yield
        return
    for place in (folder, *folder.parents):
        if place.name.startswith(("pytest-", "popen-", "test_")):
            place.chmod(place.stat().st_mode | 0o055)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


class Stage:
    """The counters from one look on until another, as a recording follows them."""

    def __init__(self, began_s: float) -> None:
        self._began_s = self._last_s = began_s
        self._tracks: dict[str, Track] = {}

    def look(
        self, at_s: float, counters: tuple[Counter, ...], counts: dict[str, int | Failure], passage: Passage
    ) -> None:
        """Takes one look at all counters."""
        self._last_s = at_s
        for counter in counters:
            if counter.domain not in self._tracks:
                self._tracks[counter.domain] = track_of(counter)
                if at_s > self._began_s:
                    self._tracks[counter.domain].advance(0.0, JOINED)
            self._tracks[counter.domain].advance(at_s - self._began_s, counts[counter.domain], passage)

    def seen(self) -> dict[str, Seen]:
        """What is reported, by domain."""
        end_s = self._last_s - self._began_s
        return {
            domain: Seen(track.energy_j, track.seen_s, track.gap_reason(end_s))
            for domain, track in self._tracks.items()
        }


def played(trace: dict[str, Any], folder: Path, border: int | None = None) -> list[dict[str, Seen]]:
    """What is reported of the whole trace, or of its two stages where one begins at a look."""
    machine = Machine(folder, trace["zones"], trace.get("range_uj", RANGE_UJ))
    meter: RaplMeter | None = None
    stages: list[Stage] = []
    is_denied = any(str(count).startswith("denied") for _, shown, *_ in trace["steps"] for count in shown.values())
    for place, (at_s, shown, *slept) in enumerate(trace["steps"]):
        for zone, count in shown.items():
            machine.show(zone, count)
        with as_nobody(folder) if is_denied else nullcontext():
            meter = meter or RaplMeter(Job(machine.roots))
            counters, counts = meter.counters(), meter.read()
        stages = stages or [Stage(at_s)]
        passage = Passage(busy=trace.get("busy", False), slept_s=sum(slept))
        stages[-1].look(at_s, counters, counts, passage)
        if place == border:
            stages.append(Stage(at_s))
            stages[-1].look(at_s, counters, counts, Passage())
    return [stage.seen() for stage in stages]
