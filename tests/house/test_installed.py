"""The package works where only the package is: in an empty folder, from the wheel alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "run", "recover", "assemble", "validate", "render", "attach", "sign", "verify", "dvc", "mlflow", "demo", "schema",
    "doctor", "estimate", "factors", "compare", "whatif", "marginal",
}  # fmt: skip
HEAVY = {
    "click", "httpx2", "importlib.metadata", "importlib.resources", "jinja2", "jsonschema_rs", "logging", "mlflow",
    "pathlib", "pydantic", "pynvml", "rfc8785", "ruamel", "subprocess", "tomllib", "uuid", "weasyprint",
}  # fmt: skip
# The command line where no extra is installed: importing one of them fails, as it does where it is not there.
WITHOUT_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys(["dvc", "httpx2", "mlflow", "sklearn", "stamina", "weasyprint"]))
import click
from joulecard.cli.commands import LAZY, joulecard
context = click.Context(joulecard)
for name in LAZY:
    command = joulecard.get_command(context, name)
    below = [command, *(command.commands.values() if isinstance(command, click.Group) else [])]
    for each in below:
        assert each.get_help(click.Context(each))
print(*LAZY)
"""


@pytest.fixture(scope="session")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unzipped into a folder of its own."""
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture(params=["installed", pytest.param("unpacked", marks=pytest.mark.checkout)])
def python(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., str]:
    """Runs Python in an empty folder, with the joulecard that is installed here or with the unzipped wheel."""
    place = {"PYTHONPATH": str(request.getfixturevalue("unpacked"))} if request.param == "unpacked" else {}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=os.environ | place, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_help_names_the_commands(python: Callable[..., str]) -> None:
    """`python -m joulecard --help` lists what there is to do."""
    text = python("-m", "joulecard", "--help")
    assert [name for name in COMMANDS if name not in text] == []


def test_without_extras_every_command_explains_itself(python: Callable[..., str]) -> None:
    """Where dvc, mlflow, scikit-learn and weasyprint are not installed, each command still imports and has its help."""
    assert set(python("-c", WITHOUT_EXTRAS).split()) == COMMANDS - {"run"}


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("joulecard", HEAVY),
        ("joulecard.hosts.mlflow.entry", HEAVY),
        ("joulecard.hosts.mlflow.runs", HEAVY - {"logging", "pathlib"}),  # MLflow itself has these two by then
    ],
)
def test_what_a_users_script_imports_is_light(python: Callable[..., str], module: str, heavy: set[str]) -> None:
    """The front door, the loader that MLflow calls and what begins a run stay with the standard library."""
    code = f"import sys; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"
    assert heavy & set(python("-c", code).split()) == set()


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("schema", "1.0/disclosure.schema.json"),
        ("report_templates", "model_card.md.j2"),
        ("report_templates", "report.html.j2"),
        ("examples", "digits/dvc.yaml"),
    ],
)
def test_shipped_folders_are_found(python: Callable[..., str], folder: str, path: str) -> None:
    """Schema, templates and the example are read from wherever this installation keeps them."""
    code = f"from joulecard.shipped import shipped; print(shipped({folder!r}).joinpath({path!r}).read_text()[:1])"
    assert python("-c", code).strip()


def test_recording_imports_nothing_heavy(python: Callable[..., str]) -> None:
    """`joulecard.record` and the supervisor start with the light part of the standard library alone."""
    code = (
        "import sys; before = set(sys.modules); import joulecard; joulecard.record; import joulecard.hosts.supervisor;"
        "import json; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    assert HEAVY & set(json.loads(python("-c", code))) == set()


@pytest.mark.checkout
def test_unzipped_wheel_is_what_runs(unpacked: Path, tmp_path: Path) -> None:
    """With the unzipped wheel on the path, no file of the source tree is used, and the versions agree."""
    code = "import joulecard as j, importlib.metadata as m; print(j.__file__, j.__version__, m.version('joulecard'))"
    command = [sys.executable, "-c", code]
    env = os.environ | {"PYTHONPATH": str(unpacked)}
    file, version, metadata = subprocess.check_output(command, cwd=tmp_path, env=env, text=True).split()
    assert Path(file).is_relative_to(unpacked)
    assert version == metadata
