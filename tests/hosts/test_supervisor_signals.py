"""Every signal reaches the command once, whether it was sent to its group or to the wrapper alone."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from joulecard.hosts.witness import GRACE_S, Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = (sys.executable, "-m", "joulecard", "run", "--")
# Says `got N` for each signal of the three, and lives on long enough to get a second one.
LISTENER = """
import os, signal, time
def got(number, frame): os.write(1, b"got %d\\n" % number)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1): signal.signal(number, got)
os.write(1, b"ready\\n")
end = time.monotonic() + {life_s}
while time.monotonic() < end: time.sleep(0.05)
"""
LISTEN = (*RUN, sys.executable, "-c", LISTENER.format(life_s=GRACE_S + 1.0))


@contextmanager
def listening(folder: Path, command: tuple[str, ...] = LISTEN) -> Iterator[subprocess.Popen[bytes]]:
    """The listener under the wrapper, in a process group of its own, once it is ready."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield process


def rest(process: subprocess.Popen[bytes]) -> bytes:
    """All that is still to come."""
    assert process.stdout
    return process.stdout.read()


def children(pid: int) -> list[int]:
    """The process numbers of the children of a process."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def command_line(pid: int) -> bytes:
    """With what a process was started."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()


def state(pid: int) -> str:
    """The letter that the system gives to the state of a process; T is stopped."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0]


def witness_of(pid: int) -> int:
    """The child that is a copy of the wrapper."""
    return next(child for child in children(pid) if command_line(child) == command_line(pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signal_to_the_group_reaches_the_command_once(tmp_path: Path, number: signal.Signals) -> None:
    """The command has a group's signal already; it is not passed on a second time."""
    with listening(tmp_path) as process:
        os.killpg(process.pid, number)
        assert rest(process) == b"got %d\n" % number
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signal_to_the_wrapper_alone_reaches_the_command_once(tmp_path: Path, number: signal.Signals) -> None:
    """What only the wrapper got is passed on after the grace."""
    with listening(tmp_path) as process:
        before_s = time.monotonic()
        process.send_signal(number)
        assert process.stdout
        assert process.stdout.readline() == b"got %d\n" % number
        assert time.monotonic() - before_s >= GRACE_S
        assert rest(process) == b""
    assert process.returncode == 0


def test_terminated_command_ends_us_by_sigterm(tmp_path: Path) -> None:
    """A command that does not catch a group's SIGTERM ends by it, we too, and its record is written."""
    with subprocess.Popen((*RUN, "sleep", "60"), cwd=tmp_path, start_new_session=True) as process:
        while len(children(process.pid)) < 2:  # witness and command
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM
    assert len(list(tmp_path.glob("carbon/segments/*.json"))) == 1


def test_timeout_reaches_the_command_once(tmp_path: Path) -> None:
    """`timeout` signals its child and then the group: the command, which is in both, gets it once."""
    ended = subprocess.run(["timeout", "1.5", *LISTEN], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert ended.stdout == b"ready\ngot 15\n"
    assert ended.returncode == 124


def test_without_the_witness_signals_are_passed_on(tmp_path: Path) -> None:
    """Somebody kills the witness: the command runs on, and SIGTERM to the wrapper still reaches it."""
    with listening(tmp_path) as process:
        os.kill(witness_of(process.pid), signal.SIGKILL)
        process.send_signal(signal.SIGTERM)
        assert rest(process) == b"got 15\n"
    assert process.returncode == 0


def test_witness_ends_with_the_wrapper(tmp_path: Path) -> None:
    """A wrapper killed by SIGKILL leaves nothing of ours behind."""
    with listening(tmp_path) as process:
        witness = witness_of(process.pid)
        process.kill()
        process.wait()
        deadline_s = time.monotonic() + 10
        while os.path.exists(f"/proc/{witness}/fd/2") and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert not os.path.exists(f"/proc/{witness}/fd/2")  # a zombie has no descriptors
        os.killpg(process.pid, signal.SIGKILL)


def shown_until(terminal: int, mark: bytes) -> bytes:
    """What a terminal shows up to a mark, or up to its end."""
    shown = b""
    while mark not in shown and select.select([terminal], [], [], 20)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # how Linux tells the end
            break
        shown += part
    return shown


def test_ctrl_c_reaches_the_command_once(tmp_path: Path) -> None:
    """The terminal signals the whole foreground group."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execv(sys.executable, LISTEN)
    shown_until(terminal, b"ready")
    os.write(terminal, b"\x03")
    assert shown_until(terminal, b"never").count(b"got 2") == 1
    assert os.waitpid(pid, 0)[1] == 0
    os.close(terminal)


def test_ctrl_z_stops_and_fg_continues_both(tmp_path: Path) -> None:
    """Job control of an interactive shell works through the wrapper."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    os.write(terminal, f"{sys.executable} -m joulecard run -- sh -c 'echo rea''dy; sleep 1; echo do''ne'\n".encode())
    shown_until(terminal, b"ready\r\n")
    os.write(terminal, b"\x1a")
    assert b"Stopped" in shown_until(terminal, b"Stopped")
    wrapper = children(pid)[0]
    everyone = [wrapper, *children(wrapper)]
    deadline_s = time.monotonic() + 10
    while [state(process) for process in everyone] != ["T"] * len(everyone):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    os.write(terminal, b"fg\n")
    assert b"done\r\n" in shown_until(terminal, b"done\r\n")
    os.write(terminal, b"exit\n")
    shown_until(terminal, b"never")
    assert os.waitpid(pid, 0)[1] == 0
    os.close(terminal)


def test_relay_passes_on_what_nobody_else_got() -> None:
    """A signal is due after the grace; repeated within it, it is one."""
    relay = Relay()
    relay.reached_us([15], 0.0, witnessed=True)
    relay.reached_us([15], 0.5, witnessed=True)
    assert relay.patience_s(0.25) == GRACE_S - 0.25
    assert relay.due(0.5) == []
    assert relay.due(GRACE_S) == [15]
    assert relay.patience_s(GRACE_S) is None


@pytest.mark.parametrize("witness_first", [True, False])
def test_relay_keeps_back_what_the_group_got(*, witness_first: bool) -> None:
    """In whichever order the two are told of it."""
    relay = Relay()
    if witness_first:
        relay.reached_group([15], 0.0)
    relay.reached_us([15], 0.1, witnessed=True)
    if not witness_first:
        relay.reached_group([15], 0.2)
    assert relay.due(10.0) == []


def test_relay_without_a_witness_trusts_the_keyboard() -> None:
    """Then SIGINT and SIGQUIT are taken for the terminal's, which the command got too."""
    relay = Relay()
    relay.reached_us([signal.SIGINT, signal.SIGQUIT, signal.SIGTERM], 0.0, witnessed=False)
    assert relay.due(GRACE_S) == [signal.SIGTERM]
