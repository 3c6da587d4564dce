"""The Markdown that `joulecard validate --summary` adds to the page of a job."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.cli.validate.answer import Answer
from joulecard.cli.validate.gates import Failure
from joulecard.cli.validate.job_summary import job_summary
from joulecard.validation import Lack, Verdict, Violation

if TYPE_CHECKING:
    from pathlib import Path

TAGS = {
    "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "p", "code", "strong", "details", "summary", "ul", "li",
}  # fmt: skip


class Page(HTMLParser):
    """The tags of a page, the texts of its table cells, and all of its text."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[Any, ...]]] = []
        self.cells: list[str] = []
        self.text = ""
        self.in_cell = False
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag, and where a cell begins."""
        self.tags.append((tag, tuple(attrs)))
        if tag == "td":
            self.cells.append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        """Notes where a cell ends."""
        self.in_cell = self.in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        """Notes text."""
        self.text += data
        if self.in_cell:
            self.cells[-1] += data


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Validates documents and gives the page."""
    monkeypatch.chdir(tmp_path)

    def write(documents: dict[str, Any], *arguments: str) -> Page:
        for name, document in documents.items():
            (tmp_path / name).write_text(json.dumps(document, indent=2), encoding="utf-8")
        main(["validate", *documents, "--summary", "page.md", *arguments])
        return Page((tmp_path / "page.md").read_text(encoding="utf-8"))

    return write


def test_a_valid_file_is_a_row_with_its_figures(written: Any) -> None:
    """Level, CO2e with range, how it was got; what is missing lies folded below."""
    page = written({"good.json": VALID["counted"]()})
    name, verdict, co2e, width, method, following = page.cells[:6]
    assert (name, verdict) == ("good.json", "✅ L2 traced")
    assert re.fullmatch(r"1\.\d+\u202fg\u202fCO₂e", co2e)
    assert re.fullmatch(r"\d\.\d+ to \d\.\d+\u202fg", width)
    assert "measured" in method
    assert re.fullmatch(r"L3 needs \d+ things?", following)
    assert "✅ ML carbon: 1 file checked, it passes" in page.text
    assert "/document (line 3)" in page.text


def test_what_is_wrong_is_told_with_its_lines(written: Any) -> None:
    """Each file that does not pass has its findings below the table."""
    wrong = VALID["counted"]()
    wrong["totals"]["new"]["energy_it"]["value"] *= 2
    page = written({"good.json": VALID["counted"](), "wrong.json": wrong}, "--max-co2e", "1g", "nowhere.json")
    assert "❌ ML carbon: 3 of 3 files do not pass" in page.text
    assert "✅" not in page.text
    assert "❌ L2 traced, below a gate" in page.cells
    assert "Fails --max-co2e 1 g: its headline is 1." in page.text
    assert "/totals/new/energy_it/value" in page.cells
    assert "cannot be opened: No such file or directory" in page.text


def test_warnings_do_not_fail_and_are_told(written: Any) -> None:
    """The file passes, and its row counts them."""
    page = written({"old.json": VALID["R16-t01-warn-factor-of-another-year"]()})
    assert "✅ ML carbon: 1 file checked, it passes" in page.text
    assert re.fullmatch(r"✅ L\d [a-z]+, 1 warning", page.cells[1])
    assert "R16 (warning)" in page.cells


def test_unknown_emissions_are_unknown(written: Any) -> None:
    """With their reason, and no number."""
    document = VALID["declared-minimal"]()
    unknown = {"unit": "g", "method": "not_available", "reason": "no place | `known`"}
    for where in (
        document["totals"]["new"],
        document["totals"]["including_reused"],
        document["stages"][0]["emissions"],
    ):
        where["operational_location"] = unknown
    page = written({"unknown.json": document})
    assert page.cells[2:4] == ["unknown", "no place | `known`"]


def test_pages_are_added_to_what_is_there(written: Any) -> None:
    """Two steps of a job share one page."""
    written({"a.json": VALID["counted"]()})
    page = written({"b.json": VALID["counted"]()})
    assert [name for name in page.cells if name.endswith(".json")] == ["a.json", "b.json"]


@given(st.text(), st.text(), st.text())
def test_no_text_acts_as_markup(name: str, pointer: str, message: str) -> None:
    """Names, pointers and messages stay text in their own cell, whatever they hold."""
    found = Violation(pointer, "R01", message)
    lack = Lack(pointer, message)
    answers = [
        Answer(f"f{name}", 1, verdict=Verdict((found,), kind="disclosure")),
        Answer(
            f"f{name}", 1, verdict=Verdict((), "L1", lacks=(lack, lack)), failures=(Failure("--level L2", message),)
        ),
        Answer(f"f{name}", 2, problem=message),
    ]
    page = Page(job_summary(answers))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {attributes for _, attributes in page.tags} <= {(), (("style", "text-align:right"),)}
    assert sum(tag == "td" for tag, _ in page.tags) == 3 * 6 + 4
    assert sum(tag == "table" for tag, _ in page.tags) == 2


@pytest.mark.parametrize("text", ["@octocat", "a@b.example", "#12", "https://a.example", "<!-- x", "| x", "\\|", "`a`"])
def test_nothing_becomes_a_link_or_a_mention(text: str) -> None:
    """Text that GitHub likes to link is broken by something that nobody sees."""
    page = job_summary([Answer("f.json", 2, problem=text)])
    assert not re.search(r"@\w|(?<!\\)#\d|https:", page)
    assert text in Page(page).text


def test_a_sentence_is_told_to_its_end() -> None:
    """What mends a violation stands last, and few sentences are longer than this."""
    sentence = f"{'found | and ' * 30}: mend it"
    found = Violation("", "R01", sentence)
    page = job_summary([Answer("a.json", 1, verdict=Verdict((found,), kind="disclosure"))])
    assert sentence in Page(page).cells


@pytest.mark.parametrize("letter", ["y", "|", "@", "木"])
def test_a_thousand_files_fit_on_the_page(letter: str) -> None:
    """GitHub takes 1 MiB a step: the first hundred are shown as far as there is room, and the heading counts all."""
    found = tuple(Violation("/x" * 100, "R01", letter * 5000) for _ in range(500))
    answers = [Answer(f"{number}.json", 1, verdict=Verdict(found, kind="disclosure")) for number in range(1000)]
    page = job_summary(answers)
    assert len(page.encode()) < 1024**2
    assert "1000 of 1000 files do not pass" in page
    assert "and 900 more files" in page
