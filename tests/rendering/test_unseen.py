"""What was not seen is no zero: where a part of the time was not seen, every page says that its numbers are a bound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.rendering.conftest import the_bytes

from joulecard.cli.new_disclosure import checked, written
from joulecard.rendering.html import html_report
from joulecard.rendering.latex import paper_appendix
from joulecard.rendering.model_card import model_card
from joulecard.rendering.sections.power import power
from joulecard.rendering.unseen import unseen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Document = Callable[[str], dict[str, Any]]

NOT_SEEN = "84\u202f% of the time was not seen"


def test_every_lead_says_at_least(document: Document) -> None:
    """Card, appendix and the first screen of the report, each in its first sentence or beside its headline."""
    found = document("hardly_seen")
    card = model_card(found).split("| Stage")[0]
    assert "used at least **" in card
    assert f"{NOT_SEEN}, and what was drawn in it is in no figure here" in card
    assert "was not seen, and what was drawn" in html_report(found, b"{}").split("<h2")[0]
    tex = paper_appendix(found, the_bytes(found))
    assert "at least \\qty" in tex
    assert "was not seen, and what was drawn" in tex


def test_the_line_of_assemble_says_at_least(
    document: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number that a person reads first."""
    data = the_bytes(document("hardly_seen"))
    written(data, checked(data), str(tmp_path / "a.json"))
    line = capsys.readouterr().out.replace("\u202f", " ")
    assert ": at least 0.0" in line
    assert "; 84 % of the time was not seen; " in line


def test_mean_power_is_that_of_the_time_seen(document: Document) -> None:
    """320 J in 16 seconds are 20 W, and what is drawn as nothing is said to be unseen."""
    found = power(document("hardly_seen"))
    assert found is not None
    assert found.finding == "Mean IT power while anything was seen was 20.0\u202fW."
    assert found.detail.endswith(f"{NOT_SEEN} and counts as 0 here.")


def test_what_was_seen_beside_it_is_not_called_unseen(document: Document) -> None:
    """Where one kind of hardware was seen all the time, the other is named, and the mean is that of the whole time."""
    found = document("gpu_hardly_seen")
    missing = unseen(found["stages"])
    assert missing is not None
    assert missing.told == "84\u202f% of the time the GPU was not seen"
    drawn = power(found)
    assert drawn is not None
    assert drawn.finding == "Mean IT power while anything ran was 3.20\u202fW."


@pytest.mark.parametrize("name", ["typical", "estimated", "all_cached"])
def test_a_whole_is_no_bound(name: str, document: Document) -> None:
    """Nothing is said where all was seen, or nothing ran."""
    found = document(name)
    assert unseen(found["stages"]) is None
    assert "at least" not in model_card(json.loads(json.dumps(found)))
