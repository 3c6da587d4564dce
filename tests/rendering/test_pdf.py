"""The PDF report: an archive file with tags, whose text and attachment are those of the disclosure."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pdfua
import pikepdf
import pytest
from tests.rendering.conftest import the_bytes

from joulecard import numbers
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.pdf import missing_part, pdf_report, shipped_only
from joulecard.validation.enclosed import ATTACHED_AS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Maker = Callable[[str], dict[str, Any]]
    Pdf = Callable[[str], bytes]

pytestmark = [
    pytest.mark.needs("weasyprint", "pdftoppm"),
    pytest.mark.filterwarnings("ignore:unclosed file.*sRGB2014:ResourceWarning"),  # WeasyPrint 70 leaves it open
]

RECORDS = ("typical", "partial", "all_cached", "unknown_place", "many_stages", "hostile", "several_hosts")


@pytest.fixture(params=RECORDS)
def made(request: pytest.FixtureRequest, pdf: Pdf) -> bytes:
    """The PDF of each record in turn."""
    return pdf(request.param)


def opened(data: bytes) -> pikepdf.Pdf:
    """The file by another program's eyes."""
    return pikepdf.open(io.BytesIO(data))


def text_of(data: bytes, *options: str) -> str:
    """What can be read in it, page by page."""
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode()


def structure(data: bytes) -> list[tuple[str, str]]:
    """Kind and alternative text of every element of the structure tree, in reading order."""
    with opened(data) as file:
        return list(_walk(file.Root.StructTreeRoot))


def _walk(node: pikepdf.Object) -> Iterator[tuple[str, str]]:
    if not isinstance(node, pikepdf.Dictionary):
        return
    if "/S" in node:
        yield str(node.S), str(node.get("/Alt", ""))
    kids = node.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if kid is not None:
            yield from _walk(kid)


def test_it_is_made_as_pdf_a_3a(made: bytes) -> None:
    """Tagged, with a language, an output intent, and its part and level in the metadata."""
    with opened(made) as file:
        assert str(file.Root.Lang) == "en"
        assert bool(file.Root.MarkInfo.Marked)
        assert [str(each.S) for each in file.Root.OutputIntents] == ["/GTS_PDFA1"]
        with file.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")


def test_it_runs_nothing(made: bytes) -> None:
    """No JavaScript, no action on opening, and links that lead to https, mailto or inside."""
    with opened(made) as file:
        assert "/OpenAction" not in file.Root
        assert "/JavaScript" not in file.Root.get("/Names", {})
        for each in file.objects:
            if isinstance(each, pikepdf.Dictionary):
                assert str(each.get("/S", "")) not in {"/JavaScript", "/Launch", "/SubmitForm"}
                assert re.match("$|https://|mailto:", str(each.get("/URI", "")))


def test_it_claims_nothing_of_itself(made: bytes) -> None:
    """How it was made is not printed as a promise."""
    assert not re.search(r"accessible|PDF/A|PDF/UA|certified", text_of(made))


def test_its_structure_can_be_followed(made: bytes) -> None:
    """One first heading, none skipped, and tables with heads."""
    kinds = [kind for kind, _ in structure(made)]
    levels = [int(kind[-1]) for kind in kinds if re.fullmatch("/H[1-6]", kind)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert kinds.count("/Table") <= kinds.count("/TH")
    assert "/TD" in kinds


def test_every_chart_says_its_numbers(made: bytes) -> None:
    """Each figure has a text in its place, and a number in that."""
    figures = [alternative for kind, alternative in structure(made) if kind == "/Figure"]
    assert len(figures) >= 3
    assert all(re.search(r"\d", alternative) for alternative in figures)


def test_no_rule_of_pdf_ua_is_broken(pdf: Pdf, tmp_path: Path) -> None:
    """By a second checker, but for two: no claim of PDF/UA is made, and heads have no scope, for cells name theirs."""
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf("typical"))
    assert {str(finding.rule_id) for finding in pdfua.validate(str(path)).findings} <= {"UA-15-003", "UA-28-004"}


