"""The example project: written from what ships with joulecard, put under git and DVC, and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from joulecard.errors import JoulecardError, MissingPartError, NothingToDoError, UsageError
from joulecard.hosts.dvc.commands import dvc, environment, require_dvc, said
from joulecard.settings import load_settings, require
from joulecard.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOG = "dvc-repro.log"
_FILES = (
    ".gitignore",
    "README.md",
    "dvc.yaml",
    "joulecard.toml",
    "params.yaml",
    "src/prepare.py",
    "src/featurize.py",
    "src/tracking.py",
    "src/train.py",
    "src/evaluate.py",
)
_MARK = ".joulecard-demo"  # tells that the folder is ours to bring up to date
_PACKAGES = ("scikit-learn", "mlflow")  # whole mlflow: mlflow-skinny has neither the SQLite store nor the pages
_PIP = "pip install 'joulecard[demo]'"
_NO_UPDATES = "[core]\n    analytics = false\n    check_update = false\n"
_GIT_OF_OTHERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
_SILENT = {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
_RUNS = re.compile(r"Running stage '(?P<stage>[^']+)'")
_DONE = re.compile(r"Stage '(?P<stage>[^']+)' (?:didn't change|is cached)(?P<cached>.*skipping run)?")


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a stage."""

    stage: str
    outcome: str  # running, ran, unchanged, restored
    seconds: float = 0.0


def require_parts(environ: Mapping[str, str], folder: str) -> None:
    """Raises MissingPartError, SettingsError or NothingToDoError where the demo cannot run or would record nothing."""
    require_dvc("demo")
    missing = [package for package in _PACKAGES if not _is_installed(package)]
    if missing:
        raise MissingPartError(f"not installed here: {' and '.join(missing)}", mend=_PIP)
    if shutil.which("git") is None:
        raise MissingPartError("git is not installed", mend="install it, for instance `apt install git`")
    for program in ("joulecard", "python"):
        if shutil.which(program, path=environment(environ)["PATH"]) is None:
            mend = f"run the demo from a virtual environment: {_PIP}"
            raise MissingPartError(f"the stages find no program {program}", mend=mend)
    if require(load_settings(environ, folder)).disabled:
        raise NothingToDoError(
            "recording is turned off, so the demo would show nothing", mend="unset JOULECARD_DISABLED"
        )


def write_project(folder: str) -> None:
    """Writes the example and puts it under git and DVC; an earlier demo is completed; raises JoulecardError."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise UsageError("it is a file", where=folder, mend="name a folder: joulecard demo DIR")
    if os.path.isdir(folder) and os.listdir(folder) and not os.path.exists(os.path.join(folder, _MARK)):
        raise UsageError("the folder is not empty", where=folder, mend="name a new one: joulecard demo DIR")
    try:
        os.makedirs(folder, exist_ok=True)
        _write(folder, _MARK, b"Made by `joulecard demo`, which brings this folder up to date when run again.\n")
        for name in _FILES:
            _write(folder, name, shipped("examples").joinpath("digits", *name.split("/")).read_bytes())
        _put_under_git_and_dvc(folder)
    except OSError as error:
        raise UsageError(f"it cannot be written: {error.strerror}", where=str(error.filename or folder)) from error


def run_pipeline(folder: str) -> Iterator[Step]:
    """Runs `dvc repro` and tells of each stage; its output goes to the log; raises JoulecardError where it fails."""
    with open(os.path.join(folder, LOG), "wb") as log, _repro(folder) as process:
        running, since_s = "", time.monotonic()
        for line in process.stdout or ():
            log.write(line)
            text = line.decode("utf-8", "replace")
            started, done = _RUNS.search(text), _DONE.search(text)
            if running and (started or done):
                yield Step(running, "ran", time.monotonic() - since_s)
                running = ""
            if done:
                yield Step(done["stage"], "restored" if done["cached"] else "unchanged")
            if started:
                running, since_s = started["stage"], time.monotonic()
                yield Step(running, "running")
    if process.returncode:
        raise JoulecardError(f"stage {running} failed" if running else "`dvc repro` failed", where=folder)
    if running:
        yield Step(running, "ran", time.monotonic() - since_s)


def keep_result(folder: str) -> None:
    """Commits the first result, so that later ones can be compared with it."""
    if not _git(folder, "ls-files", "dvc.lock").stdout:
        _commit(folder, "First run")


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _repro(folder: str) -> subprocess.Popen[bytes]:
    own = {name: value for name, value in _own_git().items() if not name.startswith("MLFLOW_")}
    return subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=folder,
        env=environment({**own, **_SILENT, "PYTHONUNBUFFERED": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _write(folder: str, name: str, data: bytes) -> None:
    """Writes the file unless it is there: what the user has changed stays."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


def _put_under_git_and_dvc(folder: str) -> None:
    if not os.path.isdir(os.path.join(folder, ".git")):
        _git(folder, "-c", "init.defaultBranch=main", "init", "--quiet")
    config = os.path.join(folder, ".dvc", "config")
    if not os.path.exists(config):
        outcome = dvc(["init", "--quiet", "--force"], folder)
        if outcome.returncode:
            raise JoulecardError(f"`dvc init` failed: {said(outcome)}", where=folder)
        with open(config, "w", encoding="utf-8") as file:
            file.write(_NO_UPDATES)
    if _git(folder, "rev-parse", "--quiet", "--verify", "HEAD", check=False).returncode:
        _commit(folder, "Digits pipeline, recorded by joulecard")


def _commit(folder: str, message: str) -> None:
    """Commits everything under a name of our own; the user's git settings stay as they are."""
    own = ("user.name=joulecard demo", "user.email=demo@localhost", "commit.gpgSign=false", "core.hooksPath=/dev/null")
    _git(folder, "add", "--all")
    _git(folder, *(word for setting in own for word in ("-c", setting)), "commit", "--quiet", "-m", message)


def _git(folder: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    outcome = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=_own_git(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if check and outcome.returncode:
        complaint = " ".join(outcome.stderr.decode("utf-8", "replace").split())
        raise JoulecardError(f"git failed: {complaint}", where=folder)
    return outcome


def _own_git() -> dict[str, str]:
    """The environment without what would make git work on another repository."""
    return {name: value for name, value in os.environ.items() if name not in _GIT_OF_OTHERS}
