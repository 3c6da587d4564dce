"""One job, one count: resumed, nested, ranked and supervised runs show what they cost, once."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.hosts.mlflow.conftest import left_behind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.mlflow.conftest import Run, Shell, Store

pytestmark = pytest.mark.needs("mlflow")

WORK = "sum(i * i for i in range(1_000_000))"
START = f"import mlflow\nwith mlflow.start_run(run_name='r'):\n    {WORK}\n"
RESUME = "import mlflow, sys\nwith mlflow.start_run(run_id=RUN):\n    " + WORK + "\n"


def local_segments(folder: Path) -> dict[str, dict[str, Any]]:
    """The segments of the user's own folder by stage."""
    documents = [json.loads(path.read_text()) for path in (folder / "carbon/segments").glob("*.json")]
    return {document["stage"]: document for document in documents}


def assert_sums(run: Run, parts: int) -> None:
    """The run has so many segments, and its figures are the sum of all."""
    segments = run.segments
    assert len(segments) == parts
    assert len({(each["execution_id"], each["group"]) for each in segments}) == 1
    assert run.metrics["carbon/duration_s"] == pytest.approx(math.fsum(each["monotonic_s"] for each in segments))
    (stage,) = run.document("carbon/disclosure.json")["stages"]
    kwh = [each["energy_it_kwh"] for each in stage["segments"]]
    assert len(kwh) == parts
    assert run.metrics["carbon/energy_wh"] == pytest.approx(1000 * math.fsum(kwh))


@pytest.mark.parametrize("kind", ["sqlite", "server"])
def test_a_resumed_run_shows_the_sum_of_its_parts(shell: Shell, kind: str, request: pytest.FixtureRequest) -> None:
    """By its id and by MLFLOW_RUN_ID, in one session or another: one segment a part, one total."""
    store: Store = request.getfixturevalue("server").store if kind == "server" else request.getfixturevalue("store")
    shell.run(START.replace("'r'", f"'{kind} resumed'"), store)
    run_id = store.run(f"{kind} resumed").id
    shell.run(RESUME.replace("RUN", repr(run_id)), store, JOULECARD_SESSION="another")
    ended = shell.run("import mlflow\nmlflow.start_run()", store, MLFLOW_RUN_ID=run_id)
    assert (ended.ours, left_behind()) == ([], [])
    run = store.run(f"{kind} resumed")
    assert_sums(run, parts=3)
    times = [time_ms for time_ms, _, _ in store.points(run_id, "system/carbon_power_w")]
    assert times == sorted(set(times))


def test_a_foreign_segment_is_passed_over_and_said_once(shell: Shell, store: Store) -> None:
    """What anybody may have put among the segments is checked: broken, and good but of another run."""
    shell.run(START, store)
    (run,) = store.runs()
    (own,) = run.segments
    folder = next(iter(run.files.values())).parents[1] / "carbon/segments"
    folder.mkdir(exist_ok=True)
    other = own | {"id": "00000000-0000-4000-8000-000000000001", "group": "another run"}
    (folder / f"{other['id']}.json").write_text(json.dumps(other))
    (folder / "00000000-0000-4000-8000-000000000002.json").write_text('{"schema": 1e999}')
    (folder / "notes.txt").write_text("mine")
    ended = shell.run(RESUME.replace("RUN", repr(run.id)), store)
    assert (ended.status, len(ended.ours)) == (0, 1)
    assert "is no valid segment" in ended.ours[0]
    (stage,) = store.runs()[0].document("carbon/disclosure.json")["stages"]
    assert len(stage["segments"]) == 2


def test_ranks_of_one_run_are_summed_by_whoever_sees_them_all(shell: Shell, store: Store) -> None:
    """Each rank resumes the run by its id; none waits for another, and no joule is counted twice."""
    shell.run("import mlflow\nmlflow.start_run(run_name='r')", store, RANK="0", WORLD_SIZE="2")
    run_id = store.run("r").id
    shell.run(RESUME.replace("RUN", repr(run_id)), store, RANK="1", WORLD_SIZE="2")
    run = store.run("r")
    assert_sums(run, parts=2)
    assert [each["rank"] for each in run.segments] == [0, 1]


def test_blocks_and_runs_inside_one_another(shell: Shell, store: Store) -> None:
    """A block in a run is within the run, a run in a block within the block, and a child within its parent."""
    shell.run(
        f"""
        import mlflow, joulecard
        with joulecard.record("around"):
            with mlflow.start_run(run_name="parent"):
                with joulecard.record("inside"):
                    {WORK}
                with mlflow.start_run(run_name="child", nested=True):
                    {WORK}
        with joulecard.record("after"):
            pass
        """,
        store,
    )
    blocks = local_segments(shell.folder)
    (parent,), (child,) = store.run("parent").segments, store.run("child").segments
    assert parent["within"] == blocks["around"]["execution_id"]
    assert child["within"] == blocks["inside"]["within"] == parent["execution_id"]
    assert "within" not in blocks["around"] | blocks["after"]


