"""Records that lie in the project when joulecard is added again, and stages that the user has edited by hand."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")


def test_an_earlier_record_that_proves_nothing_is_kept_and_not_taken_up(project: Project) -> None:
    """Its segments stand in files of their own before the placeholder replaces it, even where those were deleted."""
    recorded = project.record("prepare")["segments"] + project.record("train")["segments"]
    broken = project.text("carbon/stages/train.json")[:-99]
    project.write("carbon/stages/train.json", broken)
    shutil.rmtree(project.path / "carbon" / "segments")
    assert project.joulecard("dvc", "remove", "--rerun").returncode == 0
    project.dvc("repro")
    added = project.joulecard("dvc", "init")
    assert added.returncode == 0, added.stderr
    line = next(line for line in added.stdout.splitlines() if line.startswith("Earlier records are kept"))
    assert "in carbon/segments and carbon/stages/train.json.kept" in line
    assert "nothing proves that they belong to these results: prepare, train" in line
    assert project.segments() == [recorded[0]]
    assert project.text("carbon/stages/train.json.kept") == broken
    assert project.record("prepare")["recorded"] is False
    assert project.dvc("status", "--json").stdout.strip() == "{}"


def test_the_record_that_git_and_dvc_lock_name_for_the_same_results_is_taken_up_again(project: Project) -> None:
    """Byte for byte; the record of a stage whose results have changed since then is not."""
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "recorded")
    before = project.text("carbon/stages/prepare.json")
    removed = project.joulecard("dvc", "remove")
    assert removed.returncode == 0, removed.stderr
    assert removed.stdout.splitlines()[-1] == "Next:  git add dvc.yaml dvc.lock"
    project.write("params.yaml", "rounds: 2\n")
    assert project.dvc("repro").returncode == 0
    added = project.joulecard("dvc", "init")
    assert added.returncode == 0, added.stderr
    assert "taken up again, as they belong to these results: prepare\n" in added.stdout
    assert project.text("carbon/stages/prepare.json") == before
    assert project.record("train")["recorded"] is False
    assert project.dvc("status", "--json").stdout.strip() == "{}"
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    assert [stage["name"] for stage in project.json("carbon/disclosure.json")["stages"]] == ["prepare"]


PIPED = "cat <(echo ${text}) raw.txt | tr a b > piped.txt"  # only some shells know <( )


def by_hand(shown: str) -> list[str]:
    """The lines that init gives to write."""
    return [line for line in shown.splitlines() if line.startswith("    ")]


def test_a_stage_edited_by_hand_is_adopted_where_its_results_were_up_to_date(make: Callable[[str], Project]) -> None:
    """Nothing is recorded as written; after the edit a second init adopts, or says that the stage runs again."""
    head, tail = "vars:\n- text: aha\nstages:\n  piped:\n", "    deps: [raw.txt]\n    outs: [piped.txt]\n"
    still = "  still:\n    frozen: true\n    cmd: python never.py\n"
    project = make(f"{head}    cmd: {PIPED}\n{tail}{still}")
    assert project.dvc("repro", "piped", SHELL="/bin/bash").returncode == 0
    shown = project.joulecard("dvc", "init").stdout
    assert shown.splitlines()[0] == "dvc.yaml: no stage can be recorded as written; 1 needs your hand."
    assert "still stays as it is: it is frozen, so DVC never runs it." in shown
    assert project.text("carbon/.gitignore") == "/segments/\n"

    project.write("dvc.yaml", head + "\n".join(by_hand(shown)) + f"\n{tail}{still}")
    edited = project.text("dvc.yaml")
    project.write("raw.txt", "changed")
    assert "1 stage will run again" in project.joulecard("dvc", "init", "--dry-run").stdout
    project.write("raw.txt", "raw")
    adopted = project.joulecard("dvc", "init")
    assert adopted.returncode == 0, adopted.stderr
    assert "1 stage is recorded as you wrote it" in adopted.stdout
    assert project.text("dvc.yaml") == edited
    assert project.record("piped")["recorded"] is False
    assert "Running" not in project.dvc("repro", "piped").stdout
    ran = project.dvc("repro", "--force", "piped", SHELL="/bin/bash")
    assert ran.returncode == 0, ran.stderr
    assert project.record("piped")["energy_wh"] > 0


def test_removing_says_how_many_in_good_english_and_help_is_whole(make: Callable[[str], Project]) -> None:
    """One stage is, several are; each command has a sentence of its own that ends."""
    stage = {"cmd": "joulecard run -- true", "metrics": [{"carbon/stages/a.json": {"cache": False}}]}
    project = make(json.dumps({"stages": {"a": stage}}))
    assert "1 stage is no longer recorded" in project.joulecard("dvc", "remove").stdout
    commands = project.joulecard("dvc", "--help").stdout.partition("Commands:\n")[2].splitlines()
    assert len(commands) == 3
    assert all(line.endswith(".") and not line.endswith("...") for line in commands)
