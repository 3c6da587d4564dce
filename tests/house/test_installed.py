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

HEAVY = {
    "click", "importlib.metadata", "importlib.resources", "jinja2", "jsonschema_rs", "logging", "pathlib", "pydantic",
    "rfc8785", "ruamel", "subprocess", "tomllib", "uuid",
}  # fmt: skip


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
    assert [name for name in ("run", "assemble", "validate", "recover", "dvc", "demo") if name not in text] == []


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("schema", "1.0/disclosure.schema.json"),
        ("report_templates", "model_card.md.j2"),
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
