"""The CPUs and the memory that a scheduler or container reserved for us, else our even part of the host's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from joulecard.capture.proc import Proc, read
from joulecard.units import BYTES_PER_GB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from joulecard.settings import Roots

ReservedBy = Literal["cpuset", "cpu.max", "slurm", "even_split"]
_BYTES_PER_SLURM_MB = 1 << 20
_V2, _V1_CPU, _V1_MEMORY = "", "cpu", "memory"


class Allotment(NamedTuple):
    """What is reserved; recorders with an equal `claim` share it evenly."""

    cpus: float | None  # None: nothing is reserved
    memory_gb: float | None
    reserved_by: ReservedBy
    claim: str

    def cpus_of(self, host_cpus: int, live: int) -> float:
        """Our CPUs while so many live recorders share them."""
        return (host_cpus if self.cpus is None else self.cpus) / live

    def memory_gb_of(self, host_gb: float, live: int) -> float:
        """Our memory in GB while so many live recorders share it."""
        return (host_gb if self.memory_gb is None else self.memory_gb) / live


def read_allotment(proc: Proc, roots: Roots, environ: Mapping[str, str], pid: int, host_cpus: int) -> Allotment:
    """The narrowest of cpuset, cpu.max and the Slurm allotment, and the memory limit beside it."""
    groups = [(set(controllers.split(",")), path) for controllers, path in proc.cgroups(pid)]
    offers = [
        _cpuset(proc.allowed_cpus(pid), host_cpus),
        _cpu_max(roots.sysfs, groups, host_cpus),
        _slurm_cpus(environ, host_cpus),
    ]
    memory_gb = _least([_memory_max(roots.sysfs, groups), _slurm_memory_gb(environ)])
    if memory_gb is not None:
        memory_gb = min(memory_gb, proc.memory_total_gb() or memory_gb)
    best = min((offer for offer in offers if offer), key=lambda offer: offer[0], default=None)
    if best is None:
        return Allotment(None, memory_gb, "even_split", "host")
    return Allotment(best[0], memory_gb, best[1], f"{best[1]} {best[2]}")


_Offer = tuple[float, ReservedBy, str]  # CPUs, who says so, and what others must have in common to share them


def _cpuset(allowed: str, host_cpus: int) -> _Offer | None:
    """The CPUs that we may run on, where these are not all."""
    try:
        edges = [part.split("-") for part in allowed.split(",") if part]
        cpus = sum(int(edge[-1]) - int(edge[0]) + 1 for edge in edges)
    except ValueError:
        return None
    return (cpus, "cpuset", allowed) if 0 < cpus < host_cpus else None


def _cpu_max(sysfs: str, groups: list[tuple[set[str], str]], host_cpus: int) -> _Offer | None:
    """The CPU quota of our control group or of one around it."""
    offers = [*_limits(sysfs, groups, _V2, _quota_v2), *_limits(sysfs, groups, _V1_CPU, _quota_v1)]
    cpus, folder = min(offers, default=(float(host_cpus), ""))
    return (cpus, "cpu.max", folder) if 0 < cpus < host_cpus else None


def _slurm_cpus(environ: Mapping[str, str], host_cpus: int) -> _Offer | None:
    """The CPUs of the Slurm job on this node; a whole node counts as reserved too."""
    numbers = (_whole(environ.get(name)) for name in ("SLURM_CPUS_ON_NODE", "SLURM_CPUS_PER_TASK"))
    cpus = next(filter(None, numbers), None)
    return (min(cpus, host_cpus), "slurm", environ.get("SLURM_JOB_ID", "")) if cpus else None


def _memory_max(sysfs: str, groups: list[tuple[set[str], str]]) -> float | None:
    limits = [*_limits(sysfs, groups, _V2, _bytes_v2), *_limits(sysfs, groups, _V1_MEMORY, _bytes_v1)]
    least = min(limits, default=None)
    return least[0] / BYTES_PER_GB if least else None


def _slurm_memory_gb(environ: Mapping[str, str]) -> float | None:
    """SLURM_MEM_PER_NODE in GB; 0 means the whole node there."""
    megabytes = _whole(environ.get("SLURM_MEM_PER_NODE"))
    return megabytes * _BYTES_PER_SLURM_MB / BYTES_PER_GB if megabytes else None


def _limits(
    sysfs: str, groups: list[tuple[set[str], str]], controller: str, limit_of: Callable[[str], float | None]
) -> Iterator[tuple[float, str]]:
    """Limit and folder of our control group and of each one around it that has a limit."""
    mounts = [f"{sysfs}/fs/cgroup/{controller}", f"{sysfs}/fs/cgroup/cpu,cpuacct"][: 1 + (controller == _V1_CPU)]
    for controllers, path in groups:
        if controller in controllers:
            for mount in mounts:
                for folder in _upwards(mount.rstrip("/"), path):
                    limit = limit_of(folder)
                    if limit is not None:
                        yield limit, folder


def _upwards(mount: str, path: str) -> Iterator[str]:
    """The group's folder and those around it; in a container only the outermost may exist."""
    inner = os.path.normpath(f"/{path}").strip("/")
    while inner:
        yield f"{mount}/{inner}"
        inner = inner.rpartition("/")[0]
    yield mount


def _quota_v2(folder: str) -> float | None:
    """CPUs by cpu.max ("max 100000" is none)."""
    words = read(f"{folder}/cpu.max").split()
    if len(words) != 2 or not all(word.isdigit() and int(word) for word in words):  # noqa: PLR2004
        return None
    return int(words[0]) / int(words[1])


def _quota_v1(folder: str) -> float | None:
    """CPUs by the quota (-1 is none) and period of version 1."""
    quota, period = (read(f"{folder}/cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    if not (quota.isdigit() and period.isdigit() and int(period)):
        return None
    return int(quota) / int(period)


def _bytes_v2(folder: str) -> float | None:
    text = read(f"{folder}/memory.max").strip()
    return int(text) if text.isdigit() else None


def _bytes_v1(folder: str) -> float | None:
    text = read(f"{folder}/memory.limit_in_bytes").strip()
    return int(text) if text.isdigit() else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _least(values: list[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)
