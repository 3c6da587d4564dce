"""`joulecard dvc report`: the disclosure of the version that dvc.lock names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.hosts.dvc.lock import read_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")


def disclosure(project: Project) -> Any:
    """The disclosure that was written."""
    return project.json("carbon/disclosure.json")


def test_it_holds_each_stage_with_its_files_and_what_it_depends_on(project: Project) -> None:
    """Records, dvc.lock and git come together: edges, digests of inputs and outputs, the entry of the lock."""
    made = project.joulecard("dvc", "report", "--name", "small")
    assert made.returncode == 0, made.stderr
    document = disclosure(project)
    prepare, train = document["stages"]
    assert document["subject"]["name"] == "small"
    assert [prepare["name"], train["name"]] == ["prepare", "train"]
    assert train["depends_on"] == [prepare["id"]]
    assert train["inputs"] == prepare["outputs"]
    assert train["inputs"][0]["uri"] == "data.txt"
    assert train["inputs"][0]["digest"].startswith("md5:")
    assert train["refs"]["dvc_stage"] == "train"
    assert train["refs"]["dvc_lock"].startswith("sha256:")
    assert len(train["segments"]) == 2
    assert document["gaps"] == [] or all(not gap["what"].startswith("stage:") for gap in document["gaps"])
    assert project.joulecard("validate", "carbon/disclosure.json").returncode == 0
    assert "small" in project.text("carbon/model_card.md")


def test_the_energy_is_that_of_the_records(project: Project) -> None:
    """A stage has the same energy in the disclosure and in `dvc metrics show`."""
    project.joulecard("dvc", "report")
    for stage in disclosure(project)["stages"]:
        recorded_wh = project.record(stage["name"])["energy_wh"]
        assert stage["energy"]["it_total"]["value"] * 1000 == pytest.approx(recorded_wh, rel=1e-9)


def test_what_a_killed_recorder_left_is_told(project: Project, tmp_path: Path) -> None:
    """On standard error, with the command that brings it back; the report is made all the same."""
    opening = {"id": "1", "folder": str(project.path / "carbon" / "segments")}
    (tmp_path / "1.jsonl").write_text(f"{json.dumps(opening)}\n", encoding="utf-8")
    made = project.joulecard("dvc", "report", JOULECARD_JOURNAL_DIR=str(tmp_path))
    assert made.returncode == 0
    assert "1 record of a killed recorder is missing here: run `joulecard recover`" in made.stderr


def test_a_report_beside_the_disclosure_follows_it(project: Project) -> None:
    """Whoever has rendered it once finds no old figures in it."""
    project.joulecard("dvc", "report", "--name", "old-name")
    assert not (project.path / "carbon/report.html").exists()
    project.joulecard("render", "carbon/disclosure.json", "-o", "carbon/report.html")
    made = project.joulecard("dvc", "report", "--name", "second")
    assert "carbon/report.html" in made.stdout
    assert "second" in project.text("carbon/report.html")
    assert "old-name" not in project.text("carbon/report.html")


def test_nothing_is_rewritten_when_nothing_has_changed(project: Project) -> None:
    """The time of making alone is no reason for a new file."""
    project.joulecard("dvc", "report")
    before = project.text("carbon/disclosure.json")
    again = project.joulecard("dvc", "report")
    assert "nothing had changed" in again.stdout
    assert project.text("carbon/disclosure.json") == before


def test_what_was_called_final_or_was_signed_stays_so_while_nothing_changes(project: Project) -> None:
    """A later report neither takes the word back nor drops a signature; another status makes a new file."""
    project.write("joulecard.toml", 'place = "SE"\npublisher = "Example Institute"\n')
    project.joulecard("dvc", "report", "--status", "final")
    made = disclosure(project)
    assert (made["document"]["status"], made["document"]["publisher"]) == ("final", "Example Institute")
    made["attestations"] = [{"type": "self", "by": "Example Institute", "date": "2026-11-21", "statement": "Checked."}]
    project.write("carbon/disclosure.json", json.dumps(made))
    assert "nothing had changed" in project.joulecard("dvc", "report").stdout
    assert disclosure(project) == made
    project.joulecard("dvc", "report", "--status", "draft")
    assert disclosure(project)["document"]["status"] == "draft"
    assert "attestations" not in disclosure(project)


def test_a_record_that_was_changed_is_told_and_not_counted(project: Project) -> None:
    """A record with another digest than dvc.lock names is a gap, not a figure."""
    record = project.record("train")
    record["energy_wh"] /= 2
    project.write("carbon/stages/train.json", json.dumps(record))
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    assert "not the one that dvc.lock names" in made.stdout
    assert "superseded" not in made.stdout
    assert "of stages without figures: train" in " ".join(made.stdout.split())
    document = disclosure(project)
    assert [stage["name"] for stage in document["stages"]] == ["prepare"]
    assert any(gap["what"] == "stage:train" and gap["reason"].startswith("train: ") for gap in document["gaps"])


def test_for_a_broken_record_the_command_that_brings_it_back_is_named_and_works(project: Project) -> None:
    """What git holds comes from git, else DVC's cache has it."""
    whole = project.text("carbon/stages/train.json")
    project.write("carbon/stages/train.json", whole[:99])
    made = " ".join(project.joulecard("dvc", "report").stdout.split())
    assert "train: its record comes back with `dvc repro train`" in made
    assert "is cached" in project.dvc("repro", "train").stdout
    assert project.text("carbon/stages/train.json") == whole
    project.run("git", "add", "carbon/stages/train.json")
    project.write("carbon/stages/train.json", whole[:99])
    shown = " ".join(project.joulecard("dvc", "report").stdout.split())
    assert "train: its record comes back with `git checkout -- carbon/stages/train.json`" in shown
    project.run("git", "checkout", "--", "carbon/stages/train.json")
    assert project.text("carbon/stages/train.json") == whole


