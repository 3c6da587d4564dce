"""NVIDIA GPUs through NVML: their energy counters, else their power, looked at with every tick.

Counters count millijoules since the driver was loaded (Volta and later); power is in milliwatts, a mean over up to a
second (NVIDIA NVML API Reference: nvmlDeviceGetTotalEnergyConsumption, nvmlDeviceGetPowerUsage). A machine without
the driver pays for a look at three paths and for no library.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.meters import Counter, Failure, Gauge
from joulecard.surroundings.machine import reference
from joulecard.surroundings.reading import label
from joulecard.surroundings.visible_gpus import Gpu, visible_gpus
from joulecard.units import MILLIJOULES_PER_JOULE, MILLIWATTS_PER_WATT

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.meters import Instrument, Job
    from joulecard.settings import Roots

SENSOR = "nvml"
LIBRARY = "libnvidia-ml.so.1"
# The largest modules on sale are rated at 1400 W; what is beyond this is a counter that was reset.
MAX_W = 4000.0
OPEN_DEADLINE_S = 20.0  # a driver that must first wake eight GPUs takes some seconds; one that hangs never answers
_RANGE_COUNTS = 1 << 64
_ABSENT = "No such file"  # in the words of the dynamic linker, which has no numbers for its errors


class _Device(NamedTuple):
    """One GPU that is read, and how."""

    instrument: Instrument
    look: Callable[[], int]


class _Opened(NamedTuple):
    """The binding, once it has been started, and what it shows."""

    nvml: Any = None
    devices: tuple[_Device, ...] = ()


class NvmlMeter:
    """Reads the job's GPUs, or all of the node's; holds the driver's library open."""

    def __init__(self, job: Job) -> None:
        self._nvml, devices = _opened_in_time(job) if _has_driver(job.roots) else _Opened()
        self._devices = {device.instrument.domain: device for device in devices}

    def counters(self) -> tuple[Instrument, ...]:
        """One counter or gauge for each GPU that counts for the job."""
        return tuple(device.instrument for device in self._devices.values())

    def read(self) -> dict[str, int | Failure]:
        """Millijoules or milliwatts of each GPU, or why there are none."""
        return {domain: self._looked(device) for domain, device in self._devices.items()}

    def close(self) -> None:
        """Lets go of the library; others in this process that use it go on."""
        nvml, self._nvml = self._nvml, None
        if nvml:
            try:
                nvml.nvmlShutdown()
            except nvml.NVMLError:  # somebody else has ended it already
                return

    def _looked(self, device: _Device) -> int | Failure:
        try:
            return device.look()
        except self._nvml.NVMLError as error:
            return _answer(error)
        except Exception as error:  # noqa: BLE001 - whatever the binding does, the other meters are read
            return Failure(f"the driver's answer was not understood ({type(error).__name__})")


def _has_driver(roots: Roots) -> bool:
    """Whether the kernel shows NVIDIA's driver, or the one that stands for it in WSL."""
    paths = (f"{roots.proc}/driver/nvidia/version", f"{roots.fs}/dev/nvidiactl", f"{roots.fs}/dev/dxg")
    return any(map(os.path.exists, paths))


def _opened_in_time(job: Job) -> _Opened:
    """What the library shows, unless it takes so long that it may never answer: the job does not wait for that."""
    answers: list[_Opened] = []
    thread = threading.Thread(target=lambda: answers.append(_opened(job)), name="joulecard-nvml", daemon=True)
    thread.start()
    thread.join(OPEN_DEADLINE_S)
    if thread.is_alive():
        job.note(SENSOR, f"the driver did not answer within {OPEN_DEADLINE_S:g} s")
    return answers[0] if answers else _Opened()


def _opened(job: Job) -> _Opened:
    nvml = _library(job)
    if nvml is None:
        return _Opened()
    try:
        nvml.nvmlInit()
        return _Opened(nvml, tuple(_devices(nvml, job)))
    except nvml.NVMLError as error:
        job.note(SENSOR, _answer(error).reason)
    except Exception as error:  # noqa: BLE001 - a binding that is not the one we know
        job.note(SENSOR, f"the driver's answer was not understood ({type(error).__name__})")
    return _Opened()


