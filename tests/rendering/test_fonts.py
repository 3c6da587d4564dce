"""The shipped fonts hold what the reports print, and the charts measure text with them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from joulecard.rendering.charts.widths import REGULAR, SEMIBOLD, text_width_pt
from joulecard.shipped import shipped

pytestmark = pytest.mark.needs("weasyprint")  # which brings fontTools, to read them with

FONTS = ("Inter-400", "Inter-400-italic", "Inter-500", "Inter-600", "JoulecardSerif-300", "JoulecardSerif-400")
SIGNS = "CO₂e m³ − ± × ≈ ≤ ≥ – — ‘’ “” … · ← → ✓ é ß ø ł ő \u2009\u202f"
LARGEST_KB = 32


def the_font(name: str) -> Any:
    """A shipped font."""
    with shipped("report_templates").joinpath("fonts", f"{name}.woff2").open("rb") as file:
        return import_module("fontTools.ttLib").TTFont(file, lazy=False)


@pytest.mark.parametrize("name", FONTS)
def test_a_font_is_small_and_has_every_sign_of_the_reports(name: str) -> None:
    """No sign of ours falls back to a font of the reader's system."""
    size = len(shipped("report_templates").joinpath("fonts", f"{name}.woff2").read_bytes())
    assert size < LARGEST_KB * 1024
    letters = the_font(name).getBestCmap()
    assert [sign for sign in SIGNS if ord(sign) not in letters] == []


@pytest.mark.parametrize("name", FONTS)
def test_no_font_bears_a_reserved_name(name: str) -> None:
    """OFL 1.1, condition 3: a changed font may not be called "Source"; its copyright line stays."""
    names = the_font(name)["name"]
    assert not any("Source" in str(names.getDebugName(number)) for number in (1, 3, 4, 6, 16))
    assert names.getDebugName(0)
    assert "SIL Open Font License" in names.getDebugName(13)


@pytest.mark.parametrize(("name", "weight"), [("Inter-400", REGULAR), ("Inter-600", SEMIBOLD)])
def test_the_charts_measure_text_as_the_font_does(name: str, weight: int) -> None:
    """The stored table is that of the shipped font, letter by letter."""
    font = the_font(name)
    per_em, advances = font["head"].unitsPerEm, font["hmtx"]
    for code, glyph in font.getBestCmap().items():
        assert text_width_pt(chr(code), 1000, weight) == pytest.approx(1000 * advances[glyph][0] / per_em, abs=0.51)
