"""A server that is gone, silent, broken or closed: the script ends as it would without us, and the record waits."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from tests.hosts.mlflow.conftest import IMPATIENT, Server, await_, left_behind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hosts.mlflow.conftest import Ended, Shell, Store

pytestmark = pytest.mark.needs("mlflow")

# the run starts with a good server, then every request goes elsewhere, as if that server had changed
TRAIN = """
import os, sys, mlflow
print("begin")
with mlflow.start_run(run_name="r") as run:
    open("run_id", "w").write(run.info.run_id)
    sum(i * i for i in range(300_000))
    mlflow.set_tracking_uri(os.environ["LATER"])
print("end")
"""


WORK = "sum(i * i for i in range(300_000))"


@contextmanager
def answering(response: bytes | None) -> Iterator[str]:
    """A server that answers everything alike, or nothing, whoever asks; its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        held: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection = listening.accept()[0]
                    held.append(connection)
                    if response is not None:
                        connection.recv(1 << 16)
                        connection.sendall(response)
                        connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def refusal(status: str, body: bytes = b"{}") -> bytes:
    """An HTTP response."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    )
    return head.encode() + b"\r\n" + body


DENIED = refusal("403 FORBIDDEN", b'{"error_code": "PERMISSION_DENIED", "message": "no"}')
ANSWERS = {
    "gone": None,
    "silent": None,
    "broken": refusal("500 INTERNAL SERVER ERROR"),
    "closed": DENIED,
}


def both(shell: Shell, server: Server, program: str, later: str, **environ: str) -> tuple[Ended, Ended]:
    """The program with us and without."""
    given = {**IMPATIENT, "LATER": later, **environ}
    return shell.run(program, server.store, **given), shell.run(program, server.store, JOULECARD_DISABLED="1", **given)


def assert_alike(ended: Ended, without: Ended) -> None:
    """Output, exit status and what others said are the same; we said one thing."""
    assert (ended.status, ended.out) == (without.status, without.out)
    assert [line[:60] for line in ended.others] == [line[:60] for line in without.others]
    assert without.ours == []
    assert len(ended.ours) == 1
    assert "joulecard mlflow upload" in ended.ours[0]
    assert "127.0.0.1" not in ended.ours[0]


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_server_that_fails_at_the_end_of_a_run(shell: Shell, server: Server, kind: str) -> None:
    """MLflow's own failure is what the script sees; the record lies on disk, and one command brings it home."""
    if kind == "gone":
        ended, without = both(shell, server, TRAIN, "http://127.0.0.1:9")
    else:
        with answering(ANSWERS[kind]) as later:
            ended, without = both(shell, server, TRAIN, later)
    assert ended.status == 1
    assert_alike(ended, without)
    (path,) = left_behind()
    assert str(path.parent) in ended.ours[0]
    run_id = path.read_text().partition('"mlflow_run_id": "')[2][:32]
    uploaded = shell.upload(server.store)
    assert (uploaded.status, uploaded.out) == (0, f"run {run_id}: 1 segment sent\n")
    run = next(run for run in server.store.runs() if run.id == run_id)
    assert run.metrics["carbon/energy_wh"] > 0
    assert "carbon/disclosure.json" in run.files
    assert left_behind() == []
    assert shell.upload(server.store).out.startswith("nothing to send in ")


def test_a_server_killed_during_the_run(shell: Shell, empty_database: Path, tmp_path: Path) -> None:
    """The run is never marked ended, as without us; both runs open at exit are on disk."""
    folder = tmp_path / "server"
    folder.mkdir()
    own = Server(empty_database, folder)
    program = f"""
    import mlflow, os, time
    mlflow.start_run(run_name="p")
    mlflow.start_run(run_name="c", nested=True)
    os.environ.update({IMPATIENT})
    open("begun", "w").close()
    while not os.path.exists("killed"):
        time.sleep(0.05)
    print("over")
    """
    _, end = shell.begin(program, own.store)
    await_((shell.folder / "begun").exists)
    own.kill()
    (shell.folder / "killed").touch()
    ended = end()
    assert (ended.status, ended.out, len(ended.ours)) == (0, "over\n", 1)
    assert len(left_behind()) == 2
    uploaded = shell.upload(own.store, **IMPATIENT)
    assert uploaded.status == 1
    assert all("left: " in line for line in uploaded.out.splitlines())
    assert len(left_behind()) == 2


def test_after_one_failure_no_other_run_waits(shell: Shell, server: Server) -> None:
    """Three runs and a server that would keep each waiting for a minute: the first one gives up after its deadline."""
    program = """
    import os, threading, mlflow
    from mlflow import MlflowClient
    runs = [mlflow.start_run(run_name=str(n), nested=n > 0).info.run_id for n in range(3)]
    client = MlflowClient(os.environ["LATER"])
    def hurry():
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "1"
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "60"
    threading.Timer(5, hurry).start()
    for run_id in reversed(runs):
        try:
            client.set_terminated(run_id)
        except Exception as error:
            print(type(error).__name__)
    os._exit(0)
    """
    with answering(None) as later:
        ended = shell.run(program, server.store, LATER=later, **IMPATIENT)
    assert (ended.status, len(ended.ours)) == (0, 1)
    assert "MLflow took too long" in ended.ours[0]
    assert len(left_behind()) == 3


def test_an_artifact_store_that_fails_costs_only_the_files(shell: Shell, store: Store) -> None:
    """Figures are in the run, the record waits on disk, and the script ends well."""
    store.artifacts.write_text("a file where a folder should be")
    ended = shell.run(f"import mlflow\nwith mlflow.start_run(run_name='r'): {WORK}\nprint('end')", store)
    run = store.run("r")
    assert (ended.status, ended.out, run.status, len(ended.ours)) == (0, "end\n", "FINISHED", 1)
    assert run.metrics["carbon/energy_wh"] > 0
    assert "carbon.disclosure" in run.tags
    assert len(left_behind()) == 1
    store.artifacts.unlink()
    points = store.points(run.id, "system/carbon_power_w")
    assert shell.upload(store).status == 0
    assert len(store.run("r").segments) == 1
    assert store.points(run.id, "system/carbon_power_w") == points


def test_a_run_that_is_deleted_before_its_end(shell: Shell, store: Store) -> None:
    """MLflow's own refusal is what the script sees; the record waits, private, for whoever restores the run."""
    program = """
    import mlflow
    with mlflow.start_run(run_name="r") as run:
        mlflow.delete_run(run.info.run_id)
    """
    ended = shell.run(program, store)
    without = shell.run(program, store, JOULECARD_DISABLED="1")
    assert (ended.status, len(ended.ours)) == (without.status, 1)
    (path,) = left_behind()
    assert {folder.stat().st_mode & 0o777 for folder in path.parents[2:4]} == {0o700}
    uploaded = shell.upload(store)
    assert uploaded.status == 1
    assert "the run has been deleted; restore it, or remove its segments" in uploaded.out
    assert left_behind() == [path]


def test_a_run_that_the_server_does_not_know_is_left(shell: Shell, server: Server, store: Store) -> None:
    """Another server's runs are not sent to this one."""
    with answering(DENIED) as later:
        shell.run(TRAIN, server.store, LATER=later, **IMPATIENT)
    uploaded = shell.upload(store)
    assert uploaded.status == 1
    assert "does not know the run; MLFLOW_TRACKING_URI names another" in uploaded.out
    assert len(left_behind()) == 1
