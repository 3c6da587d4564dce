"""Runs the dvc program of this Python installation and the few questions that joulecard asks it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError, MissingPartError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def require_dvc(extra: str = "dvc") -> None:
    """Raises MissingPartError where the dvc package is not installed beside joulecard."""
    if find_spec("dvc") is None:
        raise MissingPartError("the package dvc is not installed", mend=f"pip install 'joulecard[{extra}]'")


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which stages find `joulecard` and `python` of this installation, activated or not."""
    folder = os.path.dirname(os.path.abspath(sys.executable))
    path = environ.get("PATH", os.defpath)
    first = path.split(os.pathsep)[0]
    return dict(environ) if first == folder else {**environ, "PATH": os.pathsep.join([folder, path])}


def project_root(folder: str) -> str:
    """The folder of the DVC project that `folder` lies in; raises UsageError where there is none."""
    at = os.path.realpath(folder)
    while not os.path.isdir(os.path.join(at, ".dvc")):
        above = os.path.dirname(at)
        if above == at:
            raise UsageError("no DVC project here or in a folder above", where=folder, mend="make one with `dvc init`")
        at = above
    return at


def dvc(arguments: Sequence[str], folder: str) -> subprocess.CompletedProcess[bytes]:
    """Runs dvc in the folder; what it says is captured. When interrupted, dvc has ended before this does."""
    command = [sys.executable, "-m", "dvc", *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment({**os.environ, "DVC_NO_ANALYTICS": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            output, complaints = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, complaints)


def said(outcome: subprocess.CompletedProcess[bytes]) -> str:
    """The first sentence of what dvc complained about, in one line."""
    lines = (outcome.stderr or b"").decode("utf-8", "replace").splitlines()
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return " ".join((errors or [line for line in lines if line.strip()] or ["it gave no reason"])[0].split())


def stage_names(folder: str) -> list[str]:
    """The names of all stages of the folder's dvc.yaml, generated ones too; raises InvalidInputError."""
    outcome = dvc(["stage", "list", "--name-only", "dvc.yaml"], folder)
    if outcome.returncode:
        raise InvalidInputError(f"DVC cannot read it: {said(outcome)}", where=os.path.join(folder, "dvc.yaml"))
    return [line for line in outcome.stdout.decode().splitlines() if line]


def pipelines_of(root: str) -> set[str] | None:
    """The folders of every dvc.yaml with a stage that DVC sees in the project; None where it does not tell."""
    outcome = dvc(["stage", "list", "--all", "--name-only"], root)
    if outcome.returncode:
        return None
    lines = outcome.stdout.decode("utf-8", "replace").splitlines()
    return {os.path.normpath(os.path.join(root, line.rpartition("dvc.yaml:")[0])) for line in lines if line}


def changed_stages(folder: str) -> dict[str, list[object]]:
    """By stage of the folder's dvc.yaml what has changed since dvc.lock was written; raises InvalidInputError."""
    outcome = dvc(["status", "--json", "dvc.yaml"], folder)
    if outcome.returncode:
        raise InvalidInputError(f"`dvc status` failed: {said(outcome)}", where=folder)
    found = json.loads(outcome.stdout.decode() or "{}")
    # A stage that DVC runs every time is never unchanged; nothing of it can be lost.
    return {name.rpartition("dvc.yaml:")[2]: what for name, what in found.items() if what != ["always changed"]}


_COMMANDS_OF = """
import json
from dvc.repo import Repo
print(json.dumps({stage.name: stage.cmd for stage in Repo().stage.load_all("dvc.yaml")}))
"""


def commands_of_stages(folder: str) -> dict[str, object]:
    """By stage of the folder's dvc.yaml its `cmd` as DVC fills it in; empty where this DVC does not tell."""
    outcome = subprocess.run(
        [sys.executable, "-c", _COMMANDS_OF],
        cwd=folder,
        env=environment({**os.environ, "DVC_NO_ANALYTICS": "1"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    try:
        found = json.loads(outcome.stdout)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def git_content(folder: str, revision: str, name: str) -> bytes:
    """A file of the folder as git holds it at a revision ("": as staged); empty where it holds none."""
    with contextlib.suppress(OSError):
        outcome = subprocess.run(
            ["git", "show", f"{revision}:./{name}"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return b"" if outcome.returncode else outcome.stdout
    return b""


def commit(folder: str, stages: Sequence[str]) -> None:
    """Makes dvc.lock name the files as they stand, without running anything; raises InvalidInputError."""
    outcome = dvc(["commit", "--force", *stages], folder)
    if outcome.returncode:
        raise InvalidInputError(f"`dvc commit` failed: {said(outcome)}", where=folder)
