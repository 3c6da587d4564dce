"""Tells which of the signals that reach a wrapper have reached its command too, and which must be passed on.

The terminal, `timeout` and most schedulers signal a whole process group; `kill PID` and container engines signal one
process. No system call tells the two apart, but a second process in the group does: what it got, the command got.
It also ends the command when we are killed, as a SIGKILL to the command's process number would have done without us.
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

BURST_S = 0.03  # signals as near as this are of one sender: `timeout` signals its child, then the group
GRACE_S = 1.0  # without a witness, or one that does not answer: equal signals within this are one
ASK, ANSWER = b"?", 0  # no signal has the number 0

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
    report: int  # read end: one byte per signal, ANSWER for each question
    life: int  # write end, held by nobody else: the witness ends when it closes, and the command with it

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
            _stand_by(watching, telling, mask)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(telling)
        os.close(watching)
        if pid < 0:
            os.close(report)
            os.close(life)
        return None if pid < 0 else cls(pid, report, life)

    def guard(self, pid: int) -> None:
        """Names the command, which is to end if we are killed; to be told before anybody has reaped it."""
        self._tell(f"{pid} {_started(pid)}\n".encode())

    def ask(self) -> None:
        """Asks for an ANSWER, which comes after all signals that the witness has got by now."""
        self._tell(ASK)

    def _tell(self, words: bytes) -> None:
        with contextlib.suppress(OSError):  # a witness that is gone is noticed by the end of its report
            os.write(self.life, words)

    def dismiss(self) -> float:
        """Ends the witness, even a stopped one, and leaves the command alone; the CPU seconds that it has used."""
        cpu_s = 0.0
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            usage = os.wait4(self.pid, 0)[2]
            cpu_s = usage.ru_utime + usage.ru_stime
        self.forget()
        return cpu_s

    def forget(self) -> None:
        """Gives back what a witness that has ended has left."""
        os.close(self.report)
        os.close(self.life)


class Relay:
    """Which of the signals that reached us the command has not got, and when to pass them on.

    Signals are taken in bursts. When one is over the witness is asked; what it has not got by its answer is passed on.
    """

    def __init__(self) -> None:
        self._ours: dict[int, int] = {}  # how often each has reached us since the last question
        self._asked: dict[int, int] = {}  # and how often before it, while there is no answer
        self._theirs: dict[int, int] = {}  # how often each has reached the witness and is not yet accounted for
        self._ready: list[int] = []
        self._due: dict[int, float] = {}  # what nobody can be asked about
        self._ask_at: float | None = None
        self._answer_by: float | None = None
        self._late = 0  # answers no longer waited for

    def reached_us(self, numbers: Iterable[int], now: float, *, witnessed: bool) -> None:
        """Notes signals to us; without a witness equal ones within the grace are one."""
        for number in numbers:
            if number == signal.SIGCHLD:
                continue
            if witnessed:
                self._ours[number] = self._ours.get(number, 0) + 1
                self._open(now)
            elif number not in _FROM_KEYBOARD:  # trust that it was the keyboard, which signals the group
                self._due.setdefault(number, now + GRACE_S)

    def reached_group(self, numbers: Iterable[int], now: float) -> None:
        """Notes signals that the witness got, and so the command; and its answers."""
        for number in numbers:
            if number != ANSWER:
                self._theirs[number] = self._theirs.get(number, 0) + 1
                self._open(now)
            elif self._late:
                self._late -= 1
            else:
                self._settle()

    def alone(self, now: float) -> None:
        """There is no witness any more: nothing that is open will be answered."""
        self._ask_at = self._answer_by = None
        self._late = 0
        self.reached_us([*self._asked, *self._ours], now, witnessed=False)
        self._asked, self._ours, self._theirs = {}, {}, {}

    def question(self, now: float) -> bool:
        """Whether the witness is to be asked now."""
        if self._answer_by is not None or self._ask_at is None or now < self._ask_at:
            return False
        self._asked, self._ours = self._ours, {}
        self._ask_at, self._answer_by = None, now + GRACE_S
        return True

    def patience_s(self, now: float) -> float | None:
        """Seconds until there is something to ask or to pass on; None where there is nothing."""
        next_at = self._ask_at if self._answer_by is None else self._answer_by
        times = [*self._due.values(), *([] if next_at is None else [next_at]), *([now] if self._ready else [])]
        return max(0.0, min(times) - now) if times else None

    def due(self, now: float) -> list[int]:
        """The signals to pass on now, as often as they are to be sent."""
        if self._answer_by is not None and now >= self._answer_by:
            self._late += 1
            self._settle()
        numbers = [number for number, at in self._due.items() if at <= now]
        for number in numbers:
            del self._due[number]
        ready, self._ready = self._ready, []
        return ready + numbers

    def _open(self, now: float) -> None:
        if self._ask_at is None:
            self._ask_at = now + BURST_S

    def _settle(self) -> None:
        """Closes the burst that was asked about.

        A signal of which the witness got one is the group's, even if we got more: the others came with it.
        """
        for number, count in self._asked.items():
            if number in self._theirs:
                self._theirs[number] -= count
            else:
                self._ready += [number] * count
        self._asked, self._answer_by = {}, None
        # what the witness got more often belongs to the next burst, if there is one already
        self._theirs = {number: count for number, count in self._theirs.items() if count > 0 and self._ours}
        self._ask_at = self._ask_at if self._ours else None


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


def _stand_by(watching: int, telling: int, mask: Iterable[int]) -> None:
    """The whole life of the witness; never returns."""
    try:
        signal.set_wakeup_fd(telling, warn_on_full_buffer=False)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _close_all_but(watching, telling)
        said = b""
        while words := os.read(watching, 4096):
            said += words.replace(ASK, b"")
            os.write(telling, bytes([ANSWER]) * words.count(ASK))
        command, _, started = said.partition(b"\n")[0].decode().partition(" ")
        if command and _started(int(command)) == started:  # the number may be another's by now
            os.kill(int(command), signal.SIGKILL)
    finally:
        os._exit(0)


def _close_all_but(*kept: int) -> None:
    """Closes the descriptors that came with the fork: who reads their other end waits for the command only."""
    numbers = {0, 1, 2}
    with contextlib.suppress(OSError):  # none left to look with
        numbers |= {int(name) for name in os.listdir("/dev/fd")}
    for number in numbers - {*kept}:
        with contextlib.suppress(OSError):  # we may have been started with a stream closed
            os.close(number)


def _started(pid: int) -> str:
    """When a process was started, in clock ticks since boot; "" where there is none or /proc does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def _name(number: int) -> str:
    return number.name if isinstance(number, signal.Signals) else str(number)


def _wake(_number: int, _frame: FrameType | None) -> None:
    """Does nothing: the byte that Python writes to the wake-up pipe is what counts."""
