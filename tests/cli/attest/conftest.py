"""A folder with a disclosure and keys, and a machine that lacks a package."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.attest.signing import TOLD, a_disclosure
from tests.validation.keys import ASSURER, STRANGER

from joulecard.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a disclosure and the two halves of the keys of an assurer and a stranger."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "disclosure.json").write_bytes(a_disclosure())
    for name, vector in {"assurer": ASSURER, "stranger": STRANGER}.items():
        (tmp_path / f"{name}.pem").write_bytes(vector.private_pem)
        (tmp_path / f"{name}.pub.pem").write_bytes(vector.public_pem)
    return tmp_path


@pytest.fixture
def signed(folder: Path, capsys: Captured) -> Path:
    """The disclosure, signed by the assurer."""
    assert main(["sign", "disclosure.json", "--key", "assurer.pem", *TOLD]) == 0
    capsys.readouterr()
    return folder / "disclosure.json"


@pytest.fixture
def without(folder: Path) -> Any:
    """A call on a machine without a package: exit status, standard output and standard error."""

    def call(package: str, *arguments: str) -> tuple[int, str, str]:
        stub = folder / "stubs" / package
        stub.mkdir(parents=True, exist_ok=True)
        (stub / "__init__.py").write_text(f"raise ModuleNotFoundError({package!r})", encoding="utf-8")
        path = os.pathsep.join([str(stub.parent), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"PYTHONPATH": path}
        command = [sys.executable, "-m", "joulecard", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        return done.returncode, done.stdout, done.stderr

    return call
