"""However a run begins and ends, it carries its energy, and the script notices nothing."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import textwrap
from typing import TYPE_CHECKING

import pytest
from tests.hosts.mlflow.conftest import await_, fresh, journals, left_behind

if TYPE_CHECKING:
    from tests.hosts.mlflow.conftest import Run, Server, Shell, Store

pytestmark = pytest.mark.needs("mlflow")

DISCLOSURE = "carbon/disclosure.json"
METRICS = {"carbon/energy_wh", "carbon/co2e_g", "carbon/duration_s"}
TAGS = {f"carbon.{name}" for name in ("energy", "co2e", "method", "place", "status", "level", "disclosure")}
WORK = "sum(i * i for i in range(300_000))"


@pytest.fixture(params=["sqlite", "server"])
def either(request: pytest.FixtureRequest) -> Store:
    """A sqlite store of this test's own, and the server that others use too."""
    if request.param == "server":
        server: Server = request.getfixturevalue("server")
        return server.store
    store: Store = request.getfixturevalue("store")
    return store


def carbon_tags(run: Run) -> dict[str, str]:
    """The tags that are ours."""
    return {name: text for name, text in run.tags.items() if name.startswith("carbon.")}


def assert_complete(run: Run, status: str = "completed") -> None:
    """The run has its segment and disclosure; its figures and the digest are those of the disclosure's bytes."""
    assert run.metrics.keys() >= METRICS
    assert carbon_tags(run).keys() - {"carbon.within"} == TAGS
    assert run.tags["carbon.status"] == status
    assert len(run.segments) == 1
    document, data = (run.document(DISCLOSURE), run.files[DISCLOSURE].read_bytes())
    assert document["subject"]["type"] == "run"
    assert run.tags["carbon.disclosure"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    total = document["totals"]["new"]
    assert run.metrics["carbon/energy_wh"] == pytest.approx(1000 * total["energy_it"]["value"], rel=1e-12)
    assert run.metrics["carbon/co2e_g"] == pytest.approx(total["operational_location"]["value"], rel=1e-12)


def test_every_way_to_start_and_end(shell: Shell, either: Store) -> None:
    """with, start_run without with, `from mlflow import start_run`, nested runs, threads, set_terminated."""
    ended = shell.run(
        f"""
        import threading
        import mlflow
        from mlflow import MlflowClient, start_run
        prefix = {either.uri!r} [:4]
        def work():
            {WORK}
        with mlflow.start_run(run_name=prefix + "-with"):
            work()
        mlflow.start_run(run_name=prefix + "-bare")
        work()
        mlflow.end_run()
        with start_run(run_name=prefix + "-imported"):
            work()
        with mlflow.start_run(run_name=prefix + "-parent"):
            for name in "ab":
                with mlflow.start_run(run_name=prefix + "-child-" + name, nested=True):
                    work()
        def beside(name):
            with mlflow.start_run(run_name=name):
                work()
        threads = [threading.Thread(target=beside, args=[prefix + f"-thread-{{n}}"]) for n in "12"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        run = mlflow.start_run(run_name=prefix + "-killed")
        MlflowClient().set_terminated(run.info.run_id, "KILLED")
        print("done")
        """,
        either,
    )
    assert (ended.status, [line for line in ended.out.splitlines() if "://" not in line]) == (0, ["done"])
    assert ended.ours == []
    prefix = either.uri[:4]
    runs = {run.name.removeprefix(prefix): run for run in either.runs() if run.name.startswith(f"{prefix}-")}
    for name in ("-with", "-bare", "-imported", "-parent", "-child-a", "-child-b", "-thread-1", "-thread-2"):
        assert runs[name].status == "FINISHED"
        assert_complete(runs[name])
    assert_complete(runs["-killed"], "failed")
    parent = runs["-parent"].segments[0]
    for child in ("-child-a", "-child-b"):
        assert runs[child].segments[0]["within"] == runs[child].tags["carbon.within"] == parent["execution_id"]
    assert all("within" not in runs[name].segments[0] for name in ("-parent", "-thread-1", "-thread-2", "-with"))
    assert left_behind() == journals() == []
    assert os.listdir(shell.folder) == ["train.py"]


ENDINGS = {
    "with mlflow.start_run(): raise ValueError('no')": (1, "FAILED", "failed"),
    "mlflow.start_run(); raise ValueError('no')": (1, "FINISHED", "failed"),
    "with mlflow.start_run(): sys.exit(3)": (3, "FAILED", "failed"),
    "mlflow.start_run(); print('over')": (0, "FINISHED", "completed"),
    "mlflow.start_run(); sys.exit(0)": (0, "FINISHED", "completed"),
}


@pytest.mark.parametrize("program", ENDINGS)
def test_scripts_that_end_in_a_run(shell: Shell, store: Store, program: str) -> None:
    """Exit status and MLflow's status are as without us; ours says what happened."""
    status, of_mlflow, ours = ENDINGS[program]
    ended = shell.run(f"import sys, mlflow\n{program}", store)
    (run,) = store.runs()
    assert (ended.status, run.status) == (status, of_mlflow)
    assert_complete(run, ours)
    assert ended.ours == []
    assert left_behind() == []


def test_nested_runs_left_open(shell: Shell, store: Store) -> None:
    """MLflow ends the inner one alone; both carry their energy."""
    shell.run("import mlflow\nmlflow.start_run(run_name='p')\nmlflow.start_run(run_name='c', nested=True)", store)
    assert (store.run("c").status, store.run("p").status) == ("FINISHED", "RUNNING")
    assert_complete(store.run("c"))
    assert_complete(store.run("p"))


@pytest.mark.parametrize("opening", ["with mlflow.start_run(run_name='r'):", "mlflow.start_run(run_name='r')\nif 1:"])
def test_ctrl_c(shell: Shell, store: Store, opening: str) -> None:
    """An interrupted script ends as interrupted, its run with its energy."""
    program = f"import mlflow, time\n{opening}\n    open('begun', 'w').close()\n    time.sleep(60)\n"
    pid, end = shell.begin(program, store)
    await_((shell.folder / "begun").exists)
    os.kill(pid, signal.SIGINT)
    ended = end()
    assert ended.status == -signal.SIGINT
    assert ended.err.splitlines()[-1] == "KeyboardInterrupt"
    assert_complete(store.run("r"), "failed")


def test_a_ctrl_c_that_a_prompt_of_the_script_caught(shell: Shell, store: Store) -> None:
    """The script went on and ended well, and so says its exit status."""
    program = """
    import code, mlflow
    mlflow.start_run(run_name="r")
    code.InteractiveConsole().push("raise KeyboardInterrupt")
    print("end")
    """
    ended = shell.run(program, store)
    assert (ended.status, ended.out) == (0, "end\n")
    assert_complete(store.run("r"))


def test_a_forked_child_does_not_end_its_parents_run(shell: Shell, store: Store) -> None:
    """The child's end writes nothing; a run of its own is its own, within that of the parent."""
    shell.run(
        f"""
        import os, sys, mlflow
        with mlflow.start_run(run_name="parent"):
            child = os.fork()
            if child == 0:
                with mlflow.start_run(run_name="of the child"):
                    {WORK}
                sys.exit(0)
            os.waitpid(child, 0)
        """,
        store,
    )
    parent, child = store.run("parent"), store.run("of the child")
    assert_complete(parent)
    assert_complete(child)
    assert child.segments[0]["within"] == parent.segments[0]["execution_id"]


def test_forks_amid_the_workers_imports(shell: Shell, store: Store) -> None:
    """Children that are forked while the worker imports can import the same: none waits for a lock for ever."""
    program = """
    import os, time, mlflow
    mlflow.start_run()
    failures, until = 0, time.monotonic() + 4
    while time.monotonic() < until:
        child = os.fork()
        if child == 0:
            import jinja2, jsonschema_rs, joulecard.disclosure.assemble, joulecard.validation.schema
            os._exit(0)
        failures += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    print(failures, "joulecard.hosts.mlflow.delivery" in __import__("sys").modules)
    """
    assert fresh(textwrap.dedent(program), shell.folder, store) == "0 True\n"


def test_a_killed_script_is_recovered_and_uploaded(shell: Shell, store: Store) -> None:
    """What SIGKILL leaves is a journal; `joulecard mlflow upload` brings it home as interrupted."""
    program = (
        "import mlflow, time\nwith mlflow.start_run(run_name='r'):\n    open('begun', 'w').close()\n    time.sleep(60)"
    )
    pid, end = shell.begin(program, store)
    await_((shell.folder / "begun").exists)
    await_(lambda: any(len(path.read_bytes().splitlines()) > 1 for path in journals()))
    os.kill(pid, signal.SIGKILL)
    assert end().status == -signal.SIGKILL
    uploaded = shell.upload(store)
    run = store.run("r")
    assert (uploaded.status, uploaded.out) == (0, f"run {run.id}: 1 segment sent\n")
    assert run.status == "RUNNING"
    assert_complete(run, "interrupted")
    assert left_behind() == journals() == []


def test_figures_in_tags_read_as_people_write_them(shell: Shell, store: Store) -> None:
    """Energy with its range, a place in words, a digest of the disclosure as it lies there."""
    shell.run("import mlflow\nwith mlflow.start_run(): pass", store, JOULECARD_PLACE="aws/eu-north-1")
    (run,) = store.runs()
    assert re.fullmatch(r"[\d.]+ m?Wh \([\d.]+ to [\d.]+\)", run.tags["carbon.energy"])
    assert re.fullmatch(r"[\d.]+ m?g CO2e \([\d.]+ to [\d.]+\)", run.tags["carbon.co2e"])
    assert run.tags["carbon.place"] == "AWS eu-north-1 (Sweden)"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", run.tags["carbon.disclosure"])
    assert run.tags["carbon.level"] == "L1"