def _library(job: Job) -> Any:
    """NVML's binding with the driver's library below it; None where there is none, with a gap where it is broken."""
    import ctypes

    try:
        ctypes.CDLL(LIBRARY)  # before the binding, which is large and of no use without it
    except OSError as error:
        if _ABSENT not in str(error):
            job.note(SENSOR, "the driver's library cannot be loaded")
        return None
    try:
        import pynvml
    except ImportError:
        job.note(SENSOR, "the package nvidia-ml-py is missing")
        return None
    return pynvml


def _devices(nvml: Any, job: Job) -> list[_Device]:
    """The GPUs that count for the job; raises NVMLError where they cannot even be counted."""
    gpus = [_gpu(nvml, _attempt(nvml, nvml.nvmlDeviceGetHandleByIndex, n)) for n in range(nvml.nvmlDeviceGetCount())]
    if job.whole_node:
        return [_device(nvml, place, gpu, job.roots) for place, gpu in enumerate(gpus)]
    visible = visible_gpus(job.environ, gpus, lambda instance: _gpu_of_instance(nvml, instance, gpus))
    if visible.doubt:
        job.note(SENSOR, visible.doubt)
    return [_device(nvml, place, gpus[place], job.roots) for place in visible.places]


def _device(nvml: Any, place: int, gpu: Gpu, roots: Roots) -> _Device:
    """The GPU by its counter; by its power where it says that it has no counter."""

    def energy_mj() -> int:
        return int(nvml.nvmlDeviceGetTotalEnergyConsumption(nvml.nvmlDeviceGetHandleByIndex(place)))

    def power_mw() -> int:
        return int(nvml.nvmlDeviceGetPowerUsage(nvml.nvmlDeviceGetHandleByIndex(place)))

    device_ref = reference(roots, gpu.uuid) if gpu.uuid else None
    domain, model = f"gpu-{place}", gpu.model or None
    if _is_missing(nvml, energy_mj) and not _is_missing(nvml, power_mw):
        return _Device(Gauge("gpu", SENSOR, domain, 1 / MILLIWATTS_PER_WATT, MAX_W, device_ref, model), power_mw)
    unit_j = 1 / MILLIJOULES_PER_JOULE
    counter = Counter("gpu", SENSOR, domain, unit_j, _RANGE_COUNTS, MAX_W, device_ref, model, "energy")
    return _Device(counter, energy_mj)


def _is_missing(nvml: Any, look: Callable[[], int]) -> bool:
    """Whether driver or device say that they have no such thing; another refusal may pass."""
    try:
        look()
    except nvml.NVMLError as error:
        return error.value in (nvml.NVML_ERROR_NOT_SUPPORTED, nvml.NVML_ERROR_FUNCTION_NOT_FOUND)
    return False


def _gpu(nvml: Any, handle: Any) -> Gpu:
    told = (_attempt(nvml, ask, handle) for ask in (nvml.nvmlDeviceGetUUID, nvml.nvmlDeviceGetName))
    uuid, model = ("" if isinstance(text, Failure) else label(str(text)) for text in told)
    return Gpu(uuid, model)


def _gpu_of_instance(nvml: Any, instance: str, gpus: list[Gpu]) -> int | None:
    """The place of the GPU that a MIG instance is a part of; None where the driver does not know it."""
    part = _attempt(nvml, nvml.nvmlDeviceGetHandleByUUID, instance)
    uuid = _gpu(nvml, _attempt(nvml, nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle, part)).uuid
    return next((place for place, gpu in enumerate(gpus) if uuid and gpu.uuid == uuid), None)


def _attempt(nvml: Any, ask: Callable[[Any], Any], argument: Any) -> Any:
    """The driver's answer, or its refusal as a Failure; a Failure asks nothing more."""
    if isinstance(argument, Failure):
        return argument
    try:
        return ask(argument)
    except nvml.NVMLError as error:
        return _answer(error)


def _answer(error: Exception) -> Failure:
    return Failure(f"the driver answers: {label(str(error)) or type(error).__name__}")
