"""Names of executions and segments: random, or derived so that the parts of one execution meet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.capture.node.procfs import read
from joulecard.surroundings.reading import label
from joulecard.surroundings.sha256 import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.settings import Roots

_GROUP_VARIABLES = ("SLURM_JOB_ID", "TORCHELASTIC_RUN_ID")
# Slurm's own last: srun may start one launcher on each node, whose ranks have numbers of their own
_RANK_VARIABLES = ("RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MPI_RANKID", "SLURM_PROCID")
_LOCAL_RANK_VARIABLES = ("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID")
_NO_RUN_ID = "none"  # what torchrun gives to a run that was not named
_MAX_ANCESTORS = 64
UNNAMED = "unnamed"  # a stage that was given no name


def fresh_id() -> str:
    """A random UUID of version 4."""
    return _uuid(os.urandom(16), version=4)


def execution_id(group: str, stage: str, attempt: int) -> str:
    """The UUID that all segments of one execution derive from their group, stage and attempt (RFC 9562, version 8)."""
    return _digest_id("joulecard execution", group, stage, str(attempt))


def stage_name(stage: object) -> str:
    """The name as it is stored: printable, at most 256 characters, never empty."""
    return label("" if stage is None else str(stage)) or UNNAMED


def group_of(environ: Mapping[str, str], roots: Roots, run: str | None = None) -> str:
    """The job or run we belong to: JOULECARD_SESSION, `run`, a DVC stage, a scheduler's job, or a fresh name."""
    session = label(environ.get("JOULECARD_SESSION", "")) or label(run or "")
    scheduled = (label(environ.get(name, "")) for name in _GROUP_VARIABLES)
    named = next((name for name in scheduled if name and name != _NO_RUN_ID), None)
    return session or _dvc_group(environ, roots) or named or _launched_group(environ, roots) or _own_group()


def attempt_of(environ: Mapping[str, str]) -> int:
    """1, or one more for each time that Slurm or torchrun has restarted the job."""
    counts = (_whole(environ.get(name)) for name in ("SLURM_RESTART_COUNT", "TORCHELASTIC_RESTART_COUNT"))
    return 1 + sum(filter(None, counts))


def rank_of(environ: Mapping[str, str]) -> int | None:
    """The rank of this process among those of a distributed job; None where there is one process.

    Without a global rank it is made of the node's and the local one, where the number of ranks a node is told too.
    """
    ranks = (_whole(environ.get(name)) for name in _RANK_VARIABLES)
    known = next((rank for rank in ranks if rank is not None), None)
    node, local, many = (_whole(environ.get(name)) for name in ("GROUP_RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE"))
    if known is not None or local is None:
        return known
    return node * many + local if node is not None and many else local


_own: tuple[int, str] | None = None  # process and group


def _own_group() -> str:
    """A fresh name, one for each process: blocks of a loop that are recorded one by one are one job."""
    global _own  # noqa: PLW0603 - a forked child is told by its number
    if _own is None or _own[0] != os.getpid():
        _own = os.getpid(), fresh_id()
    return _own[1]


def _launched_group(environ: Mapping[str, str], roots: Roots) -> str | None:
    """One name for all the ranks on this node of a launcher that names no run: derived from the launcher's process."""
    parent = next(ancestors(roots.proc), 0) if any(environ.get(name) for name in _LOCAL_RANK_VARIABLES) else 0
    started = start_of(roots.proc, parent) if parent > 1 else ""
    boot = read(f"{roots.proc}/sys/kernel/random/boot_id").strip()
    if not (started and boot):
        return None
    return _digest_id("joulecard launched job", boot.decode("ascii", "replace"), str(parent), started)


def _dvc_group(environ: Mapping[str, str], roots: Roots) -> str | None:
    """One name for all the commands of one DVC stage: derived from the dvc process that runs them."""
    stage = environ.get("DVC_STAGE")
    pid = _first_outside(stage, roots.proc) if stage else None
    started = start_of(roots.proc, pid) if pid else ""
    boot = read(f"{roots.proc}/sys/kernel/random/boot_id").strip()
    if not (stage and started and boot):
        return None
    return _digest_id("joulecard dvc stage", boot.decode("ascii", "replace"), str(pid), started, stage)


def _first_outside(stage: str, proc: str) -> int | None:
    """The nearest ancestor that was not started for this DVC stage: the dvc process; None where /proc does not tell."""
    mark = f"DVC_STAGE={stage}".encode("utf-8", "surrogateescape")
    for pid in ancestors(proc):
        environment = read(f"{proc}/{pid}/environ")
        if not environment:
            return None
        if mark not in environment.split(b"\0"):
            return pid
    return None


def ancestors(proc: str) -> Iterator[int]:
    """The parent of this process, its parent, and so on, as far as /proc tells."""
    pid = os.getpid()
    for _ in range(_MAX_ANCESTORS):
        fields = _stat_fields(proc, pid)
        pid = int(fields[1]) if fields else 0
        if pid <= 0:
            return
        yield pid


def start_of(proc: str, pid: int) -> str:
    """When a process was started, in the kernel's own count since boot: with `pid`, its name; empty where unknown."""
    started = _stat_fields(proc, pid)[19:20]
    return started[0].decode("ascii", "replace") if started else ""


def _stat_fields(proc: str, pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat after the command's name."""
    return read(f"{proc}/{pid}/stat").rpartition(b")")[2].split()


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


def _digest_id(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "replace")
    return _uuid(sha256(text)[:16], version=8)


def _uuid(octets: bytes, version: int) -> str:
    """The 16 octets as a UUID of this version, variant 1 (RFC 9562)."""
    bits = int.from_bytes(octets, "big")
    bits = bits & ~(0xF << 76) | version << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
