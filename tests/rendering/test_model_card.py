"""The model card says what a reader needs, and every number on it is the document's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from joulecard import numbers
from joulecard.rendering.figures import Columns, bounded
from joulecard.rendering.model_card import model_card
from joulecard.rendering.words import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[str], dict[str, Any]]

GOLDEN = Path(__file__).parent / "golden"
REWRITE = os.environ.get("JOULECARD_REWRITE_GOLDEN") == "1"
LABELS = ("Hardware Type", "Hours used", "Cloud Provider", "Compute Region", "Carbon Emitted")
AMOUNT = r"[0-9.\u202f]+\u202f[mkMG]?(?:Wh|g\u202fCO₂e|t\u202fCO₂e)"


def cells(line: str) -> list[str]:
    """The cells of a table line."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def table(card: str) -> list[list[str]]:
    """The lines of the stage table without its head."""
    lines = card[card.index("| Stage |") :].splitlines()
    body = lines[2 : next(place for place, line in enumerate(lines) if not line.startswith("|"))]
    return [cells(line) for line in body]


def test_cards_read_as_agreed(document: Maker, record: str) -> None:
    """Golden pages that a person has looked at; JOULECARD_REWRITE_GOLDEN=1 writes them anew."""
    page, golden = model_card(document(record)), GOLDEN / f"{record}.md"
    if REWRITE:
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")


def test_a_card_is_the_same_each_time(document: Maker, record: str) -> None:
    """No clock, no random number, no version of the program."""
    once, again = document(record), document(record)
    again["generator"]["version"] = "9.9.9"
    again["document"]["created"] = "2030-01-01T00:00:00Z"
    assert model_card(once) == model_card(again)


def test_five_labels_stand_as_parsers_expect_them(document: Maker, record: str) -> None:
    """Exactly these five bullets, once each, in the order of the Hugging Face template."""
    card = model_card(document(record))
    assert re.findall(r"^- \*\*([^*]+):\*\* \S", card[card.index("## Environmental Impact") :], re.MULTILINE) == list(
        LABELS
    )


@pytest.mark.parametrize(("seconds", "hours"), [(4_989_600, "1390"), (0.01, "0.00000278"), (36_000, "10")])
def test_hours_are_never_written_with_an_exponent(document: Maker, seconds: float, hours: str) -> None:
    """Parsers and people read plain digits, of a second as of a year."""
    found = document("single_stage")
    found["stages"][0]["time"]["monotonic_s"] = seconds
    assert f"- **Hours used:** {hours} h (" in model_card(found)


def test_carbon_emitted_is_the_headline_in_grams(document: Maker) -> None:
    """The number behind the label reads back as the total, within its rounding."""
    found = document("typical")
    match = re.search(r"Carbon Emitted:\*\* ([0-9.\u202f]+)\u202fg\u202fCO₂e", model_card(found))
    assert match
    exact = found["totals"]["new"]["operational_location"]
    assert numbers.number(match[1]) == pytest.approx(exact["value"], abs=exact["interval"]["upper"] - exact["value"])


def test_a_tiny_number_is_a_bound_without_a_range(document: Maker) -> None:
    """As on the pages and in a paper."""
    rows = {row[0]: row for row in table(model_card(document("tiny_stage")))}
    assert rows["tiny"][3] == "\\<0.0001\u202fWh"
    assert rows["tiny"][5] == "\\<0.0001\u202fg\u202fCO₂e"


