"""Tells which of the signals that reach a wrapper have reached its command too, and which must be passed on.

The terminal, `timeout` and most schedulers signal a whole process group; `kill PID` and container engines signal one
process. No system call tells the two apart, but a second process in the group does: what it got, the command got.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

GRACE_S = 1.0  # within this the witness has told of a signal to the group, or there was none

_FROM_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
# signals that end nothing or cannot be caught, and those that tell of a fault in the process that gets them
_LEFT_ALONE = frozenset(
    {"SIGKILL", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGCONT", "SIGCHLD", "SIGURG", "SIGWINCH", "SIGINFO"}
    | {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGABRT", "SIGSYS", "SIGEMT", "SIGPIPE", "SIGXFSZ"}
)


@dataclass(frozen=True, slots=True)
class Witness:
    """A process in our group that reports each signal it gets and ends as soon as we do."""

    pid: int
    report: int  # read end: one byte per signal
    life: int  # write end, held by nobody else: the witness ends when it closes

    @classmethod
    def post(cls) -> Witness | None:
        """Forks the witness; None where the system allows no further process."""
        report, telling = os.pipe()
        watching, life = os.pipe()
        os.set_blocking(report, False)
        os.set_blocking(telling, False)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
        except OSError:
            pid = -1
        if pid == 0:
            _stand_by(watching, telling, mask, {report, life, 0, 1, 2} - {watching, telling})
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(telling)
        os.close(watching)
        if pid < 0:
            os.close(report)
            os.close(life)
        return None if pid < 0 else cls(pid, report, life)

    def dismiss(self) -> None:
        """Ends the witness, even a stopped one."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        self.forget()

    def forget(self) -> None:
        """Gives back what a witness that has ended has left."""
        os.close(self.report)
        os.close(self.life)


class Relay:
    """Which of the signals that reached us the command has not got, and when to pass them on."""

    def __init__(self) -> None:
        self._due: dict[int, float] = {}
        self._group: dict[int, float] = {}

    def reached_us(self, numbers: Iterable[int], now: float, *, witnessed: bool) -> None:
        """Notes signals to us; as with the kernel's pending signals, equal ones within the grace are one."""
        for number in numbers:
            had_by_group = number in self._group and now - self._group[number] < GRACE_S
            unknown = not witnessed and number in _FROM_KEYBOARD  # without a witness: trust that it was the keyboard
            if number != signal.SIGCHLD and not had_by_group and not unknown:
                self._due.setdefault(number, now + GRACE_S)

    def reached_group(self, numbers: Iterable[int], now: float) -> None:
        """Notes signals that the witness got, and so the command."""
        for number in numbers:
            self._group[number] = now
            self._due.pop(number, None)

    def patience_s(self, now: float) -> float | None:
        """Seconds until something is due; None where nothing is."""
        return max(0.0, min(self._due.values()) - now) if self._due else None

    def due(self, now: float) -> list[int]:
        """The signals to pass on now."""
        numbers = [number for number, at in self._due.items() if at <= now]
        for number in numbers:
            del self._due[number]
        return numbers


def listen_for_signals() -> int:
    """Makes signals arrive as bytes on the pipe whose read end this returns, and do nothing else.

    Holds for SIGCHLD and all that end a process by default and can be caught; not for those ignored before.
    """
    heard, telling = os.pipe()
    os.set_blocking(heard, False)
    os.set_blocking(telling, False)
    signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
    for number in signal.valid_signals():
        if _name(number) not in _LEFT_ALONE and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _wake)
    signal.signal(signal.SIGCHLD, _wake)
    return heard


def told(ear: int) -> bytes:
    """The signals that have been told since the last look, a byte each; empty at the end of the file too."""
    try:
        return os.read(ear, 4096)
    except BlockingIOError:
        return b""


def _stand_by(watching: int, telling: int, mask: Iterable[int], others: Iterable[int]) -> None:
    """The whole life of the witness; never returns."""
    try:
        signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for descriptor in others:
            with contextlib.suppress(OSError):  # we may have been started with a stream closed
                os.close(descriptor)
        os.read(watching, 1)
    finally:
        os._exit(0)


def _name(number: int) -> str:
    return number.name if isinstance(number, signal.Signals) else str(number)


def _wake(_number: int, _frame: FrameType | None) -> None:
    """Does nothing: the byte that Python writes to the wake-up pipe is what counts."""
