"""A what-if as text, Markdown and JSON: the same numbers in each, and each says first that it is no disclosure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment

from joulecard.disclosure.counterfactual.actual import actual_of
from joulecard.disclosure.counterfactual.asked import Asked, places_named, regions_of
from joulecard.disclosure.counterfactual.ranking import Counterfactual, counterfactual
from joulecard.factors import edition
from joulecard.rendering.whatif.as_json import whatif_json
from joulecard.rendering.whatif.page import whatif_markdown
from joulecard.rendering.whatif.text import WIDTH, whatif_text
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = edition()
OF = {"id": "urn:uuid:2a7d4bb3-0818-5c41-8ada-420cda84849b", "name": "digits", "digest": "sha256:00"}
FORMS: tuple[Callable[[Counterfactual], str], ...] = (
    lambda found: whatif_text(found, "digits"),
    lambda found: whatif_markdown(found, "digits"),
    lambda found: whatif_json(found, OF),
)


def whatif(*names: str, place: Place | None = None, clouds: tuple[str, ...] = (), **options: Any) -> Counterfactual:
    """What the plain pipeline would have emitted at these places."""
    segment = a_segment() if place is None else a_segment(place=place)
    asked = Asked(TABLES, places_named(names, TABLES), regions_of(clouds, TABLES), **options)
    return counterfactual(actual_of(a_disclosure([segment])), asked)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_that_it_is_counterfactual(form: Callable[[Counterfactual], str]) -> None:
    """Before any number, and that it is no disclosure."""
    page = form(whatif("PL"))
    assert page.index("COUNTERFACTUAL, not a disclosure") < page.index("Poland")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_who_publishes_the_factors(form: Callable[[Counterfactual], str]) -> None:
    """With the notice that the licence of the zones asks for, where zones are used."""
    assert "Ember" in form(whatif("PL"))
    assert "available under the ODbL" in form(whatif("aws/eu-west-1"))


def test_the_text_fits_a_terminal() -> None:
    """80 columns, with all regions of two clouds, their PUE and their ranges; names give way to numbers."""
    lines = whatif_text(whatif("PL", clouds=("aws", "gcp")), "digits").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert any(line.startswith("aws/eu-north-1") for line in lines)


def test_the_text_ranks_and_compares() -> None:
    """The least first; the disclosed row is the 1 of the ratio; what cannot be told apart is marked."""
    lines = whatif_text(whatif("PL", "NO"), "digits").splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("---"))) + 1 :]
    assert [line.split("  ")[0] for line in table[: table.index("")]] == [
        "NO, Norway",
        "as disclosed, Sweden",
        "reference: world mean",
        "PL, Poland",
    ]
    assert table[1].endswith(" 1")
    assert table[0].endswith("~")
    assert any(line.startswith("- ~ the range of the ratio holds 1") for line in lines)


def test_a_kept_pue_is_a_word_where_others_have_their_own() -> None:
    """The disclosed one as a number, that of a cloud as a number, none of a country."""
    text = whatif_text(whatif("PL", "gcp/europe-west1"), "digits")
    pue = TABLES.pue("gcp", "europe-west1")
    assert pue
    rows = {line.split(",")[0]: line.split() for line in text.splitlines() if "~" not in line or "," in line}
    assert f"{pue.value:.4g}" in rows["gcp/europe-west1"]
    assert "kept" in rows["PL"]
    assert "1.2" in rows["as disclosed"]
    assert "- PUE kept: " in text
    assert "Other PUE multiply the IT energy of " in text


def test_a_row_can_be_followed_by_hand() -> None:
    """IT energy times PUE times intensity is the mass, all four told in the answer for programs."""
    told = json.loads(whatif_json(whatif("gcp/europe-west1"), OF))
    row = next(row for row in told["rows"] if row["kind"] == "place")
    by_hand_g = told["energy_it_kwh"] * row["pue"]["value"] * row["intensity_g_per_kwh"]
    assert row["co2e_g"]["value"] == pytest.approx(by_hand_g, rel=1e-12)


def test_a_pue_that_all_rows_keep_needs_no_column() -> None:
    """It is said once."""
    text = whatif_text(whatif("PL"), "digits")
    assert "with its PUE of 1.2" in " ".join(text.split())
    assert "kept" not in text


def test_a_country_that_stands_for_its_region_is_told() -> None:
    """What had no factor of its own is named."""
    text = whatif_text(whatif("DE-BY"), "digits")
    assert "- Grid intensity of Germany: no factor for DE-BY." in text


def test_the_year_that_factors_are_of_is_told_once() -> None:
    """Not with every place."""
    text = " ".join(whatif_text(whatif("PL", "FR", "DE"), "digits").split())
    assert text.count("Intensities are of 2025, the nearest that the edition has to 2026.") == 1
    assert "used for 2026" not in text


def test_markdown_has_the_same_rows_and_remarks_as_the_text() -> None:
    """One row of the table for each, the row that all are compared with in bold."""
    found = whatif("PL", "FR")
    page = whatif_markdown(found, "digits").splitlines()
    rows = [line for line in page if line.startswith("|")]
    assert len(rows) == 2 + len(found.rows)
    assert sum(line.startswith("| **as disclosed, Sweden** |") for line in rows) == 1
    assert {line.count("|") for line in rows} == {8}
    remarks = [line for line in whatif_text(found, "digits").splitlines() if line.startswith("- ")]
    assert sum(line.startswith("- ") for line in page) == len(remarks)


def test_markup_in_a_name_stays_text() -> None:
    """What others wrote is shown letter by letter."""
    page = whatif_markdown(whatif("PL"), "<b>|x|</b>")
    assert r"\<b\>\|x\|" in page
    assert "<b>" not in page


def test_json_has_all_digits_and_what_they_rest_on() -> None:
    """Each row with energy, intensity, factor and ratio, so that a program can follow the arithmetic."""
    told = json.loads(whatif_json(whatif("PL"), OF))
    assert (told["schema"], told["counterfactual"], told["of"]) == ("urn:joulecard:whatif:1", True, OF)
    row = next(row for row in told["rows"] if row["name"] == "PL")
    assert row["co2e_g"]["value"] == pytest.approx(row["energy_kwh"] * row["intensity_g_per_kwh"], rel=1e-12)
    assert row["factors"][0]["value"] == pytest.approx(row["intensity_g_per_kwh"])
    assert row["factors"][0]["source"]["license"] == "CC-BY-4.0"
    assert row["ratio"]["value"] == pytest.approx(row["co2e_g"]["value"] / told["disclosed"]["co2e_g"]["value"])
    assert row["ratio"]["lower"] < row["ratio"]["value"] < row["ratio"]["upper"]
    assert row["ratio"]["distinguishable"] is True
    assert [each["rank"] for each in told["rows"]] == list(range(1, len(told["rows"]) + 1))


def test_an_energy_that_tells_no_range_gets_none() -> None:
    """Neither the masses nor, against disclosed emissions without one, the ratios."""
    disclosure = a_disclosure([a_segment(place=Place((Evidence("setting", "high", country="SE"),)))])
    actual = actual_of(_without_ranges(disclosure))
    found = counterfactual(actual, Asked(TABLES, places_named(["PL"], TABLES)))
    assert " to " not in whatif_text(found, "digits").split("\n- ")[0].split("\n---")[1]
    row = next(row for row in json.loads(whatif_json(found, OF))["rows"] if row["name"] == "PL")
    assert row["co2e_g"].keys() == {"value", "method"}
    assert row["ratio"].keys() == {"value"}


def _without_ranges(disclosure: Any) -> Any:
    """The same disclosure as someone would write it who tells values alone."""

    def bare(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: bare(inner) for name, inner in node.items() if name != "interval"}
        return [bare(inner) for inner in node] if isinstance(node, list) else node

    return type(disclosure).model_validate_json(json.dumps(bare(json.loads(disclosure.to_json()))))
