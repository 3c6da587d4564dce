"""`joulecard validate`: each violation with its line, the level of a valid file, an exit status that scripts trust."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.validation import validate

if TYPE_CHECKING:
    Captured = pytest.CaptureFixture[str]


def _written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return str(path)


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A valid disclosure of level L2."""
    return _written(tmp_path / "good.json", VALID["counted"]())


@pytest.fixture
def bad(tmp_path: Path) -> str:
    """A disclosure with a wrong sum."""
    document = VALID["counted"]()
    document["stages"][0]["energy"]["it_total"]["value"] *= 1.5
    return _written(tmp_path / "bad.json", document)


@pytest.fixture
def newer(tmp_path: Path) -> str:
    """A disclosure of a version of the standard that does not exist yet."""
    return _written(tmp_path / "newer.json", {**VALID["counted"](), "schema": "urn:joulecard:mlcd:9.0.0:disclosure"})


def test_a_valid_file_has_its_level_and_what_the_next_one_needs(good: str, capsys: Captured) -> None:
    """The level in one line, below it each thing that is missing, with its line."""
    assert main(["validate", good]) == 0
    captured = capsys.readouterr()
    first, head, *lacks = captured.out.splitlines()
    assert first == f"{good}: valid disclosure, level L2 traced"
    assert head == "    for L3 attested:"
    assert re.match(r"    - line 3, #/document ", lacks[0])
    assert captured.err == ""


