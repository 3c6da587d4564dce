"""`joulecard mlflow upload`: what it takes, what it leaves, and with which exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.hosts.mlflow.conftest import left_behind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.mlflow.conftest import Shell, Store

pytestmark = pytest.mark.needs("mlflow")

ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def segment(shell: Shell, store: Store) -> Path:
    """A segment that lies on disk, of a run that the store knows."""
    store.artifacts.write_text("a file where a folder should be")
    shell.run("import mlflow\nwith mlflow.start_run(run_name='r'): pass", store)
    store.artifacts.unlink()
    (path,) = left_behind()
    return path


def test_nothing_to_send_is_no_failure(shell: Shell, store: Store) -> None:
    """Nor does it make a store."""
    told = shell.upload(store, MLFLOW_TRACKING_URI="")
    assert told.status == 0
    assert told.out.startswith("nothing to send in ")


def test_without_a_store_it_makes_none(shell: Shell, store: Store, segment: Path) -> None:
    """MLflow would begin an empty one in the working directory; the user is asked to name the right one."""
    told = shell.upload(store, MLFLOW_TRACKING_URI="")
    assert (told.status, told.out) == (2, "")
    assert "there is no MLflow store here; set MLFLOW_TRACKING_URI" in told.err
    assert not (shell.folder / "mlflow.db").exists()
    assert segment.exists()


def test_a_folder_may_be_named(shell: Shell, store: Store, segment: Path) -> None:
    """Only what is a segment of a run, under its own name, is taken; the rest is told or left alone."""
    folder = shell.folder / "carbon"
    folder.mkdir()
    document = json.loads(segment.read_text())
    (folder / segment.name).write_bytes(segment.read_bytes())
    (folder / "renamed.json").write_bytes(segment.read_bytes())
    (folder / f"{ID}.json").write_text(json.dumps({**document, "id": ID, "refs": {}}))
    (folder / "broken.json").write_text("{")
    told = shell.upload(store, "carbon")
    assert told.status == 1
    first, second = sorted(told.out.splitlines())
    assert first.startswith("carbon/broken.json was left: ")
    assert second.endswith(": 1 segment sent")
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{ID}.json", "broken.json", "renamed.json"])
    assert shell.upload(store, "nowhere").status == 2


def test_sending_twice_changes_nothing(shell: Shell, store: Store, segment: Path) -> None:
    """A segment that the run has already is not summed again."""
    content = segment.read_bytes()
    shell.upload(store)
    once = store.run("r")
    segment.write_bytes(content)
    assert shell.upload(store).status == 0
    again = store.run("r")
    assert again.metrics == once.metrics
    assert len(again.segments) == 1
