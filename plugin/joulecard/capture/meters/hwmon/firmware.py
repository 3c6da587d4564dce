"""The sensors that were found, as one library that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.capture.metering.sysfs import whole_number
from joulecard.capture.meters import Counter, Failure, Gauge
from joulecard.capture.meters.hwmon.sensors import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.capture.meters import Job
    from joulecard.capture.meters.hwmon.sensors import Found

# The largest servers on sale are rated at 15 kW, processors below 600 W. Beyond stands what firmware says that it does
# not know: 4294967295000 uW.
MAX_W = {"host": 30_000.0, "cpu": 1_500.0}
STEP_S = 1.0  # where nothing tells how long a mean is taken over
_MICRO = 1e-6
_RANGE_COUNTS = 1 << 64


def opened(chips: Mapping[str, list[str]], job: Job) -> Firmware | None:
    """What these chips show; None where nothing of it is read."""
    found = tuple(find(chips, job))
    return Firmware(found) if found else None


class Firmware:
    """The sensors, each a file."""

    def __init__(self, found: tuple[Found, ...]) -> None:
        self._files = {each.domain: each.file for each in found}
        self.instruments = tuple(map(_instrument, found))

    def look(self) -> dict[str, int | Failure]:
        """Microwatts or microjoules of each, or why there are none."""
        return {domain: whole_number(file) for domain, file in self._files.items()}

    def processes(self, device_ref: str) -> frozenset[int] | None:  # noqa: ARG002
        """Nobody says."""
        return None

    def close(self) -> None:
        """Nothing is held open."""


def _instrument(found: Found) -> Counter | Gauge:
    kind, domain, max_w = found.kind, found.domain, MAX_W[found.kind]
    quantity, includes, step_s = found.quantity, found.includes, _step_s(found.file)
    if quantity.startswith("energy"):
        ranged = Counter(kind, "hwmon", domain, _MICRO, _RANGE_COUNTS, max_w, reads="energy", step_s=step_s)
        return ranged._replace(quantity=quantity, includes=includes)
    return Gauge(kind, "hwmon", domain, _MICRO, max_w, quantity=quantity, includes=includes, step_s=step_s)


def _step_s(file: str) -> float:
    """Over how long a mean is taken (powerN_average_interval is in milliseconds, hwmon/sysfs-interface)."""
    interval_ms = whole_number(f"{file}_interval")
    return STEP_S if isinstance(interval_ms, Failure) or not interval_ms else interval_ms / 1000
