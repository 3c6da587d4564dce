"""Starts recordings by the dozen, kills and hinders them, and looks at what they leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from joulecard.capture.journal.recovery import recover
from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

PATIENCE_S = 15.0  # far more than any job here takes; one that has not ended then hangs
ABREAST = 16  # so many at a time: they mostly sleep
STATUS = 7  # the job's own exit status, which must come through
SAID = "the job's own line\n"
# written past `write`, so that an injected failure of `write` cannot be the job's own
JOB = (
    "import os, time, joulecard\n"
    "with joulecard.record('train') as stage:\n"
    "    stage.count('batch', 3)\n"
    "    time.sleep({seconds})\n"
    f"os.writev(1, [{SAID.encode()!r}])\n"
    f"raise SystemExit({STATUS})\n"
)


@dataclass
class Victim:
    """One process in a folder of its own, which holds its state, its run-time folder and its streams too."""

    folder: Path
    pid: int = 0
    began_s: float = field(default_factory=time.monotonic)
    status: int | None = None
    tracer: subprocess.Popen[bytes] | None = None
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """Where its journals are."""
        return self.folder / "state" / "joulecard"

    @property
    def journals(self) -> list[Path]:
        """Those that can be seen."""
        return sorted(path for path in self.state.glob("*.jsonl") if not path.name.startswith("."))

    @property
    def output(self) -> str:
        """Its standard output."""
        return _text(self.folder / "out")

    @property
    def errors(self) -> str:
        """Its standard error."""
        return _text(self.folder / "err")

    @property
    def log(self) -> str:
        """What strace saw."""
        return _text(self.folder / "strace")

    def segments(self, under: str = "carbon/segments") -> list[dict[str, Any]]:
        """The segments that lie in its place, each found valid."""
        documents = [json.loads(path.read_bytes()) for path in sorted((self.folder / under).glob("*.json"))]
        for document in documents:
            violations = validate_document(document, "segment").violations
            assert violations == (), violations
        return documents


class Zygote:
    """Forks victims; `tree` is a package to be used in place of the shipped one."""

    def __init__(self, tree: Path | None = None) -> None:
        environ = {**os.environ, **({"PYTHONPATH": str(tree)} if tree else {}), "PYTHONDONTWRITEBYTECODE": "1"}
        environ["PYTHONWARNINGS"] = "ignore"
        command = [sys.executable, str(Path(__file__).with_name("zygote.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        self._told = b""
        self._ended: dict[int, int] = {}
        self._alive: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pid in self._alive:
            _kill_group(pid)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def start(self, code: str, folder: Path, *, hold: bool = False, **environ: str) -> Victim:
        """A process that runs the code in a folder; the values of `environ` may name it as {folder}."""
        (folder / "run").mkdir(parents=True, mode=0o700, exist_ok=True)
        own = {"HOME": "{folder}", "XDG_STATE_HOME": "{folder}/state", "XDG_RUNTIME_DIR": "{folder}/run"}
        told = {name: value.replace("{folder}", str(folder)) for name, value in {**own, **environ}.items() if value}
        victim = Victim(folder, environ={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore", **told})
        request = {"code": code, "folder": str(folder), "environ": victim.environ, "hold": hold}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        while not victim.pid:
            victim.pid = self._next("started")
        self._alive.add(victim.pid)
        return victim

    def traced(self, code: str, folder: Path, *options: str, **environ: str) -> Victim:
        """As `start`, under strace with these options from its first step on."""
        victim = self.start(code, folder, hold=True, **environ)
        command = ["strace", "-f", "-qq", "-o", str(folder / "strace"), *options, "-p", str(victim.pid)]
        with (folder / "strace-says").open("wb") as said:
            victim.tracer = subprocess.Popen(command, stdout=said, stderr=said)
        while "TracerPid:\t0\n" in _text(Path(f"/proc/{victim.pid}/status")):
            if victim.tracer.poll() is not None:
                raise RuntimeError(_text(folder / "strace-says"))
            time.sleep(0.002)
        os.kill(victim.pid, signal.SIGUSR1)
        return victim

    def wait(self, victim: Victim) -> Victim:
        """The victim when it has ended and all that it started is gone; its status stays None where it hangs."""
        deadline_s = max(victim.began_s + PATIENCE_S, time.monotonic() + 0.1)
        self._await_end(victim, deadline_s)
        self._alive.discard(victim.pid)
        _kill_group(victim.pid)
        if victim.tracer:
            victim.tracer.wait(PATIENCE_S)
        return victim

    def kill(self, victim: Victim) -> Victim:
        """The victim when it has been killed, or has ended by itself before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim.pid, signal.SIGKILL)
        return self.wait(victim)

    def kill_alone(self, victim: Victim) -> Victim:
        """The victim when it has been killed, while all that it started lives on until the zygote ends."""
        os.kill(victim.pid, signal.SIGKILL)
        self._await_end(victim, time.monotonic() + PATIENCE_S)
        return victim

    def all_of(self, begin: Iterator[Callable[[], Victim]]) -> Iterator[Victim]:
        """Every victim when it has ended, a number of them abreast."""
        running: list[Victim] = []
        for each in begin:
            if len(running) >= ABREAST:
                yield self.wait(running.pop(0))
            running.append(each())
        while running:
            yield self.wait(running.pop(0))

    def _await_end(self, victim: Victim, deadline_s: float) -> None:
        while victim.pid not in self._ended and time.monotonic() < deadline_s:
            self._next("", deadline_s - time.monotonic())
        victim.status = self._ended.get(victim.pid)

    def _next(self, wanted: str, patience_s: float = PATIENCE_S) -> int:
        """Waits for one line of what the zygote tells; the process number if it is what is wanted."""
        assert self._process.stdout
        while b"\n" not in self._told:
            if not select.select([self._process.stdout], [], [], max(0.0, patience_s))[0]:
                return 0
            read = os.read(self._process.stdout.fileno(), 1 << 16)
            if not read:
                raise EOFError("the zygote has ended")
            self._told += read
        line, _, self._told = self._told.partition(b"\n")
        word, pid, *status = line.split()
        if status:
            self._ended[int(pid)] = int(status[0])
        return int(pid) if word.decode() == wanted else 0


def last_checkpoint_s(journal: Path) -> float | None:
    """Seconds of the last whole checkpoint that can be seen in a journal, read without any code of ours."""
    try:
        lines = journal.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    told = [json.loads(line) for line in lines if line.startswith(b'{"t":') and b'"w":' in line]
    return float(told[-1]["t"]) if told else None


def recovered(victim: Victim) -> list[dict[str, Any]]:
    """What recover makes of its journals, with what it had written itself; nothing is left over."""
    outcomes = recover(str(victim.state))
    assert {outcome.verdict for outcome in outcomes} <= {"written"}, outcomes
    assert victim.journals == []
    return victim.segments()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
