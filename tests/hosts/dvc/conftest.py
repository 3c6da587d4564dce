"""A small DVC project, run once by the real dvc; every test that changes it gets a copy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import joulecard

if TYPE_CHECKING:
    from collections.abc import Callable

PIPELINE = """\
stages:
  prepare:
    cmd: joulecard run -- python work.py raw.txt data.txt
    deps:
      - raw.txt
    outs:
      - data.txt
    metrics:
      - carbon/stages/prepare.json:
          cache: false
  train:
    cmd:
      - joulecard run -- python work.py data.txt part.txt
      - joulecard run -- python work.py part.txt model.txt
    deps:
      - data.txt
    params:
      - rounds
    outs:
      - model.txt
    metrics:
      - carbon/stages/train.json:
          cache: false
"""
WORK = """\
import sys
total = sum(range(300_000))
with open(sys.argv[1]) as read, open(sys.argv[2], "w") as write:
    write.write(read.read() + str(total))
"""


@dataclass(frozen=True)
class Project:
    """A DVC project in a folder, with the programs that its stages find."""

    path: Path
    programs: Path

    def run(self, *command: str, cwd: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs a program of this installation in the project."""
        folders = [str(Path(sys.executable).parent), str(self.programs), os.environ["PATH"]]
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("JOULECARD_", "DVC_"))},
            "PATH": os.pathsep.join(folders),
            "PYTHONPATH": str(Path(joulecard.__file__).parents[1]),
            "DVC_TEST": "true",
            "DVC_SITE_CACHE_DIR": str(self.programs / "cache"),
            "XDG_STATE_HOME": str(self.programs / "state"),
            **environ,
        }
        return subprocess.run(
            command, cwd=self.path / cwd, env=variables, capture_output=True, text=True, check=False, timeout=120
        )

    def dvc(self, *arguments: str, cwd: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs the real dvc."""
        return self.run(sys.executable, "-m", "dvc", *arguments, cwd=cwd, **environ)

    def joulecard(self, *arguments: str, cwd: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs the joulecard command."""
        return self.run(sys.executable, "-m", "joulecard", *arguments, cwd=cwd, **environ)

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the project, byte for byte."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def text(self, name: str) -> str:
        """The content of a file of the project, byte for byte."""
        return (self.path / name).read_bytes().decode()

    def json(self, name: str) -> Any:
        """The content of a JSON file of the project."""
        return json.loads(self.text(name))

    def record(self, stage: str, folder: str = "") -> Any:
        """The record of a stage."""
        return self.json(str(Path(folder) / "carbon" / "stages" / f"{stage}.json"))

    def segments(self) -> list[Any]:
        """The segments that lie in the project."""
        return [json.loads(path.read_bytes()) for path in sorted((self.path / "carbon/segments").glob("*.json"))]


def _programs(folder: Path) -> Path:
    """A folder with the `joulecard` command of the package under test."""
    folder.mkdir()
    command = folder / "joulecard"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m joulecard "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


def _empty_project(path: Path, programs: Path) -> Project:
    """A project under git and DVC without a stage, which tells nobody of itself."""
    path.mkdir()
    project = Project(path, programs)
    subprocess.run(["git", "init", "--quiet"], cwd=path, check=True)
    assert project.dvc("init", "--quiet").returncode == 0
    project.write(".dvc/config", "[core]\n    analytics = false\n    check_update = false\n")
    project.write("work.py", WORK)
    project.write("raw.txt", "raw")
    return project


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project without a stage; never changed."""
    base = tmp_path_factory.mktemp("dvc")
    return _empty_project(base / "empty", _programs(base / "programs"))


@pytest.fixture(scope="session")
def finished(empty: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small pipeline after one `dvc repro`; never changed."""
    project = copied(empty, tmp_path_factory.mktemp("dvc") / "finished")
    project.write("dvc.yaml", PIPELINE)
    project.write("params.yaml", "rounds: 1\n")
    ran = project.dvc("repro")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return project


def copied(project: Project, path: Path) -> Project:
    """The same project in another folder."""
    shutil.copytree(project.path, path, symlinks=True)
    return Project(path, project.programs)


@pytest.fixture(scope="session")
def copy_of() -> Callable[[Project, Path], Project]:
    """Copies a project into another folder."""
    return copied


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished pipeline."""
    return copied(finished, tmp_path / "project")


@pytest.fixture
def make(empty: Project, tmp_path: Path) -> Callable[[str], Project]:
    """Makes a project of a dvc.yaml."""

    def make(pipeline: str) -> Project:
        made = copied(empty, tmp_path / "project")
        made.write("dvc.yaml", pipeline)
        return made

    return make
