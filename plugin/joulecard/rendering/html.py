"""The report as one HTML page that holds all it needs: no script, no request, light and dark, from phone to desk."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from markupsafe import Markup

from joulecard.rendering.report_view import report_view
from joulecard.rendering.template_files import template_bytes
from joulecard.rendering.web_page import render, style

# Medium weights are shown in the next one: three fonts are enough for a screen.
FONTS = (
    ("Inter", "400", "fonts/Inter-400.woff2"),
    ("Inter", "500 600", "fonts/Inter-600.woff2"),
    ("Joulecard Serif", "300 400", "fonts/JoulecardSerif-300.woff2"),
)


def html_report(document: dict[str, Any], data: bytes) -> str:
    """The page of a disclosure that validation has accepted; `data`: its bytes as on disk, whose SHA-256 is printed."""
    sheets = _fonts() + style("look.css", "screen.css")
    return render("report.html.j2", {"report": report_view(document, data), "style": sheets})


def _fonts() -> Markup:
    """The fonts as data URIs."""
    rules = (
        f"@font-face{{font-family:{name!r};font-weight:{weight};"
        f"src:url(data:font/woff2;base64,{b64encode(template_bytes(path) or b'').decode()})}}"
        for name, weight, path in FONTS
    )
    return Markup("\n".join(rules))  # noqa: S704  our own files
