"""Recordings side by side in one process: what it uses is split evenly among those that are there at the time.

A recording inside another one counts all that its process uses, as the outer one does, and is never added to it. Those
side by side share one account: each look at the process adds what it has used since the last look, whoever looks.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.node.cgroup import ControlGroup, left_out_s
from joulecard.capture.node.proc import Proc, Tree, ticks_since_boot

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_S = 10.0  # how often the processes of the control group are looked through


class Had:
    """CPU seconds that one member has had."""

    __slots__ = ("claimed_s", "pending_s")

    def __init__(self) -> None:
        self.claimed_s = 0.0  # as far as the node's clock shows it
        self.pending_s = 0.0  # used, but not shown yet

    @property
    def cpu_s(self) -> float:
        """All of it."""
        return self.claimed_s + self.pending_s


class Account:
    """CPU seconds of one process, split among its members. Pure: no clock and no file."""

    def __init__(self) -> None:
        self._cpu_s = 0.0  # at the last look; never goes back
        self._busy_s: float | None = None
        self._had: dict[object, Had] = {}

    @property
    def members(self) -> int:
        """How many are there now."""
        return len(self._had)

    def look(self, member: object, cpu_s: float, busy_s: float | None = None) -> Had:
        """What a member has had since it came, which is now where it is new; `cpu_s` is what the process has used.

        `busy_s` is what the node has used, by a clock of its own: all members together claim no more of it than it has.
        """
        used_s = max(0.0, cpu_s - self._cpu_s)
        self._cpu_s += used_s
        for had in self._had.values():
            had.pending_s += used_s / self.members
        pending_s = sum(had.pending_s for had in self._had.values())
        shown_s = pending_s if busy_s is None or self._busy_s is None else max(0.0, busy_s - self._busy_s)
        self._busy_s = busy_s
        fraction = min(1.0, shown_s / pending_s) if pending_s > 0 else 0.0
        for had in self._had.values():
            had.claimed_s += had.pending_s * fraction
            had.pending_s -= had.pending_s * fraction
        return self._had.setdefault(member, Had())

    def leave(self, member: object) -> None:
        """From now on a member has no part; one that has left may leave again."""
        self._had.pop(member, None)


class Watched(NamedTuple):
    """Whose processes are looked at, and inside which recording: those for whom it is equal lie side by side."""

    proc: str
    root_pid: int | None  # None: this process
    with_self: bool
    within: str | None
    sysfs: str = ""  # below it control groups are mounted; empty: they are not looked for


class Part(NamedTuple):
    """What one recording has of what it watches."""

    cpu_s: float  # since its first look
    memory_gb: float  # of all: not split
    peers: int  # how many share it, itself included
    busy_cpu_s: float | None = None  # of the whole node, since boot
    claim_cpu_s: float | None = None  # of `cpu_s` what the node's clock shows
    group_cpu_s: float | None = None  # the same as `cpu_s`, by our control group; None where it holds others too


class _Group:
    """Recordings side by side, and the eyes that they have in common."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self.proc = Proc(watched.proc)
        self.account = Account()
        self.group_account = Account()
        self._began_ticks = ticks_since_boot()
        self._checked_s: float | None = None  # when the control group was looked through last
        self._control_cpu_s: float | None = None  # and what it had used then
        self._pid = watched.root_pid or os.getpid()
        self._controls = ControlGroup.of(self.proc, watched.sysfs, self._pid) if watched.sysfs else []

    def tree(self) -> Tree:
        """What is watched, as it is now."""
        watched = self._watched
        if watched.root_pid:
            return self.proc.tree(watched.root_pid)
        return self.proc.own_tree(with_self=watched.with_self)

    def control_cpu_s(self) -> float | None:
        """What the control group had used when it was looked through last; None once it held anybody else.

        What it has used since may be a stranger's.
        """
        now_s = time.monotonic()
        if self._checked_s is None or now_s - self._checked_s >= CHECK_S:
            self._check_controls()
            self._checked_s = now_s
            self._control_cpu_s = self._read_controls()
        return self._control_cpu_s

    def _read_controls(self) -> float | None:
        """What it has used, without us where we are not watched."""
        used_s = self._controls[0].cpu_s() if self._controls else None
        if used_s is None:
            self._give_up(self._controls)
            return None
        return used_s - left_out_s() - (0.0 if self._watched.with_self else time.process_time())

    def _check_controls(self) -> None:
        """Chooses a control group that holds nobody but what we watch, and gives it up when it holds others."""
        has_moved = self.proc.look_for_moved()
        exact = [] if has_moved else [one for one in self._controls if self._controls_us_alone(one.members())]
        self._give_up([one for one in self._controls if one not in exact[:1]])

    def _controls_us_alone(self, members: list[int]) -> bool:
        """Whether the control group holds nobody but what we watch."""
        since_ticks = None if self._checked_s is None else self._began_ticks
        return bool(members) and all(self.proc.owns(pid, since_ticks) for pid in members)

    @property
    def loses_children(self) -> bool:
        """Whether this process has the kernel throw away what its children use."""
        return self._watched.with_self and self.proc.ignores_children()

    def unseen(self) -> Iterator[str]:
        """What works for the stage where it cannot be seen, a sentence each."""
        for name in sorted(self.proc.launchers):
            yield f"{name} was started: what it hands to a service or another host to run is not counted"
        if self.proc.has_moved:
            yield "some moved to another control group: what they leave to run there is not counted"

    def check_anew(self) -> None:
        """The next look goes through the control group, however short ago the last one was."""
        self._checked_s = None if self._checked_s is None else -CHECK_S

    def close(self) -> None:
        """Lets go of all files."""
        self._give_up(self._controls)
        self.proc.close()

    def _give_up(self, controls: list[ControlGroup]) -> None:
        for one in controls:
            one.close()
        self._controls = [one for one in self._controls if one not in controls]


