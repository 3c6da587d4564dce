"""Whether MLflow and DVC will bring their runs and stages to us."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING, Any

from joulecard.cli.doctor.check import Check
from joulecard.errors import JoulecardError
from joulecard.hosts.dvc.commands import project_root
from joulecard.hosts.dvc.folders import pipeline_folders
from joulecard.hosts.dvc.shell import is_recorded
from joulecard.hosts.dvc.yaml_text import read_stages
from joulecard.hosts.start import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.cli.doctor.check import Scene
    from joulecard.hosts.dvc.yaml_text import Stage

MLFLOW, DVC = "MLflow", "DVC"
IMPORT_DEADLINE_S = 40.0
_REINSTALL = "pip install --force-reinstall --no-deps joulecard"
# Asked of a Python of its own: what a training script would see, and an import that hangs can be ended. The last part
# is wrapped when the first client is made; this one, like every run's, is made before anything is sent to its server.
_ASK = """
import contextlib, json, mlflow
from joulecard.hosts.mlflow import arming
with contextlib.suppress(Exception):
    mlflow.MlflowClient("http://127.0.0.1:9")
print(json.dumps([arming.is_armed(), list(arming.unknown_names())]))
"""


def installed(*names: str) -> str:
    """The version of the first of these packages that is installed, with its name; empty without any."""
    for name in names:
        with suppress(PackageNotFoundError):
            return f"{name} {version(name)}"
    return ""


def mlflow(scene: Scene) -> Iterator[Check]:
    """Whether MLflow is there, names us, and would arm us in a training script."""
    package = installed("mlflow", "mlflow-skinny")
    if not package:
        remedy = "pip install 'joulecard[mlflow]'"
        yield Check(MLFLOW, "package", "normal", "not installed: only needed to record MLflow runs", remedy)
        return
    yield Check(MLFLOW, "package", "ok", package)
    off = _why_off(scene)
    if off:
        yield Check(MLFLOW, "plugin", "normal", f"off: {off}")
    elif not _names_us():
        yield Check(MLFLOW, "plugin", "problem", "MLflow is not told of joulecard by this installation", _REINSTALL)
    else:
        yield _armed(scene)


def _why_off(scene: Scene) -> str:
    """Why runs are not recorded although they could be; empty where they are."""
    if scene.settings.disabled:
        return "recording is turned off"
    if scene.settings.mlflow == "off":
        return "by the setting mlflow"
    if scene.settings.mlflow is None and scene.environ.get("DATABRICKS_RUNTIME_VERSION"):
        return 'on Databricks runs are recorded only with the setting mlflow = "auto"'
    return ""


def _names_us() -> bool:
    """Whether an installed package announces our plugin to MLflow."""
    announced = entry_points(group="mlflow.run_context_provider")
    return any(entry.value.startswith("joulecard.") for entry in announced)


def _armed(scene: Scene) -> Check:
    """What a Python that imports MLflow says."""
    environ = {**scene.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    command = [sys.executable, "-P", "-W", "ignore", "-c", _ASK]
    try:
        asked = subprocess.run(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=IMPORT_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Check(MLFLOW, "plugin", "problem", f"`import mlflow` took longer than {IMPORT_DEADLINE_S:.0f} s")
    answer = _answer(asked.stdout)
    if answer is None:
        said = asked.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1][:200] if said else "it gave no reason"
        return Check(MLFLOW, "plugin", "problem", f"`import mlflow` fails here: {reason}")
    return _arming(*answer)


def _answer(output: bytes) -> tuple[bool, list[str]] | None:
    """What the last line says: whether we are armed, and what MLflow lacks that we need."""
    try:
        armed, unknown = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError, TypeError):
        return None
    return bool(armed), [str(name) for name in unknown]


def _arming(is_armed: bool, unknown: list[str]) -> Check:  # noqa: FBT001  # as the answer gives it
    if not is_armed:
        lacking = f": this MLflow has no {', '.join(unknown)}" if unknown else ""
        return Check(MLFLOW, "plugin", "problem", f"not armed: runs are not recorded{lacking}", _REINSTALL)
    if unknown:
        return Check(MLFLOW, "plugin", "lack", f"armed, in part: this MLflow has no {', '.join(unknown)}")
    return Check(MLFLOW, "plugin", "ok", "armed: every run is recorded, without a change to the script")


def dvc(scene: Scene) -> Iterator[Check]:
    """Whether DVC is there and finds `joulecard`."""
    is_project = _project(scene.folder) is not None
    package = installed("dvc")
    if package:
        yield Check(DVC, "package", "ok", package)
    else:
        detail = "not installed" + ("" if is_project else ": only needed to record DVC stages")
        yield Check(DVC, "package", "lack" if is_project else "normal", detail, "pip install 'joulecard[dvc]'")
    if package or is_project:
        yield _command(scene, is_project=is_project)


def pipelines(scene: Scene) -> Iterator[Check]:
    """For each dvc.yaml of the project here how many stages are recorded; nothing where there is no project."""
    root = _project(scene.folder)
    folders = pipeline_folders(root) if root else []
    if root and not folders:
        yield Check(DVC, "pipeline", "normal", "no dvc.yaml in this project yet")
    for folder in folders:
        yield _pipeline(scene, folder)


def _project(folder: str) -> str | None:
    """The root of the DVC project around the folder."""
    try:
        return project_root(folder)
    except JoulecardError:
        return None


def _command(scene: Scene, *, is_project: bool) -> Check:
    """Which `joulecard` the shell of a stage finds."""
    own = os.path.dirname(os.path.abspath(sys.executable))
    found = find_program("joulecard")
    remedy = f'export PATH="{scene.shown(own).replace("~", "$HOME", 1)}:$PATH"'
    if found is None:
        detail = "`dvc repro` does not find joulecard: its folder is not in PATH"
        return Check(DVC, "command", "problem" if is_project else "lack", detail, remedy)
    if _is_ours(found, own):
        return Check(DVC, "command", "ok", f"`dvc repro` finds {scene.shown(found)}")
    detail = f"`dvc repro` finds another installation: {scene.shown(found)}"
    return Check(DVC, "command", "problem", detail, remedy)


def _is_ours(program: str, own: str) -> bool:
    """Whether the program runs with this Python: it lies beside it, or names it in its first line."""
    if os.path.dirname(os.path.realpath(program)) == os.path.realpath(own):
        return True
    with open(program, "rb") as file:
        first = file.readline(1024).decode("utf-8", "replace")
    interpreter = first.removeprefix("#!").split()[:1]
    return bool(interpreter) and os.path.dirname(interpreter[0]) == own


def _pipeline(scene: Scene, folder: str) -> Check:
    path = os.path.join(folder, "dvc.yaml")
    try:
        with open(path, encoding="utf-8") as file:
            stages = read_stages(file.read())[1]
    except (JoulecardError, UnicodeDecodeError) as error:
        said = error.what if isinstance(error, JoulecardError) else "it is not UTF-8 text"
        return Check(DVC, "pipeline", "problem", f"{scene.shown(path)}: {said}")
    stages = [stage for stage in stages if not (stage.data.get("frozen") or stage.outer.get("frozen"))]  # never run
    recorded = sum(_is_recorded(stage) for stage in stages)
    detail = f"{scene.shown(path)}: {recorded} of {len(stages)} stage{'s' if len(stages) > 1 else ''} recorded"
    if recorded == len(stages):
        return Check(DVC, "pipeline", "ok", detail)
    here = os.path.relpath(folder, scene.folder)
    return Check(
        DVC, "pipeline", "lack", detail, "joulecard dvc init" + ("" if here == "." else f" {shlex.quote(here)}")
    )


def _is_recorded(stage: Stage) -> bool:
    """Whether all commands of the stage start `joulecard run`."""
    commands = [line.strip() for line in _commands(stage.data.get("cmd"))]
    return all(is_recorded(line) for line in commands if line and not line.startswith("#"))


def _commands(cmd: Any) -> list[str]:
    return [str(item) for item in cmd] if isinstance(cmd, list) else str(cmd or "").splitlines()
