"""The HTML report holds all it needs, does nothing, and shows what a stranger wrote as text."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import pytest

from joulecard import numbers
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.html import html_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    Maker = Callable[[str], dict[str, Any]]

XHTML = "{http://www.w3.org/1999/xhtml}"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
CONFORMANCE = Path(__file__).parents[2] / "schema/1.0/conformance/valid"


def parsed(page: str) -> Element:
    """The page by a second parser, which refuses what HTML does not allow."""
    tree: Element = html5lib.HTMLParser(strict=False).parse(page)
    return tree


def elements(tree: Element, *names: str) -> Iterator[Element]:
    """The elements of these names, in the order of the page."""
    return (each for each in tree.iter() if str(each.tag).rpartition("}")[2] in names)


def text_of(element: Element) -> str:
    """All text inside, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def a_page(document: dict[str, Any]) -> str:
    """The report of a disclosure and its bytes."""
    return html_report(document, json.dumps(document).encode())


def test_nothing_is_asked_for_and_nothing_runs(document: Maker, record: str) -> None:
    """No script, no handler, no frame, no address but data: and links that a reader may follow."""
    tree = parsed(a_page(document(record)))
    assert not list(elements(tree, "script", "iframe", "object", "embed", "link", "base", "form", "img"))
    for element in tree.iter():
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            if str(name).rpartition("}")[2] in {"href", "src", "action", "data"}:
                assert element.tag == f"{XHTML}a"
                assert value.startswith(("https://", "mailto:", "#"))
    sheets = "".join("".join(style.itertext()) for style in elements(tree, "style"))
    assert set(re.findall(r"url\(([a-z/]+\d?)", sheets)) == {"data"}
    assert "@import" not in sheets


def test_the_policy_stands_first(document: Maker) -> None:
    """Before anything that it could have stopped."""
    head = next(elements(parsed(a_page(document("hostile"))), "head"))
    assert head[0].attrib == {"http-equiv": "Content-Security-Policy", "content": POLICY}


def test_a_hostile_name_survives_as_text(document: Maker) -> None:
    """Letter by letter in the heading and in the stage list; nothing of it is markup, Markdown or template code."""
    found = document("hostile")
    tree = parsed(a_page(found))
    name = " ".join(plain(found["subject"]["name"]).split())
    assert text_of(next(elements(tree, "h1"))).endswith(name)
    assert name in [text_of(cell) for cell in elements(tree, "th")]
    assert "{{7*7}}" in name


