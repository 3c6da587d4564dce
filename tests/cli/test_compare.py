"""`joulecard compare`: disclosures in, a comparison out, or a sentence and nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.disclosure.comparing import POLAND, Run, disclosed, place

from joulecard.cli import main
from joulecard.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the disclosures a.json and b.json, and c.json of another boundary."""
    runs = {"a": Run(), "b": Run(number=2, place=POLAND), "c": Run(number=3, place=place("SE", None))}
    for name, run in runs.items():
        (tmp_path / f"{name}.json").write_bytes(disclosed(run).to_json())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_disclosures_become_a_table(folder: Path, capsys: Captured) -> None:
    """With the four factors and the sentence that says what it comes to."""
    assert folder.is_dir()
    assert main(["compare", "a.json", "b.json"]) == 0
    told = capsys.readouterr().out
    for part in ("B emitted 17 times as much", "work, token", "energy per token", "PUE", "grid intensity", "B / A"):
        assert part in told


@pytest.mark.parametrize(
    ("form", "ending", "begins"),
    [("--json", "json", '{\n  "schema"'), ("--markdown", "md", "- **A**"), ("--svg", "svg", "<svg ")],
)
def test_each_form_goes_where_it_is_asked_to(
    folder: Path, form: str, ending: str, begins: str, capsys: Captured
) -> None:
    """To standard output, or to a file, whose name may tell the form."""
    assert main(["compare", "a.json", "b.json", form]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(begins)
    assert main(["compare", "a.json", "b.json", form, "-o", "out"]) == 0
    assert main(["compare", "a.json", "b.json", "-o", f"told.{ending}"]) == 0
    assert [(folder / name).read_text(encoding="utf-8") for name in ("out", f"told.{ending}")] == [shown, shown]


def test_a_comparison_is_no_disclosure(folder: Path, capsys: Captured) -> None:
    """Validate refuses it, and it cannot be compared again."""
    assert main(["compare", "a.json", "b.json", "--json", "-o", "out.json"]) == 0
    assert json.loads((folder / "out.json").read_bytes())["schema"] == "urn:joulecard:comparison:1"
    assert main(["validate", "out.json"]) == 1
    assert main(["compare", "a.json", "out.json"]) == 1
    assert "is not a valid disclosure, so nothing was compared" in capsys.readouterr().err


def test_what_does_not_compare_is_refused_in_one_sentence(folder: Path, capsys: Captured) -> None:
    """Exit status 1; nothing is written."""
    assert main(["compare", "a.json", "c.json", "-o", "out.txt"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    for part in ("A (a.json) and B (c.json) do not compare", "facility and node", "[JC-INVALID]"):
        assert part in told.err
    assert not (folder / "out.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.json"], "a comparison takes 2 to 26 disclosures"),
        (["a.json"] * 27, "a comparison takes 2 to 26 disclosures"),
        (["a.json", "nowhere.json"], "nowhere.json: cannot be opened"),
        (["-", "-"], "standard input can be read once"),
        (["a.json", "b.json", "--whole", "--per", "token"], "give one of them"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, arguments: list[str], sentence: str, capsys: Captured) -> None:
    """Exit status 2, before anything is compared."""
    assert folder.is_dir()
    assert main(["compare", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_the_unit_can_be_named_or_left_out(folder: Path, capsys: Captured) -> None:
    """--per wants it counted on both sides, --whole takes none."""
    assert folder.is_dir()
    assert main(["compare", "a.json", "b.json", "--per", "image"]) == 1
    assert "a.json: A does not tell how much of 'image' was done; it counts token" in capsys.readouterr().err
    assert main(["compare", "a.json", "b.json", "--whole"]) == 0
    shown = capsys.readouterr().out
    assert "IT energy" in shown
    assert "token" not in shown


def test_a_terminal_without_signs_gets_letters(folder: Path) -> None:
    """The table keeps its columns in plain ASCII."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "joulecard", "compare", "a.json", "b.json"]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.isascii()
    assert "x energy per token" in ran.stdout
    assert "?" not in ran.stdout


def test_an_ending_of_another_form_is_refused(folder: Path, capsys: Captured) -> None:
    """A name that ends in .png holds no text; one that ends in .txt does."""
    assert main(["compare", "a.json", "b.json", "-o", "out.png"]) == 2
    assert "out.png: .png is no form of a comparison; known are .json, .md" in capsys.readouterr().err
    assert main(["compare", "a.json", "b.json", "-o", "out.txt"]) == 0
    assert sorted(path.name for path in folder.glob("out*")) == ["out.txt"]


def test_a_unit_under_two_names_has_one_row(capsys: Captured) -> None:
    """The example tells its images as a functional unit and as work of a stage."""
    path = str(shipped("schema") / "1.0/conformance/valid/examples-of-the-disclosure.json")
    assert main(["compare", path, path, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["comparisons"][0]["per_unit"]
    assert sorted((row["name"], row["per"]) for row in rows) == [
        ("operational_and_embodied", "FLOP"),
        ("operational_and_embodied", "image"),
        ("operational_location", "FLOP"),
        ("operational_location", "image"),
    ]


MIXED = """
[subject]
name = "Two ways"

[[stage]]
name = "train"
energy_kwh = 100
energy_basis = "it"
pue = 1.2
intensity_g_per_kwh = 100
year = 2025

[[stage]]
name = "serve"
bill = 120
price_per_kwh = 1.0
energy_basis = "facility"
intensity_g_per_kwh = 100
year = 2025
"""


def test_facility_energy_without_its_it_energy_makes_no_pue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """240 kWh over the 100 kWh of IT energy of one stage are no PUE: compare refuses, whatif keeps the energy."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.toml").write_text(MIXED)
    assert main(["estimate", "facts.toml", "-o", "a.json"]) == 0
    capsys.readouterr()
    assert main(["compare", "a.json", "a.json"]) == 1
    assert "of stage 'serve' A tells what it emitted and not the IT energy" in capsys.readouterr().err
    assert main(["whatif", "a.json", "--in", "aws/eu-north-1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {round(row["energy_kwh"], 6) for row in rows} == {240.0}
