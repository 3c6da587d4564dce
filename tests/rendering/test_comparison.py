"""A comparison in every form: text of 80 columns, Markdown, a picture, JSON."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from tests.disclosure.comparing import POLAND, Run, compared, disclosed, place
from tests.rendering.conftest import HOSTILE
from tests.rendering.drawing import drawing

from joulecard.disclosure.comparison.as_json import as_json
from joulecard.rendering.comparison.chart import comparison_chart
from joulecard.rendering.comparison.markdown import comparison_markdown
from joulecard.rendering.comparison.text import comparison_text
from joulecard.rendering.comparison.words import finding

if TYPE_CHECKING:
    from joulecard.disclosure.comparison import Comparison
    from joulecard.disclosure.document import Disclosure

GOLDEN = Path(__file__).parent / "golden/comparison"
REWRITE = os.environ.get("JOULECARD_REWRITE_GOLDEN") == "1"
QUALITY = (("accuracy", 0.9),)
OTHER_HOST = "ba9876543210"


def cases() -> dict[str, Comparison]:
    """Three runs in three countries, and two that differ in nothing that can be seen."""
    one = disclosed(Run(quality=QUALITY), name="small")
    more = Run(number=2, energy_j=2000.0, place=place("FR", 1.4), host=OTHER_HOST, quality=(("accuracy", 0.92),))
    other = disclosed(more, name="large")
    third = disclosed(Run(number=3, place=POLAND, host=OTHER_HOST, work=(("token", 2500.0),)), name="elsewhere")
    alike = disclosed(Run(number=4, energy_j=1212.0, host=OTHER_HOST), name="again")
    return {"countries": compared(one, other, third), "alike": compared(one, alike)}


CASES = cases()
FORMS = {"txt": comparison_text, "md": comparison_markdown, "svg": comparison_chart}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_each_form_is_as_a_person_has_seen_it(case: str, form: str) -> None:
    """Golden files; JOULECARD_REWRITE_GOLDEN=1 writes them anew."""
    written = FORMS[form](CASES[case])
    path = GOLDEN / f"{case}.{form}"
    if REWRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(written, encoding="utf-8", newline="\n")
    assert written == path.read_text(encoding="utf-8")


def hostile() -> Comparison:
    """Names that would like to be markup, and do not fit."""
    runs = (Run(number=n, stage="a", work=(("t" * 64, 3.0 * n),), quality=((HOSTILE[:128], 0.5),)) for n in (1, 2))
    return compared(*(disclosed(run, name=HOSTILE) for run in runs))


@pytest.mark.parametrize("comparison", [*CASES.values(), hostile()], ids=[*CASES, "hostile"])
def test_the_text_fits_a_terminal(comparison: Comparison) -> None:
    """80 columns, whatever the names."""
    assert max(map(len, comparison_text(comparison).splitlines())) <= 80


def test_no_name_becomes_markup() -> None:
    """In Markdown, nor in the picture, which stays well formed."""
    page = MarkdownIt("commonmark").enable("table").render(comparison_markdown(hostile()))
    assert "<script" not in page
    assert "<a " not in page
    assert "{{7*7}}" in page
    assert drawing(comparison_chart(hostile())).sentence.startswith("Emissions compared")


@pytest.mark.parametrize("comparison", [*CASES.values(), hostile()], ids=[*CASES, "hostile"])
def test_the_picture_holds_all_that_is_drawn(comparison: Comparison) -> None:
    """Nothing lies outside its frame, and no text on another."""
    drawn = drawing(comparison_chart(comparison))
    assert all(box.is_in(drawn.frame) for box in (*drawn.texts, *drawn.shapes))
    for place_, one in enumerate(drawn.texts):
        assert not any(one.touches(other) for other in drawn.texts[place_ + 1 :])


def test_a_ratio_near_the_greatest_number_has_a_picture() -> None:
    """The axis goes a little further than the ratio, and there ends what a double can hold."""
    one = CASES["alike"].sides[0].disclosure
    drawn = drawing(comparison_chart(compared(least(one), one)))
    assert [box.text for box in drawn.texts if box.text.startswith("1e")][-1] == "1e270"


def least(disclosure: Disclosure) -> Disclosure:
    """The same with next to nothing drawn and emitted."""
    total, tiny = disclosure.totals.new, 1e-305
    keys = ("energy_it", "energy_facility", "operational_location")
    parts = {key: getattr(total, key).model_copy(update={"value": tiny, "interval": None}) for key in keys}
    totals = disclosure.totals.model_copy(update={"new": total.model_copy(update=parts)})
    return disclosure.model_copy(update={"totals": totals})


def test_what_cannot_be_told_apart_is_said() -> None:
    """In the sentence and beside the line."""
    (pair,) = CASES["alike"].pairs
    assert "not distinguishable" in finding(pair)
    assert "≈" in comparison_text(CASES["alike"])
    first = CASES["countries"].pairs[1]
    assert "mostly by grid intensity" in finding(first)


def test_the_json_closes_and_is_no_disclosure() -> None:
    """The ratios of the factors multiply to that of the emissions with all their digits."""
    found = json.loads(json.dumps(as_json(CASES["countries"]), allow_nan=False))
    assert found["schema"] == "urn:joulecard:comparison:1"
    assert [each["label"] for each in found["disclosures"]] == ["A", "B", "C"]
    for each in found["comparisons"]:
        product = math.prod(factor["ratio"]["value"] for factor in each["factors"])
        assert product == pytest.approx(each["co2e"]["ratio"]["value"], rel=1e-12, abs=0)
        shares = [driver["variance_share"] for driver in each["co2e"]["ratio"]["drivers"]]
        assert math.fsum(shares) == pytest.approx(1)
        assert shares == sorted(shares, reverse=True)
