"""What /proc says about the node and about a tree of processes: CPU seconds and memory."""

from __future__ import annotations

import contextlib
import os
import time
from typing import NamedTuple

from joulecard.capture.node.held import HeldFile
from joulecard.capture.node.ledger import Ledger, Process
from joulecard.capture.node.procfs import listed, read
from joulecard.units import BYTES_PER_GB

_TICKS_PER_S = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_REAL_ROOT = "/proc"
_FIRST_PID_NAMESPACE = "pid:[4026531836]"
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_LAUNCHERS = frozenset(
    {"systemd-run", "machinectl", "docker", "podman", "nerdctl", "kubectl"} | {"sbatch", "srun", "qsub", "bsub", "ssh"}
)
_SIGCHLD = 17  # on all that Linux runs on but Alpha, MIPS and SPARC
_MOST_ANCESTORS = 64
_MOST_HELD = 16  # processes whose file stays open: the job needs descriptors too
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
        self._held: dict[str, HeldFile] = {}
        self._processes: dict[int, HeldFile] = {}
        self._ledger = Ledger()
        self.launchers: set[str] = set()  # programs seen in the tree that hand work to a service
        self.has_moved = False  # whether a process of the tree was seen in a control group outside of the top's
        self._top = 0  # of the tree
        self._latest = b""  # the number of the process that was started last, when all were looked for
        if root == _REAL_ROOT:
            self._hold("stat", "self/statm", "loadavg")

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

    def ignores_children(self) -> bool:
        """Whether this process ignores SIGCHLD: the kernel then adds its children's time to nobody's."""
        for line in read(f"{self._root}/self/status").split(b"\n"):
            if line.startswith(b"SigIgn:"):
                return bool(int(line.partition(b":")[2], 16) >> _SIGCHLD - 1 & 1)
        return False

    def cgroups(self, pid: int) -> list[tuple[str, str]]:
        """The controllers ("" in version 2) and path of each control group that a process is in."""
        lines = read(f"{self._root}/{pid}/cgroup").decode("utf-8", "replace").split("\n")
        parts = (line.split(":", 2) for line in lines)
        return [(part[1], part[2]) for part in parts if len(part) == 3]  # noqa: PLR2004

    def own_tree(self, *, with_self: bool) -> Tree:
        """The tree below this process, ended children included; of those that nobody waited for what was last seen."""
        us = self._top = os.getpid()
        times = os.times()
        # the ended ones first: a child that ends now is then counted in one of the two, or for this once in none
        waited_s = times.children_user + times.children_system
        memory_gb = self._own_memory_gb() if with_self else 0.0
        root = Process(0, 0, waited_s + (time.process_time() if with_self else 0.0), waited_s, memory_gb)
        is_childless = self._root == _REAL_ROOT and _is_childless()
        if is_childless and self._ledger.knows_only(us):
            return Tree(self._ledger.banked_s + root.cpu_s, memory_gb)
        return self._whole({us: root}, [] if is_childless else [us])

    def tree(self, root_pid: int) -> Tree:
        """The tree of another process."""
        self._top = root_pid
        root = self._process(root_pid)
        return self._whole({root_pid: root}, [root_pid]) if root else Tree(0.0, 0.0)

    @property
    def members(self) -> set[int]:
        """The processes that were in the tree at the last look, without the one at its top."""
        return self._ledger.pids - {self._top}

    def has(self, pid: int) -> bool:
        """Whether there is such a process."""
        return self._process(pid) is not None

    def owns(self, pid: int, since_ticks: int | None = None) -> bool:
        """Whether a process was in the tree at the last look, or has come from it since.

        With `since_ticks`, in clock ticks since boot, also one that was started later and whose parent has ended: it is
        the child of no process that lives, but of whoever takes up orphans.
        """
        start, passed = pid, set[int]()
        for _ in range(_MOST_ANCESTORS):
            if pid == self._top or self._ledger.knows(pid):
                return True
            process = self._process(pid)
            if process is None and pid == start:
                return pid > 0  # it has just ended
            if process is None:  # its parent has: whoever took it up is its parent now
                pid, passed = start, set()
                continue
            passed.add(pid)
            if process.parent in self._reapers():
                return since_ticks is not None and process.started >= since_ticks
            if process.parent <= 0 or process.parent in passed:
                return False
            pid = process.parent
        return False

    def _reapers(self) -> set[int]:
        """Who may take up a child whose parent has ended: the first process, and those above ours."""
        found, process = {1}, self._process(os.getpid())
        while process and process.parent > 0 and process.parent not in found:
            found.add(process.parent)
            process = self._process(process.parent)
        return found

    @property
    def lost_s(self) -> float:
        """CPU seconds of processes that ended and that nobody waited for, as they were last seen."""
        return self._ledger.banked_s

    def _whole(self, tree: dict[int, Process], waiting: list[int]) -> Tree:
        """The tree with all that is below `waiting`, and with those that have left it or ended."""
        is_full = not waiting or self._nobody_new()  # all that can be in it are known
        if not is_full:
            self._add_descendants(tree, waiting)
        for pid, process in self._ledger.missing(tree).items():
            again = self._process(pid) if pid not in tree else None
            if again and again.started == process.started:  # its parent has ended: it is still ours
                tree[pid] = again
                if not is_full:
                    self._add_descendants(tree, [pid])
        self._ledger.settle(tree, self._ledger.missing(tree), self._waited_s)
        self._hold_processes(tree)
        processes = tree.values()
        cpu_s = self._ledger.banked_s + sum(process.cpu_s for process in processes)
        return Tree(cpu_s, sum(process.memory_gb for process in processes))

    def _nobody_new(self) -> bool:
        """Whether no process was started since all were looked for, so that the tree has at most lost some."""
        words = self._head("loadavg").split() if "loadavg" in self._held else []
        latest, before = (words[-1] if words else b""), self._latest
        self._latest = latest
        return bool(latest) and latest == before

    def _add_descendants(self, tree: dict[int, Process], waiting: list[int]) -> None:
        family = None if self._lists_children or not waiting else self._families()
        while waiting:
            for pid in self._children(waiting.pop(), family):
                process = None if pid in tree else self._process(pid)  # before its children, for the reason above
                if process:
                    tree[pid] = process
                    waiting.append(pid)
                    if not self._ledger.knows(pid):
                        self._greet(pid)

    def look_for_moved(self) -> bool:
        """Whether a process of the tree has ever been in a control group outside of that of the top."""
        if not self.has_moved:
            self.has_moved = any(map(self._is_outside, self.members))
        return self.has_moved

    def _greet(self, pid: int) -> None:
        """Looks at a process that has come to the tree."""
        name = read(f"{self._root}/{pid}/comm").strip().decode("utf-8", "replace")
        if name in _LAUNCHERS:
            self.launchers.add(name)
        self.has_moved = self.has_moved or self._is_outside(pid)

    def _is_outside(self, pid: int) -> bool:
        """Whether a process has been moved out of the control groups of the top; one below them still counts there.

        One that is ending is told to be at the root of all groups of version 1 (kernel/cgroup/cgroup.c,
        proc_cgroup_show), so that this says nothing.
        """
        ours, theirs = dict(self.cgroups(self._top)), dict(self.cgroups(pid))
        told = {name: path for name, path in theirs.items() if path != "/" or not name}
        pairs = ((told[name].rstrip("/"), path.rstrip("/")) for name, path in ours.items() if name in told)
        moved = any(one != path and not one.startswith(f"{path}/") for one, path in pairs)
        now = self._process(pid) if moved else None
        return moved and not (now and self._ledger.is_another(pid, now))

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
        held = self._processes.get(pid)
        text = held.head() if held else read(f"{self._root}/{pid}/stat")
        fields = text.rpartition(b")")[2].split()
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
        for files in (self._held, self._processes):
            for file in files.values():
                file.close()
            files.clear()

    def _hold(self, *names: str) -> None:
        """Keeps files open that each tick reads. Only for the kernel's, which stay the same."""
        for name in names:
            with contextlib.suppress(OSError):
                self._held[name] = HeldFile(f"{self._root}/{name}")

    def _hold_processes(self, tree: dict[int, Process]) -> None:
        """Keeps the files of processes open that have been there for a while; an open one never tells of another."""
        if self._root != _REAL_ROOT:
            return
        for pid in [pid for pid in self._processes if pid not in tree]:
            self._processes.pop(pid).close()
        for pid, process in tree.items():
            if len(self._processes) >= _MOST_HELD:
                break
            if process.parent and pid not in self._processes and self._ledger.knows(pid):
                with contextlib.suppress(OSError):
                    self._processes[pid] = HeldFile(f"{self._root}/{pid}/stat")

    def _head(self, name: str) -> bytes:
        """The beginning of a file; empty where it cannot be read."""
        held = self._held.get(name)
        return (held.head() if held else b"") or read(f"{self._root}/{name}")


def first_namespace(root: str) -> bool:
    """Whether process numbers are those of the whole system, as drivers tell them, and not a container's.

    The first PID namespace has a fixed number (include/linux/proc_ns.h, PROC_PID_INIT_INO).
    """
    try:
        return os.readlink(f"{root}/self/ns/pid") == _FIRST_PID_NAMESPACE
    except OSError:
        return False


def ticks_since_boot() -> int:
    """The time now as the kernel tells when a process was started."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * _TICKS_PER_S) if hasattr(time, "CLOCK_BOOTTIME") else 0


def _is_childless() -> bool:
    """Whether this process has no child, dead or alive; one system call that takes none away from its parent."""
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False
