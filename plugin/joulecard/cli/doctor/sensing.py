"""Each known meter opened and read twice: present, readable, moving. The recorder's own code judges the counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.joules.integrator import track_of
from joulecard.capture.meters import Failure, Instrument, Job, Meter, UseGauge, open_meter, sensors_of
from joulecard.cli.doctor.check import why

if TYPE_CHECKING:
    from joulecard.capture.joules.integrator import Track
    from joulecard.cli.doctor.check import Scene

BETWEEN_READS_S = 0.3
PATIENCE_S = 8.0  # below the deadline of all that is looked at together
_DENIED = "permission denied"  # how meters tell that the system refuses a counter to this user
_STILL = "did not move", "never moved", "too short"  # as CounterTrack tells it
_COUNTED = "counts the same energy as "  # how the RAPL meter tells of a die that shows its package's counter


class Sight(NamedTuple):
    """One counter, or gauge of power or of use, read twice."""

    instrument: Instrument
    is_readable: bool
    power_w: float | None  # mean power between the reads; None where a read failed, nothing moved, or use alone is told
    reason: str  # why something is missing
    use: float | None = None  # of a device that tells neither energy nor power, how busy it was, 0..1

    @property
    def is_counted_already(self) -> bool:
        """Whether another counter shows the same energy."""
        return self.reason.startswith(_COUNTED)

    @property
    def stands_still(self) -> bool:
        """Whether it is a counter that shows what it showed before."""
        return any(words in self.reason for words in _STILL)

    @property
    def is_denied(self) -> bool:
        """Whether the system refuses the reading to this user."""
        return _DENIED in self.reason


class Sensor(NamedTuple):
    """One known meter with all its counters; none where this machine has none."""

    name: str
    sights: tuple[Sight, ...]
    troubles: tuple[str, ...]  # what the meter itself has to say


def sense(scene: Scene) -> tuple[Sensor, ...]:
    """Every known meter; all of them are read at the same two moments."""
    looks = [_Look(name, scene) for name in sensors_of(scene.environ)]
    for look in looks:
        look.read()
    if any(look.tracks for look in looks):
        time.sleep(BETWEEN_READS_S)
    for look in looks:
        look.read()
    return tuple(look.sensor() for look in looks)


class _Look:
    """One meter while it is looked at; whatever it raises is one of its troubles."""

    def __init__(self, name: str, scene: Scene) -> None:
        self.tracks: dict[str, Track] = {}
        self._name = name
        self._troubles: dict[str, None] = {}
        self._started_s = time.monotonic()
        self._read_s = 0.0
        self._readable: dict[str, bool] = {}
        self._meter: Meter | None = None
        whole_node = scene.settings.attribution == "machine"
        job = Job(scene.roots, scene.environ, whole_node, lambda _, reason: self._note(reason), PATIENCE_S)
        try:
            self._meter = open_meter(name, job)
            self.tracks = {each.domain: track_of(each) for each in self._meter.counters()}
        except Exception as error:  # noqa: BLE001 - one meter that fails is a line, the others go on
            self._note(f"could not be opened: {why(error)}")

    def read(self) -> None:
        """Reads all counters of the meter once."""
        if not (self._meter and self.tracks):
            return
        try:
            counts = self._meter.read()
        except Exception as error:  # noqa: BLE001 - as above
            self._note(f"could not be read: {why(error)}")
            return
        self._read_s = time.monotonic() - self._started_s
        for domain, track in self.tracks.items():
            count = counts.get(domain, Failure("gave no value"))
            self._readable[domain] = not isinstance(count, Failure)
            track.advance(self._read_s, count)

    def sensor(self) -> Sensor:
        """What was seen; lets go of the meter."""
        if self._meter:
            self._meter.close()
        return Sensor(self._name, tuple(self._sight(domain) for domain in self.tracks), tuple(self._troubles))

    def _sight(self, domain: str) -> Sight:
        track = self.tracks[domain]
        mean = track.amount / track.seen_s if track.seen_s else None
        is_use = isinstance(track.instrument, UseGauge)
        return Sight(
            track.instrument,
            is_readable=self._readable.get(domain, False),
            power_w=None if is_use else mean or None,
            reason=track.gap_reason(self._read_s),
            use=mean if is_use else None,
        )

    def _note(self, trouble: str) -> None:
        self._troubles[trouble] = None
