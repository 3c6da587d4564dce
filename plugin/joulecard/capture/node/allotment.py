"""The CPUs and the memory that a scheduler or container reserved for us, else our even part of the host's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from joulecard.capture.node.proc import Proc
from joulecard.capture.node.procfs import read
from joulecard.units import BYTES_PER_GB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from joulecard.settings import Roots

ReservedBy = Literal["cpuset", "cpu.max", "slurm", "even_split"]
_BYTES_PER_SLURM_MB = 1 << 20
_V2, _V1_CPU, _V1_MEMORY = "", "cpu", "memory"
# where each hierarchy is mounted below /sys/fs/cgroup; version 2 lies in a folder of its own beside version 1
_MOUNTS = {_V2: ("", "unified"), _V1_CPU: ("cpu", "cpu,cpuacct", "cpuacct,cpu"), _V1_MEMORY: ("memory",)}


class Allotment(NamedTuple):
    """What is reserved; recorders with an equal `claim` share it evenly."""

    cpus: float | None  # None: nothing is reserved
    memory_gb: float | None  # likewise
    reserved_by: ReservedBy
    claim: str
    memory_claim: str = ""


def read_allotment(proc: Proc, roots: Roots, environ: Mapping[str, str], pid: int, host_cpus: int) -> Allotment:
    """The narrowest of cpuset, cpu.max and the Slurm allotment, and the narrowest memory limit beside it."""
    groups = [(set(controllers.split(",")), path) for controllers, path in proc.cgroups(pid)]
    offers = [
        _cpuset(proc.allowed_cpus(pid), host_cpus),
        _cpu_max(roots.sysfs, groups, host_cpus),
        _slurm_cpus(environ, host_cpus),
    ]
    memory_gb, memory_claim = _memory(proc, roots, environ, groups)
    best = min((offer for offer in offers if offer), key=lambda offer: offer[0], default=None)
    if best is None:
        return Allotment(None, memory_gb, "even_split", "host", memory_claim)
    return Allotment(best[0], memory_gb, best[1], f"{best[1]} {best[2]}", memory_claim)


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
    numbers = (
        _whole(environ.get("SLURM_CPUS_ON_NODE")),
        _of_our_node(environ.get("SLURM_JOB_CPUS_PER_NODE"), _whole(environ.get("SLURM_NODEID")) or 0),
        _whole(environ.get("SLURM_CPUS_PER_TASK")),
    )
    cpus = next(filter(None, numbers), None)
    return (min(cpus, host_cpus), "slurm", environ.get("SLURM_JOB_ID", "")) if cpus else None


def _of_our_node(listed: str | None, node: int) -> int | None:
    """Our node's number in a list such as "72(x2),36": 72 on the first two nodes, 36 on the third."""
    numbers: list[int] = []
    for part in (listed or "").split(","):
        number, _, times = part.strip().removesuffix(")").partition("(x")
        count, repeated = _whole(number), _whole(times) if times else 1
        if count is None or repeated is None or len(numbers) > node:
            break
        numbers += [count] * min(repeated, node + 1 - len(numbers))
    return numbers[node] if node < len(numbers) else None


def _memory(
    proc: Proc, roots: Roots, environ: Mapping[str, str], groups: list[tuple[set[str], str]]
) -> tuple[float | None, str]:
    """The memory in GB that we may use, where it is limited, and what others must have in common to share it."""
    limits = [*_limits(roots.sysfs, groups, _V2, _bytes_v2), *_limits(roots.sysfs, groups, _V1_MEMORY, _bytes_v1)]
    offers = [(number / BYTES_PER_GB, folder) for number, folder in limits]
    slurm_gb = _slurm_memory_gb(environ)
    if slurm_gb:
        offers.append((slurm_gb, f"slurm {environ.get('SLURM_JOB_ID', '')}"))
    host_gb = proc.memory_total_gb()
    return min((offer for offer in offers if host_gb is None or offer[0] < host_gb), default=(None, ""))


def _slurm_memory_gb(environ: Mapping[str, str]) -> float | None:
    """SLURM_MEM_PER_NODE in GB, where 0 means the whole node, else SLURM_MEM_PER_CPU for each CPU of the job here."""
    megabytes = _whole(environ.get("SLURM_MEM_PER_NODE"))
    if not megabytes:
        a_cpu, cpus = _whole(environ.get("SLURM_MEM_PER_CPU")), _whole(environ.get("SLURM_CPUS_ON_NODE"))
        megabytes = a_cpu * cpus if a_cpu and cpus else None
    return megabytes * _BYTES_PER_SLURM_MB / BYTES_PER_GB if megabytes else None


def _limits(
    sysfs: str, groups: list[tuple[set[str], str]], controller: str, limit_of: Callable[[str], float | None]
) -> Iterator[tuple[float, str]]:
    """Limit and folder of our control group and of each one around it that has a limit."""
    for controllers, path in groups:
        if controller in controllers:
            for name in _MOUNTS[controller]:
                for folder in _upwards(f"{sysfs}/fs/cgroup/{name}".rstrip("/"), path):
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
    """What may not be passed, or above which the kernel throttles and takes memory away."""
    texts = (read(f"{folder}/memory.{name}").strip() for name in ("max", "high"))
    return min((int(text) for text in texts if text.isdigit()), default=None)


def _bytes_v1(folder: str) -> float | None:
    """The group's limit; the kernel tells it together with those around it that we may not see from a container."""
    numbers = [read(f"{folder}/memory.limit_in_bytes").strip()]
    if numbers[0]:
        lines = (line.split() for line in read(f"{folder}/memory.stat").split(b"\n"))
        numbers += [words[1] for words in lines if words[:1] == [b"hierarchical_memory_limit"] and len(words) > 1]
    return min((int(text) for text in numbers if text.isdigit()), default=None)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
