"""`joulecard validate` finds files by patterns that the shell has left alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.cli.validate.named_files import named_files

if TYPE_CHECKING:
    Captured = pytest.CaptureFixture[str]

TREE = (
    "disclosure.json", "a/disclosure.json", "a/b/disclosure.json", "a/other.json", "a/.hidden.json",
    ".git/disclosure.json", "a/.venv/lib/disclosure.json", "[x].json", "x.json", "b/odd name.json",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files at several depths, some of them hidden."""
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(VALID["segment-counter"]()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def _found(*patterns: str) -> list[str]:
    return [Path(each.file).as_posix() for each in named_files(patterns) if not each.problem]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("**/disclosure.json", ["a/b/disclosure.json", "a/disclosure.json", "disclosure.json"]),
        ("**/**/disclosure.json", ["a/b/disclosure.json", "a/disclosure.json", "disclosure.json"]),
        ("./**/disclosure.json", ["a/b/disclosure.json", "a/disclosure.json", "disclosure.json"]),
        ("a/**", ["a/b/disclosure.json", "a/disclosure.json", "a/other.json"]),
        ("a/*.json", ["a/disclosure.json", "a/other.json"]),
        ("a/.*.json", ["a/.hidden.json"]),
        ("a/.venv/**/*.json", ["a/.venv/lib/disclosure.json"]),
        ("?.json", ["x.json"]),
        ("[wx].json", ["x.json"]),
        ("[[]x].json", ["[x].json"]),
        ("[x].json", ["[x].json"]),
        ("b/*", ["b/odd name.json"]),
        ("*/disclosure.json", ["a/disclosure.json"]),
    ],
)
def test_a_pattern_names_files_sorted(pattern: str, files: list[str]) -> None:
    """At any depth, outside hidden folders; a file of that very name comes before its meaning as a pattern."""
    assert _found(pattern) == files


def test_a_pattern_may_begin_at_the_root(tmp_path: Path) -> None:
    """It names the same files, by their whole paths."""
    assert _found(str(tmp_path / "a" / "*.json")) == [str(tmp_path / "a" / name) for name in TREE_OF_A]


TREE_OF_A = ("disclosure.json", "other.json")


def test_a_file_that_several_arguments_name_is_checked_once(capsys: Captured) -> None:
    """Where it was named first."""
    assert _found("a/other.json", "./a/other.json", "a/*.json") == ["a/other.json", "a/disclosure.json"]
    assert main(["validate", "x.json", "./x.json"]) == 0
    assert capsys.readouterr().out == "x.json: valid segment\n"


def test_a_path_through_a_link_is_another_file(tmp_path: Path) -> None:
    """`link/../x.json` stands beside what the link leads to, and is not passed over for `x.json`."""
    os.symlink(tmp_path / "a" / "b", tmp_path / "link")
    assert _found("disclosure.json", "link/../disclosure.json") == ["disclosure.json", "link/../disclosure.json"]


def test_a_file_named_like_standard_input_is_a_file(tmp_path: Path) -> None:
    """Whether a pattern finds it or it is named with its folder."""
    (tmp_path / "-").touch()
    assert [each.file for each in named_files(["?"])] == [os.path.join(".", "-")]
    assert [each.file for each in named_files(["-", "./-"])] == ["-", "./-"]


def test_a_pattern_that_matches_nothing_is_told(capsys: Captured) -> None:
    """Exit 2, and the other files are checked all the same."""
    assert main(["validate", "no/**/*.json", "x.json"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("no/**/*.json: matches no file; ")
    assert captured.out == "x.json: valid segment\n2 files: 1 not opened, 1 valid\n"


def test_a_folder_that_cannot_be_searched_is_told(tmp_path: Path, capsys: Captured) -> None:
    """Exit 2: what lies in it would pass unseen; the other files are checked all the same."""
    os.symlink("circle", tmp_path / "circle")
    assert main(["validate", "circle/*.json", "x.json"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("circle/*.json: cannot be searched: circle: ")
    assert captured.out == "x.json: valid segment\n2 files: 1 not opened, 1 valid\n"


def test_a_folder_is_no_document(capsys: Captured) -> None:
    """Exit 2, with the pattern that names what is in it; a pattern passes folders over."""
    assert main(["validate", "a"]) == 2
    assert "a: is a folder; name the files in it: 'a/**/disclosure.json'" in capsys.readouterr().err
    assert _found("a*") == []


def test_links_in_circles_and_deep_folders_end(tmp_path: Path) -> None:
    """Two links to the folder they lie in would make endless paths; 400 folders in one another are only deep."""
    for name in ("first", "second"):
        os.symlink(tmp_path, tmp_path / "a" / name)
    deep = tmp_path / "b" / os.path.join(*["d"] * 400)
    deep.mkdir(parents=True)
    (deep / "deep.json").touch()
    assert _found("**/other.json") == ["a/other.json"]
    assert len(_found("**/deep.json")) == 1


def test_a_name_that_no_system_takes_cannot_be_opened(capsys: Captured) -> None:
    """A NUL is told, not thrown."""
    assert main(["validate", "a\0b"]) == 2
    assert "cannot be opened" in capsys.readouterr().err