def test_every_cell_names_its_heads(pdf: Pdf) -> None:
    """So a reader who hears the table knows row and column."""
    with opened(pdf("typical")) as file:
        cells = [each for each in file.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/TD"]
        assert cells
        assert all("/Headers" in str(each.get("/A")) for each in cells)


def test_latin_text_needs_two_families(pdf: Pdf) -> None:
    """Both embedded and ours: no silent replacement by a font of this machine."""
    with opened(pdf("typical")) as file:
        names = {
            str(each.BaseFont) for each in file.objects if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
        }
        files = [each for each in file.objects if isinstance(each, pikepdf.Dictionary) and "/FontDescriptor" in each]
        assert all({"/FontFile2", "/FontFile3"} & set(each.FontDescriptor.keys()) for each in files)
    families = {re.sub(r"^/[A-Z]{6}\+", "", name).partition("-")[0] for name in names}
    assert families == {"Inter", "Joulecard"}


def test_the_disclosure_is_inside(pdf: Pdf, document: Maker) -> None:
    """Byte by byte, as data that belongs to the file, dated by itself; its digest is printed on the last page."""
    data = the_bytes(document("typical"))
    with opened(pdf("typical")) as file:
        attached = file.attachments[ATTACHED_AS]
        inner = attached.get_file()
        assert inner.read_bytes() == data
        assert attached.obj.AFRelationship == "/Data"
        assert inner.mime_type == "application/json"
        assert inner.creation_date == inner.mod_date
        assert inner.creation_date is not None
        assert inner.creation_date.isoformat() == "2026-11-21T10:00:00+00:00"
    last = text_of(pdf("typical")).rstrip("\f\n").rpartition("\f")[2]
    assert hashlib.sha256(data).hexdigest() in "".join(last.split())


def test_the_headline_is_the_total_of_the_document(pdf: Pdf, document: Maker) -> None:
    """Rounded by its interval; both ends are printed too."""
    exact = document("typical")["totals"]["new"]["operational_location"]
    ends = exact["interval"]["lower"], exact["interval"]["upper"]
    printed = numbers.mass(exact["value"], ends, "g")
    first = text_of(pdf("typical"), "-l", "1").split()
    assert {printed.value, printed.lower, printed.upper} <= set(first)


@pytest.mark.parametrize("name", RECORDS)
def test_pages_are_as_many_as_the_content_needs(pdf: Pdf, name: str) -> None:
    """A cover and three pages; one more for a long list of stages; none of them blank."""
    pages = text_of(pdf(name)).rstrip("\f\n").split("\f")
    assert len(pages) == (5 if name == "many_stages" else 4)
    assert all(len(page.split()) > 60 for page in pages)


def test_it_has_bookmarks(pdf: Pdf) -> None:
    """The summary and each section, with what these hold below them."""
    with opened(pdf("typical")) as file, file.open_outline() as outline:
        names = {str(item.title): [str(below.title) for below in item.children] for item in outline.root}
    assert list(names) == ["Summary", "Where the emissions arose", "How it was got", "For auditors"]
    assert "IT power over time" in names["Where the emissions arose"]


def test_a_hostile_name_survives_as_text(pdf: Pdf, document: Maker) -> None:
    """Letter by letter on the first page; no part of it is markup or template code."""
    name = plain(document("hostile")["subject"]["name"])
    latin = name.rpartition(" ")[0]  # the last word reads from right to left
    assert "".join(latin.split()) in "".join(text_of(pdf("hostile"), "-l", "1").split())


def test_a_part_of_a_pipeline_is_not_shown_as_the_whole(pdf: Pdf) -> None:
    """The first page says how much is missing, and what."""
    first = " ".join(text_of(pdf("partial"), "-l", "1").split())
    assert "partial: 4 of 7 stages" in first
    assert "3 stages are not recorded (export, plot and publish)" in first


def test_two_processes_write_the_same_bytes(pdf: Pdf, document: Maker, tmp_path: Path) -> None:
    """On one machine: no clock and no random number; all dates are the record's own."""
    path = tmp_path / "disclosure.json"
    path.write_bytes(the_bytes(document("typical")))
    arguments = ["-m", "joulecard", "render", str(path), "--to", "pdf"]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    assert done.stdout == pdf("typical")


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://example.invalid/",
        "https://example.invalid/",
        "ftp://example.invalid/",
        "joulecard-template:../pyproject.toml",
        "joulecard-template:fonts/../../pyproject.toml",
        "joulecard-template:/etc/passwd",
        "data:text/plain," + "x" * 1_000_001,
    ],
)
def test_nothing_else_is_fetched(address: str) -> None:
    """No file of the machine, no network, nothing above our own folder, nothing huge."""
    with pytest.raises(ValueError, match="not a file of the report"):
        shipped_only().fetch(address)


