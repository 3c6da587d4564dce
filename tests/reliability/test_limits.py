"""REL-R11: under limits that are hard on a recorder, a job comes out as it would without one."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.reliability.other_users import RECORDING, common_folder, python_for_all, run_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.nightly, pytest.mark.needs("root")]

MIB = 1 << 20
PLAIN = (
    "import os, time\n"
    "kept = [open(os.devnull) for _ in range(4)]\n"
    "time.sleep(1.2)\n"
    "os.writev(1, [b'the job\\n'])\n"
    "raise SystemExit(7)\n"
)
SPINNING = "while True:\n    pass\n"
GREEDY = "import time\ntime.sleep(0.3)\nheld = bytearray(b'x') * (600 << 20)\nprint('too much')\n"


class Limit(NamedTuple):
    """What is limited, to how much, and the job that is to bear it."""

    name: str
    what: int
    amount: int
    job: str = PLAIN

    def take(self) -> None:
        """Binds this process; beyond the hard limit on CPU time there is SIGKILL, a little before it SIGXCPU."""
        more = 5 if self.what == resource.RLIMIT_CPU else 0
        resource.setrlimit(self.what, (self.amount, self.amount + more))


LIMITS = (
    Limit("16 open files", resource.RLIMIT_NOFILE, 16),
    # the command, and what waits for it: no witness, no thread
    Limit("two processes", resource.RLIMIT_NPROC, 2),
    Limit("little address space", resource.RLIMIT_AS, 48 * MIB),
    Limit("no file may have content", resource.RLIMIT_FSIZE, 0),
    Limit("files of 512 bytes", resource.RLIMIT_FSIZE, 512),
    Limit("a small stack", resource.RLIMIT_STACK, MIB // 4),
    Limit("a second of CPU time", resource.RLIMIT_CPU, 1, SPINNING),
)


class Outcome(NamedTuple):
    """What whoever started the job sees of it."""

    status: int
    output: str
    errors: str


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for a user who may not enter those of pytest."""
    with common_folder() as place:
        yield place


def outcome(command: list[str], folder: Path, bind: Callable[[], None], user: int = RECORDING) -> Outcome:
    """The end of a command that is bound by a limit, without the lines that we may say."""
    ended = run_as(user, command, folder, bind=bind, environ={"XDG_RUNTIME_DIR": str(folder)})
    errors = [line for line in ended.stderr.splitlines() if not line.startswith("joulecard: ")]
    status = 128 - ended.returncode if ended.returncode < 0 else ended.returncode
    return Outcome(status, ended.stdout, "\n".join(errors))


def hosts(job: str, python: str) -> dict[str, list[str]]:
    """The job by itself, in a block that is recorded, and as a command that is recorded."""
    body = "".join(f"    {line}\n" for line in job.splitlines())
    recorded = f"import joulecard\nwith joulecard.record('train'):\n{body}"
    return {
        "alone": [python, "-c", job],
        "block": [python, "-c", recorded],
        "command": [python, "-m", "joulecard", "run", "--", python, "-c", job],
    }


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_a_limit(folder: Path, limit: Limit) -> None:
    """Exit status, output and errors are those of the job by itself."""
    python = python_for_all()
    if not python:
        pytest.skip("no Python here that other users may start, and limits on processes do not bind root")
    ends = {name: outcome(command, folder, limit.take) for name, command in hosts(limit.job, python).items()}
    assert ends["alone"].status == (152 if limit.job is SPINNING else 7)
    assert ends == dict.fromkeys(ends, ends["alone"])


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A control group that may hold 200 MB."""
    version_1 = Path("/sys/fs/cgroup/memory")
    group = (version_1 if version_1.is_dir() else Path("/sys/fs/cgroup")) / f"joulecard-{os.getpid()}"
    try:
        group.mkdir()
        limit = group / ("memory.limit_in_bytes" if version_1.is_dir() else "memory.max")
        limit.write_text(str(200 * MIB))
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error.strerror}")
    yield group
    group.rmdir()


def test_no_memory_left(folder: Path, small_group: Path) -> None:
    """What the kernel kills is told as killed; the record of a command says so, that of a block waits for recover."""

    def enter() -> None:
        (small_group / "cgroup.procs").write_text(str(os.getpid()))

    ends = {name: outcome(command, folder, enter, user=0) for name, command in hosts(GREEDY, sys.executable).items()}
    assert ends["alone"].status == 137
    assert ends == dict.fromkeys(ends, ends["alone"])