def test_headings_do_not_skip(document: Maker, record: str) -> None:
    """One first heading, and none of a level whose parent is not there."""
    levels = [int(str(each.tag)[-1]) for each in elements(parsed(a_page(document(record))), "h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_heads_with_scope(document: Maker, record: str) -> None:
    """Of columns, and of each row."""
    for table in elements(parsed(a_page(document(record))), "table"):
        scopes = [head.get("scope") for head in elements(table, "th")]
        assert set(scopes) == {"col", "row"}
        assert all(len(list(elements(row, "th"))) for row in elements(table, "tr"))
        assert next(elements(table, "caption")) is not None


def test_every_chart_says_its_numbers(document: Maker, record: str) -> None:
    """In a title, for those who hear the page and those who point at it."""
    charts = list(elements(parsed(a_page(document(record))), "svg"))
    assert charts
    for chart in charts:
        assert re.search(r"\d", text_of(next(elements(chart, "title"))))
        assert not [each for each in chart.iter() if "id" in each.attrib]


def test_the_headline_is_the_total_of_the_document(document: Maker, record: str) -> None:
    """Rounded by its interval, with the unit."""
    found = document(record)
    exact = found["totals"][found["totals"]["headline"]]["operational_location"]
    ends = (exact["interval"]["lower"], exact["interval"]["upper"])
    shown = {numbers.plain(str(numbers.mass(exact["value"], ends, unit).text)) for unit, _ in numbers.MASS_STEPS}
    big = next(each for each in elements(parsed(a_page(found)), "p") if "big" in str(each.get("class")))
    assert numbers.plain(text_of(big)) in shown


def test_the_digest_is_that_of_the_bytes(document: Maker) -> None:
    """Of those that were given, not of a form of our own."""
    found = document("typical")
    data = json.dumps(found, indent=7).encode()
    text = text_of(parsed(html_report(found, data))).replace(" ", "")
    assert hashlib.sha256(data).hexdigest() in text


def test_a_page_is_the_same_each_time(document: Maker, record: str) -> None:
    """No clock, no random number."""
    assert a_page(document(record)) == a_page(document(record))


def test_a_part_of_a_pipeline_is_not_shown_as_the_whole(document: Maker) -> None:
    """The top of the page says how much is missing, and what."""
    top = text_of(next(elements(parsed(a_page(document("partial"))), "header")))
    assert "partial: 4 of 7 stages" in top
    assert "3 stages are not recorded (export, plot and publish)" in top
    assert "partial" not in text_of(parsed(a_page(document("typical"))))


def test_what_is_unknown_is_said_in_words(document: Maker) -> None:
    """Nothing ran anew; the place is not known; no total is 0 for want of a number."""
    assert "Nothing ran anew" in text_of(parsed(a_page(document("all_cached"))))
    unknown = text_of(parsed(a_page(document("unknown_place"))))
    assert "in an unknown place" in unknown
    assert "the PUE of this place is not known" in unknown


def test_a_tiny_number_is_a_bound(document: Maker) -> None:
    """In the unit of its column; the total is a number, and the disclosure has the exact value."""
    found = document("tiny_stage")
    rows = {text_of(row[0]): [text_of(cell) for cell in row[1:]] for row in elements(parsed(a_page(found)), "tr")}
    assert rows["tiny"] == ["0.001 s", "<0.0001", "<0.0001"]
    assert rows["Emissions, location-based"][-1] == "0.48 g CO₂e"
    (exact,) = [stage["energy"]["it_total"]["value"] for stage in found["stages"] if stage["name"] == "tiny"]
    assert 0 < exact < 1e-8


def test_only_names_may_be_cut(document: Maker) -> None:
    """No rule of the sheets shortens a cell that holds a number."""
    sheets = "".join("".join(each.itertext()) for each in elements(parsed(a_page(document("typical"))), "style"))
    assert re.findall(r"([^{}]*)\{[^{}]*text-overflow", sheets) == ["\n.stages .name "]


def test_the_method_table_says_what_its_fourth_column_is(document: Maker) -> None:
    """The year of a factor is no coverage."""
    tables = elements(parsed(a_page(document("typical"))), "table")
    inputs = next(table for table in tables if "inputs" in str(table.get("class")))
    heads = [text_of(head) for head in elements(inputs, "th") if head.get("scope") == "col"]
    assert heads[3] == "Coverage or year"
    years = [text_of(cell) for cell in elements(inputs, "td") if cell.get("data-label") == "Coverage or year"]
    assert years[-2:] == ["2025", "2025"]


def test_long_lists_end_with_how_many_more(document: Maker) -> None:
    """Forty lines at most, then one for the rest."""
    found = document("many_stages")
    found["stages"] = [{**found["stages"][0], "id": f"s{n}", "name": f"step {n}"} for n in range(300)]
    tree = parsed(a_page(found))
    listed = next(table for table in elements(tree, "table") if "listed" in str(table.get("class")))
    names = [text_of(head) for head in elements(listed, "th") if head.get("scope") == "row"]
    assert len(names) == 40
    assert names[-1] == "261 further executions"


@pytest.mark.checkout
def test_every_valid_document_of_the_standard_has_a_page() -> None:
    """Also one that only declares, one without interval, one without stages that ran."""
    shown = 0
    for path in sorted(CONFORMANCE.iterdir()):
        data = path.read_bytes()
        if b":disclosure" in data and path.name != "expected.json":
            assert "</html>" in html_report(json.loads(data), data), path.name
            shown += 1
    assert shown


def test_the_file_stays_small(document: Maker) -> None:
    """Three fonts and the charts: less than 300 kB, also with many stages."""
    assert len(a_page(document("many_stages")).encode()) < 300_000
