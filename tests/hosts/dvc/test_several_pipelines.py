"""A project with several dvc.yaml files: their stages, and the folders in which one is looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.canonical import digest
from joulecard.hosts.dvc.folders import pipeline_folders
from joulecard.hosts.dvc.lock import read_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")

TRAIN = """\
stages:
  train:
    cmd: joulecard run -- python ../work.py ../raw.txt model.txt FOLDER
    deps: [../raw.txt]
    outs: [model.txt]
    metrics:
    - carbon/stages/train.json: {cache: false}
"""


def test_stages_of_one_name_go_by_their_addresses(project: Project) -> None:
    """Each has its own files and edges, and the name by which DVC tells them apart; the digests are of the records."""
    for folder in ("a", "b"):
        project.write(f"{folder}/dvc.yaml", TRAIN.replace("FOLDER", folder))  # else DVC runs one of them
    assert project.dvc("repro", "--all-pipelines").returncode == 0
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    stages = {stage["name"]: stage for stage in project.json("carbon/disclosure.json")["stages"]}
    assert sorted(stages) == ["a/dvc.yaml:train", "b/dvc.yaml:train", "prepare", "train"]
    for folder in ("a", "b"):
        stage = stages[f"{folder}/dvc.yaml:train"]
        assert [out["uri"] for out in stage["outputs"]] == [f"{folder}/model.txt"]
        assert stage["refs"]["dvc_stage"] == f"{folder}/dvc.yaml:train"
        assert stage["phase"] == "training"
        (recorded,) = project.record("train", folder)["segments"]
        assert [segment["digest"] for segment in stage["segments"]] == [digest(recorded)]
    assert [out["uri"] for out in stages["train"]["outputs"]] == ["model.txt"]
    assert stages["train"]["depends_on"] == [stages["prepare"]["id"]]
    assert project.joulecard("validate", "carbon/disclosure.json").returncode == 0


def test_a_folder_that_dvc_ignores_is_no_part_of_the_project(project: Project) -> None:
    """With dvc its own rules hold, `!` included."""
    for folder in ("old/a", "old/b", "kept"):
        project.write(f"{folder}/dvc.yaml", "stages: [broken" if folder == "old/a" else TRAIN)
    project.write(".dvcignore", "old/*\n!old/b\n")
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    assert "old/b/dvc.yaml:train" in made.stdout
    assert "kept/dvc.yaml:train" in made.stdout
    assert "old/a" not in made.stdout


def test_without_dvc_simple_patterns_and_data_are_left_out(tmp_path: Path) -> None:
    """Names, paths and wildcards of .dvcignore, outputs of stages and folders that a .dvc file tracks."""
    pipeline = "stages:\n  get:\n    cmd: x\n    outs:\n    - zoo\n    - bar/sub: {cache: false}\n"
    for folder in (".", "kept", "old", "deep/old", "here/only", "there/only", "run-1", "zoo", "bar/sub", "raw/in"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "dvc.yaml").write_text(pipeline if folder == "." else "stages: {}\n", encoding="utf-8")
    (tmp_path / "raw.dvc").write_text("outs: []\n", encoding="utf-8")
    (tmp_path / ".dvcignore").write_text("# why\nold/\n/here/only\nrun-*\n", encoding="utf-8")
    found = [folder.removeprefix(str(tmp_path)) for folder in pipeline_folders(str(tmp_path))]
    assert found == ["", "/kept", "/there/only"]


def test_a_url_is_named_without_password_and_token(project: Project) -> None:
    """What DVC keeps in dvc.lock to fetch a file is no part of the disclosure."""
    secrets = "https://me:pa?srds@example.org"
    urls = f"- path: {secrets}/raw.csv?token=tok3n#frag\n      md5: {'a' * 32}\n    - path: s3://bucket/x@1.csv\n"
    lock = re.sub(r"(train:.*?deps:\n)", rf"\1    {urls}", project.text("dvc.lock"), flags=re.DOTALL)
    project.write("dvc.lock", lock)
    assert {dep.path for stage in read_project(str(project.path)).stages for dep in stage.deps} >= {
        "https://example.org/raw.csv",
        "s3://bucket/x@1.csv",
    }
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    assert "https://example.org/raw.csv" in project.text("carbon/disclosure.json")
    for secret in ("me:", "rds", "tok3n", "frag"):
        assert secret not in project.text("carbon/disclosure.json") + project.text("carbon/model_card.md")


def test_a_stage_in_a_folder_that_dvc_fills_in_has_its_figures(make: Callable[[str], Project]) -> None:
    """The record is known by its own name where `wdir` does not tell the path."""
    project = make(
        "vars:\n- d: sub\nstages:\n  a:\n    wdir: ${d}\n    cmd: joulecard run -- python ../work.py ../raw.txt o.txt\n"
        "    outs: [o.txt]\n    metrics:\n    - ../carbon/stages/a.json: {cache: false}\n"
    )
    (project.path / "sub").mkdir()
    ran = project.dvc("repro")
    assert ran.returncode == 0, ran.stderr
    made = project.joulecard("dvc", "report")
    assert made.returncode == 0, made.stderr
    (stage,) = project.json("carbon/disclosure.json")["stages"]
    assert stage["energy"]["it_total"]["value"] > 0
    assert "carbon/stages" not in str(stage["outputs"])
