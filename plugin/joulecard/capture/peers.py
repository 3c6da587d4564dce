"""Recordings side by side in one process: what it uses is split evenly among those that are there at the time.

A recording inside another one counts all that its process uses, as the outer one does, and is never added to it. Those
side by side share one account: each look at the process adds what it has used since the last look, whoever looks.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

from joulecard.capture.proc import Proc, Tree


class Account:
    """CPU seconds of one process, split among its members. Pure: no clock and no file."""

    def __init__(self) -> None:
        self._cpu_s = 0.0  # at the last look; never goes back
        self._shares_s: dict[object, float] = {}

    @property
    def members(self) -> int:
        """How many are there now."""
        return len(self._shares_s)

    def look(self, member: object, cpu_s: float) -> float:
        """What a member has had since it came, which is now where it is new; `cpu_s` is what the process has used."""
        used_s = max(0.0, cpu_s - self._cpu_s)
        self._cpu_s += used_s
        for other in self._shares_s:
            self._shares_s[other] += used_s / len(self._shares_s)
        return self._shares_s.setdefault(member, 0.0)

    def leave(self, member: object) -> None:
        """From now on a member has no part; one that has left may leave again."""
        self._shares_s.pop(member, None)


class Watched(NamedTuple):
    """Whose processes are looked at, and inside which recording: those for whom it is equal lie side by side."""

    proc: str
    root_pid: int | None  # None: this process
    with_self: bool
    within: str | None


class Part(NamedTuple):
    """What one recording has of what it watches."""

    cpu_s: float  # since its first look
    memory_gb: float  # of all: not split
    peers: int  # how many share it, itself included


class _Group:
    """Recordings side by side, and the eyes that they have in common."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self.proc = Proc(watched.proc)
        self.account = Account()

    def tree(self) -> Tree:
        """What is watched, as it is now."""
        watched = self._watched
        if watched.root_pid:
            return self.proc.tree(watched.root_pid)
        return self.proc.own_tree(with_self=watched.with_self)


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
        self.has_lost_processes = False  # whether one ended that nobody waited for, so that its last CPU time is lost

    def look(self, *, last: bool = False) -> Part:
        """Our part until now, of which the first look is the beginning and the last one the end."""
        with _desk.lock:
            group = _desk.groups.get(self._watched)
            if group is None:
                group = _desk.groups[self._watched] = _Group(self._watched)
            tree = group.tree()
            part = Part(group.account.look(self, tree.cpu_s), tree.memory_gb, group.account.members)
            before_s = self._lost_before_s = group.proc.lost_s if self._lost_before_s is None else self._lost_before_s
            self.has_lost_processes = group.proc.lost_s > before_s
            if last:
                self._leave(group)
            return part

    def leave(self) -> None:
        """Gives up our part from now on; may be called again."""
        with _desk.lock:
            group = _desk.groups.get(self._watched)
            if group:
                self._leave(group)

    def _leave(self, group: _Group) -> None:
        group.account.leave(self)
        if not group.account.members:
            group.proc.close()
            del _desk.groups[self._watched]


def forget_all() -> None:
    """In a forked child: none of the recordings is ours, and whoever held the lock is not here."""
    global _desk  # noqa: PLW0603 - a lock that was held when the process forked stays held for ever
    _desk = _Desk()
