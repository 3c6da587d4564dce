"""`joulecard dvc init` and `remove` that fail or are interrupted half-way, and a report that cannot be written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import joulecard

if TYPE_CHECKING:
    from collections.abc import Callable

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")

RAN = """\
stages:
  first:
    cmd: python work.py raw.txt first.txt
    deps: [raw.txt]
    outs: [first.txt]
"""


def _state(project: Project) -> dict[str, bytes | None]:
    """Every file and folder of the user, with its content."""
    paths = [path for path in project.path.rglob("*") if not {".dvc", ".git"} & set(path.parts)]
    return {str(path): path.read_bytes() if path.is_file() else None for path in paths}


def _interrupted(project: Project, command: str) -> subprocess.CompletedProcess[str]:
    """The command, with Ctrl-C as soon as it has changed dvc.yaml."""
    before = project.text("dvc.yaml")
    process = subprocess.Popen(
        [sys.executable, "-m", "joulecard", "dvc", command],
        cwd=project.path,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(joulecard.__file__).parents[1]),
            "DVC_TEST": "true",
            "DVC_SITE_CACHE_DIR": str(project.programs / "cache"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while project.text("dvc.yaml") == before and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    output, complaints = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, output, complaints)


def test_ctrl_c_leaves_everything_as_it_was(make: Callable[[str], Project]) -> None:
    """Adding and removing alike are undone while `dvc commit` runs, and it is said."""
    project = make(RAN)
    assert project.dvc("repro").returncode == 0
    before = _state(project)
    added = _interrupted(project, "init")
    assert added.returncode == 130
    assert "as they were" in added.stderr
    assert "Traceback" not in added.stderr
    assert _state(project) == before
    assert project.joulecard("dvc", "init").returncode == 0
    before = _state(project)
    assert _interrupted(project, "remove").returncode == 130
    assert _state(project) == before


def test_a_refused_commit_leaves_everything_as_it_was(make: Callable[[str], Project]) -> None:
    """Where DVC cannot write its lock, neither dvc.yaml nor a record nor an empty folder stays."""
    project = make(RAN)
    assert project.dvc("repro").returncode == 0
    project.write(".dvc/config", project.text(".dvc/config") + "[cache]\n    dir = /dev/null/cache\n")
    before = _state(project)
    refused = project.joulecard("dvc", "init")
    assert refused.returncode in (1, 2)
    assert refused.stderr.count("\n") == 1
    assert _state(project) == before


def test_a_report_that_cannot_be_written_gets_one_sentence(project: Project) -> None:
    """No traceback, and no temporary file beside it."""
    (project.path / "carbon" / "disclosure.json").mkdir()
    refused = project.joulecard("dvc", "report")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "carbon/disclosure.json: it cannot be written" in refused.stderr
    assert sorted(path.name for path in (project.path / "carbon").iterdir()) == [
        *(".gitignore",) * (project.path / "carbon/.gitignore").exists(),
        "disclosure.json",
        "segments",
        "stages",
    ]
