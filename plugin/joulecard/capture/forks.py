"""Threads of ours in a program that may fork at any time.

A child that is forked while another thread imports a module inherits that module's lock, which nobody will ever open:
it stands still at its own import of it. So a fork waits for our imports, at most a second.

From 3.12 on Python warns of every fork beside a thread. Where the threads are ours alone, the child finds no lock of
theirs closed, and the program has done nothing that it could mend: then the warning is kept from it.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_S = 1.0
_OUR_THREADS = "joulecard"
_WARNS = sys.version_info >= (3, 12)
_WARNING = "This process .* is multi-threaded, use of "

_importing = threading.RLock()
_is_ours = False  # whether the fork that is going on has taken the lock


@contextmanager
def importing() -> Iterator[None]:
    """Holds up forks while a thread of ours imports what the program may import, too."""
    lock = _importing
    with lock:
        yield


def _before() -> None:
    global _is_ours  # noqa: PLW0603 - forks are one at a time
    _is_ours = _importing.acquire(timeout=_MOST_S)
    if _WARNS:
        _be_quiet(_only_ours())


def _only_ours() -> bool:
    """Whether beside the thread that forks there are only those of recorders."""
    ours = sum(thread.name.startswith(_OUR_THREADS) for thread in threading.enumerate())
    try:
        return ours > 0 and len(os.listdir("/proc/self/task")) == ours + 1
    except OSError:
        return ours > 0 and threading.active_count() == ours + 1


def _be_quiet(wanted: bool) -> None:  # noqa: FBT001 - said in full where it is called
    """Keeps Python's warning of the next fork from the program, or no longer."""
    import warnings

    ours = [each for each in warnings.filters if getattr(each[1], "pattern", "") == _WARNING]
    if wanted and not ours:
        warnings.filterwarnings("ignore", _WARNING, DeprecationWarning)
    elif ours and not wanted:
        warnings.filters[:] = [each for each in warnings.filters if each not in ours]  # type: ignore[index]


def _in_parent() -> None:
    if _is_ours:
        _importing.release()


def _in_child() -> None:
    global _importing  # noqa: PLW0603 - the thread that held it is not here
    _importing = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
