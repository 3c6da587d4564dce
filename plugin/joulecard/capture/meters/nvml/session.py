"""NVML while it is open: looked at with every tick, started anew where it or a GPU went away.

After a reload of the driver or a reset of a GPU the old handles are dead, and a GPU that fell off the bus moves the
numbers of the others: a handle is looked up by its UUID and kept until something fails.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from joulecard import descriptors
from joulecard.capture.metering.driver import looked
from joulecard.capture.meters import Failure
from joulecard.capture.meters.nvml.binding import attempt, load, reason
from joulecard.capture.meters.nvml.devices import devices_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.capture.meters import Instrument, Job
    from joulecard.capture.meters.nvml.devices import Device

LEAST_PAUSE_S, MOST_PAUSE_S = 10.0, 600.0  # between two attempts, which may cost the driver seconds
# Answers after which the library must be started again: the names of NVML's return codes.
_GONE = ("UNINITIALIZED", "INVALID_ARGUMENT", "NOT_FOUND", "DRIVER_NOT_LOADED", "GPU_IS_LOST", "RESET_REQUIRED")


def opened(sensor: str, job: Job) -> Session | None:
    """What the library shows; a gap where it cannot be started."""
    nvml = load(sensor, job)
    if nvml is None:
        return None
    try:
        nvml.nvmlInit()
        return Session(nvml, devices_of(nvml, sensor, job))
    except nvml.NVMLError as error:
        job.note(sensor, reason(nvml, error).reason)
        return None


class Session:
    """The job's GPUs, each read as it allows."""

    def __init__(self, nvml: Any, devices: Sequence[Device]) -> None:
        self._nvml, self._devices = nvml, devices
        self._gone = {getattr(nvml, f"NVML_ERROR_{name}") for name in _GONE}
        self._is_open, self._is_gone = True, False
        self._restart_s, self._pause_s = 0.0, LEAST_PAUSE_S  # not before, and how long after the one that follows
        self.instruments: tuple[Instrument, ...] = tuple(device.watched.instrument for device in devices)

    def look(self) -> dict[str, int | Failure]:
        """Millijoules, milliwatts or per cent of each GPU, or why there are none."""
        if self._is_gone and time.monotonic() >= self._restart_s:
            self._restart()
        counts = looked((device.watched for device in self._devices), self._reason)
        if not self._is_gone:
            self._pause_s = LEAST_PAUSE_S
        return counts

    def processes(self, device_ref: str) -> frozenset[int] | None:
        """The processes that compute or draw on a GPU; None where the driver does not say."""
        handle = next(each.handle for each in self._devices if each.watched.instrument.device_ref == device_ref)
        nvml = self._nvml
        computing = attempt(nvml, nvml.nvmlDeviceGetComputeRunningProcesses, handle())
        drawing = attempt(nvml, nvml.nvmlDeviceGetGraphicsRunningProcesses, handle())
        if isinstance(computing, Failure):
            return None
        pids = {each.pid for each in (*computing, *(() if isinstance(drawing, Failure) else drawing))}
        return None if 0 in pids else frozenset(pids)  # the lists of some bindings are of another driver's form

    def close(self) -> None:
        """Lets go of the library, once: it counts its users, and a second time would be for somebody else.

        Where the program has closed descriptors that were not its own, the library would close some that are by now.
        """
        if self._is_open and not descriptors.were_taken():
            self._is_open = False
            with contextlib.suppress(Exception):  # somebody else may have ended it already
                self._nvml.nvmlShutdown()

    def _reason(self, error: Exception) -> Failure:
        self._is_gone |= getattr(error, "value", None) in self._gone
        return reason(self._nvml, error)

    def _restart(self) -> None:
        """Starts the library again; others in this process keep what they hold."""
        self._restart_s = time.monotonic() + self._pause_s
        self._pause_s = min(2 * self._pause_s, MOST_PAUSE_S)
        self.close()
        for device in self._devices:
            device.handle.forget()
        with contextlib.suppress(self._nvml.NVMLError):  # the look that follows says why
            self._nvml.nvmlInit()
            self._is_open, self._is_gone = True, False