def test_what_dvc_lock_does_not_name_is_left_out_and_said(project: Project) -> None:
    """Superseded executions are counted, with their energy; --all-runs includes them."""
    project.dvc("repro", "--force", "--single-item", "train")
    made = project.joulecard("dvc", "report")
    final = disclosure(project)
    assert "1 execution that dvc.lock does not name" in " ".join(made.stdout.split())
    exclusion = next(item for item in final["boundary"]["exclusions"] if "dvc.lock" in item["what"])
    assert "Wh" in exclusion["reason"]
    assert final["boundary"]["runs_counted"] == "final"
    assert len(final["stages"]) == 2
    assert project.joulecard("validate", "carbon/disclosure.json").returncode == 0
    project.joulecard("dvc", "report", "--all-runs")
    everything = disclosure(project)
    assert everything["boundary"]["runs_counted"] == "all"
    assert [stage["name"] for stage in everything["stages"]] == ["prepare", "train", "train"]
    total = everything["totals"]["new"]["energy_it"]["value"]
    assert total > final["totals"]["new"]["energy_it"]["value"]


def test_stages_without_figures_are_gaps_with_their_reasons(project: Project) -> None:
    """Not recorded, not run and not asked to be recorded are three different reasons, none of them a zero."""
    project.write(
        "dvc.yaml",
        project.text("dvc.yaml") + "  later:\n    cmd: python later.py\n  bare:\n    cmd: touch x\n    outs: [x]\n",
    )
    project.dvc("repro", "bare")
    project.dvc("repro", "--force", "--single-item", "prepare", JOULECARD_DISABLED="1")
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    reasons = [gap["reason"] for gap in disclosure(project)["gaps"] if gap["what"].startswith("stage:")]
    assert sum(reason.startswith("later: it is in dvc.yaml and not in dvc.lock") for reason in reasons) == 1
    assert sum(reason.startswith("bare: it keeps no record") for reason in reasons) == 1
    assert (
        sum(reason.startswith("prepare: not recorded: ") and "JOULECARD_DISABLED" in reason for reason in reasons) == 1
    )
    assert len(reasons) == 3
    for stage in ("later", "bare", "prepare"):
        assert any(line.startswith(stage) and "no figures" in line for line in made.stdout.splitlines())


def test_a_stage_that_left_the_pipeline_is_said_to_be_left_out(project: Project) -> None:
    """dvc.lock keeps the entries of stages that were taken out by hand; they are not part of the version."""
    project.write("dvc.yaml", project.text("dvc.yaml").partition("  train:")[0])
    project.joulecard("dvc", "report")
    document = disclosure(project)
    assert [stage["name"] for stage in document["stages"]] == ["prepare"]
    assert any("no longer in dvc.yaml: train" in item["what"] for item in document["boundary"]["exclusions"])


def test_an_unknown_stage_is_answered_with_the_known_ones(project: Project) -> None:
    """The sentence lists what can be asked for."""
    refused = project.joulecard("dvc", "report", "trian")
    assert refused.returncode == 2
    assert refused.stderr == "joulecard: there is no stage trian; known are: prepare, train [JC-USAGE]\n"


def test_without_any_record_it_says_what_to_do(make: Callable[[str], Project]) -> None:
    """No figures at all is an answer of its own, not an empty disclosure."""
    project = make("stages:\n  a:\n    cmd: touch a\n    outs: [a]\n")
    refused = project.joulecard("dvc", "report")
    assert refused.returncode == 1
    assert "dvc repro" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (project.path / "carbon").exists()


def test_broken_settings_and_a_broken_lock_get_one_sentence_each(project: Project) -> None:
    """Each names the file; exit 2 for settings, 1 for a lock that is no YAML."""
    project.write("joulecard.toml", "pue = 'low'\n")
    settings = project.joulecard("dvc", "report")
    assert (settings.returncode, settings.stderr.count("\n")) == (2, 1)
    assert "joulecard.toml" in settings.stderr
    project.write("dvc.lock", "stages: [\n")
    lock = project.joulecard("dvc", "report")
    assert (lock.returncode, lock.stderr.count("\n")) == (1, 1)
    assert "dvc.lock line" in lock.stderr
    assert "not valid YAML: did not find expected" in lock.stderr or "not valid YAML: expected" in lock.stderr


