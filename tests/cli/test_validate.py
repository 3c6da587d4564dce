"""`joulecard validate`: one line a violation, the level of a valid file, and an exit status that scripts can trust."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.standard.corpus import FOLDER, VALID

from joulecard.cli import main

if TYPE_CHECKING:
    from pathlib import Path

GOOD = str(FOLDER / "valid" / "counted.json")
BAD = str(FOLDER / "invalid" / "R03-t01-fail-it-total.json")


@pytest.fixture
def newer(tmp_path: Path) -> str:
    """A disclosure of a version of the standard that does not exist yet."""
    path = tmp_path / "newer.json"
    path.write_text(
        json.dumps({**VALID["counted"](), "schema": "urn:joulecard:mlcd:9.0.0:disclosure"}), encoding="utf-8"
    )
    return str(path)


def test_a_valid_file_is_one_line_with_its_level(capsys: pytest.CaptureFixture[str]) -> None:
    """The line names what the next level needs."""
    assert main(["validate", GOOD]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{GOOD}: valid disclosure, level L2 traced; not L3: /document names no `publisher`")
    assert captured.out.count("\n") == 1
    assert captured.err == ""


def test_each_violation_is_one_line_with_pointer_rule_and_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """And the places it was compared with."""
    assert main(["validate", BAD]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{BAD}#/stages/0/energy/it_total/value: R03: its parts sum to ")
    assert "(see /stages/0/energy/components/0/energy/value" in first


def test_the_worst_answer_of_several_files_is_the_status(newer: str, capsys: pytest.CaptureFixture[str]) -> None:
    """2 before 1 before 3 before 0, and every file is answered."""
    assert main(["validate", GOOD, newer]) == 3
    assert main(["validate", GOOD, newer, BAD]) == 1
    assert main(["validate", GOOD, newer, BAD, "nowhere.json"]) == 2
    captured = capsys.readouterr()
    assert "nowhere.json: cannot be opened: No such file or directory" in captured.err
    assert "needs joulecard >" in captured.err


def test_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    """It is no document."""
    assert main(["validate", str(tmp_path)]) == 2


def test_json_is_for_programs(newer: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One object with an answer for each file."""
    assert main(["validate", "--json", GOOD, BAD, newer]) == 1
    good, bad, later = json.loads(capsys.readouterr().out)["files"]
    assert (good["valid"], good["level"], good["violations"]) == (True, "L2", [])
    assert {"pointer", "rule", "message", "related"} == bad["violations"][0].keys()
    assert (later["status"], "problem" in later) == (3, True)


def test_a_dash_is_standard_input() -> None:
    """A segment comes through a pipe."""
    data = json.dumps(VALID["segment-counter"]()).encode()
    command = [sys.executable, "-m", "joulecard", "validate", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"standard input: valid segment\n")


def test_a_hostile_text_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences of a document are shown, not sent."""
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({**VALID["counted"](), "\x1b[2J\u202e": 1}), encoding="utf-8")
    assert main(["validate", str(path)]) == 1
    told = capsys.readouterr().out
    assert "\x1b[2J" not in told
    assert "\\x1b[2J\\u202e" in told


def test_a_missing_file_argument_is_a_usage_error() -> None:
    """Exit 2."""
    assert main(["validate"]) == 2
