"""Intel and AMD energy counters that Linux shows below /sys/class/powercap: packages and DRAM.

A package holds its cores and its graphics, and psys holds the packages: these are never added. DRAM is shown inside
a package but is not part of its energy. The MSR and the MMIO interface show the same package twice.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from joulecard.capture.meters import Counter, Failure
from joulecard.units import MICROJOULES_PER_JOULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.capture.meters import Job

SENSOR = "rapl"
# The largest packages on sale are rated below 500 W and may peak at about twice that for milliseconds.
MAX_W = 1000.0
_MSR, _MMIO = "intel-rapl", "intel-rapl-mmio"  # AMD's counters come under the first name too
_MAX_DEPTH = 4


class Zone(NamedTuple):
    """One folder of the powercap tree that counts energy we want."""

    kind: Literal["cpu", "dram"]
    domain: str
    interface: str
    folder: str


class RaplMeter:
    """Reads energy_uj of each package and each DRAM, in microjoules; files are opened anew for every reading."""

    def __init__(self, job: Job) -> None:
        found = _zones(os.path.join(job.roots.sysfs, "class", "powercap"))
        self._zones = {zone.domain: zone for zone in _one_of_twins(found)}

    def counters(self) -> tuple[Counter, ...]:
        """One counter per package and per DRAM; their ranges are read now."""
        return tuple(
            Counter(zone.kind, SENSOR, zone.domain, 1 / MICROJOULES_PER_JOULE, _range_uj(zone), MAX_W)
            for zone in self._zones.values()
        )

    def read(self) -> dict[str, int | Failure]:
        """Microjoules of each domain, or why they cannot be read."""
        return {domain: _whole_number(f"{zone.folder}/energy_uj") for domain, zone in self._zones.items()}

    def close(self) -> None:
        """Nothing is held open."""


def _one_of_twins(zones: list[Zone]) -> list[Zone]:
    """One zone per domain: the MSR interface, or its twin where only that one can be read."""
    best: dict[str, Zone] = {}
    for zone in sorted(zones, key=lambda zone: (_is_unreadable(zone), zone.interface != _MSR)):
        best.setdefault(zone.domain, zone)
    return sorted(best.values(), key=lambda zone: (zone.kind, zone.domain))


def _zones(powercap: str) -> list[Zone]:
    """Every package and DRAM zone, in flat trees (links side by side) and nested ones alike."""
    folders = dict(_zone_folders(powercap, _MAX_DEPTH))
    names = {zone_id: _text(f"{folder}/name") for zone_id, folder in folders.items()}
    zones = (_zone(zone_id, folder, names) for zone_id, folder in folders.items())
    return [zone for zone in zones if zone]


def _zone(zone_id: str, folder: str, names: dict[str, str]) -> Zone | None:
    """The zone if it is a package or a DRAM; zone numbers are not socket numbers, so only names count."""
    interface, name = zone_id.partition(":")[0], names[zone_id]
    if name.startswith("package-"):
        return Zone("cpu", name, interface, folder)
    if name == "dram":
        package = names.get(zone_id.rpartition(":")[0], "")
        return Zone("dram", f"dram-{package[8:] or zone_id}", interface, folder)
    return None


def _zone_folders(folder: str, depth: int) -> Iterator[tuple[str, str]]:
    """Zone number ("intel-rapl:0:1") and folder of every zone at or below this folder."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith(_MSR))
    except OSError:
        return
    for name in names:
        inside = f"{folder}/{name}"
        if ":" in name:
            yield name, inside
        if depth > 1:
            yield from _zone_folders(inside, depth - 1)


def _range_uj(zone: Zone) -> int | None:
    value = _whole_number(f"{zone.folder}/max_energy_range_uj")
    return None if isinstance(value, Failure) or value <= 0 else value


def _is_unreadable(zone: Zone) -> bool:
    return isinstance(_whole_number(f"{zone.folder}/energy_uj"), Failure)


def _text(path: str) -> str:
    try:
        return _read(path).decode("ascii", "replace")
    except OSError:
        return ""


def _whole_number(path: str) -> int | Failure:
    """The number in a file, or why there is none."""
    try:
        text = _read(path)
    except PermissionError:
        return Failure("permission denied")
    except OSError as error:
        return Failure(f"cannot be read: {error.strerror or type(error).__name__}")
    return int(text) if text.isdigit() else Failure("does not hold a number")


def _read(path: str) -> bytes:
    """The stripped text of a small file; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.read(descriptor, 256).strip()
    finally:
        os.close(descriptor)
