"""What sees the energy here: counters, and for what no counter reads the named power model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard import numbers
from joulecard.capture.meters import Gauge
from joulecard.capture.meters.replay import IS_A_REPLAY
from joulecard.cli.doctor.check import Check
from joulecard.disclosure.components import POWER_MODEL, Component
from joulecard.disclosure.sensors import DEVICES
from joulecard.factors.power import CPU_TDP
from joulecard.units import joules_from_kwh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.cli.doctor.check import State
    from joulecard.cli.doctor.sensing import Sensor, Sight
    from joulecard.cli.doctor.trial import Trial
    from joulecard.surroundings.machine import Accelerator

GROUP = "Energy"
NVIDIA = "NVIDIA"
NAMES = {
    "rapl": "RAPL counters",
    "nvml": "NVIDIA meter",
    "amd_smi": "AMD meter",
    "apple_silicon": "Apple meter",
    "hwmon": "power sensors",
    "replay": "recorded trace",
}
_VENDORS = {"nvml": "NVIDIA", "amd_smi": "AMD", "apple_silicon": "Apple"}
_ABSENT = {
    "nvml": "no NVIDIA GPU",
    "amd_smi": "no AMD GPU",
    "apple_silicon": "no Apple silicon",
    "hwmon": "no power sensors (hwmon)",
}
_HERE = {"nvml": "no NVIDIA GPU to read here", "amd_smi": "no AMD GPU to read here"}
_NO_RAPL = {False: "none here: a named power model is used", True: "none here, and none is needed"}
_TROUBLES = {
    IS_A_REPLAY: "unset JOULECARD_REPLAY",
    "the package nvidia-ml-py is missing": "pip install nvidia-ml-py",
    "the package zeus-apple-silicon is missing": "pip install 'joulecard[apple]'",
}
_REMEDIES = {"replay": "mend the file, or unset JOULECARD_REPLAY"}
_NO_LIBRARY = "the driver is here, its library libnvidia-ml.so.1 is not found"
_GIVE_GPUS = "in a container: start it with `--gpus all`"
# To the caller alone and not to all: whoever reads these counters finely can tell what other programs compute.
_OPEN_RAPL = "sudo chown $(id -u) /sys/class/powercap/*/energy_uj"
_DENIED = (
    "only root may read them, since they betray other users' secrets (CVE-2020-8694);"
    " this opens them to you alone, until the next boot"
)
_STUCK = (
    "nothing is taken from it; a virtual machine may not be given its host's counters: record on the host,"
    " or live with the power model; elsewhere update driver and firmware"
)
_BROKEN = "nothing is taken from it; `sudo dmesg` tells what its driver complains of; update driver and firmware"


def counters(trial: Trial) -> Iterator[Check]:
    """One line for each meter that has something to say, more where its counters fare differently; one for the rest."""
    vendors = {part.vendor: part.visible != 0 for part in trial.facts.machine.accelerators}
    absent = []
    for sensor in trial.sensors:
        is_silent = not (sensor.sights or sensor.troubles)
        if is_silent and sensor.name == "nvml" and vendors.get(NVIDIA):
            yield Check(GROUP, NAMES["nvml"], "lack", _NO_LIBRARY, _GIVE_GPUS)
        elif is_silent and sensor.name in _ABSENT and _VENDORS.get(sensor.name) not in vendors:
            absent.append(_ABSENT[sensor.name])
        else:
            yield from _of_sensor(sensor, trial)
    if absent:
        yield Check(GROUP, "other meters", "normal", ", ".join(absent))


def hardware(trial: Trial) -> Iterator[Check]:
    """CPU time, CPU, memory and each kind of GPU: what sees their energy."""
    yield _activity(trial)
    parts = _parts(trial.tally.components)
    yield _cpu(trial, parts.get("cpu"))
    yield _memory(trial, parts.get("dram"))
    yield from _accelerators(trial)
    for what, reason in trial.failures.items():
        yield Check(GROUP, what, "problem", f"could not be read: {reason}")


def _parts(components: Iterable[Component]) -> dict[str, Component]:
    """What sees each kind of hardware: a meter of its own, or one of more than it."""
    found: dict[str, Component] = {}
    for component in components:
        found |= dict.fromkeys([component.kind, *(component.includes or ())], component)
    return found


def _of_sensor(sensor: Sensor, trial: Trial) -> Iterator[Check]:
    """One line for the counters that fare alike."""
    name = NAMES.get(sensor.name, sensor.name)
    is_doubt = bool(sensor.sights) or sensor.name == "hwmon"  # beside what is read, or about what nobody needs
    for trouble in sensor.troubles:
        remedy = _TROUBLES.get(trouble) or (None if sensor.sights else _REMEDIES.get(sensor.name))
        yield Check(GROUP, name, "lack" if is_doubt else "problem", trouble, remedy)
    if not (sensor.sights or sensor.troubles):
        cpu = _parts(trial.tally.components).get("cpu")
        none = _HERE.get(sensor.name) or _NO_RAPL[cpu is not None and cpu.sensor != POWER_MODEL]
        yield Check(GROUP, name, "normal", none)
    moving = [sight for sight in sensor.sights if sight.power_w]
    if moving:
        yield Check(GROUP, name, "ok", f"{_how(moving)}: {', '.join(map(_power, moving))}")
    used = [sight for sight in sensor.sights if sight.use is not None]
    if used:
        yield Check(GROUP, name, "ok", f"tells how busy they are, not their energy: {', '.join(map(_use, used))}")
    alike: dict[str, list[Sight]] = {}
    for sight in sensor.sights:
        if not sight.power_w and sight.use is None:
            alike.setdefault(sight.reason, []).append(sight)
    for reason, sights in alike.items():
        yield _not_moving(name, reason, sights)


def _how(moving: list[Sight]) -> str:
    if moving[0].instrument.sensor == "replay":
        return "read again"
    return "read as power" if any(isinstance(sight.instrument, Gauge) for sight in moving) else "readable and moving"


def _power(sight: Sight) -> str:
    return f"{sight.instrument.domain}{numbers.THIN_SPACE}{numbers.amount(sight.power_w or 0.0, 'W').text}"


def _use(sight: Sight) -> str:
    return f"{sight.instrument.domain}{numbers.THIN_SPACE}{sight.use or 0.0:.0%}"


def _not_moving(name: str, reason: str, sights: list[Sight]) -> Check:
    domains = ", ".join(sight.instrument.domain for sight in sights)
    if all(sight.is_denied for sight in sights) and sights[0].instrument.sensor == "rapl":
        return Check(GROUP, name, "lack", f"present, not readable: {domains}: {_DENIED}", _OPEN_RAPL)
    if all(sight.is_counted_already for sight in sights):
        return Check(GROUP, name, "normal", f"{domains}: {reason}")
    if not all(sight.is_readable for sight in sights):
        return Check(GROUP, name, "problem", f"present, not readable: {domains}: {reason}", _BROKEN)
    if all(sight.stands_still for sight in sights):
        return Check(GROUP, name, "problem", f"readable, not moving: {domains}: {reason}", _STUCK)
    return Check(GROUP, name, "problem", f"readable, not to be believed: {domains}: {reason}", _BROKEN)


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
        return Check(GROUP, "CPU", "ok", f"{name}: {_measured(part, 'cpu')}")
    found = "found in the table" if part.model == CPU_TDP else "not in the table, taken as typical"
    how = f"modelled by {part.model} ({found}): {_watts(part)} per busy thread"
    return Check(GROUP, "CPU", "ok" if part.model == CPU_TDP else "normal", f"{name}: {how}")


def _memory(trial: Trial, part: Component | None) -> Check:
    memory_gb = trial.facts.machine.memory_gb
    if part is None or memory_gb is None:
        return Check(GROUP, "memory", "lack", "its size is not told, so nothing sees its energy")
    size = numbers.amount(memory_gb, "GB").text
    if part.sensor != POWER_MODEL:
        return Check(GROUP, "memory", "ok", f"{size}: {_measured(part, 'dram')}")
    return Check(GROUP, "memory", "normal", f"{size}: modelled by {part.model}: {_watts(part)} per GB")


def _measured(part: Component, kind: str) -> str:
    """By which meter, and with what else where that one reads more than this."""
    others = {"host": "the whole machine", "cpu": "its CPU", "gpu": "its GPU"}
    together = "" if part.kind == kind else f", together with {others.get(part.kind, part.kind)}"
    how = "replayed from the" if part.sensor == "replay" else "measured by"
    return f"{how} {NAMES.get(part.sensor, part.sensor)}{together}"


def _watts(part: Component) -> str:
    """Power with its 90 % range in W: the energy of one second."""
    power_w = joules_from_kwh(part.energy.known)
    lower_w, upper_w = (joules_from_kwh(end) for end in part.energy.interval())
    return str(numbers.amount(power_w, "W", (lower_w, upper_w)))


def _accelerators(trial: Trial) -> Iterator[Check]:
    """The GPUs that the kernel names, and what sees their energy."""
    sights = [sight for sensor in trial.sensors for sight in sensor.sights if sight.instrument.kind in DEVICES]
    for part in trial.facts.machine.accelerators:
        name = f"{part.count if part.visible is None else f'{part.visible} of {part.count}'} x {part.model}"
        state, how = _seen_by(part, [sight for sight in sights if _is_of(sight, part)], _parts(trial.tally.components))
        yield Check(GROUP, "GPU", state, f"{name}: {how}")


def _seen_by(part: Accelerator, sights: list[Sight], parts: dict[str, Component]) -> tuple[State, str]:
    """What sees the energy of one kind of GPU."""
    moving = [sight for sight in sights if sight.power_w]
    if moving:
        by = NAMES.get(moving[0].instrument.sensor, moving[0].instrument.sensor)
        return ("ok", f"measured by {by}") if moving == sights else ("lack", f"not all measured by {by}")
    if part.visible == 0:
        return "normal", "not for jobs started here, as CUDA's variables say"
    if "gpu" in parts:
        model = parts["gpu"]
        told = f"modelled by {model.model}: {_watts(model)} when busy"
        return "ok", told if model.sensor == POWER_MODEL else _measured(model, "gpu")
    return "lack", "no meter reads it, so its energy is left out, and every report says so"


def _is_of(sight: Sight, part: Accelerator) -> bool:
    """Whether a sight may be of this kind of GPU: of its vendor, or replayed."""
    return _VENDORS.get(sight.instrument.sensor, part.vendor) == part.vendor
