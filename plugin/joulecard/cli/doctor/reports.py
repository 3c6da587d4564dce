"""Which reports can be made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.cli.doctor.check import Check
from joulecard.cli.doctor.hosts import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "Reports"


def reports() -> Iterator[Check]:
    """What needs no part beside joulecard, then the PDF."""
    from joulecard.rendering.pdf import missing_part

    yield Check(GROUP, "Markdown, HTML", "ok", "always")
    missing = missing_part()
    if missing:
        yield Check(GROUP, "PDF", "lack", "cannot be made here", missing)
    else:
        yield Check(GROUP, "PDF", "ok", f"{installed('weasyprint')}, Pango and HarfBuzz")
