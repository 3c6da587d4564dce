"""NVIDIA GPUs through NVML: their energy counters, else their power, looked at with every tick.

Counters count millijoules since the driver was loaded (Volta and later); power is in milliwatts, a mean over up to a
second (NVIDIA NVML API Reference: nvmlDeviceGetTotalEnergyConsumption, nvmlDeviceGetPowerUsage). A machine without
the driver pays for a look at three paths and for no library.
"""

from __future__ import annotations

import contextlib
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
    from queue import SimpleQueue

    from joulecard.capture.meters import Instrument, Job
    from joulecard.settings import Roots

SENSOR = "nvml"
LIBRARY = "libnvidia-ml.so.1"
# The largest modules on sale are rated at 1400 W; what is beyond this is a counter that was reset.
MAX_W = 4000.0
MOST_WAKING = 8  # threads that a driver which hangs for ever may keep
LOOK_DEADLINE_S = 0.5  # below the time that the end of a recording waits for a look under way
_RANGE_COUNTS = 1 << 64
_ABSENT = "No such file"  # in the words of the dynamic linker, which has no numbers for its errors
_SILENT = Failure("the driver did not answer in time")


class _Device(NamedTuple):
    """One GPU that is read, and how."""

    instrument: Instrument
    look: Callable[[], int]


class _Opened(NamedTuple):
    """The binding, once it has been started, and what it shows."""

    nvml: Any = None
    devices: tuple[_Device, ...] = ()


class _Question:
    """Something that the driver is asked, answered when it likes; `ask` never raises."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._answered = threading.Event()
        self.answer: Any = None

    def put(self) -> None:
        """Asks, as long as it takes."""
        self.answer = self._ask()
        self._answered.set()

    def is_answered(self, within_s: float = 0.0) -> bool:
        """Whether the answer is there, now or within some time."""
        return self._answered.wait(within_s)


class _Driver:
    """Whom the driver is asked by: a thread of its own, so that one that hangs takes nobody along."""

    def __init__(self, opening: Callable[[], _Opened]) -> None:
        from queue import SimpleQueue

        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="joulecard-nvml", daemon=True)
        self._thread.start()
        self.opening = self.asked(opening)

    @property
    def is_waking(self) -> bool:
        """Whether it is still being started; never in a forked child, where the thread is gone."""
        return self._thread.is_alive() and not self.opening.is_answered()

    def asked(self, ask: Callable[[], Any]) -> _Question:
        """The question, behind those that were put before."""
        question = _Question(ask)
        self._questions.put(question)
        return question

    def end(self) -> None:
        """Nothing more is asked."""
        self._questions.put(None)

    def _run(self) -> None:
        while question := self._questions.get():
            question.put()


_waking: list[_Driver] = []  # of this process: while one is waited for, further recordings do not wait


class NvmlMeter:
    """Reads the job's GPUs, or all of the node's; holds the driver's library open.

    A driver that must first wake eight GPUs takes some seconds; what it shows joins when it is there.
    """

    def __init__(self, job: Job) -> None:
        self._driver: _Driver | None = None
        self._looking: _Question | None = None
        if not _has_driver(job.roots):
            return
        _waking[:] = [driver for driver in _waking if driver.is_waking]
        patience_s = 0.0 if _waking else job.patience_s
        if len(_waking) < MOST_WAKING:
            self._driver = driver = _Driver(lambda: _opened(job))
            if driver.opening.is_answered(patience_s):
                return
            _waking.append(driver)
        job.note(SENSOR, "the driver did not start in time")

    def counters(self) -> tuple[Instrument, ...]:
        """One counter or gauge for each GPU that counts for the job, as soon as the driver shows them."""
        return tuple(device.instrument for device in self._opened.devices)

    def read(self) -> dict[str, int | Failure]:
        """Millijoules or milliwatts of each GPU, or why there are none; waits for no driver that hangs."""
        opened, late = self._opened, self._looking and not self._looking.is_answered()
        if not (self._driver and opened.devices):
            return {}
        if not late:  # an answer that came too late is of another time: it is dropped
            self._looking = self._driver.asked(lambda: _looked(opened))
        if late or not self._looking or not self._looking.is_answered(LOOK_DEADLINE_S):
            return {device.instrument.domain: _SILENT for device in opened.devices}
        answer: dict[str, int | Failure] = self._looking.answer
        return answer

    def close(self) -> None:
        """Lets go of the library; others in this process that use it go on."""
        driver, self._driver = self._driver, None
        if driver:
            ending = driver.asked(lambda: _ended(driver.opening.answer))
            driver.end()
            if not driver.is_waking:
                ending.is_answered(LOOK_DEADLINE_S)

    @property
    def _opened(self) -> _Opened:
        return (self._driver and self._driver.opening.answer) or _Opened()


def _looked(opened: _Opened) -> dict[str, int | Failure]:
    return {device.instrument.domain: _look(opened.nvml, device) for device in opened.devices}


def _look(nvml: Any, device: _Device) -> int | Failure:
    try:
        return device.look()
    except nvml.NVMLError as error:
        return _answer(error)
    except Exception as error:  # noqa: BLE001 - whatever the binding does, the other meters are read
        return _not_understood(error)


def _ended(opened: _Opened) -> None:
    with contextlib.suppress(Exception):  # somebody else may have ended it already
        if opened.nvml:
            opened.nvml.nvmlShutdown()


def _has_driver(roots: Roots) -> bool:
    """Whether the kernel shows NVIDIA's driver, or the one that stands for it in WSL."""
    paths = (f"{roots.proc}/driver/nvidia/version", f"{roots.fs}/dev/nvidiactl", f"{roots.fs}/dev/dxg")
    return any(map(os.path.exists, paths))


def _opened(job: Job) -> _Opened:
    """What the library shows; a gap where it cannot be started."""
    try:
        nvml = _library(job)
        return _started(nvml, job) if nvml else _Opened()
    except Exception as error:  # noqa: BLE001 - a binding that is not the one we know
        job.note(SENSOR, _not_understood(error).reason)
        return _Opened()


def _started(nvml: Any, job: Job) -> _Opened:
    try:
        nvml.nvmlInit()
        return _Opened(nvml, tuple(_devices(nvml, job)))
    except nvml.NVMLError as error:
        job.note(SENSOR, _answer(error).reason)
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


def _not_understood(error: Exception) -> Failure:
    return Failure(f"the driver's answer was not understood ({type(error).__name__})")
