"""CPU seconds of processes that end without anybody waiting for them: what was last seen of them is kept.

The kernel adds a child's time to its parent's only when the parent waits; a parent that ignores SIGCHLD, or that ends
before its child, lets it fall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_TOLERANCE_S = 0.05  # five values that are each cut to a clock tick


class Process(NamedTuple):
    """What one line of /proc/PID/stat gives."""

    parent: int
    started: int  # in clock ticks since boot: with the process number, a name that never comes again
    cpu_s: float  # own, and of the children that it has waited for
    waited_s: float  # the latter alone
    memory_gb: float


class Ledger:
    """The processes of one tree as they were last seen, by number; the root is among them."""

    def __init__(self) -> None:
        self.banked_s = 0.0  # CPU seconds of those that ended and were added to no parent
        self._seen: dict[int, Process] = {}

    @property
    def pids(self) -> set[int]:
        """Those that were there last time."""
        return set(self._seen)

    def knows(self, pid: int) -> bool:
        """Whether a process was there last time."""
        return pid in self._seen

    def is_another(self, pid: int, now: Process) -> bool:
        """Whether the number of a process that was there last time stands for another one by now."""
        return pid in self._seen and self._seen[pid].started != now.started

    def knows_only(self, root: int) -> bool:
        """Whether last time there was nobody but the root, which at the first time is so too."""
        return len(self._seen) <= (root in self._seen)

    def missing(self, now: dict[int, Process]) -> dict[int, Process]:
        """Those that were there last time and are not now."""
        return {
            pid: process for pid, process in self._seen.items() if pid not in now or now[pid].started != process.started
        }

    def settle(
        self, now: dict[int, Process], gone: dict[int, Process], waited_s: Callable[[int], float | None]
    ) -> None:
        """Banks what those that are gone had used, as far as nobody above them has taken it over since.

        `waited_s` gives the waited-for time of a process of `now` once more, for it may have grown since it was read;
        None where that one has ended meanwhile: its children are then judged next time.
        """
        kept: dict[int, Process] = {}
        heirs: dict[int | None, list[int]] = {}
        for pid in gone:
            heirs.setdefault(self._heir(pid, now, gone), []).append(pid)
        for heir, pids in heirs.items():
            owed_s, taken_s = sum(gone[pid].cpu_s for pid in pids), 0.0
            if heir is not None:
                waited = waited_s(heir)
                if waited is None:
                    kept |= {pid: gone[pid] for pid in pids if pid not in now}
                    continue
                taken_s = max(0.0, waited - self._seen[heir].waited_s)
                now[heir] = now[heir]._replace(waited_s=waited)
            if owed_s - taken_s > _TOLERANCE_S:
                self.banked_s += owed_s - taken_s
        self._seen = {**now, **kept}

    def _heir(self, pid: int, now: dict[int, Process], gone: dict[int, Process]) -> int | None:
        """The nearest process above that still lives; None where there is none in the tree."""
        passed = set()
        while pid in gone and pid not in passed:
            passed.add(pid)
            pid = gone[pid].parent
        return pid if pid in now and pid in self._seen and pid not in passed else None
