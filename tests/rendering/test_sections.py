"""What the sections of a report say of numbers, and that both templates have room for it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.rendering.html import html_report
from joulecard.rendering.model_card import model_card
from joulecard.rendering.report_view import report_view
from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.rendering.report_view import Report

    Maker = Callable[[str], dict[str, Any]]

CONFORMANCE = Path(__file__).parents[2] / "schema/1.0/conformance/valid"


def the_view(document: dict[str, Any]) -> Report:
    """What both templates see."""
    return report_view(document, json.dumps(document).encode())


def standard(name: str) -> dict[str, Any]:
    """A valid disclosure of the standard."""
    return dict(json.loads((CONFORMANCE / f"{name}.json").read_bytes()))


@pytest.fixture
def mixed(document: Maker) -> dict[str, Any]:
    """A pipeline of which a part ran and a part was reused, with a headline that counts both."""
    found = document("cached_stage")
    found["totals"]["headline"] = "including_reused"
    return found


def test_a_headline_with_reused_results_is_not_called_theirs_alone(mixed: dict[str, Any]) -> None:
    """What ran anew has its own line, and the first page says what the headline counts."""
    found = the_view(mixed)
    names = {total.name: total.is_headline for total in found.stages.totals}
    assert names["Emissions of what ran anew, location-based"] is False
    assert names["Emissions with what reused results had cost"] is True
    assert "caused" not in " ".join(names)
    assert "include what making the reused results of prepare and featurize had cost" in found.cover.caveat


def test_a_headline_without_reused_results_says_so(document: Maker) -> None:
    """On the first page and in the model card."""
    told = "These figures leave out what making the reused results of prepare and featurize had cost"
    assert told in the_view(document("cached_stage")).cover.caveat
    assert told in model_card(document("cached_stage")).split("| Stage")[0]


def test_reused_energy_is_an_input_where_it_is_counted(mixed: dict[str, Any], document: Maker) -> None:
    """With method and range; not where the headline leaves it out."""
    (reused,) = [line for line in the_view(mixed).quality.inputs if line.name == "Reused results"]
    assert reused.method == "modelled"
    assert " to " in reused.range
    assert "Reused results" not in [line.name for line in the_view(document("cached_stage")).quality.inputs]


def test_the_first_page_says_how_the_headline_was_got(document: Maker) -> None:
    """In one word before its factors."""
    assert the_view(document("typical")).cover.basis.startswith("Modelled; location-based, ")


@pytest.mark.parametrize(
    ("record", "told"),
    [("retry", "1 stage, 2 executions, 1 of them interrupted"), ("repeated", "11 executions, 1 of them failed")],
)
def test_the_first_page_counts_what_did_not_end_well(document: Maker, record: str, told: str) -> None:
    """Failed and interrupted executions are a part of the cost."""
    assert told in the_view(document(record)).cover.scope


def test_the_only_execution_that_failed_says_so(document: Maker) -> None:
    """Without counting to one twice."""
    found = document("single_stage")
    found["stages"][0]["status"] = "failed"
    assert the_view(found).cover.scope.startswith("1 stage, failed, in ")


def test_emissions_are_never_said_to_be_measured(document: Maker, record: str) -> None:
    """A counter measures energy: beside both, the word says of which it speaks."""
    for row in the_view(document(record)).card.rows:
        assert "% measured" not in row.method or "energy" in row.method


def test_rounding_of_rows_is_explained_where_there_are_several(document: Maker) -> None:
    """In card and report; one row is its own total."""
    told = "rows need not add up to the total"
    for name, is_told in (("typical", True), ("single_stage", False)):
        assert (told in model_card(document(name))) is is_told
        assert (told in html_report(document(name), b"{}")) is is_told


@pytest.mark.checkout
def test_a_market_based_key_figure_has_unit_method_and_range() -> None:
    """As every number of the first page."""
    (market,) = [each for each in the_view(standard("market-based")).cover.key_figures if "market" in each.text]
    assert market.unit == "g\u202fCO₂e"
    assert "modelled" in market.text
    assert "range not stated" in market.text


@pytest.mark.checkout
def test_a_warning_of_validation_is_shown() -> None:
    """A document with a warning is not called valid without it."""
    found = standard("counted")
    found["resources"][0]["tdp_w"] = 10
    assert validate_document(found, "disclosure").valid
    page = html_report(found, b"{}")
    assert page.count("valid, with 1 warning") == 2
    assert "Warning R05, /stages/0/energy/components/0/energy/value: " in page
    assert "warning" not in html_report(standard("counted"), b"{}")


def test_time_on_the_chart_is_the_time_that_stages_took(document: Maker) -> None:
    """A step that the stage only touched is not drawn as if the stage had filled it."""
    found = document("single_stage")
    stage = found["stages"][0]
    stage["time"]["monotonic_s"] = stage["time"]["wall_s"] = 0.25
    stage["series"].update(step_s=1.0, it_energy_j=[2.5])
    for name in ("min_w", "max_w"):
        stage["series"].pop(name, None)
    power = the_view(found).stages.power
    assert power is not None
    assert "10.0\u202fW" in power.detail
    assert re.search(r"0\.2(5)?\u202fs<", power.chart.wide)
    assert "1.0\u202fs<" not in power.chart.wide


@pytest.mark.checkout
def test_large_factors_have_their_thousands_apart() -> None:
    """As every other number; what making a device emitted is told in kg."""
    assert "1\u202f200\u202fkg" in [factor.value for factor in the_view(standard("whole")).card.factors]


def test_the_first_page_bounds_what_strangers_wrote(document: Maker) -> None:
    """Long names are cut where a fixed page has no room, and the layout knows that it is full."""
    found = document("partial")
    long = "W" * 250
    found["subject"]["name"] = found["generator"]["name"] = found["document"]["publisher"] = long
    for stage in found["stages"]:
        stage["name"] = long
    for gap in found["gaps"]:
        gap["reason"] = long
    for factor in found["factors"]:
        factor["name"] = long
    shown = the_view(found).cover
    assert max(map(len, (shown.publisher, shown.generator, *(part.name for part in shown.shares)))) <= 48
    assert max(len(figure.text) for figure in shown.key_figures) <= 130
    assert len(shown.basis) <= 200
    assert shown.is_dense
    assert not the_view(document("typical")).cover.is_dense
    assert not the_view(document("typical")).cover.is_full