@pytest.mark.parametrize(
    ("value", "ends", "text"),
    [
        (9e-10, (6e-10, 1.4e-9), "<0.0001\u202fWh"),
        (9e-8, (8.5e-8, 1.5e-7), "<0.001\u202fWh"),
        (1e-7, None, "<0.001\u202fWh"),
        (3.8e-7, (3.2e-7, 4.5e-7), "0.00038\u202fWh"),
        (1.23456789, (1.23456785, 1.23456793), "1\u202f234.56789\u202fWh"),
    ],
)
def test_a_bound_holds_for_value_and_interval(value: float, ends: tuple[float, float] | None, text: str) -> None:
    """It is the next power of ten above both; what has room stays a number."""
    told = {"interval": {"lower": ends[0], "upper": ends[1], "coverage": 0.9}} if ends else {}
    figure = bounded(Columns("Wh", "g").energy_of({"value": value, "method": "measured", **told}))
    assert figure.text == text
    assert bool(figure.range) is not text.startswith("<")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "<0.001"),
        (0.0009, "<0.001"),
        (0.001, "0.001"),
        (0.004, "0.004"),
        (0.23, "0.23"),
        (0.9996, "1.00"),
        (3.0204, "3.02"),
        (12.0, "12.0"),
    ],
)
def test_a_short_duration_has_no_digit_that_its_clock_does_not_tell(seconds: float, text: str) -> None:
    """Three digits, never beyond the millisecond, and never nothing."""
    assert duration(seconds) == f"{text}\u202fs"


def test_what_is_unknown_is_said_in_words(document: Maker) -> None:
    """Never 0 and never nothing."""
    card = model_card(document("unknown_place"))
    assert "**Cloud Provider:** unknown" in card
    assert "**Compute Region:** unknown" in card
    assert "World" in card


def test_every_amount_in_the_table_has_range_and_method(document: Maker, record: str) -> None:
    """Energy and emissions: a value with its unit, the range in brackets, and how both were got."""
    for row in table(model_card(document(record))):
        if row[1] == "nothing ran" or row[1].startswith("not recorded"):
            continue
        energy, method, carbon = row[3:]
        for amount in (energy, carbon):
            assert re.fullmatch(rf"{AMOUNT} \([0-9.\u202f]+ to {AMOUNT}\)", amount), amount
        assert re.match("measured|modelled|estimated|declared|energy ", method)


def test_every_amount_in_the_sentence_has_range_and_method(document: Maker, record: str) -> None:
    """The sentence is ready for a paper."""
    sentence = model_card(document(record)).split("\n\n")[1]
    told = re.findall(
        r"\*\*([^*]+)\*\*[^(]*\((\d\d\u202f% interval [^;]+); (measured|modelled|estimated|declared)", sentence
    )
    assert len(told) == 2


def test_numbers_of_the_table_read_back_as_those_of_the_document(document: Maker) -> None:
    """Rounded, never wrong."""
    found = document("typical")
    rows = {row[0]: row for row in table(model_card(found))}
    for stage in found["stages"]:
        exact = stage["energy"]["it_total"]
        printed = re.match(r"([0-9.\u202f]+)\u202f(\w+)", rows[stage["name"]][3])
        assert printed
        value_kwh = numbers.number(printed[1]) * dict(numbers.ENERGY_STEPS)[printed[2]]
        half_kwh = (exact["interval"]["upper"] - exact["interval"]["lower"]) / 2
        assert value_kwh == pytest.approx(exact["value"], abs=half_kwh / 5)


def test_reused_results_have_a_total_of_their_own(document: Maker) -> None:
    """New first, then including what was reused; without reuse there is one total."""
    names = [row[0] for row in table(model_card(document("cached_stage")))]
    assert names[-2:] == ["**New in this run**", "**Including reused results**"]
    assert [row[0] for row in table(model_card(document("typical")))][-1] == "**Total**"


def test_a_reused_result_of_unknown_cost_says_so(document: Maker) -> None:
    """Neither a zero nor a silent gap: in its row, and the total says what it leaves out."""
    rows = {row[0]: row for row in table(model_card(document("cached_unseen")))}
    assert rows["prepare"][1:] == [
        "cached: no record of the earlier run",
        "",
        "not available",
        "not available",
        "not available",
    ]
    assert list(rows)[-2:] == ["**New in this run**", "**Including reused results**"]


