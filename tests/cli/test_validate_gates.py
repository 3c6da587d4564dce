"""Gates of `joulecard validate`: a level to reach, a mass of CO2e not to pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.cli.validate.gates import Gates, mass
from joulecard.errors import UsageError
from joulecard.validation.verdict import Lack, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A valid disclosure of level L2."""
    path = tmp_path / "good.json"
    path.write_text(json.dumps(VALID["counted"](), indent=2), encoding="utf-8")
    return str(path)


def _disclosure(carbon: dict[str, Any], level: Any = "L1") -> Verdict:
    """A verdict on a disclosure whose headline says this."""
    totals = {"headline": "new", "new": {"operational_location": carbon}}
    return Verdict((), level, {"totals": totals}, lacks=(Lack("/stages/0", "has no `inputs`"),), kind="disclosure")


def _why(verdict: Verdict, most: str) -> str:
    failures = Gates(most=mass(most)).failures(verdict)
    return failures[0].message if failures else ""


@pytest.mark.parametrize("level", ["L0", "L2"])
def test_a_level_that_is_reached_passes(good: str, level: str) -> None:
    """Its own or one below."""
    assert main(["validate", good, "--level", level]) == 0


def test_a_level_that_is_not_reached_fails(good: str, capsys: Captured) -> None:
    """Exit 1, and below what is missing one line with both levels."""
    assert main(["validate", good, "--level", "L3"]) == 1
    *_, missing, last = capsys.readouterr().out.splitlines()
    assert last == f"{good}: fails --level L3: it reaches L2"
    assert "#/" in missing


def test_a_program_is_told_what_is_missing_first_beside_the_gate(good: str, capsys: Captured) -> None:
    """The sentence in JSON stands alone."""
    assert main(["validate", good, "--level", "L3", "--json"]) == 1
    (gate,) = json.loads(capsys.readouterr().out)["files"][0]["failed_gates"]
    assert gate["message"].startswith("it reaches L2, and L3 needs ")
    assert ": #/document " in gate["message"]


def test_a_level_that_does_not_exist_is_a_usage_error(good: str) -> None:
    """Exit 2."""
    assert main(["validate", good, "--level", "L4"]) == 2


@pytest.mark.parametrize(
    ("text", "co2e_g"), [("500g", 500), ("5kg", 5000), ("5 kg", 5000), ("0.2t", 200_000), ("1.005kg", 1005)]
)
def test_masses_are_read(text: str, co2e_g: float) -> None:
    """In g, kg and t, without an error of rounding that would fail a disclosure of just as much."""
    assert mass(text).co2e_g == co2e_g


@pytest.mark.parametrize("text", ["", "5", "kg", "-5kg", "5lb", "5 kg CO2e", "1e3kg", "nan g", "5kg\n6kg"])
def test_other_masses_are_usage_errors(text: str, good: str, capsys: Captured) -> None:
    """Exit 2, and the sentence shows how to write one."""
    with pytest.raises(UsageError, match=r"500g, 5kg or 0\.2t"):
        mass(text)
    assert main(["validate", good, f"--max-co2e={text}"]) == 2
    assert capsys.readouterr().out == ""


def test_what_is_below_the_mass_passes(good: str) -> None:
    """The headline of this one is about 1.4 g."""
    assert main(["validate", good, "--max-co2e", "2g"]) == 0


def test_what_is_above_the_mass_fails(good: str, capsys: Captured) -> None:
    """Exit 1, and one line with both numbers and the range."""
    assert main(["validate", good, "--max-co2e", "1g"]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"{good}: fails --max-co2e 1 g: its headline is 1.")
    assert last.endswith("), more than 1 g")


@pytest.mark.parametrize(
    ("carbon", "why"),
    [
        ({"value": 5000, "unit": "g"}, ""),
        ({"value": 5001, "unit": "g"}, "its headline is 5.00 kg CO2e (exactly 5001 g), more than 5 kg"),
        (
            {"value": 6000, "unit": "g", "interval": {"lower": 4000, "upper": 9000}},
            "its headline is 6.0 kg CO2e (4.0 to 9.0 kg CO2e), more than 5 kg",
        ),
        (
            {"unit": "g", "method": "not_available", "reason": "no place"},
            "its headline has no CO2e (no place), so nobody can say that it is at most 5 kg",
        ),
        (
            {"value": 1000, "unit": "g", "reason": "without `eval`"},
            "its headline, 1.00 kg CO2e, is not all (without `eval`), so nobody can say that it is at most 5 kg",
        ),
    ],
)
def test_a_limit_is_passed_only_by_what_is_known_to_be_below(carbon: dict[str, Any], why: str) -> None:
    """Equal passes; a number that reads like the limit is told exactly; unknown and partial numbers fail."""
    assert _why(_disclosure(carbon), "5kg") == why


@pytest.mark.parametrize("kind", ["segment-counter", "record-measured"])
def test_only_a_disclosure_passes_a_gate(kind: str, tmp_path: Path, capsys: Captured) -> None:
    """A segment or a stage record has no level and no total; the sentence says what makes a disclosure of it."""
    path = tmp_path / "part.json"
    path.write_text(json.dumps(VALID[kind]()), encoding="utf-8")
    assert main(["validate", str(path), "--level", "L0", "--max-co2e", "5t"]) == 1
    told = capsys.readouterr().out
    assert told.count("joulecard assemble makes one") == 2


def test_an_invalid_file_is_not_asked_for_its_numbers(tmp_path: Path, capsys: Captured) -> None:
    """It is invalid; nothing in it can be trusted."""
    path = tmp_path / "bad.json"
    path.write_text("{}", encoding="utf-8")
    assert main(["validate", str(path), "--level", "L0", "--max-co2e", "5t"]) == 1
    assert "fails" not in capsys.readouterr().out


def test_failed_gates_are_in_the_json(good: str, capsys: Captured) -> None:
    """The document stays valid."""
    assert main(["validate", good, "--max-co2e", "1g", "--json"]) == 1
    (answer,) = json.loads(capsys.readouterr().out)["files"]
    assert (answer["valid"], answer["status"]) == (True, 1)
    assert [failure["gate"] for failure in answer["failed_gates"]] == ["--max-co2e 1 g"]
