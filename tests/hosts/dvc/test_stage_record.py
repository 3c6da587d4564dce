"""What `joulecard run` leaves in a DVC stage, and what the real dvc makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[str], "Project"]

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")


def stage(name: str, command: object) -> dict[str, Any]:
    """A stage that keeps a record."""
    return {name: {"cmd": command, "metrics": [{f"carbon/stages/{name}.json": {"cache": False}}]}}


def pipeline(*stages: dict[str, Any]) -> str:
    """A dvc.yaml; JSON is YAML."""
    return json.dumps({"stages": {name: body for each in stages for name, body in each.items()}})


def test_metrics_show_lists_every_stage_with_energy(finished: Project) -> None:
    """Each stage is a row of `dvc metrics show`, with three columns above zero."""
    shown = json.loads(finished.dvc("metrics", "show", "--json").stdout)
    files = shown[""]["data"]
    assert sorted(files) == ["carbon/stages/prepare.json", "carbon/stages/train.json"]
    for file in files.values():
        assert sorted(file["data"]) == ["co2e_g", "duration_s", "energy_wh"]
        assert min(file["data"].values()) > 0


def test_nothing_runs_a_second_time_and_status_is_clean(finished: Project) -> None:
    """The records do not make DVC think that anything has changed."""
    again = finished.dvc("repro")
    assert again.returncode == 0
    assert "Running" not in again.stdout
    assert finished.dvc("status", "--json").stdout.strip() == "{}"


def test_commands_of_one_stage_are_segments_of_one_execution(finished: Project) -> None:
    """A stage with a list of commands is counted once, with a segment per command, in order."""
    segments = finished.record("train")["segments"]
    assert len(segments) == 2
    assert len({segment["execution_id"] for segment in segments}) == 1
    assert segments[0]["end"] <= segments[1]["start"]
    assert finished.record("train")["duration_s"] == pytest.approx(sum(segment["monotonic_s"] for segment in segments))


def test_a_second_run_of_a_stage_starts_a_new_record(project: Project) -> None:
    """Segments of an earlier run are not added to those of a later one."""
    before = project.record("train")["segments"]
    project.dvc("repro", "--force", "--single-item", "train")
    after = project.record("train")["segments"]
    assert len(after) == 2
    assert {segment["group"] for segment in before} & {segment["group"] for segment in after} == set()


def test_a_restored_stage_keeps_the_record_of_the_run_that_made_it(project: Project) -> None:
    """Going back to an earlier parameter brings back the very record of that run."""
    before = project.text("carbon/stages/train.json")
    project.write("params.yaml", "rounds: 2\n")
    project.dvc("repro")
    assert project.text("carbon/stages/train.json") != before
    project.write("params.yaml", "rounds: 1\n")
    again = project.dvc("repro")
    assert "is cached" in again.stdout
    assert project.text("carbon/stages/train.json") == before


def test_failures_stay_what_they_are_and_are_recorded(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC hears the status and the signal of the command itself; the energy spent is on record all the same."""
    monkeypatch.setenv("SHELL", "/bin/bash")  # becomes its last command; a shell that waits for it says 137 instead
    project = make(
        pipeline(
            stage("seven", "joulecard run -- sh -c 'exit 7'"), stage("killed", "joulecard run -- sh -c 'kill -9 $$'")
        )
    )
    ran = project.dvc("repro", "--keep-going")
    assert ran.returncode != 0
    said = ran.stdout + ran.stderr
    assert "exited with 7" in said
    assert "exited with -9" in said
    assert [project.record("seven")["segments"][0][key] for key in ("status", "exit_status")] == ["failed", 7]
    assert [project.record("killed")["segments"][0][key] for key in ("status", "exit_status")] == ["failed", -9]