def test_a_known_place_without_a_factor_is_not_called_unknown(document: Maker) -> None:
    """The reader learns where it was and that no factor is known for it."""
    sentence = model_card(document("antarctica")).split("\n\n")[1]
    assert "in Antarctica" in sentence
    assert "mean grid of the world for want of a factor for the place" in sentence
    assert "for want of a known place" in model_card(document("unknown_place"))


def test_time_is_counted_once_however_it_is_written(document: Maker) -> None:
    """Times without milliseconds are earlier or later as clocks have it, not as letters do."""
    found = document("several_hosts")
    first, second = found["stages"][0]["segments"]
    first["start"], first["end"] = "2026-11-21T09:01:40.500Z", "2026-11-21T09:02:40.500Z"
    second["start"], second["end"] = "2026-11-21T09:01:40Z", "2026-11-21T09:02:40Z"
    assert {row[0]: row[2] for row in table(model_card(found))}["train"] == "1\u202fmin"


def test_at_most_eight_stages_have_a_row(document: Maker) -> None:
    """Seven of the greatest in pipeline order, and how many executions there are beside them."""
    names = [row[0] for row in table(model_card(document("many_stages")))]
    assert names == [*(f"fold-{n}" for n in range(14, 21)), "13 further executions", "**Total**"]


@pytest.mark.parametrize("name", ["typical", "many_stages", "repeated", "partial", "cached_stage"])
def test_the_rows_add_up_to_the_total(document: Maker, name: str) -> None:
    """Energy and emissions of all lines above the totals come to the last total, within their rounding."""
    rows = [row for row in table(model_card(document(name))) if row[3] != "not recorded"]
    lines = [row for row in rows if not row[0].startswith(("**", "of which"))]
    last_total = [row for row in rows if row[0].startswith("**")][-1]
    for column in (3, 5):
        printed = [row[column].split("\u202f")[0] for row in [*lines, last_total]]
        *parts, total = (numbers.number(text) for text in printed)
        rounding = sum(0.5 * 10.0 ** -len(text.partition(".")[2]) for text in printed)
        assert sum(parts) == pytest.approx(total, abs=rounding * 1.001)


def test_each_column_has_one_unit(document: Maker, record: str) -> None:
    """All rows in g or all in mg, as in the terminal."""
    rows = table(model_card(document(record)))
    for column in (3, 5):
        assert len({unit for row in rows for unit in re.findall(r"\u202f([mk]?(?:Wh|g|t))\b", row[column])}) == 1


def test_many_runs_of_one_stage_share_a_row(document: Maker) -> None:
    """With their number and what became of them; the duration is that of all."""
    rows = table(model_card(document("repeated")))
    assert [row[:3] for row in rows] == [
        ["prepare", "completed", "12.0\u202fs"],
        ["train, 10 executions", "9 completed, 1 failed", "10\u202fmin"],
        ["**Total**", "", "10\u202fmin 12\u202fs"],
        ["of which 1 failed execution", "", "1\u202fmin"],
    ]


def test_a_part_of_a_pipeline_is_not_shown_as_the_whole(document: Maker) -> None:
    """In the sentence, in the table, beside what was observed and below the label that parsers read."""
    card = model_card(document("partial"))
    sentence = card.split("\n\n")[1]
    assert "(4 of 7 stages, " in sentence
    assert "partial figures: 3 stages are not recorded (export, plot and publish)" in sentence
    rows = table(card)
    assert [row[0] for row in rows][4:] == ["export", "plot", "publish", "**Total, partial (4 of 7 stages)**"]
    assert rows[4][1:] == [
        "not recorded: JOULECARD\\_DISABLED was set",
        "",
        "not recorded",
        "not available",
        "not recorded",
    ]
    assert "of the recorded time of 4 of 7 stages was observed" in card
    assert "; partial: 4 of 7 stages)" in card[card.index("**Carbon Emitted:**") :]
    assert "partial" not in model_card(document("typical"))


