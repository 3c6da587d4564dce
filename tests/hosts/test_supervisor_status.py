"""The exit status of `joulecard run` is that of the command."""

from __future__ import annotations

import contextlib
import os
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


@pytest.mark.parametrize("status", [0, 1, 2, 126, 127, 128, 255])
def test_exit_status_is_passed_on(tmp_path: Path, status: int) -> None:
    """Every exit status of the command becomes ours, in silence."""
    ended = run(tmp_path, "sh", "-c", f"exit {status}")
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", "")


# one for each path: not to be caught, passed on, from the keyboard, with a core file, set by Python
KINDS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV, signal.SIGPIPE]
ENDING = [
    "HUP",
    "INT",
    "QUIT",
    "ILL",
    "TRAP",
    "ABRT",
    "BUS",
    "FPE",
    "KILL",
    "USR1",
    "SEGV",
    "USR2",
    "PIPE",
    "ALRM",
    "TERM",
]


@pytest.mark.parametrize("number", KINDS)
def test_killed_command_ends_us_by_the_same_signal(tmp_path: Path, number: signal.Signals) -> None:
    """A parent sees the signal itself, as DVC does (-9), and not a status that a shell makes of it."""
    ended = run(tmp_path, "sh", "-c", f"kill -{number.value} $$")
    assert (ended.returncode, ended.stderr) == (-number, "")


@pytest.mark.nightly
def test_all_271_ends(tmp_path: Path) -> None:
    """REL-R8: 256 exit statuses and 15 signals, each passed on as it is."""
    statuses = [run(tmp_path, "sh", "-c", f"exit {status}").returncode for status in range(256)]
    assert statuses == list(range(256))
    numbers = [signal.Signals[f"SIG{name}"] for name in ENDING]
    commands = [f"ulimit -c 0; kill -{number.value} $$" for number in numbers]
    assert [run(tmp_path, "sh", "-c", command).returncode for command in commands] == [-number for number in numbers]


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


@pytest.mark.parametrize("module", ["resource", "select", "json", "contextlib", "dataclasses", "signal"])
def test_modules_of_the_user_are_not_ours(tmp_path: Path, module: str) -> None:
    """A resource.py on PYTHONPATH is for the command; we take the standard library's, and record."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / f"{module}.py").write_text("raise SystemExit('not for joulecard')\n")
    program = "import sys; from joulecard.cli import main; sys.exit(main())"
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        (sys.executable, "-c", program, "run", "--", "sh", "-c", 'echo "$PYTHONPATH"; exit 7'),
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, f"{path}\n", "")
    assert len(list(tmp_path.glob("carbon/segments/*.json"))) == 1


@pytest.mark.parametrize("module", ["resource", "select", "dataclasses"])
def test_modules_of_the_current_folder_are_not_ours(tmp_path: Path, module: str) -> None:
    """`python -m` puts the current folder first, where a user's modules stand."""
    (tmp_path / f"{module}.py").write_text("raise SystemExit('not for joulecard')\n")
    ended = run(tmp_path, "sh", "-c", "exit 7")
    assert (ended.returncode, ended.stderr) == (7, "")
    assert len(list(tmp_path.glob("carbon/segments/*.json"))) == 1


def test_failure_of_ours_leaves_the_command_its_status(tmp_path: Path) -> None:
    """Whatever goes wrong while the command runs, it is waited for."""
    program = (
        "import os; from joulecard.hosts.supervisor import Supervisor\n"
        "class Broken(Supervisor):\n"
        "    def _listen(self, timeout_s): raise RuntimeError\n"
        "os._exit(Broken().run(('sh', '-c', 'sleep 0.3; exit 7'), os.environ).exit_status)"
    )
    ended = subprocess.run((sys.executable, "-c", program), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (7, "")


def tasks_of(user: int) -> int:
    """How many processes and threads a user has."""
    count = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            count += len(os.listdir(f"/proc/{pid}/task")) if os.stat(f"/proc/{pid}").st_uid == user else 0
    return count


def test_command_takes_the_place_of_the_witness() -> None:
    """Where the user may have only one more process, it is the command."""
    user = os.getuid() or 61234  # the limit does not hold for root
    program = (
        "import ctypes, os, resource, sys; from joulecard.hosts.supervisor import Supervisor\n"
        "os.setuid(int(sys.argv[2]))\n"
        "supervisor = Supervisor()\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (int(sys.argv[1]),) * 2)\n"
        "sys.exit(supervisor.run(('sh', '-c', 'exit 7'), os.environ).exit_status)"
    )
    limit = tasks_of(user) + 2
    ended = subprocess.run(
        (sys.executable, "-c", program, str(limit), str(user)), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (7, "")


def test_script_without_first_line_runs_as_in_a_shell(tmp_path: Path) -> None:
    """An executable script that names no interpreter is given to sh, with its arguments."""
    script = tmp_path / "bare"
    script.write_text('echo "$1"; exit 5\n')
    script.chmod(0o755)
    ended = run(tmp_path, "./bare", "a b")
    assert (ended.returncode, ended.stdout, ended.stderr) == (5, "a b\n", "")