def test_pipelines_in_sub_folders_are_part_of_it(project: Project) -> None:
    """Every dvc.yaml of the project counts; stages of sub-folders carry their path, edges cross the files."""
    stage = {
        "cmd": "joulecard run -- python ../work.py ../model.txt score.txt",
        "deps": ["../model.txt"],
        "outs": ["score.txt"],
        "metrics": [{"carbon/stages/score.json": {"cache": False}}],
    }
    project.write("sub/dvc.yaml", json.dumps({"stages": {"score": stage}}))
    assert project.dvc("repro", cwd="sub").returncode == 0
    made = project.joulecard("dvc", "report", cwd="sub")
    assert made.returncode == 0, made.stderr
    stages = disclosure(project)["stages"]
    assert [stage["refs"]["dvc_stage"] for stage in stages] == ["prepare", "train", "sub/dvc.yaml:score"]
    assert stages[2]["depends_on"] == [stages[1]["id"]]


def test_the_digest_of_a_lock_entry_does_not_hang_on_its_spelling(project: Project) -> None:
    """Comments and the order of members change nothing, a digest of a file does."""
    before = {stage.address: stage.digest for stage in read_project(str(project.path)).stages}
    project.write("dvc.lock", "# a comment\n" + project.text("dvc.lock"))
    assert {stage.address: stage.digest for stage in read_project(str(project.path)).stages} == before
    md5 = read_project(str(project.path)).stages[0].record_md5
    project.write("dvc.lock", project.text("dvc.lock").replace(md5, "0" * 32))
    after = {stage.address: stage.digest for stage in read_project(str(project.path)).stages}
    assert [name for name in before if before[name] != after[name]] == ["prepare"]


def test_a_group_stands_for_all_stages_that_it_generates(make: Callable[[str], Project]) -> None:
    """The name in dvc.yaml is as good as the names that DVC makes of it; the total is of no use then and left out."""
    body = {
        "cmd": "joulecard run -- python work.py raw.txt ${item}.txt",
        "metrics": [{"carbon/stages/fit@${item}.json": {"cache": False}}],
    }
    single = {"cmd": "joulecard run -- true", "metrics": [{"carbon/stages/one.json": {"cache": False}}]}
    project = make(json.dumps({"stages": {"fit": {"foreach": ["a", "b"], "do": body}, "one": single}}))
    assert project.dvc("repro").returncode == 0
    shown = project.joulecard("dvc", "report", "fit")
    assert shown.returncode == 0, shown.stderr
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:3]] == ["fit@a", "fit@b"]
    assert "one" not in shown.stdout.splitlines()[3:4]


def test_right_after_adding_it_says_in_a_line_per_reason_why_nothing_is_recorded(
    make: Callable[[str], Project],
) -> None:
    """Stages with the same reason stand behind it together, with what would record them."""
    stages = {name: {"cmd": f"python work.py raw.txt {name}.txt", "outs": [f"{name}.txt"]} for name in ("a", "b")}
    stages["c"] = {"cmd": "true; true"}
    project = make(json.dumps({"stages": stages}))
    assert project.dvc("repro").returncode == 0
    assert project.joulecard("dvc", "init").returncode == 0
    refused = project.joulecard("dvc", "report")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        (
            "joulecard: nothing is recorded yet: the stages ran before joulecard was added; they are recorded when they"
            " next run, or now with `dvc repro -f STAGE`: a, b [JC-NOTHING]"
        ),
        "joulecard: the command and metrics in dvc.yaml lack joulecard; `joulecard dvc init` adds it: c [JC-NOTHING]",
    ]


def test_a_place_can_be_declared_afterwards_and_a_mistyped_one_blocks_nothing_else(project: Project) -> None:
    """Where the version's own record has it, the stage and the remedy are named; a superseded one is only told."""
    mistyped = project.dvc("repro", "--force", "--single-item", "prepare", JOULECARD_PLACE="aws/eu-nord-1")
    assert mistyped.returncode == 0, mistyped.stderr
    refused = project.joulecard("dvc", "report")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "stage prepare" in refused.stderr
    assert "`joulecard dvc report --place aws/eu-north-1`" in refused.stderr
    assert project.joulecard("dvc", "report", "--place", "aws/eu-nord-1").returncode == 2

    mended = project.joulecard("dvc", "report", "--place", "aws/eu-north-1", "--pue", "1.2")
    assert mended.returncode == 0, mended.stderr
    document = disclosure(project)
    assert any("declared after the recording" in item["statement"] for item in document["assumptions"])
    assert document["boundary"]["scope_level"] == "facility"
    assert project.joulecard("validate", "carbon/disclosure.json").returncode == 0

    project.dvc("repro", "--force", "--single-item", "prepare")
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    said = " ".join(made.stdout.split())
    assert "without carbon, for the recorded place of 1 of them is not known" in said
    assert "For this run: joulecard dvc report --place FR" in said
