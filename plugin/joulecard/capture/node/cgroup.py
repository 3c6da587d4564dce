"""The CPU time of a control group that holds nobody but the processes that are watched.

The kernel adds up there what polling cannot see: children that lived between two looks, those that nobody waited for,
and those whose parent ended first (Documentation/admin-guide/cgroup-v2.rst, cpu.stat; cgroup-v1/cpuacct.rst).
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.node.held import HeldFile
from joulecard.capture.node.procfs import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.capture.node.proc import Proc

_MOST_GROUPS = 64  # below ours: who makes more has more to do than we can look through at each check


class _Kind(NamedTuple):
    """How a version of control groups tells CPU time."""

    controller: str
    mounts: tuple[str, ...]  # below /sys/fs/cgroup
    file: str
    units_per_s: float


_KINDS = (
    _Kind("", ("", "unified"), "cpu.stat", 1e6),
    _Kind("cpuacct", ("cpuacct", "cpu,cpuacct", "cpuacct,cpu"), "cpuacct.usage", 1e9),
)


class ControlGroup:
    """The group that a process is in; what it has used is read from a file that stays open."""

    def __init__(self, folder: str, kind: _Kind) -> None:
        """Raises OSError where the group tells no CPU time."""
        self._folder, self._units_per_s = folder, kind.units_per_s
        self._file = HeldFile(os.path.join(folder, kind.file))

    @classmethod
    def of(cls, proc: Proc, sysfs: str, pid: int) -> list[ControlGroup]:
        """The group of a process by version 2 and by version 1, as far as the system has them."""
        found = []
        groups = [(controllers.split(","), path) for controllers, path in proc.cgroups(pid)]
        for kind in _KINDS:
            paths = [path for controllers, path in groups if kind.controller in controllers]
            for folder in _folders(sysfs, kind, paths):
                if pid in _members(folder):
                    with contextlib.suppress(OSError):
                        found.append(cls(folder, kind))
                        break
        return found

    def cpu_s(self) -> float | None:
        """CPU seconds of all that is or was in the group and in those below it, since it was made."""
        try:
            words = self._file.head().split()
            return int(words[1 if words[0] == b"usage_usec" else 0]) / self._units_per_s
        except (IndexError, ValueError):
            return None

    def members(self) -> list[int]:
        """The processes of the group and of those below it, 0 for one out of sight; none where nobody can tell."""
        return [pid for folder in _below(self._folder) for pid in _members(folder)]

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


_left_out_s = 0.0  # CPU seconds of helpers of ours that have ended


def leave_out(cpu_s: float) -> None:
    """CPU seconds of a helper of ours, which are no part of what is watched: of the process beside a supervisor."""
    global _left_out_s  # noqa: PLW0603 - a process has one supervisor
    _left_out_s += cpu_s


def left_out_s() -> float:
    """What helpers of ours have used."""
    return _left_out_s


def _folders(sysfs: str, kind: _Kind, paths: list[str]) -> Iterator[str]:
    """Where the group may be found: below its mount, or, in a container that sees only itself, at the mount."""
    for path in paths:
        for name in kind.mounts:
            mount = f"{sysfs}/fs/cgroup/{name}".rstrip("/")
            inner = os.path.normpath(f"/{path}").lstrip("/")
            yield from dict.fromkeys((f"{mount}/{inner}".rstrip("/"), mount))


def _members(folder: str) -> list[int]:
    """The processes of one group as our PID namespace has them; 0 stands for each that is outside of it."""
    words = read(f"{folder}/cgroup.procs").split()
    return [int(word) if word.isdigit() else 0 for word in words]


def _below(folder: str) -> list[str]:
    """The group and all below it; none where these are too many."""
    found = [folder]
    for one in found:
        with contextlib.suppress(OSError), os.scandir(one) as entries:
            found += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        if len(found) > _MOST_GROUPS:
            return []
    return found
