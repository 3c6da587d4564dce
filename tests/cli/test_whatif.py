"""`joulecard whatif`: what it takes, what it refuses, and that nothing it prints can become a disclosure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from joulecard.cli import main

if TYPE_CHECKING:
    Captured = pytest.CaptureFixture[str]

VALID = Path(__file__).parents[2] / "schema/1.0/conformance/valid"
COUNTED = str(VALID / "counted.json")
OWN = """
[[factor]]
kind = "grid_intensity"
place = "SE"
value = 12.5
unit = "g/kWh"
year = 2026
source = { name = "Example mix", publisher = "Example Power" }
"""


def test_large_countries_are_compared_where_nothing_is_asked_for(capsys: Captured) -> None:
    """All but the one where the energy was drawn, beside the disclosed row and the reference."""
    assert main(["whatif", COUNTED]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("COUNTERFACTUAL, not a disclosure")
    assert "PL, Poland" in told.out
    assert "SE, Sweden" not in told.out
    assert "as disclosed" in told.out
    assert "reference: world mean" in told.out
    assert told.err == ""


def test_places_may_be_repeated_or_listed(capsys: Captured) -> None:
    """`--in FR,PL --in CA-QC` are three."""
    assert main(["whatif", COUNTED, "--in", "FR,PL", "--in", "ca-qc", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["name"] for row in rows if row["kind"] == "place"} == {"FR", "PL", "CA-QC"}


def test_all_regions_of_clouds(capsys: Captured) -> None:
    """Each has a row with the fleet PUE of its cloud."""
    assert main(["whatif", COUNTED, "--clouds", "aws, gcp", "--json"]) == 0
    rows = [row for row in json.loads(capsys.readouterr().out)["rows"] if row["kind"] == "place"]
    assert {row["name"].partition("/")[0] for row in rows} == {"aws", "gcp"}
    assert {row["pue"]["origin"] for row in rows} == {"fleet"}


def test_the_reference_grid_alone(capsys: Captured) -> None:
    """Two rows: as disclosed, and on the mean of the world."""
    assert main(["whatif", COUNTED, "--reference", "--json"]) == 0
    assert {row["kind"] for row in json.loads(capsys.readouterr().out)["rows"]} == {"disclosed", "reference"}


def test_own_factors_for_the_same_place(tmp_path: Path, capsys: Captured) -> None:
    """The place of the disclosure with another factor set is a row of its own."""
    own = tmp_path / "own.toml"
    own.write_text(OWN, encoding="utf-8")
    assert main(["whatif", COUNTED, "--own-factors", str(own), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    row = next(row for row in told["rows"] if row["kind"] == "same-place")
    assert row["intensity_g_per_kwh"] == pytest.approx(12.5)
    assert row["factors"][0]["source"]["publisher"] == "Example Power"
    assert told["own_factors"] is True


def test_markdown_goes_to_a_file(tmp_path: Path, capsys: Captured) -> None:
    """And nothing is said."""
    page = tmp_path / "whatif.md"
    assert main(["whatif", COUNTED, "--in", "PL", "--markdown", "-o", str(page)]) == 0
    assert page.read_text(encoding="utf-8").startswith("**COUNTERFACTUAL, not a disclosure")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--in", "Atlantis"], 2, "--in: "),
        (["--in", "aws/eu-nowhere-9"], 2, "--in: aws has no region eu-nowhere-9"),
        (["--in", "AQ"], 2, "has no factor for Antarctica"),
        (["--clouds", "amazon"], 2, "--clouds: "),
        (["--clouds", ","], 2, '--clouds: "" is no known cloud'),
        (["--pue", "0.9"], 2, "--pue: a PUE of 0.9 is not possible"),
        (["--pue", "nan"], 2, "--pue: a PUE of nan is not possible"),
        (["--reference", "--in", "PL"], 2, "--reference is the reference grid alone"),
        (["--factors", "1999.01"], 3, "no factor edition 1999.01"),
        (["--profile", "direct", "--in", "PL"], 1, "has no direct factor for PL"),
        (["--own-factors", "nowhere.toml"], 2, "nowhere.toml"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    arguments: list[str], status: int, told: str, capsys: Captured
) -> None:
    """With where, and nothing printed in the stead of an answer."""
    assert main(["whatif", COUNTED, *arguments]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err
    assert captured.err.count("\n") == 1


def test_an_invalid_disclosure_is_no_ground_for_a_what_if(tmp_path: Path, capsys: Captured) -> None:
    """Its violations are named."""
    document = json.loads(Path(COUNTED).read_text(encoding="utf-8"))
    document["stages"][0]["energy"]["it_total"]["value"] *= 2
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert main(["whatif", str(path)]) == 1
    assert "is not a valid disclosure, so nothing was ranked" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"],
        ["render"],
        ["verify"],
        ["whatif"],
        ["compare", COUNTED],
        ["assemble", "-o", "new.json"],
        ["assemble", "-o", "new.json", "--merge", COUNTED],
    ],
)
def test_a_what_if_is_never_taken_for_a_disclosure(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Its JSON has a schema of its own, which whatever reads disclosures refuses."""
    monkeypatch.chdir(tmp_path)
    assert main(["whatif", COUNTED, "--json", "-o", "whatif.json"]) == 0
    assert main([*arguments, "whatif.json"]) == 1
    assert "urn:joulecard:whatif:1" in "".join(capsys.readouterr())
    assert not Path("new.json").exists()


@pytest.mark.parametrize("arguments", [["--reference"], ["--pue", "1.3"], ["--profile", "lifecycle", "--in", "PL"]])
def test_every_conforming_disclosure_has_an_answer_or_a_reason(arguments: list[str], capsys: Captured) -> None:
    """No document that follows the standard ends in anything but rows or one sentence."""
    answered = 0
    for path in sorted(VALID.glob("*.json")):
        if ":disclosure" not in path.read_text(encoding="utf-8"):
            continue
        status = main(["whatif", str(path), *arguments])
        told = capsys.readouterr()
        answered += status == 0
        assert bool(told.out) == (status == 0), path.name
        assert _is_reason(told.err) if status == 1 else (status, told.err) == (0, ""), (path.name, told.err)
    assert answered


def _is_reason(told: str) -> bool:
    """Whether it is one sentence on what the disclosure does not tell, or the edition does not know."""
    reasons = ("tells no energy", "not tell all of its IT energy", "nothing is left to rank")
    return told.count("\n") == 1 and any(reason in told for reason in reasons)
