"""The report as PDF/A-3a, tagged, with the disclosure inside: the only door to WeasyPrint."""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from hashlib import sha256
from importlib import import_module
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from joulecard.errors import MissingPartError
from joulecard.rendering.report_view import report_view
from joulecard.rendering.template_files import template_bytes
from joulecard.rendering.web_page import render, style
from joulecard.validation.enclosed import ATTACHED_AS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from weasyprint.urls import URLFetcher

    from joulecard.rendering.report_view import Report

LOGGER = logging.getLogger("joulecard")
NO_GLYPH = re.compile('unsupported by fonts: "(.+)"')
MOST_NAMED = 12
OURS = "joulecard-template:"  # before the name of a file of the folder `report_templates`
LONGEST_DATA_URI = 1_000_000
FONTS = (
    ("Inter", "400", "fonts/Inter-400.woff2"),
    ("Inter", "500", "fonts/Inter-500.woff2"),
    ("Inter", "600", "fonts/Inter-600.woff2"),
    ("Joulecard Serif", "300", "fonts/JoulecardSerif-300.woff2"),
    ("Joulecard Serif", "400", "fonts/JoulecardSerif-400.woff2"),
)
PANGO = {
    "linux": "`sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0` (Fedora: pango)",
    "darwin": "`brew install pango`",
    "win32": "`pacman -S mingw-w64-ucrt-x86_64-pango` in an MSYS2 UCRT64 shell",
}


def pdf_report(document: dict[str, Any], data: bytes) -> bytes:
    """The PDF of a disclosure that validation has accepted; `data`: its bytes as on disk, which are attached.

    The same bytes give the same file. Raises MissingPartError where WeasyPrint or its libraries are not installed.
    """
    lacking = missing_part()
    if lacking:
        raise MissingPartError(lacking)
    weasyprint = _weasyprint()
    report = report_view(document, data)
    page = render("report_pages.html.j2", {"report": report, "style": _fonts() + style("look.css", "pages.css")})
    with _telling_what_is_not_shown():
        made = weasyprint.HTML(string=page, base_url=OURS, url_fetcher=shipped_only()).write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_tags=True,
            pdf_identifier=sha256(data).digest()[:16],
            attachments=[_attachment(weasyprint, report, data)],
        )
    return bytes(made)


def missing_part() -> str | None:
    """What a PDF needs and this machine lacks, with the command that installs it; None where one can be made."""
    try:
        _weasyprint()
        from weasyprint.text.ffi import harfbuzz_subset
    except ImportError:
        return "a PDF needs WeasyPrint: run `pip install 'joulecard[pdf]'`"
    except OSError:
        return f"a PDF needs the library Pango: run {_command()}"
    return None if harfbuzz_subset else f"a PDF needs the library harfbuzz-subset: run {_command()}"


def shipped_only() -> URLFetcher:
    """A fetcher that serves our own files and small data URIs, and refuses all else with ValueError."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class ShippedOnly(URLFetcher):  # type: ignore[misc]  # it ships no types
        """Files of the folder `report_templates` and data URIs; no other file, no network, no redirect."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False)

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            """What lies at the address; raises ValueError for an address that is not ours."""
            if url.startswith("data:") and len(url) <= LONGEST_DATA_URI:
                return super().fetch(url, headers)
            found = template_bytes(url.removeprefix(OURS)) if url.startswith(OURS) else None
            if found is None:
                raise ValueError("is not a file of the report")
            return URLFetcherResponse(url, found)

    return ShippedOnly()


class _Unshown(logging.Handler):
    """Keeps the characters of which WeasyPrint says that no font has them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps those of one message."""
        if (found := NO_GLYPH.search(record.getMessage())) is not None:
            self.characters.update(dict.fromkeys(found[1]))


@contextmanager
def _telling_what_is_not_shown() -> Iterator[None]:
    """Logs one line afterwards where the fonts of this machine lack characters: in the PDF these are blank."""
    log, unshown = logging.getLogger("weasyprint"), _Unshown()
    log.addHandler(unshown)
    try:
        yield
    finally:
        log.removeHandler(unshown)
    if unshown.characters:
        shown = "".join(list(unshown.characters)[:MOST_NAMED])
        LOGGER.warning("no font of this machine shows %s: blank in the PDF until one is installed", shown)


def _weasyprint() -> ModuleType:
    """WeasyPrint; raises ImportError or OSError where it or a library is missing, which it tells on stdout as well."""
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library that it can do without today: we ask for it ourselves
        return import_module("weasyprint")


def _command() -> str:
    return PANGO.get(sys.platform, PANGO["linux"])


def _attachment(weasyprint: ModuleType, report: Report, data: bytes) -> Any:
    """The disclosure, dated by itself."""
    return weasyprint.Attachment(
        string=data,
        name=ATTACHED_AS,
        description="The disclosure that this report shows",
        relationship="Data",
        created=report.record.created,
        modified=report.record.created,
    )


def _fonts() -> Markup:
    rules = (
        f'@font-face{{font-family:"{name}";font-weight:{weight};src:url({OURS}{path})}}' for name, weight, path in FONTS
    )
    return Markup("\n".join(rules))  # noqa: S704  our own files
