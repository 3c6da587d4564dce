"""`joulecard dvc report --all-runs`: what dvc.lock says of files belongs to the execution that it names alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from joulecard.hosts.dvc.lock import Lock
from joulecard.hosts.dvc.report import find

if TYPE_CHECKING:
    from collections.abc import Callable

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")


def trains(project: Project) -> list[Any]:
    """The executions of the stage `train` in the disclosure of all runs, in order of their start."""
    made = project.joulecard("dvc", "report", "--all-runs")
    assert made.returncode == 0, made.stderr
    assert project.joulecard("validate", "carbon/disclosure.json").returncode == 0
    stages = project.json("carbon/disclosure.json")["stages"]
    return [stage for stage in stages if stage["name"] == "train"]


def has_lineage(stage: Any) -> bool:
    """Whether the stage says what it read and wrote, after which stage, under which entry of the lock."""
    said = {name in stage for name in ("inputs", "outputs", "depends_on")} | {"dvc_lock" in stage["refs"]}
    assert len(said) == 1
    return said.pop()


def test_a_superseded_execution_has_no_files_of_the_one_that_came_after(project: Project) -> None:
    """It read and wrote other versions, of which dvc.lock tells nothing any more."""
    project.dvc("repro", "--force", "--single-item", "train")
    superseded, named = trains(project)
    assert (has_lineage(superseded), has_lineage(named)) == (False, True)


def test_a_failed_execution_has_no_files_either(project: Project) -> None:
    """It made nothing, whether the record of the completed one is at hand or not."""
    pipeline, record = project.text("dvc.yaml"), project.text("carbon/stages/train.json")
    project.write("dvc.yaml", pipeline.replace("data.txt part.txt", "nothing.txt part.txt"))
    assert project.dvc("repro", "train").returncode != 0
    project.write("dvc.yaml", pipeline)
    assert not any(has_lineage(stage) for stage in trains(project))
    project.write("carbon/stages/train.json", record)
    completed, failed = trains(project)
    assert (completed["status"], failed["status"]) == ("completed", "failed")
    assert (has_lineage(completed), has_lineage(failed)) == (True, False)


def test_work_grows_in_proportion_to_the_records(tmp_path: Path, calls: Callable[[Callable[[], object]], int]) -> None:
    """Four times as many executions that dvc.lock does not name take hardly more than four times the calls."""
    valid = Path(__file__).parents[3] / "schema/1.0/conformance/valid/segment-counter.json"
    document = json.loads(valid.read_bytes())

    def work(count: int) -> int:
        folder = tmp_path / str(count)
        (folder / "carbon/segments").mkdir(parents=True)
        for number in range(count):
            segment = {**document, "id": str(UUID(int=number, version=4))}
            (folder / f"carbon/segments/{number}.json").write_text(json.dumps(segment))
        lock = Lock(str(folder), (str(folder),), (), (), ())
        assert len(find(lock).others) == count
        return calls(lambda: find(lock))

    assert work(400) < 4.4 * work(100)
