"""What /proc says about the node and about a tree of processes: CPU seconds and memory."""

from __future__ import annotations

import contextlib
import os
import time
from typing import NamedTuple

from joulecard.capture.ledger import Ledger, Process
from joulecard.units import BYTES_PER_GB

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_REAL_ROOT = "/proc"
_CHUNK_BYTES = 1 << 16
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_BUSY_COLUMNS = (1, 2, 3, 6, 7)  # user, nice, system, irq, softirq; steal is other machines' time


class Tree(NamedTuple):
    """What a tree of processes has used so far and holds now."""

    cpu_s: float
    memory_gb: float


class Proc:
    """Reads below one root, so that a made-up tree can take the place of /proc."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._lists_children = os.path.exists(f"{root}/{os.getpid()}/task/{os.getpid()}/children")
        self._held: dict[str, int] = {}
        self._ledger = Ledger()
        if root == _REAL_ROOT:
            self._hold("stat", "self/statm")

    def node_busy_s(self) -> float | None:
        """CPU seconds that all CPUs together have been busy since boot; None where the system does not say."""
        columns = self._head("stat").partition(b"\n")[0].split()
        try:
            return sum(int(columns[column]) for column in _BUSY_COLUMNS) / _TICKS_PER_S
        except (IndexError, ValueError):
            return None

    def online_cpus(self) -> int:
        """Logical CPUs of the node, not only those that we may use."""
        lines = read(f"{self._root}/stat").split(b"\n")
        return sum(line[:3] == b"cpu" and line[3:4].isdigit() for line in lines) or os.cpu_count() or 1

    def memory_total_gb(self) -> float | None:
        """Memory of the node in GB; None where the system does not say."""
        words = read(f"{self._root}/meminfo").partition(b"\n")[0].split()
        return int(words[1]) * 1024 / BYTES_PER_GB if words[:1] == [b"MemTotal:"] and words[1].isdigit() else None

    def allowed_cpus(self, pid: int) -> str:
        """The CPUs that a process may run on, as the kernel lists them ("0-3,8"); empty where it does not say."""
        for line in read(f"{self._root}/{pid}/status").split(b"\n"):
            if line.startswith(b"Cpus_allowed_list:"):
                return line.partition(b":")[2].strip().decode("ascii", "replace")
        return ""

    def cgroups(self, pid: int) -> list[tuple[str, str]]:
        """The controllers ("" in version 2) and path of each control group that a process is in."""
        lines = read(f"{self._root}/{pid}/cgroup").decode("utf-8", "replace").split("\n")
        parts = (line.split(":", 2) for line in lines)
        return [(part[1], part[2]) for part in parts if len(part) == 3]  # noqa: PLR2004

    def own_tree(self, *, with_self: bool) -> Tree:
        """The tree below this process, ended children included; of those that nobody waited for what was last seen."""
        us = os.getpid()
        times = os.times()
        # the ended ones first: a child that ends now is then counted in one of the two, or for this once in none
        waited_s = times.children_user + times.children_system
        memory_gb = self._own_memory_gb() if with_self else 0.0
        root = Process(0, 0, waited_s + (time.process_time() if with_self else 0.0), waited_s, memory_gb)
        waiting = [] if self._root == _REAL_ROOT and _is_childless() else [us]
        return self._whole({us: root}, waiting)

    def tree(self, root_pid: int) -> Tree:
        """The tree of another process."""
        root = self._process(root_pid)
        return self._whole({root_pid: root}, [root_pid]) if root else Tree(0.0, 0.0)

    @property
    def lost_s(self) -> float:
        """CPU seconds of processes that ended and that nobody waited for, as they were last seen."""
        return self._ledger.banked_s

    def _whole(self, tree: dict[int, Process], waiting: list[int]) -> Tree:
        """The tree with all that is below `waiting`, and with those that have left it or ended."""
        self._add_descendants(tree, waiting)
        for pid, process in self._ledger.missing(tree).items():
            again = self._process(pid) if pid not in tree else None
            if again and again.started == process.started:  # its parent has ended: it is still ours
                tree[pid] = again
                self._add_descendants(tree, [pid])
        self._ledger.settle(tree, self._ledger.missing(tree), self._waited_s)
        processes = tree.values()
        cpu_s = self._ledger.banked_s + sum(process.cpu_s for process in processes)
        return Tree(cpu_s, sum(process.memory_gb for process in processes))

    def _add_descendants(self, tree: dict[int, Process], waiting: list[int]) -> None:
        family = None if self._lists_children or not waiting else self._families()
        while waiting:
            for pid in self._children(waiting.pop(), family):
                process = None if pid in tree else self._process(pid)  # before its children, for the reason above
                if process:
                    tree[pid] = process
                    waiting.append(pid)

    def _waited_s(self, pid: int) -> float | None:
        """CPU seconds of the children that a process has waited for; None where it has ended."""
        if pid == os.getpid():
            times = os.times()
            return times.children_user + times.children_system
        process = self._process(pid)
        return process.waited_s if process else None

    def _children(self, pid: int, family: dict[int, list[int]] | None) -> list[int]:
        if family is not None:
            return family.get(pid, [])
        threads = f"{self._root}/{pid}/task"
        return [int(child) for name in listed(threads) for child in read(f"{threads}/{name}/children").split()]

    def _families(self) -> dict[int, list[int]]:
        """The children of every process, by one walk through /proc."""
        families: dict[int, list[int]] = {}
        for name in listed(self._root):
            process = self._process(int(name)) if name.isdigit() else None
            if process:
                families.setdefault(process.parent, []).append(int(name))
        return families

    def _process(self, pid: int) -> Process | None:
        fields = read(f"{self._root}/{pid}/stat").rpartition(b")")[2].split()
        try:
            user, system, waited_user, waited_system = (int(fields[column]) for column in (11, 12, 13, 14))
            waited_s = (waited_user + waited_system) / _TICKS_PER_S
            cpu_s = (user + system + waited_user + waited_system) / _TICKS_PER_S
            memory_gb = int(fields[21]) * _PAGE_BYTES / BYTES_PER_GB
            return Process(int(fields[1]), int(fields[19]), cpu_s, waited_s, memory_gb)
        except (IndexError, ValueError):
            return None

    def _own_memory_gb(self) -> float:
        words = self._head("self/statm").split()
        return int(words[1]) * _PAGE_BYTES / BYTES_PER_GB if len(words) > 1 and words[1].isdigit() else 0.0

    def close(self) -> None:
        """Lets go of the files that are held open."""
        while self._held:
            os.close(self._held.popitem()[1])

    def _hold(self, *names: str) -> None:
        """Keeps files open that each tick reads: opening is what costs. Only for the kernel's, which stay the same."""
        for name in names:
            with contextlib.suppress(OSError):
                self._held[name] = os.open(f"{self._root}/{name}", os.O_RDONLY | os.O_CLOEXEC)

    def _head(self, name: str) -> bytes:
        """The beginning of a file; empty where it cannot be read."""
        descriptor = self._held.get(name)
        return read(f"{self._root}/{name}") if descriptor is None else os.pread(descriptor, 256, 0)


def _is_childless() -> bool:
    """Whether this process has no child, dead or alive; one system call that takes none away from its parent."""
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def read(path: str) -> bytes:
    """What a small system file holds; empty where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return b""
    try:
        text = chunk = os.read(descriptor, _CHUNK_BYTES)
        while len(chunk) > _CHUNK_BYTES // 32:  # the kernel hands out long files page by page
            chunk = os.read(descriptor, _CHUNK_BYTES)
            text += chunk
    except OSError:
        return b""
    finally:
        os.close(descriptor)
    return text


def listed(folder: str) -> list[str]:
    """The names in a folder; none where it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