def test_a_warning_leaves_a_file_valid(tmp_path: Path, capsys: Captured) -> None:
    """It is told like a violation, as a warning, and the last line counts it."""
    path = _written(tmp_path / "old.json", VALID["R16-t01-warn-factor-of-another-year"]())
    assert main(["validate", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"{re.escape(path)}:\d+: R16 warning #/factors/\d+/valid", lines[0])
    assert any(
        re.fullmatch(rf"{re.escape(path)}: valid disclosure, level L\d [a-z]+, 1 warning", line) for line in lines
    )


def test_the_highest_level_names_the_command_that_checks_its_signature(tmp_path: Path, capsys: Captured) -> None:
    """A level says that there is a signature, not that it fits."""
    path = _written(tmp_path / "attested.json", VALID["attested"]())
    assert main(["validate", path]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{path}: valid disclosure, level L3 attested"
    assert "joulecard verify" in second


def test_of_several_valid_files_each_is_one_line(good: str, tmp_path: Path, capsys: Captured) -> None:
    """The last line counts them."""
    other = _written(tmp_path / "other.json", VALID["segment-counter"]())
    assert main(["validate", good, other, good]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{good}: valid disclosure, level L2 traced",
        f"{other}: valid segment",
        "2 files: 2 valid",
    ]


def test_a_violation_has_its_line_rule_pointer_and_sentence(bad: str, capsys: Captured) -> None:
    """And the places it was compared with; the line is that of the member."""
    assert main(["validate", bad]) == 1
    lines = capsys.readouterr().out.splitlines()
    found = re.fullmatch(rf"{re.escape(bad)}:(\d+): R03 #/stages/0/energy/it_total/value", lines[0])
    assert found
    wrong = Path(bad).read_text(encoding="utf-8").splitlines()[int(found[1]) - 1]
    assert (
        wrong.strip() == f'"value": {json.loads(Path(bad).read_bytes())["stages"][0]["energy"]["it_total"]["value"]},'
    )
    assert lines[1].startswith("    ")
    assert "#/stages/0/energy/components/0/energy/value" in lines[2]
    assert lines[-2] == "    more: joulecard schema R03, joulecard schema /stages/0/energy/it_total/value"
    assert re.search(r"bad\.json: invalid disclosure, \d+ violations$", lines[-1])


def test_the_worst_answer_of_several_files_is_the_status(good: str, bad: str, newer: str, capsys: Captured) -> None:
    """2 before 1 before 3 before 0, and every file is answered."""
    assert main(["validate", good, newer]) == 3
    assert main(["validate", good, newer, bad]) == 1
    capsys.readouterr()
    assert main(["validate", good, newer, bad, "nowhere.json"]) == 2
    captured = capsys.readouterr()
    assert "nowhere.json: cannot be opened: No such file or directory" in captured.err
    assert "needs joulecard >" in captured.err
    assert captured.out.endswith("4 files: 1 valid, 1 not judged, 1 invalid, 1 not opened\n")


def test_json_is_for_programs(good: str, bad: str, newer: str, capsys: Captured) -> None:
    """One object with an answer for each file; each place with its line."""
    assert main(["validate", "--json", good, bad, newer]) == 1
    told = capsys.readouterr().out
    fine, wrong, later = json.loads(told)["files"]
    assert (fine["valid"], fine["level"], fine["violations"], fine["failed_gates"]) == (True, "L2", [], [])
    assert {"pointer", "line", "message"} == fine["next_level_needs"][0].keys()
    assert {"pointer", "line", "rule", "message", "related"} == wrong["violations"][0].keys()
    assert (later["status"], "problem" in later) == (3, True)
    assert main(["validate", "--format", "json", good, bad, newer]) == 1
    assert capsys.readouterr().out == told


def test_two_forms_at_once_are_a_usage_error(good: str, capsys: Captured) -> None:
    """Exit 2, with the way out."""
    assert main(["validate", "--json", "--format", "github", good]) == 2
    assert "ask for one" in capsys.readouterr().err


def test_a_dash_is_standard_input() -> None:
    """A segment comes through a pipe."""
    data = json.dumps(VALID["segment-counter"]()).encode()
    command = [sys.executable, "-m", "joulecard", "validate", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"standard input: valid segment\n")


def test_text_that_does_not_parse_is_told_once(tmp_path: Path, capsys: Captured) -> None:
    """At the line that its sentence names."""
    path = tmp_path / "cut.json"
    path.write_text('{\n"schema": ', encoding="utf-8")
    assert main(["validate", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}:2: parse"
    assert lines[1] == "    not JSON: the text ends before the document does (line 2, column 11)"
    assert lines[2] == f"{path}: invalid document, 1 violation"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[]", ": schema"),
        ("{}", ": schema"),
        ('{\n"schema":\n"x"}', ":2: schema #/schema"),
        ('{"a": 1, "a": 2}', ":1: parse"),
        ('{"a":\nNaN}', ":2: R08"),
    ],
)
def test_what_is_no_document_of_ours_is_placed_where_it_can_be(
    text: str, place: str, tmp_path: Path, capsys: Captured
) -> None:
    """With a line where the trouble has one."""
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    assert main(["validate", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[0] == f"{path}{place}"


def test_thousands_of_violations_are_not_all_shown(tmp_path: Path, capsys: Captured) -> None:
    """Nobody reads them; the last lines count them, and --json has them."""
    document = VALID["counted"]()
    document["subject"] |= {f"x{number}": 1 for number in range(100)}
    document["boundary"] |= {f"x{number}": 1 for number in range(100)}
    document["totals"] |= {f"x{number}": 1 for number in range(100)}
    document["generator"] |= {f"x{number}": 1 for number in range(100)}
    document["document"] |= {f"x{number}": 1 for number in range(100)}
    path = _written(tmp_path / "odd.json", document)
    violations = len(validate(Path(path).read_bytes()).violations)
    assert main(["validate", path]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert violations > 50
    assert lines[-3] == f"    and {violations - 50} more, which --json lists"
    assert lines[-1] == f"{path}: invalid disclosure, {violations} violations"


def test_a_hostile_text_cannot_steer_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    """Escape sequences of a document are shown, not sent; nor can it speak to the runner of a workflow."""
    document = {**VALID["counted"](), "\x1b[2J\u202e": 1, "##[error]x": 1}
    path = _written(tmp_path / "odd.json", document)
    assert main(["validate", path]) == 1
    told = capsys.readouterr().out
    assert "\x1b[2J" not in told
    assert "\\x1b[2J\\u202e" in told
    assert "##[" not in told


def test_a_hostile_name_cannot_speak_to_a_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """No line begins as a workflow command because a file is named like one."""
    monkeypatch.chdir(tmp_path)
    _written(tmp_path / "::error::x.json", VALID["counted"]())
    _written(tmp_path / "b\n::error::x.json", VALID["counted"]())
    assert main(["validate", "*.json"]) == 0
    assert not re.search(r"^\s*::", capsys.readouterr().out, flags=re.MULTILINE)


def test_a_missing_file_argument_is_a_usage_error() -> None:
    """Exit 2."""
    assert main(["validate"]) == 2
