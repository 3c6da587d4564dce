"""`joulecard assemble` with other factors: own ones, and an old disclosure by the edition at hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_assemble import a_segment, put

from joulecard.canonical import digest
from joulecard.cli import main
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

OWN = """
[[factor]]
kind = "grid_intensity"
place = "SE"
value = 17.7
unit = "g/kWh"
year = 2026
log_sd = 0.1
source = { name = "Grid statement" }

[[factor]]
kind = "pue"
place = "SE"
value = 1.5
year = 2026
source = { name = "Meter of the hall" }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a record in `carbon`, own factors, and the disclosure old.json that does without them."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "carbon" / "segments" / "one.json", a_segment())
    (tmp_path / "own.toml").write_text(OWN)
    assert main(["assemble", "-o", "old.json"]) == 0
    return tmp_path


def read(path: Path) -> dict[str, Any]:
    """The document in a file, which is valid."""
    assert validate_disclosure(path.read_bytes()).violations == ()
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def emitted(document: dict[str, Any]) -> Any:
    """The headline."""
    return document["totals"]["new"]["operational_location"]["value"]


def test_own_factors_are_applied_to_records_and_listed_in_the_disclosure(folder: Path) -> None:
    """Energy x own PUE x own intensity, by hand; both with their sources."""
    assert main(["assemble", "-o", "own.json", "--own-factors", "own.toml"]) == 0
    document = read(folder / "own.json")
    it_kwh = document["totals"]["new"]["energy_it"]["value"]
    assert emitted(document) == pytest.approx(it_kwh * 1.5 * 17.7, rel=1e-12)
    sources = {factor["id"]: factor["source"]["name"] for factor in document["factors"]}
    assert sources["own:grid:SE:2026"] == "Grid statement"
    assert sources["own:pue:SE:2026"] == "Meter of the hall"


def test_the_setting_does_the_same_as_the_option(folder: Path) -> None:
    """From whatever folder below the settings file the command is called."""
    assert main(["assemble", "-o", "option.json", "--own-factors", "own.toml"]) == 0
    (folder / "joulecard.toml").write_text('own_factors = "own.toml"\n')
    assert main(["assemble", "-o", "setting.json"]) == 0
    assert emitted(read(folder / "option.json")) == emitted(read(folder / "setting.json")) != 0


def test_an_own_factor_that_nothing_uses_is_told(folder: Path, capsys: Captured) -> None:
    """By its line, on standard error; the disclosure is written."""
    (folder / "own.toml").write_text(OWN.replace('"SE"', '"FR"'))
    assert main(["assemble", "-o", "new.json", "--own-factors", "own.toml"]) == 0
    said = capsys.readouterr().err
    assert "own.toml:2: grid_intensity of FR was not used" in said
    assert "own.toml:11: pue of FR was not used" in said


def test_two_pues_are_one_too_many(folder: Path, capsys: Captured) -> None:
    """Nobody said which one counts, and nothing is written."""
    assert main(["assemble", "-o", "new.json", "--own-factors", "own.toml", "--pue", "1.3"]) == 2
    assert "--pue says one PUE and the own factors another" in capsys.readouterr().err
    assert not (folder / "new.json").exists()


def test_an_old_disclosure_says_the_same_as_its_records_do_now(folder: Path, capsys: Captured) -> None:
    """It becomes a new document that names the old one, and what changed is told factor by factor."""
    capsys.readouterr()
    assert main(["assemble", "old.json", "--own-factors", "own.toml", "-o", "new.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["assemble", "-o", "records.json", "--own-factors", "own.toml"]) == 0
    old, new, records = (read(folder / f"{name}.json") for name in ("old", "new", "records"))
    for key in ("energy_it", "energy_facility", "operational_location"):
        one, other = new["totals"]["new"][key], records["totals"]["new"][key]
        assert one["value"] == pytest.approx(other["value"], rel=1e-12)
        assert one["interval"]["upper"] == pytest.approx(other["interval"]["upper"], rel=1e-9)
    assert new["document"]["derived_from"] == [{"id": old["document"]["id"], "digest": digest(old)}]
    assert new["document"]["id"] != old["document"]["id"]
    assert lines[0] == "old.json: factors 2026.11 -> 2026.11"
    assert "  grid:SWE:2025~2026 -> own:grid:SE:2026: 35.4 -> 17.7 g/kWh (-50.0 %)" in lines
    assert "  pue:declared:1.2 -> own:pue:SE:2026: 1.2 -> 1.5 (+25.0 %)" in lines
    assert any(line.startswith("emissions: ") and line.endswith("(-37.5 %)") for line in lines)
    assert lines[-1].startswith("new.json: ")


def test_with_the_same_factors_no_number_moves(folder: Path, capsys: Captured) -> None:
    """And that is said."""
    assert main(["assemble", "old.json", "-o", "new.json"]) == 0
    assert "no factor is another one" in capsys.readouterr().out
    old, new = read(folder / "old.json"), read(folder / "new.json")
    assert (new["totals"], new["stages"], new["factors"]) == (old["totals"], old["stages"], old["factors"])


def test_a_place_of_its_own_for_each_stage_is_kept_apart(folder: Path) -> None:
    """Two stages on two grids, of which the own factor is of one."""
    paris = Place((Evidence("setting", "high", country="FR"),))
    later = {"start": "2026-11-21T10:00:00.000Z", "end": "2026-11-21T10:00:10.000Z"}
    other = a_segment(2, "evaluate", place=paris, host_ref="ba9876543210", **later)
    put(folder / "carbon" / "segments" / "two.json", other)
    assert main(["assemble", "-o", "two.json"]) == 0
    assert main(["assemble", "two.json", "--own-factors", "own.toml", "-o", "new.json"]) == 0
    before, after = (read(folder / name)["stages"] for name in ("two.json", "new.json"))
    train, evaluate = ([s for s in stages if s["name"] == name] for stages in [after] for name in ("train", "evaluate"))
    assert train[0]["segments"][0]["factor_ref"] == "own:grid:SE:2026"
    assert evaluate == [stage for stage in before if stage["name"] == "evaluate"]


@pytest.mark.parametrize(
    ("arguments", "status", "part"),
    [
        (["old.json", "-o", "old.json"], 2, "must stay as it is"),
        (["old.json", "-o", "new.json", "--place", "FR"], 2, "--place is about records"),
        (["old.json", "-o", "new.json", "--factors", "1999.01"], 3, "no factor edition 1999.01"),
        (["carbon/segments/one.json", "-o", "new.json"], 1, "is a segment"),
        (["own.toml", "-o", "new.json"], 1, "is not a valid disclosure, so nothing was recomputed"),
        (["none.json", "-o", "new.json"], 2, "is not a folder that can be opened"),
        (["--merge", "old.json", "old.json", "-o", "new.json", "--own-factors", "own.toml"], 2, "is about records"),
    ],
)
def test_what_cannot_be_recomputed_is_one_sentence(
    folder: Path, capsys: Captured, arguments: list[str], status: int, part: str
) -> None:
    """And nothing is written."""
    capsys.readouterr()
    assert main(["assemble", *arguments]) == status
    assert part in capsys.readouterr().err
    assert not (folder / "new.json").exists()
