"""The project's own files, a copy of them, and packages built from them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def project_files() -> tuple[str, ...]:
    """Every file that git tracks or would track, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted({name for name in listing.split("\0") if name and (ROOT / name).is_file()}))


@pytest.fixture
def copy(project_files: tuple[str, ...], tmp_path: Path) -> Path:
    """A copy of the project's files, without its history, that a test may change."""
    tree = tmp_path / "copy"
    for name in project_files:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    return tree


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for PATH that holds `joulecard` as the one that is tested here."""
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "joulecard"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m joulecard "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def build() -> Callable[[Path, Path, str], Path]:
    """Builds a `wheel` or an `sdist` from a source tree into an empty folder, without network."""

    def build(tree: Path, out: Path, target: str) -> Path:
        command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
        clock = {"SOURCE_DATE_EPOCH": "1767225600"}
        subprocess.run(command, cwd=tree, env=os.environ | clock, check=True, capture_output=True)
        return next(out.iterdir())

    return build


@pytest.fixture(scope="session")
def wheel(build: Callable[[Path, Path, str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build(ROOT, tmp_path_factory.mktemp("dist"), "wheel")
