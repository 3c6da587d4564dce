"""Intel and AMD energy counters that Linux shows below /sys/class/powercap: packages and DRAM.

A package holds its cores and its graphics, and psys holds the packages: these are never added. DRAM is shown inside
a package but is not part of its energy. The MSR and the MMIO interface show the same package twice, each counting from
a point of its own: one of them is read, and kept to even where it fails later. Dies may show one counter: see `dies`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from joulecard.capture.metering.sysfs import HeldNumbers, listed, number_in, text, whole_number
from joulecard.capture.meters import Counter, Failure
from joulecard.units import MICROJOULES_PER_JOULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from joulecard.capture.meters import Job
    from joulecard.capture.meters.rapl.dies import Dies

SENSOR = "rapl"
# The largest packages on sale are rated below 500 W and may peak at about twice that for milliseconds.
MAX_W = 1000.0
STEP_S = 0.001  # how often the counters are refreshed (Khan et al. 2018, doi:10.1145/3177754)
_UNIT_J = 1 / MICROJOULES_PER_JOULE
_MSR = "intel-rapl"  # AMD's counters come under this name too; the twin is intel-rapl-mmio
_MAX_DEPTH = 4
_ANY_S = float("inf")  # a glance may be stopped between two files: it tells nobody apart


class Zone(NamedTuple):
    """One folder of the powercap tree that counts energy we want."""

    kind: Literal["cpu", "dram"]
    domain: str
    interface: str
    folder: str


class RaplMeter:
    """Reads energy_uj of each package and each DRAM, in microjoules, and nothing else while a stage runs."""

    def __init__(self, job: Job) -> None:
        self._powercap = os.path.join(job.roots.sysfs, "class", "powercap")
        self._names: list[str] = []
        self._zones: dict[str, Zone] = {}
        self._files = HeldNumbers({})  # by domain
        self._counters: tuple[Counter, ...] = ()
        self._dies: Dies | None = None  # where there are any
        self._search(listed(self._powercap))

    def counters(self) -> tuple[Counter, ...]:
        """One counter per package and per DRAM; those of a processor that is plugged in later join."""
        names = listed(self._powercap)
        if names != self._names:
            self._search(names)
        return self._counters

    def read(self) -> dict[str, int | Failure]:
        """Microjoules of each domain, or why they cannot be read."""
        began_s = time.monotonic()
        return self._judged(self._files.values(), time.monotonic() - began_s)

    @property
    def files(self) -> tuple[int, ...]:
        """The descriptors of energy_uj of each domain, where all are open."""
        return self._files.numbers

    def understood(self, texts: Sequence[bytes]) -> dict[str, int | Failure]:
        """Microjoules of each domain, by what the files held."""
        return self._judged(dict(zip(self._zones, map(number_in, texts), strict=True)), _ANY_S)

    def close(self) -> None:
        """Lets go of all files."""
        self._files.close()

    def _judged(self, counts: dict[str, int | Failure], took_s: float) -> dict[str, int | Failure]:
        """With what dies show twice as failures."""
        return self._dies.counted_once(counts, self._ranges, took_s) if self._dies else counts

    def _search(self, names: list[str]) -> None:
        """Takes in what is there now; a known zone may have a new folder, never another interface."""
        self._names = names
        found = {(zone.domain, zone.interface): zone for zone in _zones(self._powercap)}
        for domain, known in self._zones.items():
            self._zones[domain] = found.get((domain, known.interface), known)
        new = _one_of_twins(zone for zone in found.values() if zone.domain not in self._zones)
        self._zones |= {zone.domain: zone for zone in new}
        self._files.close()
        self._files = HeldNumbers({domain: f"{zone.folder}/energy_uj" for domain, zone in self._zones.items()})
        self._counters += tuple(map(_counter, new))
        self._ranges = {counter.domain: counter.range_counts for counter in self._counters}
        if not self._dies and any("-die-" in domain for domain in self._zones):
            from joulecard.capture.meters.rapl.dies import Dies

            self._dies = Dies(MAX_W, _UNIT_J)


def _counter(zone: Zone) -> Counter:
    """The counter with its range, which is read now."""
    value = whole_number(f"{zone.folder}/max_energy_range_uj")
    range_uj = None if isinstance(value, Failure) or value <= 0 else value
    return Counter(zone.kind, SENSOR, zone.domain, _UNIT_J, range_uj, MAX_W, reads="energy", step_s=STEP_S)


def _one_of_twins(zones: Iterable[Zone]) -> list[Zone]:
    """One zone per domain: the MSR interface, or its twin where only that one can be read."""
    best: dict[str, Zone] = {}
    for zone in sorted(zones, key=lambda zone: (_is_unreadable(zone), zone.interface != _MSR)):
        best.setdefault(zone.domain, zone)
    return sorted(best.values(), key=lambda zone: (zone.kind, zone.domain))


def _is_unreadable(zone: Zone) -> bool:
    return isinstance(whole_number(f"{zone.folder}/energy_uj"), Failure)


def _zones(powercap: str) -> list[Zone]:
    """Every package and DRAM zone, in flat trees (links side by side) and nested ones alike."""
    folders = dict(_zone_folders(powercap, _MAX_DEPTH))
    names = {zone_id: text(f"{folder}/name") for zone_id, folder in folders.items()}
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
    for name in listed(folder):
        if not name.startswith(_MSR):
            continue
        inside = f"{folder}/{name}"
        if ":" in name:
            yield name, inside
        if depth > 1:
            yield from _zone_folders(inside, depth - 1)
