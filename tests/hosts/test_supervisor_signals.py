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

from joulecard.hosts.witness import ANSWER, BURST_S, GRACE_S, Relay

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
    """What only the wrapper got is passed on, and soon."""
    with listening(tmp_path) as process:
        before_s = time.monotonic()
        process.send_signal(number)
        assert process.stdout
        assert process.stdout.readline() == b"got %d\n" % number
        assert time.monotonic() - before_s < GRACE_S
        assert rest(process) == b""
    assert process.returncode == 0


@pytest.mark.parametrize(("number", "times", "apart_s"), [(signal.SIGTERM, 2, 0.3), (signal.SIGUSR1, 3, 0.1)])
def test_repeated_signal_to_the_wrapper_reaches_the_command_as_often(
    tmp_path: Path, number: signal.Signals, times: int, apart_s: float
) -> None:
    """A second SIGTERM may mean more than the first."""
    with listening(tmp_path) as process:
        for _ in range(times):
            process.send_signal(number)
            time.sleep(apart_s)
        assert rest(process) == b"got %d\n" % number * times


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


def test_sigkill_to_the_wrapper_alone_ends_the_command(tmp_path: Path) -> None:
    """As `subprocess.run(timeout=...)` sends it: without us it would have hit the command. Nothing is left running."""
    with listening(tmp_path, (*RUN, sys.executable, "-c", LISTENER.format(life_s=60))) as process:
        family = children(process.pid)
        assert len(family) == 2
        process.kill()
        process.wait()
        deadline_s = time.monotonic() + 10
        while any(map(is_alive, family)) and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert not any(map(is_alive, family))


def test_dismissed_witness_leaves_the_command_alone() -> None:
    """An orderly end of ours kills nothing."""
    code = (
        "import subprocess, time; from joulecard.hosts.witness import Witness\n"
        "command = subprocess.Popen(['sleep', '60']); witness = Witness.post(); witness.guard(command.pid)\n"
        "witness.dismiss(); time.sleep(0.3); print(command.poll()); command.kill(); command.wait()"
    )
    assert subprocess.check_output((sys.executable, "-c", code), timeout=60) == b"None\n"


def test_witness_spares_another_process_of_the_same_number() -> None:
    """The number of a command that has ended may have been given away: its start time tells."""
    code = (
        "import os, subprocess, time; from joulecard.hosts.witness import Witness\n"
        "other = subprocess.Popen(['sleep', '60']); witness = Witness.post()\n"
        "os.write(witness.life, b'%d 1\\n' % other.pid); witness.forget(); os.waitpid(witness.pid, 0)\n"
        "time.sleep(0.1); print(other.poll()); other.kill(); other.wait()"
    )
    assert subprocess.check_output((sys.executable, "-c", code), timeout=60) == b"None\n"


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    return os.path.exists(f"/proc/{pid}") and state(pid) != "Z"


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
    # one process that starts none: a shell stopped while it waits for its vfork is never seen as stopped
    program = "import time; print('rea' 'dy', flush=True); time.sleep(1); print('do' 'ne')"
    os.write(terminal, f'{sys.executable} -m joulecard run -- {sys.executable} -c "{program}"\n'.encode())
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


def asked(relay: Relay, now: float) -> Relay:
    """The relay, once the witness has been asked."""
    assert relay.question(now)
    return relay


def test_relay_passes_on_what_nobody_else_got() -> None:
    """A burst over, the witness is asked; what it has not got by its answer is due, as often as we got it."""
    relay = Relay()
    relay.reached_us([15, 10, 10], 0.0, witnessed=True)
    assert relay.patience_s(0.0) == BURST_S
    assert not relay.question(BURST_S / 2)
    asked(relay, BURST_S)
    assert relay.due(BURST_S) == []
    relay.reached_group([ANSWER], BURST_S)
    assert relay.due(BURST_S) == [15, 10, 10]
    assert relay.patience_s(1.0) is None


@pytest.mark.parametrize("witness_first", [True, False])
@pytest.mark.parametrize("count", [1, 2])  # two: `timeout` signals its child, then the group
def test_relay_keeps_back_what_the_group_got(*, witness_first: bool, count: int) -> None:
    """In whichever order the two are told of it."""
    relay = Relay()
    if witness_first:
        relay.reached_group([15], 0.0)
    relay.reached_us([15] * count, 0.0, witnessed=True)
    asked(relay, BURST_S)
    relay.reached_group([ANSWER] if witness_first else [15, ANSWER], BURST_S)
    assert relay.due(10.0) == []
    assert relay.patience_s(10.0) is None


def test_relay_keeps_the_bursts_apart() -> None:
    """One to us alone, and while the witness is asked one to the group: one is passed on."""
    relay = Relay()
    relay.reached_us([15], 0.0, witnessed=True)
    asked(relay, BURST_S).reached_us([15], BURST_S, witnessed=True)
    relay.reached_group([15, ANSWER], BURST_S)
    first = relay.due(BURST_S)
    asked(relay, 1.0).reached_group([ANSWER], 1.0)
    assert first + relay.due(1.0) == [15]


def test_relay_does_not_wait_for_ever() -> None:
    """A witness that is stopped does not answer: after the grace the signal is passed on, its late answer is none."""
    relay = Relay()
    relay.reached_us([15], 0.0, witnessed=True)
    asked(relay, BURST_S)
    assert relay.due(BURST_S + GRACE_S) == [15]
    relay.reached_us([10], 5.0, witnessed=True)
    asked(relay, 5.0 + BURST_S).reached_group([ANSWER, 10, ANSWER], 5.1)
    assert relay.due(5.1) == []


def test_relay_passes_on_what_is_open_when_the_witness_dies() -> None:
    """Whatever had been asked, and what not yet."""
    relay = Relay()
    relay.reached_us([15], 0.0, witnessed=True)
    asked(relay, BURST_S).reached_us([10], BURST_S, witnessed=True)
    relay.alone(BURST_S)
    assert relay.due(BURST_S + GRACE_S) == [15, 10]


def test_relay_without_a_witness_trusts_the_keyboard() -> None:
    """Then SIGINT and SIGQUIT are taken for the terminal's, which the command got too."""
    relay = Relay()
    relay.reached_us([signal.SIGINT, signal.SIGQUIT, signal.SIGTERM], 0.0, witnessed=False)
    assert relay.due(GRACE_S) == [signal.SIGTERM]
