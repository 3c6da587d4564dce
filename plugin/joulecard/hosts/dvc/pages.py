"""The report beside a disclosure: made where it is asked for, and kept in step with the disclosure from then on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from joulecard.hosts.dvc.report import replace
from joulecard.rendering import html, pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.hosts.dvc.report import Written

NAMES = ("report.html", "report.pdf")


class Page(NamedTuple):
    """A report, and what is missing to make it as PDF; a page that could not be brought up to date is stale."""

    path: str
    lacking: str = ""
    is_stale: bool = False


def make(written: Written) -> Page:
    """Writes the report as PDF, else as HTML; raises UsageError where it cannot be written."""
    lacking = pdf.missing_part() or ""
    return _made(written, "report.html" if lacking else "report.pdf", lacking)


def renew(written: Written) -> Iterator[Page]:
    """Brings the reports that lie beside the disclosure up to date; raises UsageError where one cannot be written."""
    for name in NAMES:
        path = os.path.join(os.path.dirname(written.disclosure_path), name)
        if not os.path.exists(path):
            continue
        lacking = (pdf.missing_part() or "") if name.endswith(".pdf") else ""
        yield Page(path, lacking, is_stale=True) if lacking else _made(written, name)


def _made(written: Written, name: str, lacking: str = "") -> Page:
    with open(written.disclosure_path, "rb") as file:
        data = file.read()
    path = os.path.join(os.path.dirname(written.disclosure_path), name)
    if name.endswith(".pdf"):
        replace(path, pdf.pdf_report(written.document, data))
    else:
        replace(path, html.html_report(written.document, data).encode())
    return Page(path, lacking)
