"""`joulecard attach`: one file is changed, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from joulecard.cli import main

if TYPE_CHECKING:
    Captured = pytest.CaptureFixture[str]

WHOLE = Path(__file__).parents[2] / "schema/1.0/conformance/valid/whole.json"
CARD = "---\nlicense: mit\n---\n# Model\n"


@pytest.fixture
def disclosure(tmp_path: Path) -> str:
    """A valid disclosure."""
    path = tmp_path / "disclosure.json"
    path.write_bytes(WHOLE.read_bytes())
    return str(path)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A model card."""
    path = tmp_path / "README.md"
    path.write_text(CARD, encoding="utf-8")
    return path


def test_a_card_is_changed_once(card: Path, disclosure: str, capsys: Captured) -> None:
    """The second time nothing changes, and both times the number is said."""
    assert main(["attach", str(card), disclosure]) == 0
    first = card.read_bytes()
    assert main(["attach", str(card), disclosure]) == 0
    assert card.read_bytes() == first
    assert capsys.readouterr().out.splitlines() == [
        f"{card}: attached",
        "co2_eq_emissions: 35 g",
        f"{card}: nothing changed",
        "co2_eq_emissions: 35 g",
    ]


def test_what_was_attached_can_be_taken_out(card: Path, disclosure: str) -> None:
    """And is gone without a trace; where there is nothing to take out, status 1 says so."""
    assert main(["attach", str(card), disclosure]) == 0
    assert main(["attach", "--remove", str(card)]) == 0
    assert card.read_text(encoding="utf-8") == CARD
    assert main(["attach", "--remove", str(card)]) == 1


def test_the_kind_of_training_can_be_told(card: Path, disclosure: str) -> None:
    """No record knows it."""
    assert main(["attach", str(card), disclosure, "--training-type", "pre-training"]) == 0
    assert '\n  training_type: "pre-training"\n' in card.read_text(encoding="utf-8")


def test_a_change_by_hand_is_shown_and_kept(card: Path, disclosure: str, capsys: Captured) -> None:
    """Both readings of the line, in visible characters; --force takes ours."""
    assert main(["attach", str(card), disclosure]) == 0
    ours = card.read_text(encoding="utf-8")
    card.write_text(
        ours.replace("- **Cloud Provider:** unknown", "- **Cloud Provider:** our \x1bcellar"), encoding="utf-8"
    )
    theirs = card.read_bytes()
    assert main(["attach", str(card), disclosure]) == 1
    assert card.read_bytes() == theirs
    told = capsys.readouterr().err
    assert "\n-- **Cloud Provider:** our \\x1bcellar" in told
    assert "\n+- **Cloud Provider:** unknown" in told
    line = ours[: ours.index("<!-- carbon:begin")].count("\n") + 1
    assert f"joulecard: {card}, line {line}: the block between the markers" in told
    assert main(["attach", str(card), disclosure, "--force"]) == 0
    assert card.read_text(encoding="utf-8") == ours


def test_an_entry_of_others_is_shown_and_kept(card: Path, disclosure: str, capsys: Captured) -> None:
    """Both values."""
    card.write_text("---\nco2_eq_emissions: 3\n---\n", encoding="utf-8")
    assert main(["attach", str(card), disclosure]) == 1
    told = capsys.readouterr().err
    assert "\n-co2_eq_emissions: 3\n" in told
    assert "\n+  emissions: 35\n" in told
    assert card.read_text(encoding="utf-8") == "---\nco2_eq_emissions: 3\n---\n"


def test_the_section_of_the_card_is_left_and_named(card: Path, disclosure: str, capsys: Captured) -> None:
    """Its line, in the file as it is now."""
    card.write_text(f"{CARD}\n## Environmental Impact\n\nTwo kWh.\n", encoding="utf-8")
    assert main(["attach", str(card), disclosure]) == 0
    assert f'{card}, line 12: its own section "Environmental Impact" is left as it is' in capsys.readouterr().out
    assert "\n## Environmental Impact\n\nTwo kWh.\n" in card.read_text(encoding="utf-8")


def test_an_invalid_disclosure_is_not_attached(card: Path, disclosure: str, capsys: Captured) -> None:
    """Each violation is named, as `render` names them."""
    document = json.loads(WHOLE.read_bytes())
    document["totals"]["new"]["energy_it"]["value"] *= 2
    Path(disclosure).write_text(json.dumps(document))
    assert main(["attach", str(card), disclosure]) == 1
    told = capsys.readouterr().err
    assert "#/totals/new/energy_it" in told
    assert "is not a valid disclosure, so nothing was attached" in told
    assert card.read_text(encoding="utf-8") == CARD


def test_a_write_protected_card_is_left_alone(card: Path, disclosure: str, tmp_path: Path, capsys: Captured) -> None:
    """Whoever asks, root as well, and also through a link: DVC protects its cache so."""
    card.chmod(0o444)
    link = tmp_path / "card.md"
    link.symlink_to(card)
    for path in (card, link):
        assert main(["attach", str(path), disclosure]) == 2
        assert f"{path}: cannot be written: the file is write-protected" in capsys.readouterr().err
    assert card.read_text(encoding="utf-8") == CARD


def test_taking_out_what_was_changed_by_hand_needs_force(card: Path, disclosure: str, capsys: Captured) -> None:
    """And the sentence says what force would do here."""
    assert main(["attach", str(card), disclosure]) == 0
    card.write_text(card.read_text(encoding="utf-8").replace("Cloud Provider:** unknown", "Cloud Provider:** us"))
    assert main(["attach", "--remove", str(card)]) == 1
    assert "`--force` takes it out" in capsys.readouterr().err
    assert main(["attach", "--remove", "--force", str(card)]) == 0
    assert card.read_text(encoding="utf-8") == CARD


def test_rights_and_links_stay(card: Path, disclosure: str, tmp_path: Path) -> None:
    """A link is still a link, and its file as readable as it was."""
    card.chmod(0o640)
    link = tmp_path / "docs" / "card.md"
    link.parent.mkdir()
    link.symlink_to("../README.md")
    assert main(["attach", str(link), disclosure]) == 0
    assert link.is_symlink()
    assert "carbon:begin" in card.read_text(encoding="utf-8")
    assert card.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "disclosure.json", "docs"]


def test_wrong_usage_is_status_2(card: Path, disclosure: str, tmp_path: Path) -> None:
    """No disclosure, one too many, a card that is not there, a folder."""
    assert main(["attach", str(card)]) == 2
    assert main(["attach", "--remove", str(card), disclosure]) == 2
    assert main(["attach", str(tmp_path / "nothing.md"), disclosure]) == 2
    assert main(["attach", str(tmp_path), disclosure]) == 2


def test_a_card_that_is_no_text_is_refused(card: Path, disclosure: str, capsys: Captured) -> None:
    """With the place of the byte that is not UTF-8."""
    card.write_bytes(b"# M\xe4rchen\n")
    assert main(["attach", str(card), disclosure]) == 1
    assert "is not UTF-8 (byte 3)" in capsys.readouterr().err
