"""The wheel carries what it must and nothing else, and is the same whoever builds it."""

from __future__ import annotations

import configparser
import tarfile
import zipfile
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAPPED = {
    "plugin/joulecard/": "joulecard/",
    "schema/": "joulecard/schema/",
    "report_templates/": "joulecard/report_templates/",
    "examples/": "joulecard/examples/",
}

pytestmark = [pytest.mark.checkout, pytest.mark.needs("git")]


def _place_in_wheel(name: str) -> str | None:
    for folder, place in MAPPED.items():
        if name.startswith(folder) and "/conformance/" not in name:
            return place + name.removeprefix(folder)
    return None


@pytest.fixture(scope="session")
def contents(wheel: Path) -> set[str]:
    """The names in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize(
    "name",
    [
        "joulecard/py.typed",
        "joulecard/schema/1.0/disclosure.schema.json",
        "joulecard/schema/1.0/segment.schema.json",
        "joulecard/report_templates/model_card.md.j2",
        "joulecard/report_templates/report.html.j2",
        "joulecard/report_templates/report_pages.html.j2",
        "joulecard/report_templates/paper.tex.j2",
        "joulecard/report_templates/styles/screen.css",
        "joulecard/report_templates/fonts/Inter-400.woff2",
        "joulecard/examples/digits/dvc.yaml",
        "joulecard/factors/tables/2026.11/sources.csv",
        "joulecard/factors/tables/2026.11/odbl/grid_intensity_electricitymaps.csv",
    ],
)
def test_carries_what_the_package_reads(contents: set[str], name: str) -> None:
    """Schema, templates, fonts, example and factor tables travel in the wheel."""
    assert name in contents


def test_carries_exactly_the_files_of_the_checkout(contents: set[str], project_files: tuple[str, ...]) -> None:
    """Every tracked file of the shipped folders is in the wheel, and nothing that git does not know."""
    expected = {place for name in project_files if (place := _place_in_wheel(name))}
    assert {name for name in contents if ".dist-info/" not in name} == expected


def test_carries_no_tests_and_no_conformance_documents(contents: set[str]) -> None:
    """Tests and conformance vectors stay in the source tree."""
    assert not [name for name in contents if "conformance" in name or "tests" in name.split("/")]


def test_carries_every_licence(contents: set[str], project_files: tuple[str, ...]) -> None:
    """LICENSE and each file of LICENSES are beside the package's metadata."""
    licences = {name for name in project_files if name == "LICENSE" or name.startswith("LICENSES/")}
    assert {name.split("/licenses/")[1] for name in contents if "/licenses/" in name} == licences
    assert len(licences) > 5


def test_its_entry_points_are_there(wheel: Path) -> None:
    """The command, and the loaders by which MLflow finds us: each names an object that the wheel's package has."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        groups = configparser.ConfigParser(delimiters=("=",))
        groups.read_string(archive.read(name).decode())
    assert set(groups) - {"DEFAULT"} == {
        "console_scripts",
        "mlflow.run_context_provider",
        "mlflow.default_experiment_provider",
    }
    for group in groups.values():
        for door in group.values():
            module, _, attribute = door.partition(":")
            assert hasattr(import_module(module), attribute)


def test_is_byte_identical_when_built_from_a_copy(
    wheel: Path, copy: Path, build: Callable[[Path, Path, str], Path], tmp_path: Path
) -> None:
    """Another folder, other file times, no git: the same bytes."""
    again = build(copy, tmp_path / "dist", "wheel")
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_is_the_same_when_built_from_the_source_archive(
    wheel: Path, build: Callable[[Path, Path, str], Path], copy: Path, tmp_path: Path
) -> None:
    """The source archive holds all that a wheel needs."""
    archive = build(copy, tmp_path / "archive", "sdist")
    with tarfile.open(archive) as unpacked:
        unpacked.extractall(tmp_path / "unpacked", filter="data")
    again = build(next((tmp_path / "unpacked").iterdir()), tmp_path / "dist", "wheel")
    assert again.read_bytes() == wheel.read_bytes()
