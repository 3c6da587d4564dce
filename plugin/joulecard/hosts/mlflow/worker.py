"""One thread that does what may take long: heavy imports while the run goes on, and everything over the network.

A daemon, started with the first run: interpreters that are ending start no new threads, and none must keep them alive.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from importlib import import_module
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP_S = 2.0  # runs shorter than this make the heavy imports at their end
BREAK_S = 300.0
FORK_PATIENCE_S = 1.0
HEAVY = ("joulecard.hosts.mlflow.delivery", "joulecard.rendering.model_card", "joulecard.rendering.html")


class Breaker:
    """Keeps us from trying again for a while after a server has failed us."""

    def __init__(self) -> None:
        self._until_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether nothing is to be tried now."""
        return time.monotonic() < self._until_s

    def trip(self) -> None:
        """No attempts for five minutes."""
        self._until_s = time.monotonic() + BREAK_S

    def mend(self) -> None:
        """The server has answered."""
        self._until_s = 0.0


class Task:
    """Something that the worker is to do; `wait` tells whether it was done in time."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self._done = threading.Event()

    def finish(self) -> None:
        """Does it; a failure that it has not told of itself is not told at all, and the worker lives on."""
        with suppress(Exception):
            self.work()
        self._done.set()

    def wait(self, until_s: float) -> bool:
        """Whether it is done by this time of the steady clock."""
        return self._done.wait(max(0.0, until_s - time.monotonic()))


class Worker:
    """The thread and its queue; raises RuntimeError where the system allows no thread."""

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        threading.Thread(target=self._run, name="joulecard-mlflow", daemon=True).start()

    def submit(self, task: Task) -> None:
        """Has it done after all that was submitted before."""
        self._tasks.put(task)

    def _run(self) -> None:
        with suppress(Exception):  # a thread that dies prints why
            self._begin()
        while True:
            with suppress(Exception):
                self._perform(self._tasks.get())

    def _begin(self) -> None:
        try:
            self._perform(self._tasks.get(timeout=WARM_UP_S))
        except Empty:
            self._warm_up()

    def _perform(self, task: Task) -> None:
        with _gate:
            task.finish()

    def _warm_up(self) -> None:
        for module in HEAVY:
            with _gate, suppress(Exception):  # it fails again, and is told, when it is needed
                import_module(module)


class _Gate:
    """Held while the worker imports or writes: a fork amid that would leave the child locks that nobody opens.

    A fork waits for it a moment, and only the first of those that come while the worker hangs.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._forking = threading.local()
        self._patience_s = FORK_PATIENCE_S

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._patience_s = FORK_PATIENCE_S
        self._lock.release()

    def before_fork(self) -> None:
        """In the thread that forks."""
        self._forking.holds = False  # if Ctrl-C ends the wait
        self._forking.holds = self._lock.acquire(timeout=self._patience_s)
        if not self._forking.holds:
            self._patience_s = 0.0

    def after_fork_in_parent(self) -> None:
        """In the same thread."""
        if getattr(self._forking, "holds", False):
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """In the child, whose copy of the lock may be held for ever."""
        self.__init__()  # type: ignore[misc]


_gate = _Gate()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_gate.before_fork,
        after_in_parent=_gate.after_fork_in_parent,
        after_in_child=_gate.after_fork_in_child,
    )
