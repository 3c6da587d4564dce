"""AMD's GPUs while they are watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.capture.metering.driver import looked
from joulecard.capture.meters.amd_smi import binding
from joulecard.capture.meters.amd_smi.devices import gpus_of, watched
from joulecard.surroundings import amd_gpus

if TYPE_CHECKING:
    from joulecard.capture.meters import Failure, Instrument, Job


def opened(sensor: str, job: Job) -> Session:
    """What package and kernel show."""
    return Session(binding.load(sensor, job), sensor, job)


class Session:
    """The job's GPUs, each read as it allows."""

    def __init__(self, amdsmi: Any, sensor: str, job: Job) -> None:
        self._sysfs = job.roots.sysfs
        gpus = gpus_of(amdsmi, sensor, job)
        self._watched = watched(amdsmi, sensor, job, gpus)
        self.instruments: tuple[Instrument, ...] = tuple(each.instrument for each in self._watched)
        self._ids = {
            each.instrument.device_ref: frozenset(node.gpu_id for node in gpu.nodes)
            for each, gpu in zip(self._watched, gpus, strict=True)
        }

    def look(self) -> dict[str, int | Failure]:
        """Counts, watts or per cent of each GPU, or why there are none."""
        return looked(self._watched, binding.reason)

    def processes(self, device_ref: str) -> frozenset[int] | None:
        """The processes that hold memory of a GPU; None where the kernel does not say."""
        return amd_gpus.processes(self._sysfs, self._ids[device_ref])

    def close(self) -> None:
        """Nothing: the library does not count its users, and the job itself may be one."""
