"""NVIDIA GPUs through NVML: their energy counters, else their power, else how busy they are.

A machine without the driver pays for a look at three paths and for no library. Nothing is ever set.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.capture.metering.absent import Absent

if TYPE_CHECKING:
    from joulecard.capture.metering.driver import Library
    from joulecard.capture.meters import Job, Meter
    from joulecard.settings import Roots

SENSOR = "nvml"


def nvml_meter(job: Job) -> Meter:
    """The meter of the job's GPUs, or of all of the node's; holds the driver's library open."""
    if not _has_driver(job.roots):
        return Absent()
    from joulecard.capture.metering.driver import DriverMeter

    return DriverMeter(SENSOR, job, lambda: _opened(job))


def _has_driver(roots: Roots) -> bool:
    """Whether the kernel shows NVIDIA's driver, or the one that stands for it in WSL."""
    paths = (f"{roots.proc}/driver/nvidia/version", f"{roots.fs}/dev/nvidiactl", f"{roots.fs}/dev/dxg")
    return any(map(os.path.exists, paths))


def _opened(job: Job) -> Library | None:
    from joulecard.capture import forks

    with forks.importing():
        from joulecard.capture.meters.nvml.session import opened
    return opened(SENSOR, job)
