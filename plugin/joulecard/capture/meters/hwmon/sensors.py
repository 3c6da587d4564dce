"""Which hwmon sensors are read: the whole machine, and each processor once, by its whole or by the rails it has.

Microwatts and microjoules (kernel documentation, hwmon/sysfs-interface), of these chips:

power_meter: ACPI power meters (hwmon/acpi_power_meter). One that measures the system bus, or does not say what, is the
    power of the machine. NVIDIA Grace labels its meters: "Grace Power Socket N" is all of a socket with its memory,
    "CPU" and "SysIO Power Socket N" are two rails inside it, "Module Power Socket N" is all of a Grace Hopper module,
    GPU included (NVIDIA Grace Performance Tuning Guide, Power Telemetry). The rails are read where the socket is not;
    modules are not read: the GPU's own meter covers them.
ibmpowernv: IBM POWER servers (hwmon/ibmpowernv): "System" is the machine, "Chip N" a processor; "Chip N Vdd" and
    "Chip N Vdn" are rails inside it, "APSS N" are channels of the system's power. The driver `occ` runs on the service
    processor, not here.
apm_xgene: Ampere Altra and X-Gene (hwmon/xgene-hwmon): "CPU power" and "IO power" are two rails of the chip.
amd_hsmp_hwmon: power of an AMD EPYC socket, which everybody may read (drivers/platform/x86/amd/hsmp/hwmon.c); only
    where its RAPL counters, which are better, cannot be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.metering.sysfs import listed, text, whole_number
from joulecard.capture.meters import Failure
from joulecard.surroundings.accelerators import read_accelerators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.capture.meters import Job
    from joulecard.capture.segment import ComponentKind

_SOCKET = re.compile(r"(grace|total|cpu|sysio)(?: input)? power(?: in uw)? socket (\d+)", re.IGNORECASE)
_PART = re.compile(r"\b(socket|module|rail|cpu|gpu)\b", re.IGNORECASE)
_CHIP = re.compile(r"chip (\d+)", re.IGNORECASE)
_WHOLE = ("LNXSYBUS", "LNXSYSTM")  # how a power meter calls the whole machine
_RAILS = {"cpu power": "cpu", "io power": "io"}
_UNCLEAR = "several power meters do not say which part of the machine they measure: none of them is read"


class Found(NamedTuple):
    """One sensor that is read."""

    kind: ComponentKind
    domain: str
    file: str
    includes: tuple[ComponentKind, ...] = ()

    @property
    def quantity(self) -> str:
        """The kernel's name of what is read, such as power1_average."""
        return self.file.rpartition("/")[2]


class _Channel(NamedTuple):
    """One power or energy that a chip shows."""

    label: str
    file: str


def find(chips: Mapping[str, list[str]], job: Job) -> Iterator[Found]:
    """What is read of the chips, which are given by name with their folders; notes a gap where it is not clear."""
    acpi = [channel for folder in chips.get("power_meter", ()) for channel in _acpi(folder)]
    power = [channel for folder in chips.get("ibmpowernv", ()) for channel in _labelled(folder)]
    yield from _machine(job, [*_systems(power), *_unlabelled(acpi)])
    yield from _sockets(acpi)
    yield from _power_chips(power)
    for number, folder in enumerate(chips.get("apm_xgene", ())):
        yield from _rails(number, folder)
    epyc = () if _has_rapl(job) else chips.get("amd_hsmp_hwmon", ())
    for number, folder in enumerate(epyc):
        yield Found("cpu", f"socket-{number}", f"{folder}/power1_input")


def _machine(job: Job, files: list[str]) -> Iterator[Found]:
    """The power of the whole machine, where it is clear which sensor shows it."""
    if len(files) > 1:
        job.note("hwmon", _UNCLEAR)
    elif files:
        others: tuple[ComponentKind, ...] = ("gpu", "accelerator") if read_accelerators(job.roots, job.environ) else ()
        yield Found("host", "system", files[0], ("cpu", "dram", *others))


def _acpi(folder: str) -> Iterator[_Channel]:
    """What an ACPI meter shows and how it is labelled; its files lie beside its name or in the device's folder."""
    for place in (folder, f"{folder}/device"):
        if "power1_average" in listed(place):
            if text(f"{place}/power1_is_battery") != "1":
                yield _Channel(text(f"{place}/power1_oem_info"), f"{place}/power1_average")
            return


def _unlabelled(acpi: list[_Channel]) -> Iterator[str]:
    """The ACPI meters that measure the whole machine, or do not say what."""
    for label, file in acpi:
        measured = listed(f"{file.rpartition('/')[0]}/measures")
        is_part = bool(measured) and not any(name.startswith(_WHOLE) for name in measured)
        if not (is_part or _PART.search(label)):
            yield file


def _sockets(acpi: list[_Channel]) -> Iterator[Found]:
    """The processors with ACPI meters of their own: the whole socket, else its two rails."""
    matches = ((_SOCKET.match(label), file) for label, file in acpi)
    files = {(match[1].lower(), int(match[2])): file for match, file in matches if match}
    for number in sorted({number for _, number in files}):
        whole = files.get(("grace", number)) or files.get(("total", number))
        if whole:
            yield Found("cpu", f"socket-{number}", whole, ("dram",))
            continue
        for rail in ("cpu", "sysio"):
            if file := files.get((rail, number)):
                yield Found("cpu", f"socket-{number}-{rail}", file)


def _systems(power: list[_Channel]) -> list[str]:
    """The energy of an IBM server, else its power."""
    return [channel.file for channel in power if channel.label.lower() == "system"][:1]


def _power_chips(power: list[_Channel]) -> Iterator[Found]:
    """The processors of an IBM server, each by its energy, else by its power."""
    matches = ((_CHIP.fullmatch(label), file) for label, file in reversed(power))
    files = {int(match[1]): file for match, file in matches if match}
    for number in sorted(files):
        yield Found("cpu", f"chip-{number}", files[number])


def _rails(number: int, folder: str) -> Iterator[Found]:
    for label, file in _labelled(folder):
        if rail := _RAILS.get(label.lower()):
            yield Found("cpu", f"chip-{number}-{rail}", file)


def _labelled(folder: str) -> list[_Channel]:
    """The chip's energies, then its powers, by their labels; an energy that does not count is left out."""
    names = [name.removesuffix("_input") for name in listed(folder) if name.endswith("_input")]
    energies = [name for name in names if name.startswith("energy") and _counts(f"{folder}/{name}_input")]
    powers = [name for name in names if name.startswith("power")]
    return [_Channel(text(f"{folder}/{name}_label"), f"{folder}/{name}_input") for name in energies + powers]


def _counts(file: str) -> bool:
    count = whole_number(file)
    return not isinstance(count, Failure) and count > 0


def _has_rapl(job: Job) -> bool:
    """Whether powercap's counters can be read by us."""
    powercap = f"{job.roots.sysfs}/class/powercap"
    counts = (whole_number(f"{powercap}/{name}/energy_uj") for name in listed(powercap) if ":" in name)
    return any(not isinstance(count, Failure) for count in counts)
