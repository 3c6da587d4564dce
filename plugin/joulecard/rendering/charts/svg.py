"""Pieces of SVG that browsers and WeasyPrint draw alike: print colours as attributes, a class on each for the screen.

The class k-NAME goes with a fill, k-NAME-line with a stroke. Text is cleaned and escaped here, and nowhere else.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from joulecard.rendering.charts.widths import REGULAR, text_width_pt
from joulecard.rendering.foreign_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

FONT = "Inter, sans-serif"
PALETTE = {
    "ink": "#16241d",
    "soft": "#5d6b63",
    "rule": "#d8dbd2",
    "green": "#10453a",
    "mid": "#2f7560",
    "light": "#a9cfc0",
    "pale": "#cfd6c8",
    "grey": "#8b948d",
    "sand": "#e6e8df",
    "amber": "#a3530f",  # uncertainty and the actual case, nothing else
    "paper": "#ffffff",
    "on-dark": "#ffffff",
    "on-light": "#16241d",
    "hero-ink": "#ffffff",
    "hero-soft": "#a9cfc0",
    "hero-amber": "#e9b16c",
    "hero-amber-text": "#f3cf9f",
    "hero-ground": "#10453a",
}

LONGEST_SENTENCE = 10_000

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Style(NamedTuple):
    """How text looks: its size in points, the name of its colour, its weight."""

    size_pt: float
    colour: str
    weight: int = REGULAR

    def width_pt(self, text: str) -> float:
        """How wide the text is in this style."""
        return text_width_pt(text, self.size_pt, self.weight)


def clean(text: str) -> str:
    """Text as one line of visible characters that XML allows."""
    return plain(_NOT_IN_XML.sub("", text), LONGEST_SENTENCE)


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    written = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if written in {"-0", ""} else written


def text(x_pt: float, baseline_pt: float, content: str, style: Style, anchor: str = "start") -> str:
    """One line of text; nothing where there is no text."""
    if not content:
        return ""
    return _element(
        "text",
        {
            "x": number(x_pt),
            "y": number(baseline_pt),
            "font-family": FONT,
            "font-size": number(style.size_pt),
            "font-weight": str(style.weight),
            "text-anchor": anchor,
            **_fill(style.colour),
        },
        content,
    )


def label(x_pt: float, baseline_pt: float, content: str, style: Style, width_pt: float) -> str:
    """Text centred on x, moved just so far that it does not leave a chart of this width."""
    half = style.width_pt(content) / 2
    return text(min(max(x_pt, half), width_pt - half), baseline_pt, content, style, "middle")


def rect(x_pt: float, y_pt: float, width_pt: float, height_pt: float, colour: str, **more: float) -> str:
    """A filled rectangle; `more` may hold rx and fill_opacity."""
    where = {"x": x_pt, "y": y_pt, "width": width_pt, "height": height_pt}
    return _element("rect", {**_numbers(where), **_fill(colour), **_numbers(more)})


def dot(x_pt: float, y_pt: float, radius_pt: float, colour: str) -> str:
    """A filled circle."""
    return _element("circle", {**_numbers({"cx": x_pt, "cy": y_pt, "r": radius_pt}), **_fill(colour)})


def area(path: str, colour: str, **more: float) -> str:
    """A filled path; `more` may hold fill_opacity."""
    return _element("path", {"d": path, **_fill(colour), **_numbers(more)})


def stroke(path: str, colour: str, width_pt: float, dash: str = "", **more: float) -> str:
    """A line along a path; `more` may hold stroke_opacity."""
    dashed = {"stroke-dasharray": dash} if dash else {}
    line = {"fill": "none", "class": f"k-{colour}-line", "stroke": PALETTE[colour], "stroke-width": number(width_pt)}
    return _element("path", {"d": path, **line, **dashed, **_numbers(more)})


def across(x1_pt: float, x2_pt: float, y_pt: float) -> str:
    """The path of a level line."""
    return f"M{number(x1_pt)} {number(y_pt)}H{number(x2_pt)}"


def down(x_pt: float, y1_pt: float, y2_pt: float) -> str:
    """The path of an upright line."""
    return f"M{number(x_pt)} {number(y1_pt)}V{number(y2_pt)}"


def chart(width_pt: float, height_pt: float, sentence: str, shapes: Iterable[str]) -> str:
    """The whole drawing; the sentence is what a reader hears who cannot see it."""
    frame = {
        "xmlns": "http://www.w3.org/2000/svg",
        "role": "img",
        "viewBox": f"0 0 {number(width_pt)} {number(height_pt)}",
        "width": f"{number(width_pt)}pt",
        "height": f"{number(height_pt)}pt",
    }
    body = "\n".join(shape for shape in shapes if shape)
    return f"<svg {_attributes(frame)}>\n{_element('title', {}, sentence)}\n{body}\n</svg>\n"


def _fill(colour: str) -> dict[str, str]:
    return {"class": f"k-{colour}", "fill": PALETTE[colour]}


def _numbers(members: dict[str, float]) -> dict[str, str]:
    return {name.replace("_", "-"): number(value) for name, value in members.items()}


def _element(name: str, attributes: dict[str, str], content: str = "") -> str:
    opened = f"{name} {_attributes(attributes)}" if attributes else name
    return f"<{opened}>{escape(clean(content))}</{name}>" if content else f"<{opened}/>"


def _attributes(members: dict[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in members.items())
