"""Runs one command as if it had been started directly: streams, signals and exit status are its own.

While the command runs no signal that can be caught ends this process: what reached the command's process group is
left to the command, what reached only us is passed on to it, some 30 ms later (witness.py). Job control is the
terminal's: SIGTSTP, SIGSTOP and SIGCONT stop and continue us like everyone in the group and are not passed on. A
SIGKILL to us alone ends the command too.
What was ignored when we were started (nohup) stays ignored for the command.
"""

from __future__ import annotations

import contextlib
import os
import resource  # os.wait4 needs it: better to fail now than when the command has ended
import select
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.hosts.start import spawn
from joulecard.hosts.witness import Relay, Witness, listen_for_signals, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SETTLE_S = 0.1  # for helpers that end by themselves when the command ends: resource trackers, readers of pipes

_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 4, 36  # <linux/prctl.h>


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended and what it used."""

    exit_status: int  # negative: the signal that ended it
    cpu_s: float  # user and system CPU seconds of the command and of all that it started and that has ended
    survived: bool  # whether something that it started still runs; never where the system cannot tell
    witness_cpu_s: float = 0.0  # what our own helper has used, which is none of the command's


class Supervisor:
    """Starts one command, stands between it and the world until it ends, and reaps what it leaves behind."""

    def __init__(self) -> None:
        """Takes over the signals of this process; to be made in its main thread, while there is no other."""
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._heard = listen_for_signals()
        self._mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        self._witness = Witness.post()
        self._relay = Relay()
        self._command_pid = 0
        self._status: int | None = None
        self._cpu_s = self._witness_cpu_s = 0.0

    def run(self, argv: tuple[str, ...], environ: Mapping[str, str]) -> Ended:
        """Runs the command to its end; raises OSError or ValueError where it cannot be started."""
        early: list[int] = []
        with contextlib.suppress(Exception):  # signals before the start are lost, the command is not
            early = [number for number in told(self._heard) if number != signal.SIGCHLD]
        try:
            self._command_pid = self._spawn(argv, environ)
        except BaseException:
            with contextlib.suppress(Exception):
                self._dismiss_witness()
            raise
        try:
            self._watch(early)
        except Exception:  # noqa: BLE001 - whatever is wrong with us, the command is running
            self._wait_only()
        finally:
            with contextlib.suppress(Exception):
                self._dismiss_witness()
        survived = False
        with contextlib.suppress(Exception):
            survived = self._settle()
        if self._status is None:  # never a success that nobody saw
            raise OSError("the command's exit status was lost")
        return Ended(self._status, survived=survived, cpu_s=self._cpu_s, witness_cpu_s=self._witness_cpu_s)

    def _spawn(self, argv: tuple[str, ...], environ: Mapping[str, str]) -> int:
        """Starts the command; where the user may have no more processes, in the place of the witness."""
        try:
            return spawn(argv, environ, self._mask)
        except BlockingIOError:  # EAGAIN
            if not self._witness:
                raise
            self._dismiss_witness()
        return spawn(argv, environ, self._mask)

    def _watch(self, early: Iterable[int]) -> None:
        """Passes signals on until the command has ended."""
        if self._witness:
            self._witness.guard(self._command_pid)
        _let_go_of_streams()
        self._pass_on(early)
        while self._status is None:
            self._listen(self._relay.patience_s(time.monotonic()))
            self._reap()
            if self._witness and self._relay.question(time.monotonic()):
                self._witness.ask()
            self._pass_on(self._relay.due(time.monotonic()))

    def _wait_only(self) -> None:
        """The least that must be done for a command that runs: its exit status."""
        with contextlib.suppress(Exception):
            self._dismiss_witness()
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._command_pid, 0)[1])

    def _listen(self, timeout_s: float | None) -> None:
        """Waits for a signal to us or to the witness, at most `timeout_s`."""
        ears = select.poll()
        ears.register(self._heard, select.POLLIN)
        if self._witness:
            ears.register(self._witness.report, select.POLLIN)
        for ear, _ in ears.poll(None if timeout_s is None else timeout_s * 1000 + 1):
            numbers = told(ear)
            if ear == self._heard:
                self._relay.reached_us(numbers, time.monotonic(), witnessed=self._witness is not None)
            elif numbers:
                self._relay.reached_group(numbers, time.monotonic())
            else:  # end of file: the witness was killed
                self._dismiss_witness()

    def _reap(self) -> bool:
        """Collects all that has ended; whether children are left that have not."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if self._witness and pid == self._witness.pid:
                self._witness_cpu_s = usage.ru_utime + usage.ru_stime
                self._witness.forget()
                self._without_witness()
                continue
            self._cpu_s += usage.ru_utime + usage.ru_stime
            if pid == self._command_pid:
                self._status = os.waitstatus_to_exitcode(status)

    def _settle(self) -> bool:
        """Whether something still runs after a short wait for what is ending anyway."""
        deadline = time.monotonic() + SETTLE_S
        while self._reap():
            patience_s = deadline - time.monotonic()
            if patience_s <= 0:
                return True
            self._listen(patience_s)
        return False

    def _pass_on(self, numbers: Iterable[int]) -> None:
        """Sends signals to the command; its process number is still its own, for only `_reap` gives it back."""
        for number in numbers:
            if self._status is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):  # a setuid command may refuse
                    os.kill(self._command_pid, number)

    def _dismiss_witness(self) -> None:
        if self._witness:
            self._witness_cpu_s = self._witness.dismiss()
            self._without_witness()

    def _without_witness(self) -> None:
        self._witness = None
        self._relay.alone(time.monotonic())


def end_like(exit_status: int) -> int:
    """The status to exit with; where a signal ended the command, ends this process by the same one instead."""
    if exit_status >= 0:
        return exit_status
    number = -exit_status
    _prctl(_PR_SET_DUMPABLE, 0)  # the only core file is the command's
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with contextlib.suppress(OSError, ValueError):  # SIGKILL has no handler to reset
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    return 128 + number  # the first process of a container survives its own signals


def _let_go_of_streams() -> None:
    """Leaves standard input and output to the command alone: who reads its output sees the end when it closes it."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            with contextlib.suppress(OSError):  # started without it
                if os.get_inheritable(stream):  # else it is a pipe of ours: we were started without a stream
                    os.dup2(nowhere, stream)
        if nowhere > 1:
            os.close(nowhere)


def _prctl(option: int, value: int) -> None:
    """Sets a property of this process where the system is Linux; elsewhere does nothing."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError, OSError, AttributeError):  # a Python built without ctypes
        import ctypes

        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)