def test_a_child_run_of_another_thread_is_within_its_parent(shell: Shell, store: Store) -> None:
    """The parent that MLflow names counts it, though this thread is inside nothing."""
    shell.run(
        f"""
        import threading, mlflow
        with mlflow.start_run(run_name="parent") as parent:
            def child():
                with mlflow.start_run(run_name="child", parent_run_id=parent.info.run_id):
                    {WORK}
            thread = threading.Thread(target=child)
            thread.start()
            thread.join()
        """,
        store,
    )
    (parent,), (child,) = store.run("parent").segments, store.run("child").segments
    assert child["within"] == parent["execution_id"]
    assert parent["activity"]["cpu_s"] >= child["activity"]["cpu_s"]


def test_a_run_inside_joulecard_run_says_that_it_is_an_inner_part(shell: Shell, store: Store) -> None:
    """Tag, disclosure and card say that an outer recording counts it; together they are counted once."""
    script = shell.folder / "train.py"
    script.write_text(START)
    environ = os.environ | {"MLFLOW_TRACKING_URI": store.uri, "JOULECARD_MLFLOW": "full"}
    command = [sys.executable, "-m", "joulecard", "run", "--stage", "outer", "--", sys.executable, "train.py"]
    subprocess.run(command, cwd=shell.folder, env=environ, check=True, capture_output=True)
    (run,) = store.runs()
    outer = local_segments(shell.folder)["outer"]
    assert run.tags["carbon.within"] == run.segments[0]["within"] == outer["execution_id"]
    gaps = run.document("carbon/disclosure.json")["gaps"]
    told = next(gap["reason"] for gap in gaps if gap["what"] == "outer record")
    assert told.startswith("this is the inner part of another recording")
    for page in ("carbon/model_card.md", "carbon/report.html"):
        assert told in run.files[page].read_text()
    for name, path in run.files.items():
        if name.startswith("carbon/segments/"):
            (shell.folder / name).write_bytes(path.read_bytes())
    assembled = [sys.executable, "-m", "joulecard", "assemble", "-o", "all.json"]
    subprocess.run(assembled, cwd=shell.folder, check=True, capture_output=True)
    (stage,) = json.loads((shell.folder / "all.json").read_text())["stages"]
    assert (stage["name"], len(stage["segments"])) == ("outer", 2)


def test_part_of_a_run_inside_another_recording_is_still_counted(shell: Shell, store: Store) -> None:
    """A run of which one part was supervised and another was not shows the sum of both, and says so."""
    shell.run(START, store, JOULECARD_WITHIN="11111111-1111-4111-8111-111111111111")
    run_id = store.run("r").id
    shell.run(RESUME.replace("RUN", repr(run_id)), store)
    run = store.run("r")
    assert_sums(run, parts=2)
    assert "carbon.within" in run.tags


@pytest.mark.needs("scikit-learn")
@pytest.mark.parametrize("kind", ["sqlite", "server"])
def test_autologged_training_carries_its_energy(shell: Shell, kind: str, request: pytest.FixtureRequest) -> None:
    """An unchanged script with sklearn.autolog, which starts and ends a run by itself."""
    store: Store = request.getfixturevalue("server").store if kind == "server" else request.getfixturevalue("store")
    ended = shell.run(
        """
        import warnings
        warnings.simplefilter("ignore")
        import mlflow
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression
        mlflow.sklearn.autolog(log_models=False, log_datasets=False)
        LogisticRegression(max_iter=200).fit(*load_iris(return_X_y=True))
        """,
        store,
    )
    (run,) = (run for run in store.runs() if run.params)
    assert (ended.status, run.status, len(run.segments)) == (0, "FINISHED", 1)
    assert run.metrics["carbon/energy_wh"] > 0


def test_names_are_text_and_nothing_else(shell: Shell, store: Store) -> None:
    """A run's name may hold HTML, Markdown or template code; all files show it as it is, and MLflow keeps its own."""
    name = "<script>alert(1)</script> **b** {{ 7*7 }} [x](http://x) | \\n \\x1b[31m"
    ended = shell.run(f"import mlflow\nwith mlflow.start_run(run_name='{name}'): pass", store, JOULECARD_MLFLOW="full")
    (run,) = store.runs()
    assert (ended.status, ended.ours) == (0, [])
    page, card = (run.files[f"carbon/{file}"].read_text() for file in ("report.html", "model_card.md"))
    assert "<script>alert" not in page + card
    assert "**b**" not in card
    assert "49" not in run.document("carbon/disclosure.json")["subject"]["name"]
    assert "{{ 7*7 }}" in page
    assert "\\x1b" not in page + card


def test_no_record_names_the_store_or_the_folder(shell: Shell, store: Store) -> None:
    """Neither segment nor disclosure holds an address, a path or a user."""
    shell.run(START, store, JOULECARD_MLFLOW="full")
    (run,) = store.runs()
    text = "".join(path.read_text() for name, path in run.files.items() if name.endswith(".json"))
    for private in (store.uri, str(shell.folder), os.environ["HOME"], "sqlite"):
        assert private not in text
    assert run.document("carbon/disclosure.json")["subject"]["identifiers"] == [{"type": "mlflow_run", "value": run.id}]
    assert run.segments[0]["refs"] == {"mlflow_run_id": run.id, "mlflow_experiment_id": "0"}
