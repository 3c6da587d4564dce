"""Charts as sections hold them: each for a page and for a phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE_WIDTH_PT = 481.89  # of the text on A4: 170 mm
PHONE_WIDTH_PT = 240.0  # shown a little larger on a screen of 375 px


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart as SVG in two widths."""

    wide: Markup
    narrow: Markup


def picture(draw: Callable[[float], str], wide_pt: float = PAGE_WIDTH_PT) -> Picture:
    """The chart that `draw` makes for a width in pt."""
    return Picture(trusted(draw(wide_pt)), trusted(draw(PHONE_WIDTH_PT)))


def trusted(svg: str) -> Markup:
    """A chart as markup: it has escaped the text that it was given."""
    return Markup(svg)  # noqa: S704  made by our own functions
