"""Power and energy that Linux shows below /sys/class/hwmon: of the whole machine, and of processors without RAPL.

Which sensors are read, and why, stands in `sensors`. Firmware takes up to 150 ms for an answer and may hang, so it is
asked as a driver is. A machine without such sensors pays for a look at the names of its chips.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.capture.metering.absent import Absent
from joulecard.capture.metering.sysfs import listed, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.capture.metering.driver import Library
    from joulecard.capture.meters import Job, Meter

SENSOR = "hwmon"
LOOK_DEADLINE_S = 0.9  # for the sensors of six sockets; below the time that the end waits for a look under way
CHIPS = frozenset({"power_meter", "ibmpowernv", "apm_xgene", "amd_hsmp_hwmon"})


def hwmon_meter(job: Job) -> Meter:
    """The meter of machine and processors, as far as they are shown."""
    chips = _chips(f"{job.roots.sysfs}/class/hwmon")
    if not chips:
        return Absent()
    from joulecard.capture.metering.driver import DriverMeter

    return DriverMeter(SENSOR, job, lambda: _opened(chips, job), LOOK_DEADLINE_S)


def _chips(root: str) -> dict[str, list[str]]:
    """The folders of the chips that may have what we want, by name."""
    chips: dict[str, list[str]] = {}
    for name in sorted(listed(root), key=lambda name: (len(name), name)):  # hwmon10 after hwmon2
        folder = f"{root}/{name}"
        chip = text(f"{folder}/name") or text(f"{folder}/device/name")
        if chip in CHIPS:
            chips.setdefault(chip, []).append(folder)
    return chips


def _opened(chips: Mapping[str, list[str]], job: Job) -> Library | None:
    from joulecard.capture import forks

    with forks.importing():
        from joulecard.capture.meters.hwmon.firmware import opened
    return opened(chips, job)
