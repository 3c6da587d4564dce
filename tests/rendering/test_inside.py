"""Work and parts on the pages: what one unit cost, and what a stage is made of, without crowding its table."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.rendering.conftest import a_document, the_bytes

from joulecard.numbers import plain
from joulecard.rendering.figures import Columns, columns
from joulecard.rendering.html import html_report
from joulecard.rendering.inside import lines_of, most_of_each, units
from joulecard.rendering.latex import paper_appendix
from joulecard.rendering.model_card import model_card

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden"
REWRITE = os.environ.get("JOULECARD_REWRITE_GOLDEN") == "1"


@pytest.fixture
def serving() -> dict[str, Any]:
    """A service that counted requests, and a training of twelve epochs."""
    return a_document("serving")


def _names(document: dict[str, Any], stage: str, most: int = 6) -> list[str]:
    found = next(each for each in document["stages"] if each["name"] == stage)
    totals = document["totals"]
    return [line.name for line in lines_of(found, columns([totals["new"]]), most)]


def test_a_card_with_work_and_parts_reads_as_agreed(serving: dict[str, Any]) -> None:
    """A golden page that a person has looked at; JOULECARD_REWRITE_GOLDEN=1 writes it anew."""
    page, golden = model_card(serving), GOLDEN / "serving.md"
    if REWRITE:
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")


def test_of_many_parts_the_greatest_have_a_line(serving: dict[str, Any]) -> None:
    """The others stand together in one, and what is in none of them in the last."""
    names = _names(serving, "train")
    assert len(names) == 7
    assert all(name.startswith("of which epoch") for name in names[:5])
    assert names[5:] == ["and 7 more parts", "not in any part"]


def test_parts_of_one_name_are_numbered_and_say_how_they_ended(serving: dict[str, Any]) -> None:
    """The number is the place among all of that name; what was completed has no word for it."""
    found = next(stage for stage in serving["stages"] if stage["name"] == "train")
    for place, part in enumerate(found["parts"]):
        part["name"] = "epoch"
        part["energy_it"]["value"] *= 100 if place in {2, 11} else 1
    failed = found["parts"][11]["execution_id"]
    for segment in found["segments"]:
        segment["status"] = "failed" if segment.get("execution_id") == failed else segment["status"]
    names = _names(serving, "train")
    assert {"of which epoch 3 of 12", "of which epoch 12 of 12, failed"} <= set(names)


def test_few_parts_have_each_a_line_those_in_others_after_them(serving: dict[str, Any]) -> None:
    """With the name of what they lie in."""
    assert _names(serving, "serve") == ["of which warm-up", "in warm-up: cache", "not in any part"]


def test_the_lines_of_a_stage_add_up_to_it(serving: dict[str, Any]) -> None:
    """What stands for several parts is their sum."""
    found = next(stage for stage in serving["stages"] if stage["name"] == "train")
    lines = lines_of(found, columns([serving["totals"]["new"]]))
    shown = [float(plain(line.energy.text).split()[0]) for line in lines]
    assert sum(shown) == pytest.approx(found["energy"]["it_total"]["value"] * 1000, rel=0.05)


@pytest.mark.parametrize(("divided", "most"), [(0, 6), (1, 6), (3, 6), (6, 3), (40, 2)])
def test_stages_share_the_room_for_their_parts(divided: int, most: int) -> None:
    """Many stages with parts have few lines each."""
    assert most_of_each([{"parts": []}] * divided) == most


def test_a_unit_stands_with_its_range_and_how_many_there_were(serving: dict[str, Any]) -> None:
    """First for the whole, then stage by stage, in the smallest unit that shows it."""
    found = units(serving)
    told = [(cost.unit, plain(cost.count), cost.where) for cost in found.shown]
    assert told == [
        ("request", "180 000", "in all stages"),
        ("request", "180 000", "in serve"),
        ("token", "4 500 000 000", "in serve"),
        ("image", "1 200 000", "in train"),
    ]
    assert found.more == 0
    for cost in found.shown:
        assert cost.energy.known
        assert re.fullmatch(r"[0-9.]+ to [0-9.]+ [nµm]?Wh", plain(cost.energy.range))


def test_where_one_stage_ran_the_whole_is_not_told_twice(serving: dict[str, Any]) -> None:
    """Its rate is that of the stage."""
    alone = {**serving, "stages": [stage for stage in serving["stages"] if stage["name"] == "serve"]}
    assert [cost.where for cost in units(alone).shown] == ["in serve", "in serve"]


def test_a_count_that_is_no_whole_number_keeps_six_digits(serving: dict[str, Any]) -> None:
    """And one beyond all exact integers, too."""
    work = serving["stages"][0]["work_done"]
    work[0]["count"], work[1]["count"] = 1234.5678, 1e20
    assert [cost.count for cost in units(serving).shown][1:3] == ["1234.57", "1e+20"]


def test_of_very_many_units_some_are_counted(serving: dict[str, Any]) -> None:
    """The page says how many more there are."""
    serving["stages"][0]["work_done"] = [{"name": f"unit_{n}", "count": n + 1} for n in range(20)]
    found = units(serving)
    assert (len(found.shown), found.more) == (6, 16)
    assert "- 16 more in the disclosure" in model_card(serving)


def test_a_unit_without_energy_says_so(serving: dict[str, Any]) -> None:
    """Never a zero."""
    serving["stages"][0]["work_done"] = [{"name": "request", "count": 3}]
    assert "- request: energy not known; 3 counted in serve" in model_card(serving)


PAGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "card": model_card,
    "html": lambda document: html_report(document, the_bytes(document)),
    "tex": lambda document: paper_appendix(document, the_bytes(document)),
}


@pytest.mark.parametrize("form", PAGES)
def test_every_page_shows_both(form: str, serving: dict[str, Any]) -> None:
    """What one request cost, and what the stages are made of."""
    page = PAGES[form](serving)
    for told in ("hat one unit of work cost", "request", "of which epoch", "and 7 more parts", "not in any part"):
        assert told in page


@pytest.mark.parametrize("form", PAGES)
def test_a_page_without_work_and_parts_says_nothing_of_them(form: str) -> None:
    """No empty table."""
    page = PAGES[form](a_document("typical"))
    for told in ("unit of work", "of which", "not in any part", "Inside the stages"):
        assert told not in page


def test_small_energies_are_set_with_a_mu_that_every_font_has(serving: dict[str, Any]) -> None:
    """The letter itself is lost in the fonts of pdflatex without a word: 17 Wh for 17 µWh."""
    page = PAGES["tex"](serving)
    assert r"{\text{\textmu}Wh}" in page
    assert "µ" not in page


def test_a_part_says_how_it_was_got_only_where_its_stage_was_got_otherwise(serving: dict[str, Any]) -> None:
    """So that the words that matter are not lost among equal ones."""
    found = next(stage for stage in serving["stages"] if stage["name"] == "serve")
    found["parts"][0]["energy_it"] |= {"method": "estimated", "measured_fraction": 0}
    lines = lines_of(found, columns([serving["totals"]["new"]]))
    assert [line.method for line in lines] == ["estimated", "", ""]


def _stage_with(*segments: tuple[str, int, int, str]) -> dict[str, Any]:
    """A stage with train in it and epoch in train, and the inner segments: name, seconds from and to, status."""

    def at(second: int) -> str:
        return f"2026-11-21T09:00:{second:02}.000Z"

    kwh = {"value": 1e-6, "unit": "kWh", "method": "modelled"}
    spans = {name: [each for each in segments if each[0] == name] for name in ("train", "epoch")}
    parts = [
        {
            "name": name,
            "execution_id": name,
            **({"part_of": "train"} if name == "epoch" else {}),
            "start": at(min(each[1] for each in own)),
            "end": at(max(each[2] for each in own)),
            "monotonic_s": float(sum(each[2] - each[1] for each in own)),
            "energy_it": kwh,
        }
        for name, own in spans.items()
    ]
    inner = [
        {"execution_id": name, "within": "s", "host_ref": "h", "status": status, "start": at(start), "end": at(end)}
        for name, start, end, status in segments
    ]
    return {"energy": {"it_total": kwh}, "parts": parts, "segments": inner}


def test_a_part_says_how_often_it_ran() -> None:
    """What goes on in the next record at the same instant is one time, not two."""
    stage = _stage_with(
        ("train", 0, 20, "completed"),
        ("epoch", 1, 3, "completed"),
        ("epoch", 3, 5, "completed"),
        ("epoch", 6, 8, "completed"),
    )
    names = [line.name for line in lines_of(stage, Columns("Wh", "g"))]
    assert names == ["of which train", "in train: epoch, 2 times"]


def test_a_part_that_outlasts_a_killed_one_is_explained() -> None:
    """The record around it ends at its last checkpoint, so that the inner one may be the longer of the two."""
    stage = _stage_with(("train", 0, 5, "interrupted"), ("epoch", 1, 7, "completed"))
    names = [line.name for line in lines_of(stage, Columns("Wh", "g"))]
    assert names == ["of which train, interrupted, known to its last checkpoint", "in train: epoch"]


def test_the_lead_tells_what_one_unit_cost(serving: dict[str, Any]) -> None:
    """`--per request` is seen in the lead of card and appendix, and among the report's key figures."""
    assert "for one request." in model_card(serving).split("| Stage")[0]
    assert "for one request." in paper_appendix(serving, the_bytes(serving)).split("begin{table")[0]
    assert "for one request; 180\u202f000 were counted" in html_report(serving, b"{}").split("<h2")[0]


