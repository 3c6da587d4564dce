"""The hardware that a stage ran on, as the system describes it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.surroundings.reading import label, line_of, text_of
from joulecard.surroundings.sha256 import sha256
from joulecard.units import BYTES_PER_GB

if TYPE_CHECKING:
    from joulecard.settings import Roots

_CPUINFO_LIMIT_BYTES = 1 << 23  # a host with 1024 logical CPUs writes about 1.6 MB
_PROCESS_SECRET = os.urandom(16).hex()
# Arm cores say numbers instead of a name; the names are those that lscpu prints, for server cores only
_ARM_VENDORS = {0x41: "ARM", 0x46: "FUJITSU", 0x48: "HiSilicon", 0x4E: "NVIDIA", 0x51: "Qualcomm", 0xC0: "Ampere"}
_ARM_CORES = {
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x46, 0x001): "A64FX",
    (0x48, 0xD01): "Kunpeng-920",
    (0xC0, 0xAC3): "Ampere-1",
    (0xC0, 0xAC4): "Ampere-1a",
}


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One kind of accelerator as its driver names it."""

    model: str
    count: int
    vendor: str | None = None
    memory_gb: float | None = None
    visible: int | None = None  # how many of them the job may use; None: all, or nobody says


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU, memory and accelerators of the host; strings as read, None where the system does not say."""

    cpu_model: str | None
    logical_cpus: int
    memory_gb: float | None
    architecture: str
    cpu_vendor: str | None = None
    physical_cores: int | None = None
    sockets: int | None = None
    virtual: bool | None = None  # the CPU says that a hypervisor is present
    accelerators: tuple[Accelerator, ...] = ()

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Machine:
        """The machine of a checked segment document."""
        parts = tuple(Accelerator(**part) for part in document.get("accelerators", ()))
        return cls(**{"cpu_model": None, "memory_gb": None, **document, "accelerators": parts})


def read_machine(roots: Roots) -> Machine:
    """The host's CPU and memory as /proc tells them; what it does not tell is None. No serial number is kept."""
    text = text_of(f"{roots.proc}/cpuinfo", _CPUINFO_LIMIT_BYTES) or ""
    first = _first_processor(text)
    cores, sockets = _cores_and_sockets(text)
    return Machine(
        cpu_model=_cpu_model(first),
        logical_cpus=_logical_cpus(text, roots),
        memory_gb=_memory_gb(roots),
        architecture=os.uname().machine if hasattr(os, "uname") else "unknown",
        cpu_vendor=first.get("vendor_id", "")[:64] or _ARM_VENDORS.get(_number(first.get("CPU implementer"))),
        physical_cores=cores,
        sockets=sockets,
        virtual="hypervisor" in first["flags"].split() if "flags" in first else None,
    )


def host_ref(roots: Roots) -> str:
    """12 hexadecimal digits that tell this host, in this boot, from others, and lead back to nothing.

    The containers of a host share it, whatever machine-id each carries: they share its counters too.
    """
    return reference(roots, "host")


def reference(roots: Roots, value: str) -> str:
    """The first 12 digits of SHA-256(boot id + value): equal while the host is up, unlinkable after a restart."""
    boot = line_of(f"{roots.proc}/sys/kernel/random/boot_id") or _boot_time(roots) or _PROCESS_SECRET
    return sha256((boot + value).encode("utf-8", "replace")).hex()[:12]


def _boot_time(roots: Roots) -> str | None:
    match = re.search(r"^btime \d{1,15}$", text_of(f"{roots.proc}/stat", _CPUINFO_LIMIT_BYTES) or "", re.MULTILINE)
    return match[0] if match else None


def _first_processor(cpuinfo: str) -> dict[str, str]:
    """The members of the first processor, and those that stand once for the whole machine (Arm boards)."""
    members: dict[str, str] = {}
    for line in cpuinfo[:65_536].splitlines():
        key, colon, value = line.partition(":")
        if colon:
            # flags are asked for single words and never recorded, so they need not be cut to a label
            members.setdefault(key.strip(), value if key.startswith("flags") else label(value))
    return members


def _cpu_model(first: dict[str, str]) -> str | None:
    """The processor's name as read; on Arm its core, else the board; None where nothing names it."""
    core = _ARM_CORES.get((_number(first.get("CPU implementer")), _number(first.get("CPU part"))))
    return first.get("model name") or core or first.get("cpu") or first.get("Model") or None


def _number(text: str | None) -> int:
    """The number of a field such as 0x41; -1 where it is none."""
    try:
        return int(text or "", 16)
    except ValueError:
        return -1


def _cores_and_sockets(cpuinfo: str) -> tuple[int | None, int | None]:
    """Physical cores and sockets; None where the processors do not all say where they sit."""
    packages = re.findall(r"^physical id[ \t]*:[ \t]*(\d+)$", cpuinfo, re.MULTILINE)
    cores = re.findall(r"^core id[ \t]*:[ \t]*(\d+)$", cpuinfo, re.MULTILINE)
    if not packages:
        return None, None
    return len(set(zip(packages, cores, strict=True))) if len(packages) == len(cores) else None, len(set(packages))


def _logical_cpus(cpuinfo: str, roots: Roots) -> int:
    """Logical CPUs of the host, whatever part of it this process may use."""
    listed = len(re.findall(r"^processor[ \t]*:[ \t]*\d+$", cpuinfo, re.MULTILINE))
    if not listed:
        stat = text_of(f"{roots.proc}/stat", _CPUINFO_LIMIT_BYTES) or ""
        listed = len(re.findall(r"^cpu\d+ ", stat, re.MULTILINE))
    return listed or os.cpu_count() or 1


def _memory_gb(roots: Roots) -> float | None:
    """Main memory in GB (10^9 bytes)."""
    match = re.search(r"^MemTotal:\s*(\d{1,14}) kB$", text_of(f"{roots.proc}/meminfo") or "", re.MULTILINE)
    return round(int(match[1]) * 1024 / BYTES_PER_GB, 3) or None if match else None
