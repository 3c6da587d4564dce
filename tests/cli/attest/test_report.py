"""`joulecard verify` on a PDF report: the disclosure inside, and whether the pages show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.attest.signing import BY, refused
from tests.validation.test_enclosed import SRGB_LEFT_OPEN, a_pdf

from joulecard.cli import main
from joulecard.rendering.pdf import pdf_report

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.mark.needs("weasyprint")
@pytest.mark.filterwarnings(SRGB_LEFT_OPEN)
def test_a_report_is_verified_as_the_disclosure_that_it_encloses(signed: Path, capsys: Captured) -> None:
    """Its printed SHA-256 is compared, then all that is looked at in a disclosure."""
    data = signed.read_bytes()
    (signed.parent / "report.pdf").write_bytes(pdf_report(json.loads(data), data))
    assert main(["verify", "report.pdf", "--key", "assurer.pub.pem"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        f"report.pdf: holds disclosure.json, {len(data)} bytes, with the SHA-256 that the report prints"
    )
    assert lines[-1] == (
        f"report.pdf: verified: signed by {BY} (third party) with assurer.pub.pem; "
        "what is signed is the disclosure inside, not the pages"
    )
    assert main(["verify", "report.pdf", "--key", "assurer.pub.pem", "--json"]) == 0
    attached = json.loads(capsys.readouterr().out)["attached"]
    assert attached["sha256"] == attached["printed_sha256"]


def test_a_report_of_another_disclosure_is_told(signed: Path, capsys: Captured) -> None:
    """Somebody put other data into it, or it shows older ones."""
    (signed.parent / "report.pdf").write_bytes(a_pdf(signed.read_bytes(), printed=f"SHA-256 is {'0' * 32} {'1' * 32}"))
    assert main(["verify", "report.pdf", "--key", "assurer.pub.pem"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"; the report prints {'0' * 32}{'1' * 32}")
    assert lines[-1] == "report.pdf: not verified: the report was made of another disclosure"


def test_a_report_that_prints_no_sha256_leaves_it_open(signed: Path, capsys: Captured) -> None:
    """The signature fits the file inside, and nothing says that the pages show it."""
    (signed.parent / "report.pdf").write_bytes(a_pdf(signed.read_bytes(), printed="no digest here"))
    assert main(["verify", "report.pdf", "--key", "assurer.pub.pem"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("; the report prints no SHA-256 to compare it with")
    assert lines[-1] == "report.pdf: undecided: the report prints no SHA-256, so nothing ties its pages to the file"


def test_a_report_without_a_disclosure_is_told(folder: Path, capsys: Captured) -> None:
    """With its name in front."""
    (folder / "report.pdf").write_bytes(a_pdf())
    status, line = refused(capsys, "verify", "report.pdf")
    assert status == 1
    assert line.startswith("joulecard: report.pdf: the PDF holds no attached file disclosure.json")
