"""The GPUs that count for a job, and how each of them is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.metering.driver import Watched
from joulecard.capture.meters import Counter, Failure, Gauge, UseGauge
from joulecard.capture.meters import Device as Facts
from joulecard.capture.meters.nvml.binding import attempt
from joulecard.capture.meters.nvml.handle import Handle
from joulecard.capture.meters.nvml.instances import parent_of, part_of
from joulecard.capture.meters.nvml.power import counter_of, quantity_of
from joulecard.surroundings.machine import reference
from joulecard.surroundings.reading import label
from joulecard.surroundings.visible_gpus import Gpu, visible_gpus
from joulecard.units import MILLIJOULES_PER_JOULE, MILLIWATTS_PER_WATT

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.meters import Job
    from joulecard.settings import Roots

# The largest modules on sale are rated at 1400 W; what is beyond this is a counter that was reset.
MAX_W = 4000.0
STEP_S = 0.1  # counters are refreshed every 10 to 100 ms
_RANGE_COUNTS = 1 << 64
_MODULE = ("cpu", "dram")  # what a superchip's module holds beside its GPU


class Device(NamedTuple):
    """One GPU that is read."""

    handle: Handle
    watched: Watched


class _Found(NamedTuple):
    """One GPU of the node."""

    place: int
    handle: Handle
    gpu: Gpu


def devices_of(nvml: Any, sensor: str, job: Job) -> list[Device]:
    """The GPUs that count for the job; raises NVMLError where they cannot even be counted."""
    found = [_found(nvml, place) for place in range(nvml.nvmlDeviceGetCount())]
    if job.whole_node:
        return [_device(nvml, sensor, each, job.roots, None) for each in found]
    found = [each for each in found if not _is_hidden(nvml, each.handle)]  # CUDA does not count those
    gpus = [each.gpu for each in found]
    visible = visible_gpus(job.environ, gpus, lambda instance: _place_of(nvml, instance, gpus))
    if visible.doubt:
        job.note(sensor, visible.doubt)
    devices = []
    for place in visible.places:
        named = [instance for parent, instance in visible.instances if parent == place]
        part = part_of(nvml, attempt(nvml, found[place].handle), named)
        if part.doubt:
            job.note(f"{sensor}:{_domain(found[place].place)}", part.doubt)
        devices.append(_device(nvml, sensor, found[place], job.roots, part.share))
    return devices


def _found(nvml: Any, place: int) -> _Found:
    handle = Handle(nvml, place)
    gpu = _gpu(nvml, attempt(nvml, handle))
    handle.uuid = gpu.uuid
    return _Found(place, handle, gpu)


def _is_hidden(nvml: Any, handle: Handle) -> bool:
    """Whether the GPU's file is closed to us, as a scheduler's control group does with those of other jobs."""
    try:
        handle()
    except nvml.NVMLError as error:
        return bool(error.value == nvml.NVML_ERROR_NO_PERMISSION)
    return False


def _gpu(nvml: Any, handle: Any) -> Gpu:
    told = (attempt(nvml, ask, handle) for ask in (nvml.nvmlDeviceGetUUID, nvml.nvmlDeviceGetName))
    uuid, model = ("" if isinstance(text, Failure) else label(str(text)) for text in told)
    return Gpu(uuid, model)


def _place_of(nvml: Any, instance: str, gpus: list[Gpu]) -> int | None:
    """The place of the GPU that a MIG instance is a part of; None where the driver does not know it."""
    uuid = _gpu(nvml, parent_of(nvml, instance)).uuid
    return next((place for place, gpu in enumerate(gpus) if uuid and gpu.uuid == uuid), None)


def _device(nvml: Any, sensor: str, found: _Found, roots: Roots, share: float | None) -> Device:
    """The GPU by its counter, else by its power, else by its use; a counter that never answers is a gap."""
    handle, gpu = found.handle, found.gpu
    quantity = quantity_of(nvml, handle, gpu.model)
    named: dict[str, Any] = {
        "kind": "gpu",
        "sensor": sensor,
        "domain": _domain(found.place),
        "device_ref": reference(roots, gpu.uuid) if gpu.uuid else None,
        "model": gpu.model or None,
        "share_declared": share,
    }

    def use_percent() -> int:
        return int(nvml.nvmlDeviceGetUtilizationRates(handle()).gpu)

    if not quantity and not isinstance(attempt(nvml, use_percent), Failure):
        return Device(handle, Watched(UseGauge(fraction_per_count=0.01, **named), use_percent))
    quantity = quantity or counter_of(nvml, handle, gpu.model)
    named |= {"max_w": MAX_W, "device": _facts(nvml, attempt(nvml, handle)), "quantity": quantity.name}
    named |= {"includes": _MODULE if quantity.is_module else (), "step_s": STEP_S}
    if quantity.is_power:
        return Device(handle, Watched(Gauge(watts_per_count=1 / MILLIWATTS_PER_WATT, **named), quantity.look))
    counts: dict[str, Any] = {
        "joules_per_count": 1 / MILLIJOULES_PER_JOULE,
        "range_counts": _RANGE_COUNTS,
        "reads": "energy",
    }
    return Device(handle, Watched(Counter(**counts, **named), quantity.look))


def _facts(nvml: Any, handle: Any) -> Facts | None:
    """What stands still about the GPU: enforced power limit, highest SM clock, temperature; None: it tells nothing."""
    limit_mw = attempt(nvml, nvml.nvmlDeviceGetEnforcedPowerLimit, handle)
    clock_mhz = attempt(nvml, nvml.nvmlDeviceGetMaxClockInfo, handle, nvml.NVML_CLOCK_SM)
    asks: list[Callable[..., Any]] = [
        getattr(nvml, name) for name in ("nvmlDeviceGetTemperatureV", "nvmlDeviceGetTemperature") if hasattr(nvml, name)
    ]  # the first is of newer drivers, the second to be dropped from them
    celsius = (attempt(nvml, ask, handle, nvml.NVML_TEMPERATURE_GPU) for ask in asks)
    facts = Facts(
        None if isinstance(limit_mw, Failure) else limit_mw / MILLIWATTS_PER_WATT,
        None if isinstance(clock_mhz, Failure) else float(clock_mhz),
        next((float(each) for each in celsius if not isinstance(each, Failure)), None),
    )
    return facts if any(fact is not None for fact in facts) else None


def _domain(place: int) -> str:
    return f"gpu-{place}"
