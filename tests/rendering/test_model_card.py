"""The model card says what a reader needs, and every number on it is the document's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from joulecard import numbers
from joulecard.rendering.model_card import model_card

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


def test_carbon_emitted_is_the_headline_in_grams(document: Maker) -> None:
    """The number behind the label reads back as the total, within its rounding."""
    found = document("typical")
    match = re.search(r"Carbon Emitted:\*\* ([0-9.\u202f]+)\u202fg\u202fCO₂e", model_card(found))
    assert match
    exact = found["totals"]["new"]["operational_location"]
    assert numbers.number(match[1]) == pytest.approx(exact["value"], abs=exact["interval"]["upper"] - exact["value"])


def test_what_is_unknown_is_said_in_words(document: Maker) -> None:
    """Never 0 and never nothing."""
    card = model_card(document("unknown_place"))
    assert "**Cloud Provider:** unknown" in card
    assert "**Compute Region:** unknown" in card
    assert "World" in card


def test_every_amount_in_the_table_has_range_and_method(document: Maker, record: str) -> None:
    """Energy and emissions: a value with its unit, the range in brackets, and how both were got."""
    for row in table(model_card(document(record))):
        if row[1] == "in the disclosure" or row[1] == "nothing ran":
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


def test_at_most_eight_stages_have_a_row(document: Maker) -> None:
    """Seven of the greatest in pipeline order, and how many there are beside them."""
    names = [row[0] for row in table(model_card(document("many_stages")))]
    assert names == [*(f"fold-{n}" for n in range(14, 21)), "13 further stages", "**Total**"]


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
