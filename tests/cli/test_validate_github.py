"""`joulecard validate` in a workflow: annotations at their lines, step outputs, and nothing that a document injects."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.cli.validate import github
from joulecard.cli.validate.answer import Answer

if TYPE_CHECKING:
    Captured = pytest.CaptureFixture[str]

COMMAND = re.compile(r"::(error|warning) ([^\n]*?)::([^\n]*)")


def _unescaped(text: str) -> str:
    for code, sign in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(code, sign)
    return text


def _commands(told: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands in a log, read as the runner reads them."""
    found = []
    for line in told.splitlines():
        if match := COMMAND.fullmatch(line):
            pairs = (pair.split("=", 1) for pair in match[2].split(","))
            found.append((match[1], {name: _unescaped(value) for name, value in pairs}, _unescaped(match[3])))
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(name: str, document: dict[str, Any]) -> None:
    Path(name).write_text(json.dumps(document, indent=2), encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_a_violation_is_an_annotation_at_its_line(capsys: Captured) -> None:
    """File, line and rule; the message says the rest, since the log shows nothing else."""
    document = VALID["counted"]()
    document["stages"][0]["energy"]["it_total"]["value"] *= 1.5
    _write("bad, worse.json", document)
    assert main(["validate", "--format", "github", "bad, worse.json"]) == 1
    told = capsys.readouterr().out
    level, properties, message = _commands(told)[0]
    assert level == "error"
    assert (properties["file"], properties["title"]) == ("bad, worse.json", "R03")
    wrong = Path("bad, worse.json").read_text(encoding="utf-8").splitlines()[int(properties["line"]) - 1]
    assert wrong.strip().startswith('"value": ')
    assert message.startswith("R03 #/stages/0/energy/it_total/value: ")
    assert re.search(r"^bad, worse\.json: invalid disclosure, \d+ violations$", told.splitlines()[-1])


@pytest.mark.usefixtures("folder")
def test_failed_gates_and_files_that_are_not_there_are_annotations(capsys: Captured) -> None:
    """All in one log, on standard output."""
    _write("good.json", VALID["counted"]())
    arguments = ["--level", "L3", "--max-co2e", "1g", "good.json", "nowhere.json"]
    assert main(["validate", "--format", "github", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    errors = [
        (properties["file"], properties["title"])
        for level, properties, _ in _commands(captured.out)
        if level == "error"
    ]
    assert errors == [
        ("good.json", "--level L3"),
        ("good.json", "--max-co2e 1 g"),
        ("nowhere.json", "joulecard validate"),
    ]
    assert _commands(captured.out)[-1][2] == "nowhere.json: cannot be opened: No such file or directory"


@pytest.mark.usefixtures("folder")
def test_any_file_name_is_told_in_the_log_on_the_page_and_to_later_steps() -> None:
    """One that is no UTF-8, and one that the encoding of the log does not hold."""
    names = [os.fsdecode(b"a\xff.json"), "Ж.json"]
    for name in names:
        _write(name, {})
    command = [sys.executable, "-m", "joulecard", "validate", "--format", "github", "--summary", "page", *names]
    environment = os.environ | {"PYTHONIOENCODING": "iso-8859-15"}
    done = subprocess.run([*command, "--outputs", "out"], capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"::error file=a\udcff.json,line=1" in done.stdout
    assert b"::error file=?.json,line=1" in done.stdout
    page = Path("page").read_text(encoding="utf-8")
    assert r"<code>a\udcff.json</code>" in page
    assert "<code>Ж.json</code>" in page
    assert Path("out").read_text(encoding="utf-8") == "valid=false\nlevel=\n"


@given(st.text(), st.text())
def test_no_text_ends_a_command_or_begins_another(name: str, problem: str) -> None:
    """Whatever a file is called and holds: one line, one command, its file as it was named."""
    line = github.command("error", Answer(f"x{name}", 2), 1, f"a{problem}", problem)
    assert len(line.splitlines()) == 1
    assert "##[" not in line
    ((_, properties, _),) = _commands(line)
    assert properties.keys() == {"file", "line", "title"}


@pytest.mark.parametrize(
    ("files", "outputs"),
    [
        ({"a": "counted", "b": "attested"}, "valid=true\nlevel=L2\n"),
        ({"a": "counted", "b": "declared-minimal"}, "valid=true\nlevel=L0\n"),
        ({"a": "counted", "b": "segment-counter"}, "valid=true\nlevel=L2\n"),
        ({"a": "segment-counter"}, "valid=true\nlevel=\n"),
        ({"a": "counted", "b": "broken"}, "valid=false\nlevel=\n"),
        ({"a": "counted", "b": "missing"}, "valid=false\nlevel=\n"),
    ],
)
def test_later_steps_are_told_whether_all_is_well(folder: Path, files: dict[str, str], outputs: str) -> None:
    """The lowest level of the disclosures; none where one is invalid or not there. What others wrote stays."""
    (folder / "out").write_text("other=1\n", encoding="utf-8")
    for name, kind in files.items():
        if kind != "missing":
            _write(f"{name}.json", VALID[kind]() if kind in VALID else {})
    main(["validate", "--outputs", "out", *(f"{name}.json" for name in files)])
    assert (folder / "out").read_text(encoding="utf-8") == f"other=1\n{outputs}"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("option", ["--outputs", "--summary"])
def test_a_file_that_cannot_be_written_is_told(option: str, capsys: Captured) -> None:
    """Exit 2."""
    _write("good.json", VALID["counted"]())
    assert main(["validate", "good.json", option, "no/such/folder"]) == 2
    assert "no/such/folder: cannot be written: No such file or directory" in capsys.readouterr().err
