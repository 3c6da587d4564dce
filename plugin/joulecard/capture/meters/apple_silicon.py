"""Apple silicon through IOReport, which needs no rights: the energy of CPU, GPU, memory and neural engine.

Read by the package zeus-apple-silicon (github.com/ml-energy/zeus-apple-silicon: AppleEnergyMonitor, whose
get_cumulative_energy() gives the members of AppleEnergyMetrics in millijoules, None where the chip has no such
channel). A neural engine that has counted nothing since boot cannot be told from a channel that stands still: it joins
when it counts. Nobody is ever asked for a password. Elsewhere than on a Mac this costs a look at one path.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from joulecard.capture.metering.absent import Absent
from joulecard.capture.meters import Counter, Failure
from joulecard.surroundings.machine import reference
from joulecard.units import MILLIJOULES_PER_JOULE

if TYPE_CHECKING:
    from joulecard.capture.metering.driver import Library
    from joulecard.capture.meters import Job, Meter
    from joulecard.capture.segment import ComponentKind
    from joulecard.settings import Roots

SENSOR = "apple_silicon"
STEP_S = 0.1
_MACOS = "System/Library/CoreServices/SystemVersion.plist"  # below the root of every Mac
_MISSING = "the package zeus-apple-silicon is missing"


class _Channel:
    """One counter: the members that make it up, of which the first must be there."""

    def __init__(self, kind: ComponentKind, domain: str, members: tuple[str, ...], max_w: float) -> None:
        self.kind, self.domain, self.members = kind, domain, members
        self.max_w = max_w  # above what the largest chip draws (M3 Ultra: below 400 W in all)


_CHANNELS = (
    _Channel("cpu", "cpu", ("cpu_total_mj",), 500.0),
    _Channel("gpu", "gpu", ("gpu_mj", "gpu_sram_mj"), 500.0),
    _Channel("dram", "dram", ("dram_mj",), 200.0),
    _Channel("accelerator", "ane", ("ane_mj",), 100.0),
)


def apple_silicon_meter(job: Job) -> Meter:
    """The meter of the chip's counters; holds a subscription to IOReport open."""
    if not _is_apple_silicon(job.roots):
        return Absent()
    from joulecard.capture.metering.driver import DriverMeter

    return DriverMeter(SENSOR, job, lambda: _opened(job))


def _is_apple_silicon(roots: Roots) -> bool:
    """Whether the root is a Mac's; a real one must be of the kind that has these counters."""
    is_mac = os.path.exists(f"{roots.fs}/{_MACOS}")
    return is_mac and (sys.platform != "darwin" or os.uname().machine == "arm64")


def _opened(job: Job) -> Library | None:
    from joulecard.capture import forks

    try:
        with forks.importing():
            from zeus_apple_silicon import AppleEnergyMonitor
    except ImportError:
        job.note(SENSOR, _MISSING)
        return None
    return _Session(AppleEnergyMonitor(), job.roots)


class _Session:
    """IOReport while it is open."""

    def __init__(self, monitor: Any, roots: Roots) -> None:
        self._monitor, self._roots = monitor, roots
        self.instruments: tuple[Counter, ...] = ()
        self._join(monitor.get_cumulative_energy())

    def look(self) -> dict[str, int | Failure]:
        """Millijoules of each channel, or why there are none; raises what the package raises."""
        metrics = self._monitor.get_cumulative_energy()
        self._join(metrics)
        counts = {channel.domain: _count(metrics, channel) for channel in _CHANNELS}
        told: dict[str, int | Failure] = {name: mj for name, mj in counts.items() if mj is not None}
        return {each.domain: told.get(each.domain, Failure("the channel is gone")) for each in self.instruments}

    def processes(self, _device_ref: str) -> None:
        """Nobody says."""

    def close(self) -> None:
        """The subscription ends with the monitor."""

    def _join(self, metrics: Any) -> None:
        """Takes up the channels that are there; the neural engine once it has counted."""
        known = {each.domain for each in self.instruments}
        for channel in _CHANNELS:
            mj = _count(metrics, channel)
            if channel.domain not in known and mj is not None and (mj or channel.kind != "accelerator"):
                self.instruments += (_counter(channel, self._roots),)


def _counter(channel: _Channel, roots: Roots) -> Counter:
    is_device = channel.kind in ("gpu", "accelerator")  # held whole, and shared with other recorders of this chip
    return Counter(
        channel.kind,
        SENSOR,
        channel.domain,
        1 / MILLIJOULES_PER_JOULE,
        None,
        channel.max_w,
        device_ref=reference(roots, channel.domain) if is_device else None,
        reads="energy",
        quantity=".".join(channel.members),
        step_s=STEP_S,
    )


def _count(metrics: Any, channel: _Channel) -> int | None:
    """The channel's millijoules; None where the chip does not have it."""
    first, *others = (getattr(metrics, member, None) for member in channel.members)
    return None if first is None else int(first) + sum(int(other) for other in others if other is not None)
