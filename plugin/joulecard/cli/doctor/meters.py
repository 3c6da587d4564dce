"""What sees the energy here: counters, and for what no counter reads the named power model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.cli.doctor.check import Check
from joulecard.disclosure.components import POWER_MODEL, Component
from joulecard.factors.power import CPU_TDP
from joulecard.units import joules_from_kwh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.cli.doctor.sensing import Sensor, Sight
    from joulecard.cli.doctor.trial import Trial

GROUP = "Energy"
NVIDIA = "NVIDIA"
NAMES = {"rapl": "RAPL counters", "nvml": "NVIDIA meter"}
_HERE = {"rapl": "none here: a named power model is used", "nvml": "no NVIDIA GPU to read here"}
_TROUBLES = {"the package nvidia-ml-py is missing": "pip install nvidia-ml-py"}
_NO_LIBRARY = "the driver is here, its library libnvidia-ml.so.1 is not found"
_GIVE_GPUS = "in a container: start it with `--gpus all`"
# To the caller alone and not to all: whoever reads these counters finely can tell what other programs compute.
_OPEN_RAPL = "sudo chown $(id -u) /sys/class/powercap/*/energy_uj"
_DENIED = (
    "only root may read them, since they betray other users' secrets (CVE-2020-8694);"
    " this opens them to you alone, until the next boot"
)


def counters(trial: Trial) -> Iterator[Check]:
    """One line for each meter; more where its counters fare differently."""
    vendors = {part.vendor for part in trial.facts.machine.accelerators if part.visible != 0}
    for sensor in trial.sensors:
        if sensor.name == "nvml" and NVIDIA in vendors and not (sensor.sights or sensor.troubles):
            yield Check(GROUP, NAMES["nvml"], "lack", _NO_LIBRARY, _GIVE_GPUS)
        else:
            yield from _of_sensor(sensor)


def hardware(trial: Trial) -> Iterator[Check]:
    """CPU time, CPU, memory and each kind of GPU: what sees their energy."""
    yield _activity(trial)
    parts = {component.kind: component for component in trial.tally.components}
    yield _cpu(trial, parts.get("cpu"))
    yield _memory(trial, parts.get("dram"))
    yield from _accelerators(trial)
    for what, reason in trial.failures.items():
        yield Check(GROUP, what, "problem", f"could not be read: {reason}")


def _of_sensor(sensor: Sensor) -> Iterator[Check]:
    """One line for the counters that fare alike."""
    name = NAMES.get(sensor.name, sensor.name)
    for trouble in sensor.troubles:  # beside what is read it is a doubt
        yield Check(GROUP, name, "lack" if sensor.sights else "problem", trouble, _TROUBLES.get(trouble))
    if not (sensor.sights or sensor.troubles):
        yield Check(GROUP, name, "normal", _HERE.get(sensor.name, "none here"))
    moving = [sight for sight in sensor.sights if sight.power_w]
    if moving:
        how = "read as power" if any(sight.instrument.reads == "power" for sight in moving) else "readable and moving"
        yield Check(GROUP, name, "ok", f"{how}: {', '.join(map(_power, moving))}")
    alike: dict[str, list[Sight]] = {}
    for sight in sensor.sights:
        if not sight.power_w:
            alike.setdefault(sight.reason, []).append(sight)
    for reason, sights in alike.items():
        yield _not_moving(name, reason, sights)


def _power(sight: Sight) -> str:
    return f"{sight.instrument.domain}{numbers.THIN_SPACE}{numbers.amount(sight.power_w or 0.0, 'W').text}"


def _not_moving(name: str, reason: str, sights: list[Sight]) -> Check:
    domains = ", ".join(sight.instrument.domain for sight in sights)
    if all(sight.is_denied for sight in sights) and sights[0].instrument.sensor == "rapl":
        return Check(GROUP, name, "lack", f"present, not readable: {domains}: {_DENIED}", _OPEN_RAPL)
    if all(sight.is_readable for sight in sights):
        return Check(GROUP, name, "problem", f"readable, not moving: {domains}: {reason}")
    return Check(GROUP, name, "problem", f"present, not readable: {domains}: {reason}")


def _activity(trial: Trial) -> Check:
    if trial.is_node_time_known:
        return Check(GROUP, "CPU time", "ok", "readable, of this machine and of each process")
    return Check(GROUP, "CPU time", "lack", "of our own processes only: the system does not say how busy its CPUs are")


def _cpu(trial: Trial, part: Component | None) -> Check:
    machine = trial.facts.machine
    threads = f"{machine.logical_cpus} thread{'' if machine.logical_cpus == 1 else 's'}"
    name = f"{machine.cpu_model or 'a CPU without a name'}, {threads}"
    if part is None:
        return Check(GROUP, "CPU", "lack", f"{name}: nothing sees its energy")
    if part.sensor != POWER_MODEL:
        return Check(GROUP, "CPU", "ok", f"{name}: measured by {NAMES.get(part.sensor, part.sensor)}")
    found = "found in the table" if part.model == CPU_TDP else "not in the table, taken as typical"
    how = f"modelled by {part.model} ({found}): {_watts(part)} per busy thread"
    return Check(GROUP, "CPU", "ok" if part.model == CPU_TDP else "normal", f"{name}: {how}")


def _memory(trial: Trial, part: Component | None) -> Check:
    memory_gb = trial.facts.machine.memory_gb
    if part is None or memory_gb is None:
        return Check(GROUP, "memory", "lack", "its size is not told, so nothing sees its energy")
    size = numbers.amount(memory_gb, "GB").text
    if part.sensor != POWER_MODEL:
        return Check(GROUP, "memory", "ok", f"{size}: measured by {NAMES.get(part.sensor, part.sensor)}")
    return Check(GROUP, "memory", "normal", f"{size}: modelled by {part.model}: {_watts(part)} per GB")


def _watts(part: Component) -> str:
    """Power with its 90 % range in W: the energy of one second."""
    power_w = joules_from_kwh(part.energy.known)
    lower_w, upper_w = (joules_from_kwh(end) for end in part.energy.interval())
    return str(numbers.amount(power_w, "W", (lower_w, upper_w)))


def _accelerators(trial: Trial) -> Iterator[Check]:
    """The GPUs that the kernel names, and whether a meter reads them."""
    sights = [sight for sensor in trial.sensors for sight in sensor.sights if sight.instrument.sensor == "nvml"]
    for part in trial.facts.machine.accelerators:
        name = f"{part.count if part.visible is None else f'{part.visible} of {part.count}'} x {part.model}"
        moving = [sight for sight in sights if sight.power_w and part.vendor == NVIDIA]
        if moving:
            how = f"{'' if moving == sights else 'not all '}measured by {NAMES['nvml']}"
            yield Check(GROUP, "GPU", "ok" if moving == sights else "lack", f"{name}: {how}")
        elif part.visible == 0:
            yield Check(GROUP, "GPU", "normal", f"{name}: not for jobs started here, as CUDA's variables say")
        else:
            detail = f"{name}: no meter reads it, so its energy is left out, and every report says so"
            yield Check(GROUP, "GPU", "lack", detail)
