"""How much goes into runs: the setting `mlflow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hosts.mlflow.conftest import journals, left_behind

if TYPE_CHECKING:
    from tests.hosts.mlflow.conftest import Run, Shell, Store

pytestmark = pytest.mark.needs("mlflow")

NESTED = """
import mlflow
with mlflow.start_run(run_name="parent"):
    with mlflow.start_run(run_name="child", nested=True):
        sum(i * i for i in range(300_000))
"""
DATA, PAGES = {"disclosure.json", "segment"}, {"model_card.md", "report.html"}


def files(run: Run) -> set[str]:
    """What lies below carbon/, segments under one name."""
    return {"segment" if "segments" in name else name.removeprefix("carbon/") for name in run.files}


def test_auto_gives_short_runs_figures_and_records(shell: Shell, store: Store) -> None:
    """Without a setting: no card and no page for a run of a moment, nor for its child."""
    shell.run(NESTED, store)
    assert [files(run) for run in store.runs()] == [DATA, DATA]


def test_full_gives_every_run_everything(shell: Shell, store: Store) -> None:
    """Child runs too."""
    ended = shell.run(NESTED, store, JOULECARD_MLFLOW="full")
    assert ended.ours == []
    assert [files(run) for run in store.runs()] == [DATA | PAGES, DATA | PAGES]


def test_metrics_gives_figures_alone(shell: Shell, store: Store) -> None:
    """No artifact; a resumed run, whose earlier parts nobody can read, says that it shows the last part."""
    shell.run(NESTED, store, JOULECARD_MLFLOW="metrics")
    run = store.run("parent")
    assert (files(run), run.tags["carbon.status"]) == (set(), "completed")
    assert {"carbon/energy_wh", "carbon/co2e_g", "system/carbon_power_w"} <= run.metrics.keys()
    shell.run("import mlflow\nmlflow.start_run()", store, JOULECARD_MLFLOW="metrics", MLFLOW_RUN_ID=run.id)
    assert store.run("parent").tags["carbon.status"] == "completed, last part only"
    assert left_behind() == []


@pytest.mark.parametrize(
    "environ", [{"JOULECARD_MLFLOW": "off"}, {"DATABRICKS_RUNTIME_VERSION": "16.1"}], ids=["off", "Databricks"]
)
def test_off_gives_nothing(shell: Shell, store: Store, environ: dict[str, str]) -> None:
    """By the setting, and on Databricks, where nobody asked for it."""
    ended = shell.run(NESTED.replace("import mlflow\n", "import mlflow, os\n"), store, **environ)
    assert (ended.status, ended.ours) == (0, [])
    assert [(run.files, {name for name in run.metrics if "carbon" in name}) for run in store.runs()] == [
        ({}, set())
    ] * 2
    assert journals() == []


def test_the_setting_may_stand_in_a_file(shell: Shell, store: Store) -> None:
    """joulecard.toml holds for scripts that are started below it."""
    (shell.folder / "joulecard.toml").write_text('mlflow = "metrics"\n')
    shell.run(NESTED, store)
    assert files(store.run("parent")) == set()


def test_without_a_state_folder_records_are_sent_all_the_same(shell: Shell, store: Store) -> None:
    """They lie below the working directory until then."""
    shell.run("import mlflow\nwith mlflow.start_run(): pass", store, XDG_STATE_HOME="", HOME="")
    (run,) = store.runs()
    assert files(run) == DATA
    assert list((shell.folder / "carbon/segments").iterdir()) == []
