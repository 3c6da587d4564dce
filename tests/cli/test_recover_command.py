"""`joulecard recover` as a command; what it makes of journals is told in tests/capture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from joulecard.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_no_journals_are_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says that there is nothing to recover, and where it looked."""
    assert main(["recover", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"nothing to recover in {tmp_path}\n"


def test_default_folder_that_was_never_made_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has recorded here yet."""
    assert main(["recover", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("name", ["missing", "file"])
def test_folder_that_cannot_be_opened_is_status_2(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that was named has to be one."""
    (tmp_path / "file").write_text("")
    assert main(["recover", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.startswith(f"joulecard: {tmp_path / name}: the folder cannot be opened: ")


def test_journal_that_tells_nothing_is_left_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for it, the file stays."""
    journal = tmp_path / "0.jsonl"
    journal.write_text("not a journal\n")
    assert main(["recover", str(tmp_path)]) == 1
    assert capsys.readouterr().out.count("\n") == 1
    assert journal.exists()
    assert main(["recover", str(tmp_path), "--json"]) == 1
    (outcome,) = json.loads(capsys.readouterr().out)
    assert (outcome["verdict"], outcome["journal"]) == ("unreadable", str(journal))