def test_counts_of_a_killed_recorder_are_the_least(serving: dict[str, Any]) -> None:
    """In the table of what one unit cost, also where it is told for all stages."""
    stage = next(each for each in serving["stages"] if each["name"] == "serve")
    serving["gaps"].append({"what": "count", "reason": "killed", "stage_ref": stage["id"]})
    shown = {(cost.unit, cost.where.partition(",")[0]): cost.count for cost in units(serving).shown}
    assert shown["request", "in all stages"] == shown["request", "in serve"] == "at least 180\u202f000"
    assert not shown["image", "in train"].startswith("at least")
    assert "That is at most **" in model_card(serving)
    assert "That is at most \\qty" in paper_appendix(serving, the_bytes(serving))


def test_declared_quality_and_computation_are_on_every_page(serving: dict[str, Any]) -> None:
    """With the stage that told them, and that nobody measured them."""
    train = next(each["id"] for each in serving["stages"] if each["name"] == "train")
    serving["subject"]["quality_metrics"] = [{"name": "accuracy", "value": 0.91, "stage_ref": train}]
    serving["totals"]["new"]["compute"] = {"value": 4.8e10, "unit": "FLOP", "method": "declared"}
    told = "accuracy 0.91 (train) · 48\u202fGFLOP, declared"
    assert told in model_card(serving)
    assert told in html_report(serving, b"{}")
