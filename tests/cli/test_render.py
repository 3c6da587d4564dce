"""`joulecard render`: only a valid disclosure becomes a page."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from joulecard.cli import main
from joulecard.rendering.model_card import model_card

if TYPE_CHECKING:
    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def disclosure(tmp_path: Path) -> Path:
    """A valid disclosure as a file."""
    valid = Path(__file__).parents[2] / "schema/1.0/conformance/valid"
    found = sorted(
        text
        for path in valid.iterdir()
        if path.name.endswith(".json") and ":disclosure" in (text := path.read_text(encoding="utf-8"))
    )
    path = tmp_path / "disclosure.json"
    path.write_text(found[0], encoding="utf-8")
    return path


def test_the_page_goes_to_standard_output(disclosure: Path, capsys: Captured) -> None:
    """Nothing else does."""
    assert main(["render", str(disclosure), "--to", "md"]) == 0
    told = capsys.readouterr()
    assert told.out == model_card(json.loads(disclosure.read_bytes()))
    assert told.err == ""


def test_the_page_goes_to_a_file(disclosure: Path, capsys: Captured) -> None:
    """The file holds the page, and nothing is said."""
    target = disclosure.parent / "new" / "card.md"
    assert main(["render", str(disclosure), "--to", "md", "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8").startswith("## Energy and carbon of ")
    assert capsys.readouterr().out == ""


def test_a_disclosure_may_come_from_standard_input(
    disclosure: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """`-` is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(disclosure.read_bytes())))
    assert main(["render", "-", "--to", "md"]) == 0
    assert "## Environmental Impact" in capsys.readouterr().out


def test_an_invalid_disclosure_is_not_rendered(disclosure: Path, capsys: Captured) -> None:
    """Each violation is named with its place."""
    document = json.loads(disclosure.read_bytes())
    document["totals"]["new"]["energy_it"]["value"] *= 2
    disclosure.write_text(json.dumps(document))
    assert main(["render", str(disclosure), "--to", "md"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "#/totals/new/energy_it" in told.err


def test_wrong_usage_is_status_2(disclosure: Path, tmp_path: Path) -> None:
    """A file that is not there, a form that this version does not write, an output that cannot be written."""
    assert main(["render", str(tmp_path / "nothing.json"), "--to", "md"]) == 2
    assert main(["render", str(disclosure), "--to", "docx"]) == 2
    assert main(["render", str(disclosure), "--to", "md", "-o", f"{disclosure}/card.md"]) == 2


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (["-o", "page.html"], b"<!doctype html>"),
        (["-o", "page.tex"], b"%"),
        (["-o", "PAGE.MD"], b"## "),
        (["-o", "page.markdown"], b"## "),
        (["-o", "page"], b"## "),
        (["--to", "md", "-o", "page.docx"], b"## "),
        (["--to", "html", "-o", "page.md"], b"<!doctype html>"),
    ],
)
def test_the_name_of_the_file_tells_its_form(disclosure: Path, options: list[str], begins: bytes) -> None:
    """Unless `--to` says otherwise."""
    *before, name = options
    target = disclosure.parent / name
    assert main(["render", str(disclosure), *before, str(target)]) == 0
    assert target.read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["page.docx", "page.json", "page.md.gz"])
def test_a_name_of_another_form_is_refused(disclosure: Path, capsys: Captured, name: str) -> None:
    """In one sentence with the forms that there are; nothing is written."""
    target = disclosure.parent / name
    assert main(["render", str(disclosure), "-o", str(target)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "end its name in .md, .markdown, .html, .htm, .pdf, .tex" in line
    assert not target.exists()


@pytest.mark.needs("weasyprint")
def test_a_pdf_goes_to_a_file_or_a_pipe(disclosure: Path) -> None:
    """Both get the same bytes."""
    target = disclosure.parent / "page.pdf"
    command = [sys.executable, "-m", "joulecard", "render", str(disclosure)]
    subprocess.run([*command, "-o", str(target)], check=True)
    piped = subprocess.run([*command, "--to", "pdf"], capture_output=True, check=True)
    assert piped.stdout.startswith(b"%PDF-1.7")
    assert piped.stdout == target.read_bytes()


def test_a_pdf_is_not_for_a_terminal(disclosure: Path) -> None:
    """One sentence says where it can go instead; nothing is drawn on the screen."""
    ours, terminal = os.openpty()
    command = [sys.executable, "-m", "joulecard", "render", str(disclosure), "--to", "pdf"]
    with open(terminal, "wb") as screen:
        done = subprocess.run(command, stdout=screen, stderr=subprocess.PIPE, text=True, check=False)
    os.set_blocking(ours, False)
    assert done.returncode == 2
    assert "name a file with -o" in done.stderr
    with pytest.raises(OSError, match=r"Input/output error|temporarily"):
        os.read(ours, 1)
    os.close(ours)


def test_every_valid_document_of_the_standard_can_be_shown() -> None:
    """Whatever the standard allows has a page: declared numbers, missing members, market-based emissions."""
    valid = Path(__file__).parents[2] / "schema/1.0/conformance/valid"
    shown = 0
    for path in valid.iterdir():
        document = json.loads(path.read_text(encoding="utf-8"))
        if str(document.get("schema")).endswith(":disclosure"):
            assert "**Carbon Emitted:** " in model_card(document), path.name
            shown += 1
    assert shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"schema": "urn:joulecard:mlcd:1.0.0-draft:segment"}', "is a segment: run `joulecard assemble` first"),
        ('{"segments": [], "energy_wh": 1.0}', "is the record of a stage: run `joulecard dvc report`"),
    ],
)
def test_what_comes_before_a_disclosure_is_named(tmp_path: Path, capsys: Captured, text: str, told: str) -> None:
    """With the command that makes a disclosure of it, and without a list of what a disclosure would need."""
    path = tmp_path / "record.json"
    path.write_text(text)
    assert main(["render", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_markdown_is_the_form_by_default(disclosure: Path, capsys: Captured) -> None:
    """`--to` need not be given."""
    assert main(["render", str(disclosure)]) == 0
    assert capsys.readouterr().out == model_card(json.loads(disclosure.read_bytes()))