def test_our_own_files_are_fetched() -> None:
    """Fonts of the folder, and data that the page itself holds."""
    assert shipped_only().fetch("joulecard-template:fonts/Inter-400.woff2").read().startswith(b"wOF2")
    assert shipped_only().fetch("data:text/plain,here").read() == b"here"


def test_other_scripts_are_text(document: Maker) -> None:
    """Names in Chinese and Hebrew read back, whatever fonts this machine has."""
    found = document("single_stage")
    found["subject"]["name"] = "数字识别 ספרות"
    text = text_of(pdf_report(found, json.dumps(found).encode()), "-l", "1")
    assert "数字识别" in text
    assert "ספרות" in text


def test_characters_without_a_font_are_told(document: Maker, caplog: pytest.LogCaptureFixture) -> None:
    """In one line: they are blank in the PDF; nobody has a font for a private character."""
    found = document("single_stage")
    found["subject"]["name"] = "digits \ue123"
    pdf_report(found, json.dumps(found).encode())
    (line,) = [record.getMessage() for record in caplog.records if record.name == "joulecard"]
    assert line == "no font of this machine shows \ue123: blank in the PDF until one is installed"


def test_nothing_is_missing_here() -> None:
    """The machine that runs these tests can make a PDF."""
    assert missing_part() is None


def test_long_names_leave_the_first_page_in_order(document: Maker) -> None:
    """The headline stands below its sentence, the advice above the foot, and all of it on the first page."""
    found = document("partial")
    long = "</style></title><script>alert(1)</script> and {{7*7}} words in a name"
    found["subject"]["name"] = found["generator"]["name"] = found["document"]["publisher"] = long
    for named in (*found["stages"], *found["factors"]):
        named["name"] = long
    made = pdf_report(found, the_bytes(found))
    boxes = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(.+?)<', text_of(made, "-l", "1", "-bbox"))
    placed = {word: (float(top), float(foot)) for top, foot, word in boxes}
    assert placed["contains"][1] < placed["0.23"][0]
    assert placed["yearly"][1] < placed["Issued"][0]
    assert "SHA-256" in placed


def test_a_tiny_number_is_a_bound_and_never_cut(pdf: Pdf) -> None:
    """Beside great ones: what is read from the page is true, and each number ends before the next one begins."""
    page = text_of(pdf("tiny_stage"), "-f", "2", "-l", "2", "-layout").partition("IT power")[0]
    lines = {line.split()[0]: line.replace("\u202f", " ").split()[1:] for line in page.splitlines() if line.strip()}
    assert lines["tiny"] == ["0.001", "s", "<0.0001", "<0.0001"]
    assert lines["small"] == ["0.001", "s", "0.00038", "<0.0001"]
    assert lines["step-1"] == ["1", "min", "4.2", "0.10"]
    assert "…" not in page


def test_a_heading_leaves_no_word_alone(pdf: Pdf) -> None:
    """That of the second page stands on one line."""
    assert "Train dominates; featurize comes second\n" in text_of(pdf("typical"), "-f", "2", "-l", "2")


def test_no_number_of_the_stage_table_is_cut(document: Maker) -> None:
    """A duration of minutes and seconds has room beside its bar."""
    found = document("single_stage")
    stage = found["stages"][0]
    stage["time"]["end"] = stage["time"]["end"].replace("09:02:40", "09:35:37")
    for part in stage["segments"]:
        part["end"] = part["end"].replace("09:02:40", "09:35:37")
    assert "33 min 57 s" in " ".join(text_of(pdf_report(found, the_bytes(found)), "-f", "2", "-l", "2").split())


@pytest.mark.parametrize("name", ["serving", "typical"])
def test_the_head_of_a_page_names_the_section_that_it_begins_in(name: str, pdf: Pdf) -> None:
    """What goes over from the page before stands under its own section, and no table is cut from its heading."""
    pages = text_of(pdf(name)).split("\f")
    inside = [page for page in pages if "Inside the stages" in page]
    assert all("Where the emissions arose" in page.splitlines()[:6] for page in (*inside, pages[1]))
    assert all("Parts are in the energy of their stage" in page for page in inside)
    assert bool(inside) is (name == "serving")
