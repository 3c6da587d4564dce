"""`joulecard factors`: what a place or a device gets, who says so, and sentences for what is not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.cli import main
from joulecard.factors import CURRENT, edition

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

WIDTH = 80


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys: Captured, *arguments: str) -> str:
    """What a command prints; it succeeds."""
    assert main(["factors", *arguments]) == 0
    return capsys.readouterr().out


def told(capsys: Captured, *arguments: str) -> dict[str, Any]:
    """What it prints as JSON."""
    found: dict[str, Any] = json.loads(printed(capsys, *arguments, "--json"))
    assert found["schema"] == "urn:joulecard:factors:1"
    assert found["edition"] == CURRENT
    return found


def test_a_place_is_shown_with_all_that_is_known_of_its_factors(capsys: Captured) -> None:
    """Value and interval, basis, validity, level, width, source, licence, edition, what is assumed; 80 columns."""
    page = printed(capsys, "show", "aws/eu-north-1", "--year", "2025") + printed(capsys, "show", "FR")
    for part in ("grid:SE-SE3:2025", "20 g/kWh; 90 % interval", "SE-SE3 (zone)", "ODbL-1.0", "pue:aws", "(default)"):
        assert part in page
    for label in ("basis", "valid", "uncertainty", "source", "licence", "edition", "note"):
        assert f"\n  {label} " in page
    assert max(len(line) for line in page.splitlines()) <= WIDTH


def test_what_is_shown_is_the_factor_that_a_stage_gets(capsys: Captured) -> None:
    """As JSON it is the standard's object, with its sources of uncertainty beside it."""
    found = told(capsys, "show", "FR", "--year", "2026")
    from joulecard.surroundings.place import parse_place

    factor = edition().grid(parse_place("FR"), 2026)
    assert found["factors"] == [factor.to_document()]
    assert {each["id"] for each in found["uncertainty"]} == {source.id for source in factor.uncertainty}
    assert found["assumptions"] == [{"factor_ref": factor.id, "statement": factor.assumes}]


@pytest.mark.parametrize(
    ("what", "factor_id"),
    [
        ("grid:SWE:2025~2026", "grid:SWE:2025~2026"),
        ("grid:SWE:2024", "grid:SWE:2024"),
        ("EGRID-CAMX", "grid:EGRID-CAMX:2023:direct"),
        ("grid:WLD", "grid:WLD:2025"),
        ("pue:azure", "pue:azure"),
        ("wue:azure", "wue:azure"),
        ("power:memory", "power:memory"),
        ("H100", "power:accelerator-tdp:nvidia-h100-sxm5-80gb"),
        ("power:accelerator-tdp:nvidia-h100-sxm5-80gb", "power:accelerator-tdp:nvidia-h100-sxm5-80gb"),
        ("Intel Xeon Gold 6226R", "power:cpu-tdp:intel-xeon-gold-6226r/32:idle"),
        ("power:cpu-tdp:intel-xeon-gold-6226r/32:idle", "power:cpu-tdp:intel-xeon-gold-6226r/32:idle"),
    ],
)
def test_a_factor_is_found_by_the_id_in_a_disclosure(capsys: Captured, what: str, factor_id: str) -> None:
    """And devices by their names."""
    assert told(capsys, "show", what)["factors"][0]["id"] == factor_id


def test_every_hit_of_a_search_can_be_shown(capsys: Captured) -> None:
    """Each id that it lists is known to `show`; what is not a place carries its value."""
    for hit in told(capsys, "search", "sweden")["found"] + told(capsys, "search", "a100")["found"]:
        first = told(capsys, "show", hit["id"])["factors"][0]
        assert first["value"] == hit.get("value", first["value"]), hit


def test_a_search_fits_the_terminal_and_says_how_many_more_there_are(capsys: Captured) -> None:
    """Words may stand in any order."""
    page = printed(capsys, "search", "gold", "xeon")
    assert "Intel Xeon Gold 6226R" in page or "more: name it more closely" in page
    assert max(len(line) for line in page.splitlines()) <= WIDTH


def test_sources_come_with_licence_and_the_line_to_print(capsys: Captured) -> None:
    """All of them, in the order of the table."""
    page = printed(capsys, "sources")
    rows = told(capsys, "sources")["sources"]
    assert [row["id"] for row in rows] == [row["id"] for row in edition().sources()]
    for row in rows:
        assert row["id"] in page
        assert row["licence"] in page
    assert max(len(line) for line in page.splitlines() if "https://" not in line) <= WIDTH


def test_own_factors_are_shown_first(capsys: Captured, folder: Path) -> None:
    """With who gives them; by the setting too."""
    own = '[[factor]]\nkind = "pue"\nplace = "FR"\nvalue = 1.3\nsource = { name = "The hall" }\n'
    (folder / "own.toml").write_text(own)
    assert told(capsys, "show", "FR", "--own-factors", "own.toml")["factors"][1]["value"] == 1.3
    (folder / "joulecard.toml").write_text('own_factors = "own.toml"\n')
    assert "own factor, before edition" in printed(capsys, "show", "FR")


@pytest.mark.parametrize(
    ("arguments", "status", "part"),
    [
        (["show", "XX-nothing"], 1, "no factor of this id or name"),
        (["show", "AQ"], 1, "no factor for AQ: a stage there gets the mean of the world"),
        (["show", "aws/eu-nort-1"], 1, "near names: eu-north-1"),
        (["search", "nothing of the kind"], 1, "has nothing named"),
        (["show", "FR", "--factors", "1999.01"], 3, "has no factor edition 1999.01"),
        (["show", "FR", "--own-factors", "none.toml"], 2, "cannot be opened"),
    ],
)
def test_what_is_not_known_is_one_sentence(capsys: Captured, arguments: list[str], status: int, part: str) -> None:
    """With the exit status of its kind, and nothing printed."""
    assert main(["factors", *arguments]) == status
    said = capsys.readouterr()
    assert part in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_the_form_of_own_factors_is_printed_and_can_be_used(folder: Path, capsys: Captured) -> None:
    """What is printed is a file that --own-factors takes as it stands."""
    (folder / "own.toml").write_text(printed(capsys, "form"), encoding="utf-8")
    assert "own:grid:SE:2026" in printed(capsys, "show", "SE", "--year", "2026", "--own-factors", "own.toml")
