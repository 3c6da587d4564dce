"""The streams, descriptors and signal settings of a command are the same with and without `joulecard run`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

RUN = (sys.executable, "-m", "joulecard", "run", "--")
NOISE = "import os, random; os.write({stream}, random.Random(7).randbytes(1 << 20))"
COPY = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"


def output(folder: Path, command: tuple[str, ...], given: bytes | None = None) -> tuple[int, bytes, bytes]:
    """Status and both output streams of a command."""
    ended = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False, timeout=60)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("stream", [1, 2])
def test_a_megabyte_of_binary_output_is_byte_identical(tmp_path: Path, stream: int) -> None:
    """What the command writes comes out unchanged, and nothing is added."""
    command = (sys.executable, "-c", NOISE.format(stream=stream))
    assert output(tmp_path, (*RUN, *command)) == output(tmp_path, command)


def test_standard_input_is_the_commands(tmp_path: Path) -> None:
    """The command reads all of a pipe, and we nothing of it."""
    given = os.urandom(1 << 20)
    assert output(tmp_path, (*RUN, sys.executable, "-c", COPY), given) == (0, given[::-1], b"")


def test_closed_pipe_ends_the_command_as_ever(tmp_path: Path) -> None:
    """`joulecard run -- yes | head -1`: the command dies of SIGPIPE, silently, and so do we."""
    with subprocess.Popen((*RUN, "yes"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -13


def signal_settings(folder: Path, *prefix: str) -> list[int]:
    """The blocked, ignored and caught signals of a command, as bits; without 32 and 33, which are the C library's."""
    status, shown, _ = output(folder, (*prefix, "grep", "^Sig[BIC]", "/proc/self/status"))
    assert status == 0
    return [int(line.split()[1], 16) & ~(0b11 << 31) for line in shown.splitlines()]


def test_signal_settings_are_those_without_us(tmp_path: Path) -> None:
    """Ignored, blocked and caught signals of the command are as if we were not there, SIGPIPE among them."""
    assert signal_settings(tmp_path, *RUN) == signal_settings(tmp_path)


def test_what_was_ignored_stays_ignored(tmp_path: Path) -> None:
    """Under nohup the command survives SIGHUP."""
    line = f"trap '' HUP; exec \"{sys.executable}\" -m joulecard run -- sh -c 'kill -HUP $$; echo alive'"
    assert output(tmp_path, ("sh", "-c", line)) == (0, b"alive\n", b"")


def descriptors(folder: Path, given: int, *prefix: str) -> bytes:
    """The descriptors that a command has, if the caller gives it one more."""
    command = (*prefix, "ls", "/proc/self/fd")
    return subprocess.run(
        command, cwd=folder, stdin=0, capture_output=True, pass_fds=[given], check=True, timeout=60
    ).stdout


def test_command_has_the_descriptors_that_it_was_given(tmp_path: Path) -> None:
    """Descriptors of the caller reach the command, ours do not."""
    with (tmp_path / "file").open("w") as file:
        given = file.fileno()
        assert descriptors(tmp_path, given, *RUN) == descriptors(tmp_path, given)


def test_streams_may_be_closed(tmp_path: Path) -> None:
    """Started without any standard stream, the command runs and is recorded."""
    line = f'exec <&- >&- 2>&-; "{sys.executable}" -m joulecard run -- sh -c "exit 7"'
    assert output(tmp_path, ("sh", "-c", line)) == (7, b"", b"")
    assert len(list(tmp_path.glob("carbon/segments/*.json"))) == 1


def test_reader_sees_the_end_when_the_command_closes_its_output(tmp_path: Path) -> None:
    """Neither the wrapper nor the witness holds what the command has let go of."""
    command = (*RUN, "sh", "-c", "echo hi; exec <&- >&-; sleep 5")
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.read() == b"hi\n"
        time.sleep(0.2)
        with pytest.raises(BrokenPipeError):
            os.write(process.stdin.fileno(), b"nobody reads")
        assert process.poll() is None
        process.kill()


def test_witness_holds_nothing_of_the_callers(tmp_path: Path) -> None:
    """Of all descriptors it has its two pipes only."""
    code = (
        "import os; parent = os.getppid()\n"
        "family = open(f'/proc/{parent}/task/{parent}/children').read().split()\n"
        "(witness,) = {*family} - {str(os.getpid())}\n"
        "print(len(os.listdir(f'/proc/{witness}/fd')))"
    )
    with (tmp_path / "file").open("w") as file:
        command = (*RUN, sys.executable, "-c", code)
        ended = subprocess.run(
            command, cwd=tmp_path, pass_fds=[file.fileno()], capture_output=True, check=True, timeout=60
        )
    assert ended.stdout == b"2\n"


def test_terminal_stays_a_terminal(tmp_path: Path) -> None:
    """Under a terminal all three streams are that terminal, and the command is in its foreground."""
    code = "import os; print([os.isatty(n) for n in (0, 1, 2)], os.tcgetpgrp(0) == os.getpgrp())"
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execv(sys.executable, [*RUN, sys.executable, "-c", code])
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # how Linux tells the end
            break
        if not part:
            break
        shown += part
    assert os.waitpid(pid, 0)[1] == 0
    os.close(terminal)
    assert shown.strip() == b"[True, True, True] True"
