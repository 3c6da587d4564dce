"""The lines that say what of a total gave no result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from joulecard.numbers import plain
from joulecard.rendering.html import html_report
from joulecard.rendering.model_card import model_card
from joulecard.rendering.rolled_up import rolled_up_text
from joulecard.rendering.view import view

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[str], dict[str, Any]]


def test_failed_runs_of_a_sweep_are_a_line_of_their_own(document: Maker) -> None:
    """Ten runs of one stage share a row, so the one that failed stands below the total."""
    found = document("repeated")
    (line,) = view(found).rolled_up
    failed = next(stage for stage in found["stages"] if stage["status"] == "failed")
    assert (line.name, line.duration) == ("of which 1 failed execution", "1\u202fmin")
    assert line.grams
    assert line.grams.value_g == failed["emissions"]["operational_location"]["value"]
    assert "| of which 1 failed execution |" in model_card(found)


def test_the_outcomes_are_told_apart(document: Maker) -> None:
    """Interrupted, failed and replaced ones each by themselves; ranges add up by their sources."""
    found = document("repeated")
    for stage, status in zip(
        found["stages"][1:5], ("interrupted", "interrupted", "completed", "completed"), strict=True
    ):
        stage["status"] = status
        if status == "completed":
            stage["superseded_by"] = found["stages"][6]["id"]
    names = [line.name for line in view(found).rolled_up]
    assert names == [
        "of which 1 failed execution",
        "of which 2 interrupted executions",
        "of which 2 executions replaced by later ones",
    ]
    of_two = [stage["emissions"]["operational_location"] for stage in found["stages"][1:3]]
    told = view(found).rolled_up[1].grams
    assert told
    assert told.value_g == pytest.approx(sum(each["value"] for each in of_two))
    assert told.lower_g == pytest.approx(sum(each["interval"]["lower"] for each in of_two))  # all sources are shared


@pytest.mark.parametrize("name", ["typical", "many_stages", "all_cached", "retry"])
def test_no_line_tells_what_the_table_tells(document: Maker, name: str) -> None:
    """None where all gave results, where nothing ran, and where the only one that did not has a row of its own."""
    assert view(document(name)).rolled_up == ()


def test_one_phrase_says_what_was_spent_without_a_result(document: Maker) -> None:
    """For the line that a command prints; empty where all gave results."""
    assert rolled_up_text(document("typical")) == ""
    told = plain(rolled_up_text(document("retry")))
    assert told.startswith("1 interrupted execution took ")
    assert told.endswith("g CO2e of it")


def test_tries_beside_the_one_that_made_the_files_are_told(document: Maker) -> None:
    """Where it is known which execution made a stage's files, another one of that stage gave nothing that is used."""
    found = document("typical")
    train = next(stage for stage in found["stages"] if stage["name"] == "train")
    tried = {name: told for name, told in train.items() if name not in {"inputs", "outputs"}}
    tried["time"] = {**train["time"], "start": "2026-11-20T09:00:00Z", "end": "2026-11-20T09:01:35Z"}
    found["stages"] += [{**tried, "id": "s8"}, {**tried, "id": "s9"}]
    (line,) = view(found).rolled_up
    assert line.name == "of which 2 executions whose results are not used"
    assert line.grams
    assert line.grams.value_g == pytest.approx(2 * train["emissions"]["operational_location"]["value"])


def test_the_phrase_makes_no_number_up(document: Maker) -> None:
    """Energy alone where the emissions are not known, neither where the energy is not."""
    found = document("retry")
    stage = found["stages"][0]
    stage["emissions"]["operational_location"] = {"method": "not_available", "unit": "g", "reason": "no factor"}
    assert "CO" not in rolled_up_text(found)
    stage["energy"]["it_total"] = {"method": "not_available", "unit": "kWh", "reason": "nothing was seen"}
    assert rolled_up_text(found) == "1 interrupted execution took an unknown part of it"


def test_the_report_has_the_lines_too(document: Maker) -> None:
    """Below the emissions, in the table of totals."""
    found = document("repeated")
    assert "of which 1 failed execution" in html_report(found, b"{}")
