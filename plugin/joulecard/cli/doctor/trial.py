"""What a recording here would tell: the facts it would hold, and one made-up second of work joined with the factors.

Everything is asked of the code that records and assembles: doctor has no eyes of its own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture import clock, identity
from joulecard.capture.facts import Facts, read_facts
from joulecard.capture.meters import UseGauge
from joulecard.capture.node.proc import Proc
from joulecard.capture.segment import AcceleratorUse, Activity, Reading, Segment
from joulecard.cli.doctor.check import why
from joulecard.cli.doctor.sensing import Sensor, Sight, sense
from joulecard.disclosure.tally import SegmentTally, tally
from joulecard.errors import JoulecardError
from joulecard.factors import edition, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.cli.doctor.check import Scene
    from joulecard.factors import Edition


class Trial(NamedTuple):
    """What a recording here would see."""

    sensors: tuple[Sensor, ...]
    facts: Facts
    failures: Mapping[str, str]  # by fact: why it could not be read
    is_node_time_known: bool  # whether the system tells how busy its CPUs are
    tally: SegmentTally  # in W instead of J: of one busy vCPU, one GB, and each counter that moves
    refusal: str = ""  # why the place, as the user named it, cannot be looked up; the tally is then without it

    @property
    def has_unseen_gpus(self) -> bool:
        """Whether there are GPUs whose energy would be left out."""
        sights = (sight for sensor in self.sensors for sight in sensor.sights if sight.instrument.kind == "gpu")
        if any("gpu" in (part.includes or ()) for part in self.tally.components):
            return False
        is_left_out = any(gap.what == "accelerator" for gap in self.tally.gaps)
        return is_left_out or not all(sight.power_w or sight.use is not None for sight in sights)


def run_trial(scene: Scene) -> Trial:
    """Reads meters and surroundings; takes the time between two reads."""
    failures: dict[str, str] = {}

    def note(what: str, error: Exception) -> None:
        failures[what] = why(error)

    facts = read_facts(scene.folder, scene.settings, scene.environ, scene.roots, note)
    sensors = sense(scene)
    known = Proc(scene.roots.proc).node_busy_s() is not None
    segment, settings = _one_second(facts, sensors), scene.settings
    try:
        joined = tally(segment, _tables(settings.own_factors), settings.profile, strict=settings.strict)
    except JoulecardError as error:
        nowhere = _one_second(facts._replace(place=type(facts.place)()), sensors)
        return Trial(sensors, facts, failures, known, tally(nowhere, edition(), settings.profile), str(error))
    return Trial(sensors, facts, failures, known, joined)


def _tables(own_factors: str | None) -> Edition:
    """The edition with the user's own factors; without them where their file is wrong, which the settings tell."""
    try:
        return opened(own_factors)
    except JoulecardError:
        return edition()


def _one_second(facts: Facts, sensors: tuple[Sensor, ...]) -> Segment:
    """A second in which one vCPU was busy and one GB reserved, beside what the counters gave."""
    now, group = clock.timestamp(clock.milliseconds(time.time())), identity.fresh_id()
    sights = [sight for sensor in sensors for sight in sensor.sights]
    readings = map(_reading, sights)
    return Segment(
        id=group,
        execution_id=identity.execution_id(group, "doctor", 1),
        group=group,
        stage="doctor",
        attempt=1,
        scope="process",
        status="completed",
        start=now,
        end=now,
        monotonic_s=1.0,
        clock_step_s=0.0,
        attribution="allocated",
        host_ref=facts.host_ref,
        coverage=1.0,
        energy=tuple(reading for reading in readings if reading),
        activity=_activity(sights, has_memory=facts.machine.memory_gb is not None),
        machine=facts.machine,
        place=facts.place,
        software=facts.software,
    )


def _reading(sight: Sight) -> Reading | None:
    """What a counter gave in its second; None where it tells no energy, or another tells the same."""
    power_w, by = sight.power_w or 0.0, sight.instrument
    if isinstance(by, UseGauge) or sight.is_counted_already:
        return None
    return Reading(
        kind=by.kind,
        sensor=by.sensor,
        domain=by.domain,
        node_j=power_w,
        share_j=power_w,
        coverage=1.0 if sight.power_w else 0.0,
        device_ref=by.device_ref,
        model=by.model,
        reads=by.reads,
        quantity=by.quantity,
        includes=by.includes or None,
    )


def _activity(sights: list[Sight], *, has_memory: bool) -> Activity:
    return Activity(
        cpu_s=1.0,
        cpu_source="proc",
        node_cpu_s=1.0,
        core_s=1.0,
        memory_gb_s=1.0 if has_memory else 0.0,
        reserved_by="none",
        coverage=1.0,
        accelerators=tuple(use for use in map(_use, sights) if use) or None,
    )


def _use(sight: Sight) -> AcceleratorUse | None:
    """A second in which the device was busy, where use is what it tells."""
    by = sight.instrument
    if not isinstance(by, UseGauge) or sight.use is None:
        return None
    model = by.model or by.domain
    return AcceleratorUse(model, by.sensor, by.domain, busy_s=1.0, device_s=1.0, coverage=1.0, device_ref=by.device_ref)
