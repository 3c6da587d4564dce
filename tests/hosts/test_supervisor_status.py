"""The exit status of `joulecard run` is that of the command."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

RUN = (sys.executable, "-m", "joulecard", "run", "--")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """The command under the wrapper, ended."""
    return subprocess.run((*RUN, *command), cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("status", [0, 7, 126, 127, 255])
def test_exit_status_is_passed_on(tmp_path: Path, status: int) -> None:
    """Every exit status of the command becomes ours, in silence."""
    ended = run(tmp_path, "sh", "-c", f"exit {status}")
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV, signal.SIGPIPE])
def test_killed_command_ends_us_by_the_same_signal(tmp_path: Path, number: signal.Signals) -> None:
    """A parent sees the signal itself, as DVC does (-9), and not a status that a shell makes of it."""
    ended = run(tmp_path, "sh", "-c", f"kill -{number.value} $$")
    assert (ended.returncode, ended.stderr) == (-number, "")


def test_shell_sees_137_for_a_killed_command(tmp_path: Path) -> None:
    """In a shell a command killed by SIGKILL gives 128 + 9."""
    line = f"\"{sys.executable}\" -m joulecard run -- sh -c 'kill -9 $$'; echo $?"
    ended = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout == "137\n"


def test_only_the_command_leaves_a_core_file(tmp_path: Path) -> None:
    """We end by the command's SIGABRT without a second core file in the working directory."""
    line = f"ulimit -c unlimited; \"{sys.executable}\" -m joulecard run -- sh -c 'ulimit -c 0; kill -ABRT $$'"
    subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert not list(tmp_path.glob("core*"))


def test_missing_command_gives_127(tmp_path: Path) -> None:
    """A command that is not found gives 127, one sentence, and no record."""
    ended = run(tmp_path, "no-such-command")
    assert ended.returncode == 127
    assert (
        ended.stderr
        == "joulecard: no-such-command: the command cannot be started: No such file or directory [JC-START]\n"
    )
    assert not list(tmp_path.iterdir())


def test_file_that_may_not_be_executed_gives_126(tmp_path: Path) -> None:
    """A file without permission to execute gives 126 and one sentence."""
    (tmp_path / "plain").write_text("echo never\n")
    ended = run(tmp_path, "./plain")
    assert ended.returncode == 126
    assert ended.stderr == "joulecard: ./plain: the command cannot be started: Permission denied [JC-START]\n"


def test_script_without_first_line_runs_as_in_a_shell(tmp_path: Path) -> None:
    """An executable script that names no interpreter is given to sh, with its arguments."""
    script = tmp_path / "bare"
    script.write_text('echo "$1"; exit 5\n')
    script.chmod(0o755)
    ended = run(tmp_path, "./bare", "a b")
    assert (ended.returncode, ended.stdout, ended.stderr) == (5, "a b\n", "")
