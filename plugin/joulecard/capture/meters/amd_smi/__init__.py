"""AMD GPUs: their energy accumulators, else their power, else how busy they are.

Read through AMD's own package amdsmi where it and ROCm's library are; what it does not tell, and all where it is not,
through the kernel driver's files (docs.kernel.org, "amdgpu: GPU Power/Thermal Controls and Monitoring"), which the
reading's `quantity` then names. GPUs that are part of a CPU are not read: their power is in that of the CPU. A machine
without the driver pays for a look at two paths and for no library. Nothing is ever set.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.capture.metering.absent import Absent

if TYPE_CHECKING:
    from joulecard.capture.metering.driver import Library
    from joulecard.capture.meters import Job, Meter
    from joulecard.settings import Roots

SENSOR = "amd_smi"


def amd_smi_meter(job: Job) -> Meter:
    """The meter of the job's AMD GPUs, or of all of the node's."""
    if not _has_driver(job.roots):
        return Absent()
    from joulecard.capture.metering.driver import DriverMeter

    return DriverMeter(SENSOR, job, lambda: _opened(job))


def _has_driver(roots: Roots) -> bool:
    """Whether the kernel shows AMD's driver for computing."""
    return any(map(os.path.exists, (f"{roots.sysfs}/class/kfd/kfd", f"{roots.fs}/dev/kfd")))


def _opened(job: Job) -> Library:
    from joulecard.capture import forks

    with forks.importing():
        from joulecard.capture.meters.amd_smi.session import opened
    return opened(SENSOR, job)
