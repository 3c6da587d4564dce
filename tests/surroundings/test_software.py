"""The code that a stage ran with."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import joulecard
from joulecard.surroundings.software import Software, read_software

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from joulecard.settings import Roots

    Plant = Callable[[Mapping[str, str | bytes]], Roots]

COMMIT = "9e107d9d372bb6826bd81d3542a419d600112233"
OTHER = "1" * 40


def _commit(folder: Path, roots: Roots) -> str | None:
    return read_software(str(folder), roots).git_commit


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def _tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_versions_are_named_and_no_more(plant: Plant, tmp_path: Path) -> None:
    """Two numbers of the kernel's version: the rest may name an owner."""
    kernel = {"proc/sys/kernel/ostype": "Linux\n", "proc/sys/kernel/osrelease": "6.1.0-18-alices-build\n"}
    python = ".".join(str(part) for part in sys.version_info[:3])
    assert read_software(str(tmp_path), plant(kernel)) == Software(
        "joulecard", joulecard.__version__, python, "Linux 6.1"
    )


def test_a_strange_kernel_is_named_without_version(plant: Plant, tmp_path: Path) -> None:
    """What does not begin with a number is left out."""
    kernel = {"proc/sys/kernel/ostype": "Linux\n", "proc/sys/kernel/osrelease": "custom\n"}
    assert read_software(str(tmp_path), plant(kernel)).os == "Linux"


@pytest.mark.needs("git")
def test_the_commit_is_the_one_that_git_names(plant: Plant, tmp_path: Path) -> None:
    """On a branch, packed, detached, in a worktree and in a folder below, with the real git."""
    roots = plant({})
    repository = tmp_path / "repository"
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    _git(repository, "init", "-q", "-b", "feature/new.name")
    assert _commit(below, roots) is None
    _git(repository, "commit", "-q", "--allow-empty", "-m", "one")
    first = _git(repository, "rev-parse", "HEAD")
    assert _commit(below, roots) == first
    _git(repository, "pack-refs", "--all")
    assert _commit(repository, roots) == first
    _git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    _git(tmp_path / "side", "commit", "-q", "--allow-empty", "-m", "two")
    assert _commit(tmp_path / "side", roots) == _git(tmp_path / "side", "rev-parse", "HEAD") != first
    _git(repository, "checkout", "-q", "--detach", "side")
    assert _commit(repository, roots) == _git(repository, "rev-parse", "HEAD") != first


def test_a_packed_reference_is_found_by_its_whole_name(plant: Plant, tmp_path: Path) -> None:
    """`main` is not `other/main`, and a peeled tag is no branch."""
    packed = f"# pack-refs with: peeled\n{OTHER} refs/heads/other/main\n^{OTHER}\n{COMMIT} refs/heads/main\n"
    _tree(tmp_path, {".git/HEAD": "ref: refs/heads/main\n", ".git/packed-refs": packed})
    assert _commit(tmp_path, plant({})) == COMMIT


def test_a_commit_of_sha_256_is_a_commit(plant: Plant, tmp_path: Path) -> None:
    """64 digits in the newer kind of repository."""
    _tree(tmp_path, {".git/HEAD": "ab" * 32 + "\n"})
    assert _commit(tmp_path, plant({})) == "ab" * 32


@pytest.mark.parametrize(
    "files",
    [
        {".git/HEAD": ""},
        {".git/HEAD": "ref: refs/heads/.invalid\n"},
        {".git/HEAD": "ref: ../../secret\n", "secret": COMMIT},
        {".git/HEAD": "ref: refs/../../../secret\n", "secret": COMMIT},
        {".git/HEAD": "ref: refs/heads/a\n", ".git/refs/heads/a": "ref: refs/heads/a\n"},
        {".git/HEAD": "ref: refs/heads/a\n", ".git/refs/heads/a": "not a commit\n"},
        {".git": "gitdir: nowhere\n"},
        {".git": "gitdir: .\n"},
    ],
    ids=["empty", "reftable", "outside", "climbing", "circle", "text", "nowhere", "itself"],
)
def test_a_broken_repository_has_no_commit(plant: Plant, tmp_path: Path, files: dict[str, str]) -> None:
    """Nothing outside of git's folder is taken for a commit, and nothing turns in circles."""
    assert _commit(_tree(tmp_path / "work", files), plant({})) is None


def test_whether_the_tree_was_changed_is_not_known(plant: Plant, tmp_path: Path) -> None:
    """Telling it means to compare every file, which a recorder does not do."""
    _tree(tmp_path, {".git/HEAD": COMMIT})
    assert read_software(str(tmp_path), plant({})).git_dirty is None
