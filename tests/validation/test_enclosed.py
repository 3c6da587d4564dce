"""A PDF report gives back the disclosure that it encloses, and the SHA-256 that its pages print."""

from __future__ import annotations

import io
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rendering.conftest import a_document, the_bytes

from joulecard.errors import InvalidInputError
from joulecard.rendering.pdf import pdf_report
from joulecard.validation.enclosed import MAX_PDF_BYTES, enclosed

if TYPE_CHECKING:
    from pathlib import Path

DATA = b'{"schema": "of anything"}\n'
SRGB_LEFT_OPEN = "ignore:unclosed file.*sRGB2014:ResourceWarning"  # by WeasyPrint 70


def a_pdf(*attached: bytes, printed: str = "", name: str = "disclosure.json", password: str = "") -> bytes:
    """A PDF of one page with that text and those files, by another program than ours."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(595, 842)
    content = pypdf.generic.DecodedStreamObject()
    lines = [printed[start : start + 44].encode() for start in range(0, len(printed), 44)]
    content.set_data(b"BT /F 9 Tf 40 800 Td " + b" ".join(b"(%s) Tj 0 -12 Td" % line for line in lines) + b" ET")
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    named = pypdf.generic.DictionaryObject(
        {pypdf.generic.NameObject(key): pypdf.generic.NameObject(value) for key, value in font.items()}
    )
    fonts = pypdf.generic.DictionaryObject({pypdf.generic.NameObject("/F"): named})
    page[pypdf.generic.NameObject("/Resources")] = pypdf.generic.DictionaryObject(
        {pypdf.generic.NameObject("/Font"): fonts}
    )
    page[pypdf.generic.NameObject("/Contents")] = writer._add_object(content)  # noqa: SLF001  # it has no public one
    for data in attached:
        writer.add_attachment(name, data)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.needs("weasyprint")
@pytest.mark.filterwarnings(SRGB_LEFT_OPEN)
@pytest.mark.parametrize("name", ["single_stage", "many_stages", "hostile"])
def test_a_report_gives_back_the_bytes_it_was_made_of(name: str) -> None:
    """And prints their SHA-256, whatever else stands on its last page."""
    document = a_document(name)
    data = the_bytes(document)
    found = enclosed(pdf_report(document, data))
    assert found.data == data
    assert found.printed_sha256 == found.sha256 == sha256(data).hexdigest()


def test_a_printed_sha256_of_other_bytes_is_given_as_it_is_printed() -> None:
    """Comparing them is the caller's part."""
    digest = sha256(b"other").hexdigest()
    found = enclosed(
        a_pdf(DATA, printed=f"every value of this report. Its SHA-256 is  {digest[:32]}".ljust(88) + digest[32:])
    )
    assert (found.data, found.printed_sha256) == (DATA, digest)
    assert found.sha256 == sha256(DATA).hexdigest()


def test_a_report_that_prints_none_says_so() -> None:
    """An empty text, and the attached bytes all the same."""
    assert enclosed(a_pdf(DATA)).printed_sha256 == ""
    assert enclosed(a_pdf(DATA)).data == DATA


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (a_pdf(), "the PDF holds no attached file disclosure.json; a report of `joulecard render` holds one"),
        (a_pdf(DATA, name="invoice.xml"), "the PDF holds no attached file disclosure.json"),
        (a_pdf(DATA, DATA), "the PDF holds 2 attached files disclosure.json; which one it shows is open"),
        (a_pdf(DATA, password="sesame"), "the PDF is encrypted, and a report never is"),  # noqa: S106  # of a made-up file
        (b"%PDF-1.7\n", "the PDF is damaged and cannot be read"),
        (a_pdf(DATA)[:300], "the PDF is damaged"),
        (b"%PDF-" + bytes(MAX_PDF_BYTES), "the PDF is larger than 64 MiB"),
    ],
    ids=["nothing", "another name", "two", "encrypted", "header alone", "cut", "huge"],
)
def test_what_encloses_no_disclosure_gets_a_sentence(data: bytes, told: str) -> None:
    """One for each way to fail."""
    with pytest.raises(InvalidInputError, match=told):
        enclosed(data)


WHOLE = a_pdf(DATA, printed="SHA-256 is")


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_file_is_told_and_never_a_crash(changes: list[tuple[int, int]]) -> None:
    """Whatever the damage hits: the bytes come out, or one sentence does."""
    damaged = bytearray(WHOLE)
    for place, byte in changes:
        damaged[place] = byte
    try:
        found = enclosed(b"%PDF-" + bytes(damaged[5:]))
    except InvalidInputError as error:
        assert str(error).startswith("the PDF ")  # noqa: PT017  # either is an answer
    else:
        assert isinstance(found.data, bytes)


def test_remarks_of_pypdf_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """A damaged file leaves our sentence alone on standard error."""
    path = tmp_path / "report.pdf"
    path.write_bytes(WHOLE.replace(b"startxref", b"startxxxx"))
    done = subprocess.run(
        [sys.executable, "-m", "joulecard", "verify", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) <= 1