class _Desk:
    """The groups of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.groups: dict[Watched, _Group] = {}


_desk = _Desk()


class Peer:
    """One recording among those that it shares its process with."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._lost_before_s: float | None = None
        self._by_control = True  # until the control group holds others
        self.has_lost_processes = False  # whether one ended that nobody waited for, so that its last CPU time is lost
        self.unseen: tuple[str, ...] = ()  # sentences on what works for us where we cannot see it

    def look(self, *, last: bool = False) -> Part:
        """Our part until now, of which the first look is the beginning and the last one the end."""
        with _desk.lock:
            group = _desk.groups.get(self._watched)
            if group is None:
                group = _desk.groups[self._watched] = _Group(self._watched)
            if last or self._lost_before_s is None:  # what the group uses is ours from our first look to our last
                group.check_anew()
            tree, busy_s = group.tree(), group.proc.node_busy_s()
            had = group.account.look(self, tree.cpu_s, busy_s)
            part = Part(had.cpu_s, tree.memory_gb, group.account.members, busy_s, had.claimed_s)
            control_cpu_s = group.control_cpu_s() if self._by_control else None
            if control_cpu_s is None:
                self._by_control = False
            else:
                part = part._replace(group_cpu_s=group.group_account.look(self, control_cpu_s).cpu_s)
            before_s = self._lost_before_s = group.proc.lost_s if self._lost_before_s is None else self._lost_before_s
            has_lost = group.proc.lost_s > before_s or (last and group.loses_children)
            self.has_lost_processes = has_lost and not self._by_control
            self.unseen = tuple(group.unseen())
            if last:
                self._leave(group)
            return part

    def owns(self, pid: int) -> bool:
        """Whether a process is among those that are watched."""
        with _desk.lock:
            group = _desk.groups.get(self._watched)
            return group is not None and group.proc.owns(pid)

    def leave(self) -> None:
        """Gives up our part from now on; may be called again."""
        with _desk.lock:
            group = _desk.groups.get(self._watched)
            if group:
                self._leave(group)

    def _leave(self, group: _Group) -> None:
        group.account.leave(self)
        group.group_account.leave(self)
        if not group.account.members:
            group.close()
            del _desk.groups[self._watched]


def forget_all() -> None:
    """In a forked child: none of the recordings is ours, and whoever held the lock is not here."""
    global _desk  # noqa: PLW0603 - a lock that was held when the process forked stays held for ever
    _desk = _Desk()
