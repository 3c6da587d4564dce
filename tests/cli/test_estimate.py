"""`joulecard estimate`: facts in, a valid disclosure and all that was assumed out, or one sentence and nothing."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from joulecard.cli import main
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

FACTS = """
[subject]
name = "a model"

[[stage]]
name = "train"
gpu_hours = 1000
device_w = 400
place = "SE"
year = 2025
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with one file of facts, where commands run."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_facts_become_a_valid_disclosure(folder: Path, capsys: Captured) -> None:
    """One line on standard output says what came out; what was assumed is on standard error."""
    assert main(["estimate", "facts.toml", "-o", "out.json"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("out.json: ")
    assert said.out.endswith("level L1\n")
    assert "assumed: " in said.err
    assert validate_disclosure((folder / "out.json").read_bytes()).violations == ()


def test_every_assumption_is_said(folder: Path, capsys: Captured) -> None:
    """What stands in the document as taken for true stands on the screen, such as a place that has no factor."""
    (folder / "facts.toml").write_text(FACTS.replace('"SE"', '"US-ZZ"'), encoding="utf-8")
    assert main(["estimate", "facts.toml", "-o", "out.json"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    listed = json.loads((folder / "out.json").read_bytes())["assumptions"]
    assert any("no factor for US-ZZ" in item["statement"] for item in listed)
    assert all(item["statement"] in said for item in listed)


@pytest.mark.usefixtures("folder")
def test_standard_streams(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """`-` writes the document to standard output and the line about it elsewhere."""
    assert main(["estimate", "facts.toml", "-o", "-"]) == 0
    said = capfdbinary.readouterr()
    assert validate_disclosure(said.out).violations == ()
    assert b"level L1" in said.err


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ([], 2, "no file of facts is named"),
        (["facts.toml"], 2, "nothing says where the disclosure goes"),
        (["facts.toml", "-o", "facts.toml"], 2, "facts.toml: would be overwritten"),
        (["none.toml", "-o", "out.json"], 2, "cannot be opened"),
        (["none.toml", "-o", "facts.toml"], 2, "none.toml: cannot be opened"),
        (["facts.toml", "-o", "out.json", "--factors", "1999.01"], 3, "has no factor edition 1999.01"),
        (["--example", "gpt-99"], 2, "there are bloom, gpt-3"),
    ],
)
def test_what_cannot_work_is_one_sentence(
    folder: Path, capsys: Captured, arguments: list[str], status: int, told: str
) -> None:
    """With the status of its kind, and nothing written."""
    assert main(["estimate", *arguments]) == status
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1
    assert not (folder / "out.json").exists()


def test_a_wrong_fact_is_told_with_its_line(folder: Path, capsys: Captured) -> None:
    """Exit 1, and nothing is written."""
    (folder / "facts.toml").write_text(f"{FACTS}pue = 0.9\n", encoding="utf-8")
    assert main(["estimate", "facts.toml", "-o", "out.json"]) == 1
    assert capsys.readouterr().err.startswith("joulecard: facts.toml:11: pue is 0.9, and cannot be below 1; ")
    assert not (folder / "out.json").exists()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"#" * (1024 * 1024 + 1)])
def test_what_is_no_text_is_refused(folder: Path, capsys: Captured, data: bytes) -> None:
    """Neither other encodings nor endless files."""
    (folder / "facts.toml").write_bytes(data)
    assert main(["estimate", "facts.toml", "-o", "out.json"]) == 1
    assert capsys.readouterr().err.startswith("joulecard: facts.toml: is ")


def test_an_example_can_be_estimated_at_once(folder: Path, capsys: Captured) -> None:
    """Facts of a published run are printed, and are facts."""
    assert main(["estimate", "--example", "olmo-2"]) == 0
    (folder / "olmo-2.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["estimate", "olmo-2.toml", "-o", "out.json"]) == 0
    assert "contradiction: pretrain 7B: 52 t" in capsys.readouterr().err


def test_an_example_with_an_output_is_its_disclosure(folder: Path, capsys: Captured) -> None:
    """Without a file in between."""
    assert main(["estimate", "--example", "gpt-3", "-o", "out.json"]) == 0
    assert "agrees: train: emissions 552 t" in capsys.readouterr().err
    assert validate_disclosure((folder / "out.json").read_bytes()).violations == ()


@pytest.mark.usefixtures("folder")
def test_the_example_of_the_help_page_works(capsys: Captured, folder: Path) -> None:
    """Whoever copies it has facts."""
    assert main(["estimate", "--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    shown = lines[lines.index("[subject]") : lines.index("year = 2025") + 1]
    (folder / "facts.toml").write_text("\n".join(shown), encoding="utf-8")
    assert main(["estimate", "facts.toml", "-o", "out.json"]) == 0


@pytest.mark.usefixtures("folder")
def test_examples_and_keys_are_listed(capsys: Captured) -> None:
    """What there is to start from, within 80 columns."""
    assert main(["estimate", "--example", "list"]) == 0
    assert "gpt-3\n" in capsys.readouterr().out
    assert main(["estimate", "--keys"]) == 0
    keys = capsys.readouterr().out
    assert "gpu_hours, " in keys
    assert all(len(line) <= 80 for line in keys.splitlines())


def test_publisher_and_status_are_put_on(folder: Path) -> None:
    """As with assemble."""
    assert main(["estimate", "facts.toml", "-o", "out.json", "--publisher", "ACME", "--status", "final"]) == 0
    document = json.loads((folder / "out.json").read_bytes())["document"]
    assert (document["publisher"], document["status"]) == ("ACME", "final")


def test_own_factors_come_first(folder: Path) -> None:
    """A PUE of the user's own for the place is taken, and cited."""
    own = '[[factor]]\nkind = "pue"\nplace = "SE"\nvalue = 1.11\nunit = "1"\nyear = 2025\n'
    own += 'source = { name = "the operator", license = "CC0-1.0" }\n'
    (folder / "own.toml").write_text(own, encoding="utf-8")
    assert main(["estimate", "facts.toml", "-o", "out.json", "--own-factors", "own.toml"]) == 0
    factors = json.loads((folder / "out.json").read_bytes())["factors"]
    assert [factor["value"] for factor in factors if factor["kind"] == "pue"] == [1.11]


def test_a_byte_order_mark_is_no_fact(folder: Path) -> None:
    """Editors of Windows write one, and line ends of their own."""
    (folder / "facts.toml").write_bytes(b"\xef\xbb\xbf" + FACTS.replace("\n", "\r\n").encode())
    assert main(["estimate", "facts.toml", "-o", "out.json"]) == 0


def test_no_number_is_torn_apart_at_the_end_of_a_line(folder: Path, capsys: Captured) -> None:
    """However long the name of a stage is, digits stay together and with their unit, within 80 columns."""
    for letters in range(1, 40):
        stage = FACTS.replace('"train"', f'"{"x" * letters}"').replace("gpu_hours = 1000", "gpu_hours = 30_840_000")
        (folder / "facts.toml").write_text(f"{stage}stated_co2e_t = 8_930\n", encoding="utf-8")
        assert main(["estimate", "facts.toml", "-o", "out.json"]) == 0
        lines = capsys.readouterr().err.splitlines()
        assert not any(line[-1].isdigit() and after.lstrip()[:1].isdigit() for line, after in pairwise(lines))
        assert "8 930 t CO2e published" in " ".join(line.strip() for line in lines)
        assert max(map(len, lines)) <= 80
