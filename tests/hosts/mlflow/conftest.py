"""Real MLflow: scripts in processes of their own, a sqlite store made once and copied, and one tracking server.

Cost of the session: about 8 s for the first store, 6 s for the server, 3 s for each of two starters; a script then
takes what it does itself.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
# one attempt that may take two seconds: MLflow itself would wait for minutes
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "2"}
MAKE_STORE = "import sys; from mlflow import MlflowClient; MlflowClient(sys.argv[1]).search_experiments()"


class Run(NamedTuple):
    """One run as the store has it."""

    id: str
    name: str
    status: str
    metrics: dict[str, float]
    tags: dict[str, str]
    params: dict[str, str]
    files: dict[str, Path]

    def document(self, name: str) -> dict[str, Any]:
        """A JSON artifact."""
        document: dict[str, Any] = json.loads(self.files[name].read_text())
        return document

    @property
    def segments(self) -> list[dict[str, Any]]:
        """Its segments in the order of their start."""
        found = [self.document(name) for name in self.files if name.startswith("carbon/segments/")]
        return sorted(found, key=lambda segment: segment["start"])


@dataclass(frozen=True)
class Store:
    """A tracking store, read past MLflow: by its database and its folder of artifacts."""

    uri: str
    database: Path
    artifacts: Path

    def runs(self) -> list[Run]:
        """All runs in the order of their start."""
        with closing(sqlite3.connect(self.database)) as base:
            found = base.execute("SELECT run_uuid, name, status FROM runs ORDER BY start_time, rowid").fetchall()
            return [self._run(base, *row) for row in found]

    def run(self, name: str) -> Run:
        """The one run of that name."""
        (found,) = (run for run in self.runs() if run.name == name)
        return found

    def points(self, run_id: str, key: str) -> list[tuple[int, int, float]]:
        """The history of a metric: time in ms, step, value."""
        with closing(sqlite3.connect(self.database)) as base:
            query = "SELECT timestamp, step, value FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY timestamp"
            return base.execute(query, (run_id, key)).fetchall()

    def _run(self, base: sqlite3.Connection, run_id: str, name: str, status: str) -> Run:
        metrics, tags, params = (
            dict(base.execute(f"SELECT key, value FROM {table} WHERE run_uuid = ?", (run_id,)))  # noqa: S608
            for table in ("latest_metrics", "tags", "params")
        )
        roots = self.artifacts.glob(f"*/{run_id}/artifacts")
        files = {str(path.relative_to(root)): path for root in roots for path in root.rglob("*") if path.is_file()}
        return Run(run_id, name, status, metrics, tags, params, files)


class Ended(NamedTuple):
    """How a script ended."""

    status: int
    out: str
    err: str

    @property
    def ours(self) -> list[str]:
        """What we have said."""
        return [line for line in self.err.splitlines() if line.startswith("joulecard: ")]

    @property
    def others(self) -> list[str]:
        """What stood on standard error beside: no frames of tracebacks, no times."""
        lines = (line for line in self.err.splitlines() if line and not line.startswith((" ", "joulecard: ")))
        return [line.partition(" WARNING ")[2] or line for line in lines]


class Starter:
    """A process with MLflow imported that forks for each script."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "starter.py")],
            env=os.environ | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._pid = 0
        assert self._answer() == {"ready": True}

    def start(self, script: Path, folder: Path, environ: dict[str, str]) -> int:
        """The process number of the script; `end` gives how it ended."""
        names = {name: str(self._folder / name) for name in ("stdout", "stderr")}
        request = {"script": str(script), "folder": str(folder), "environ": os.environ | environ, **names}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        self._pid = int(self._answer()["pid"])
        return self._pid

    def end(self) -> Ended:
        """How the script ended."""
        status = int(self._answer()["status"])
        self._pid = 0
        return Ended(status, *((self._folder / name).read_text() for name in ("stdout", "stderr")))

    def stop(self) -> None:
        """Ends a script that a failed test has left running."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self.end()

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class Shell:
    """Runs scripts for one test, each in the test's own folder."""

    def __init__(self, starters: dict[bool, Starter], folder: Path) -> None:
        self._starters = starters
        self.folder = folder

    def run(self, program: str, store: Store, **environ: str) -> Ended:
        """How the program ended."""
        return self.begin(program, store, **environ)[1]()

    def upload(self, store: Store, *arguments: str, **environ: str) -> Ended:
        """What `joulecard mlflow upload` says and how it ends."""
        command = ["joulecard", "mlflow", "upload", *arguments]
        program = f"import sys\nfrom joulecard.cli import main\nsys.argv = {command!r}\nsys.exit(main())"
        return self._begin("upload.py", program, store, environ)[1]()

    def begin(self, program: str, store: Store, **environ: str) -> tuple[int, Callable[[], Ended]]:
        """The process number of the program, and what waits for its end."""
        return self._begin("train.py", program, store, environ)

    def _begin(self, name: str, program: str, store: Store, environ: dict[str, str]) -> tuple[int, Callable[[], Ended]]:
        script = self.folder / name
        script.write_text(textwrap.dedent(program))
        starter = self._starters[environ.get("JOULECARD_DISABLED") == "1"]
        pid = starter.start(script, self.folder, {"MLFLOW_TRACKING_URI": store.uri, **environ})
        return pid, starter.end