def test_turned_off_the_stage_succeeds_and_says_that_nothing_was_recorded(project: Project) -> None:
    """With JOULECARD_DISABLED the record holds a reason and nothing that could be taken for a figure."""
    ran = project.dvc("repro", "--force", "--single-item", "prepare", JOULECARD_DISABLED="1")
    assert ran.returncode == 0, ran.stderr
    record = project.record("prepare")
    assert sorted(record) == ["reason", "recorded"]
    assert record["recorded"] is False
    assert "JOULECARD_DISABLED" in record["reason"]


def test_a_stage_that_was_recorded_in_part_has_no_figures(make: Make) -> None:
    """Where one of its commands was not recorded, the figures of the others would be too small."""
    project = make(pipeline(stage("half", ["JOULECARD_DISABLED=1 joulecard run -- true", "joulecard run -- true"])))
    ran = project.dvc("repro")
    assert ran.returncode == 0, ran.stderr
    assert project.record("half")["recorded"] is False
    assert "an earlier command of stage half was not recorded" in ran.stderr
    assert len(project.segments()) == 1


def test_where_the_record_cannot_be_written_our_sentence_says_so(make: Make) -> None:
    """The command itself succeeds; DVC misses the file, and the sentence names the path and where the record lies."""
    project = make(pipeline(stage("only", "joulecard run -- sh -c 'rm -rf carbon && touch carbon done.txt'")))
    ran = project.dvc("repro")
    assert (project.path / "done.txt").exists()
    assert ran.returncode != 0
    assert "carbon" in ran.stderr
    assert "joulecard: " in ran.stderr
    assert "joulecard recover" in ran.stderr
    assert "does not exist" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_broken_settings_cost_a_sentence_and_not_the_stage(project: Project) -> None:
    """A settings file that is wrong is named; the stage is recorded with the defaults."""
    project.write("joulecard.toml", "colour = 'green'\n")
    ran = project.dvc("repro", "--force", "--single-item", "prepare")
    assert ran.returncode == 0, ran.stderr
    assert "colour" in ran.stderr
    assert project.record("prepare")["energy_wh"] > 0


def test_records_go_to_the_folder_of_their_own_dvc_yaml(make: Make) -> None:
    """Wherever the stage runs and wherever dvc was started, the record lies where the metrics entry says."""
    inner = stage("same", "joulecard run -- sh -c 'exit 0'")
    inner["same"]["wdir"] = "deep"
    inner["same"]["metrics"] = [{"../carbon/stages/same.json": {"cache": False}}]
    outer = stage("same", "joulecard run -- sh -c 'exit 0'")
    outer["same"]["wdir"] = "sub"
    outer["same"]["metrics"] = [{"../carbon/stages/same.json": {"cache": False}}]
    project = make(pipeline(outer))
    project.write("sub/dvc.yaml", pipeline(inner))
    (project.path / "sub" / "deep").mkdir()
    ran = project.dvc("repro", "dvc.yaml", "../dvc.yaml", cwd="sub")
    assert ran.returncode == 0, ran.stderr
    assert project.record("same")["segments"][0]["refs"]["dvc_stage"] == "same"
    assert project.record("same", "sub")["segments"][0]["refs"]["dvc_stage"] == "sub/dvc.yaml:same"
    assert not (project.path / "sub" / "deep" / "carbon").exists()


def test_an_experiment_in_a_folder_of_its_own_leaves_the_workspace_alone(project: Project) -> None:
    """`dvc exp run --temp` writes the record into the experiment, not into the project it was started from."""
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "first")
    before = project.text("carbon/stages/train.json")
    ran = project.dvc("exp", "run", "--temp", "--name", "two", "--set-param", "rounds=2")
    assert ran.returncode == 0, ran.stderr
    assert project.text("carbon/stages/train.json") == before
    shown = project.run("git", "for-each-ref", "--format=%(refname)", "refs/exps").stdout.split()
    reference = next(name for name in shown if name.endswith("/two"))
    record = json.loads(project.run("git", "show", f"{reference}:carbon/stages/train.json").stdout)
    assert record["energy_wh"] > 0
    assert record["segments"][0]["id"] not in before
