"""Turned off or not installed, we leave MLflow's classes as they are; switched on, its import costs little more."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.hosts.mlflow.conftest import Store, fresh, journals

pytestmark = pytest.mark.needs("mlflow")

PLAIN = """
import sys
import mlflow
from mlflow.tracking.client import MlflowClient
from mlflow.tracking.fluent import ActiveRun
before = (MlflowClient.set_terminated, MlflowClient.__init__, ActiveRun.__init__)
with mlflow.start_run():
    pass
after = (MlflowClient.set_terminated, MlflowClient.__init__, ActiveRun.__init__)
same = all(one is other for one, other in zip(before, after))
homes = {function.__code__.co_filename.rpartition("mlflow/tracking/")[2] for function in after}
print(same, sorted(homes), "joulecard.hosts.mlflow.arming" in sys.modules)
"""
LIGHT = """
import sys
import joulecard.hosts.mlflow.entry as entry
entry.RunContext()
heavy = ("logging", "json", "subprocess", "pathlib", "importlib.metadata", "pydantic", "joulecard.capture", "mlflow")
print([name for name in heavy if name in sys.modules])
"""
ARMED = """
import mlflow
from joulecard.hosts.mlflow.arming import arm, is_armed, unknown_names
from mlflow.tracking.client import MlflowClient
armed = is_armed()
client, made = MlflowClient.set_terminated, MlflowClient()
arm()
print(armed, is_armed(), unknown_names(), MlflowClient.set_terminated is client, MlflowClient.set_terminated.__name__)
print(MlflowClient.__init__.__code__.co_filename.endswith("mlflow/tracking/client.py"))
mlflow.start_run()
"""


def test_disabled_leaves_every_class_as_it_is(tmp_path: Path, store: Store) -> None:
    """With JOULECARD_DISABLED=1 nothing is wrapped, recorded or even loaded."""
    told = fresh(PLAIN, tmp_path, store, JOULECARD_DISABLED="1")
    assert told == "True ['client.py', 'fluent.py'] False\n"
    (run,) = store.runs()
    assert not [name for name in {**run.metrics, **run.tags} if "carbon" in name]
    assert journals() == []


def test_uninstalled_leaves_every_class_as_it_is(tmp_path: Path, store: Store) -> None:
    """Where the package's metadata is gone MLflow loads nothing of ours, though the code could be imported."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}:
        for path in Path(folder).glob("*"):
            if not path.name.lower().startswith(("joulecard", "_joulecard")) and not (packages / path.name).exists():
                (packages / path.name).symlink_to(path)
    program = f"import sys; sys.path.insert(0, {str(packages)!r})\n{PLAIN}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        cwd=tmp_path,
        env=os.environ | {"MLFLOW_TRACKING_URI": store.uri},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True ['client.py', 'fluent.py'] False\n"
    shutil.rmtree(packages)


def test_armed_once_and_a_run_left_open_in_a_fresh_interpreter(tmp_path: Path, store: Store) -> None:
    """Wrapping twice changes nothing, names stay, and a run of a moment pays for its imports at its very end."""
    assert fresh(ARMED, tmp_path, store) == "True True () True set_terminated\nTrue\n"
    (run,) = store.runs()
    assert (run.status, len(run.segments), run.tags["carbon.level"]) == ("FINISHED", 1, "L1")


def test_what_mlflow_loads_is_light(tmp_path: Path, store: Store) -> None:
    """The entry point imports nothing that costs, MLflow neither."""
    assert fresh(LIGHT, tmp_path, store) == "[]\n"