@pytest.fixture(scope="session")
def starters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Starter]]:
    """Starters by whether JOULECARD_DISABLED=1 held when MLflow was imported."""
    quiet = {"PYTHONPATH": str(HERE.parents[2] / "plugin")}
    made = {
        disabled: Starter(tmp_path_factory.mktemp("starter"), quiet | ({"JOULECARD_DISABLED": "1"} if disabled else {}))
        for disabled in (False, True)
    }
    yield made
    for starter in made.values():
        starter.close()


@pytest.fixture
def shell(starters: dict[bool, Starter], tmp_path: Path) -> Iterator[Shell]:
    """What runs scripts in a folder of this test."""
    folder = tmp_path / "work"
    folder.mkdir()
    yield Shell(starters, folder)
    for starter in starters.values():
        starter.stop()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a store without runs."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    environ = os.environ | {"JOULECARD_DISABLED": "1"}
    uri = f"sqlite:///{path}"
    subprocess.run(
        [sys.executable, "-c", MAKE_STORE, uri], env=environ, cwd=path.parent, check=True, capture_output=True
    )
    return path


def fresh_store(empty: Path, folder: Path) -> Store:
    """A store of one's own."""
    database, artifacts = folder / "mlflow.db", folder / "artifacts"
    shutil.copy(empty, database)
    with closing(sqlite3.connect(database)) as base:
        base.execute("UPDATE experiments SET artifact_location = ?", (str(artifacts / "0"),))
        base.commit()
    return Store(f"sqlite:///{database}", database, artifacts)


@pytest.fixture
def store(empty_database: Path, tmp_path: Path) -> Store:
    """An empty sqlite store."""
    return fresh_store(empty_database, tmp_path)


class Server:
    """`mlflow server` on a free port of this machine."""

    def __init__(self, empty: Path, folder: Path) -> None:
        made = fresh_store(empty, folder)
        with closing(sqlite3.connect(made.database)) as base:
            base.execute("UPDATE experiments SET artifact_location = 'mlflow-artifacts:/0'")
            base.commit()
        self.port = free_port()
        self.store = Store(f"http://127.0.0.1:{self.port}", made.database, made.artifacts)
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"]
        places = ["--backend-store-uri", made.uri, "--artifacts-destination", str(made.artifacts)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", "server", *options, *places],
            env=os.environ | {"JOULECARD_DISABLED": "1"},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._await()

    def _await(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.store.uri}/health", timeout=2):  # noqa: S310
                return
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """Ends it and all its processes at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One tracking server for all tests that do not end it."""
    running = Server(empty_database, tmp_path_factory.mktemp("server"))
    yield running
    running.kill()


def fresh(program: str, folder: Path, store: Store, **environ: str) -> str:
    """What a program prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | {"MLFLOW_TRACKING_URI": store.uri, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "joulecard" not in done.stderr
    return done.stdout


def await_(condition: Callable[[], object]) -> None:
    """Waits until something is so; fails after a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def left_behind() -> list[Path]:
    """The segments of this test that are on disk and not in MLflow."""
    return sorted((Path(os.environ["XDG_STATE_HOME"]) / "joulecard/mlflow/carbon/segments").glob("*.json"))


def journals() -> list[Path]:
    """The journals of this test."""
    return sorted((Path(os.environ["XDG_STATE_HOME"]) / "joulecard").glob("*.jsonl"))