def test_both_totals_of_a_part_are_labelled(document: Maker) -> None:
    """Also that which includes reused results."""
    names = [row[0] for row in table(model_card(document("partly_reused")))]
    assert names[-2:] == ["**New in this run, partial (3 of 5 stages)**", "**Including reused results, partial**"]


def test_facility_energy_stands_beside_it_energy(document: Maker) -> None:
    """In the first sentence, with the PUE; where none is known the sentence speaks of electricity alone."""
    sentence = model_card(document("typical")).split("\n\n")[1]
    assert "**10.2\u202fWh** of IT energy" in sentence
    assert ", 11.6\u202fWh with the data centre's overhead (PUE 1.14; 90\u202f% interval" in sentence
    assert "overhead" not in model_card(document("unknown_place")).split("\n\n")[1]


def test_a_pue_is_never_shown_below_one(document: Maker) -> None:
    """The lognormal reaches below; what is shown does not, to the same digit."""
    row = next(line for line in model_card(document("low_pue")).splitlines() if line.startswith("| PUE, declared"))
    assert cells(row)[1:3] == ["1.01", "1.000 to 1.044"]


def test_a_declared_value_has_no_licence(document: Maker) -> None:
    """It is nobody's work, so a dash stands where a licence would."""
    card = model_card(document("single_stage"))
    row = next(line for line in card.splitlines() if line.startswith("| PUE, declared"))
    assert cells(row)[-2:] == ["declared by the operator", "–"]
    assert "- declared by" not in card


def test_every_source_of_the_factor_table_is_listed_with_its_licence(document: Maker, record: str) -> None:
    """Not only those whose licence asks for credit."""
    card = model_card(document(record))
    lines = card[card.index("| Factor |") :].splitlines()[2:]
    rows = [cells(line) for line in lines[: lines.index("")]]
    for *_, source, licence in rows:
        assert licence == "–" or f"\n- {source}: {licence}." in card


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("typical", "in AWS eu-north-1 (Sweden) used"),
        ("region_alone", "in Google Cloud europe-west9 (France) used"),
        ("subdivision", "in US-CA, United States"),
        ("single_stage", "in France used"),
    ],
)
def test_places_are_told_in_words(document: Maker, name: str, words: str) -> None:
    """Providers as they write themselves, countries by their English names."""
    assert words in model_card(document(name)).split("\n\n")[1]


def test_a_share_alike_source_is_credited(document: Maker) -> None:
    """A page that prints a value of Electricity Maps names the ODbL."""
    assert "Contains data from Electricity Maps, available under the ODbL." in model_card(document("typical"))
    assert "ODbL" not in model_card(document("unknown_place"))


def test_hostile_text_is_shown_letter_by_letter(document: Maker) -> None:
    """Parsed as Markdown, a hostile name is plain text: in the heading, in a cell, in a bullet."""
    found = document("hostile")
    name = found["subject"]["name"].replace("\u200b", "")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(model_card(found))
    inline = [token for token in tokens if token.type == "inline"]
    assert inline[0].content.startswith("Energy and carbon of")
    for token in (inline[0], next(token for token in inline if token.content.startswith("\\</details"))):
        assert "".join(child.content for child in token.children or ()).endswith(name)
        assert {child.type for child in token.children or ()} <= {"text", "text_special"}
    marks = {child.type for token in inline for child in token.children or ()}
    assert marks <= {"text", "text_special", "strong_open", "strong_close"}


def test_no_html_but_the_folded_details(document: Maker, record: str) -> None:
    """GitHub and Hugging Face both show it."""
    card = model_card(document(record))
    assert set(re.findall(r"(?<!\\)<[^>]*>", card)) == {"<details>", "<summary>", "</summary>", "</details>"}


def test_a_part_that_was_wholly_reused_says_how_much_of_it_the_numbers_hold(document: Maker) -> None:
    """Not that they hold none of it."""
    found = document("all_cached")
    found["gaps"].append({"what": "stage:plot", "reason": "plot: it has not run"})
    assert "partial: 4 of 5 stages" in model_card(found)
