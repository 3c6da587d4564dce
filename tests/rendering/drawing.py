"""What is drawn where: the boxes of a chart's text and shapes, read from its SVG by the fonts' advance widths."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

from joulecard.rendering.charts.widths import text_width_pt

SPACE = "{http://www.w3.org/2000/svg}"
ASCENT, DESCENT = 0.76, 0.22  # of the size: what digits and most letters reach
SHIFT = {"start": 0.0, "middle": 0.5, "end": 1.0}
HALF_A_HUNDREDTH = 0.011  # coordinates have two decimals


class Box(NamedTuple):
    """Where something lies, in points."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def is_in(self, other: Box) -> bool:
        """Whether nothing of it lies outside the other."""
        slack = HALF_A_HUNDREDTH
        level = self.left >= other.left - slack and self.right <= other.right + slack
        return level and self.top >= other.top - slack and self.bottom <= other.bottom + slack

    def touches(self, other: Box) -> bool:
        """Whether both have a point in common."""
        level = self.left < other.right - HALF_A_HUNDREDTH and other.left < self.right - HALF_A_HUNDREDTH
        return level and self.top < other.bottom and other.top < self.bottom


class Drawing(NamedTuple):
    """A chart: its sentence, its frame, its text and its shapes."""

    sentence: str
    frame: Box
    texts: list[Box]
    shapes: list[Box]


def drawing(svg: str) -> Drawing:
    """The boxes of a chart; raises ParseError where it is not well formed."""
    root = ET.fromstring(svg)  # noqa: S314  made by our own code a moment ago
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    texts = [_text(each) for each in root.iter(f"{SPACE}text")]
    shapes = [box for each in root for box in _shape(each)]
    return Drawing(root.findtext(f"{SPACE}title") or "", Box(left, top, left + width, top + height), texts, shapes)


def _text(element: ET.Element) -> Box:
    size, content = float(element.attrib["font-size"]), element.text or ""
    width = text_width_pt(content, size, int(element.attrib["font-weight"]))
    left = float(element.attrib["x"]) - SHIFT[element.attrib["text-anchor"]] * width
    base = float(element.attrib["y"])
    return Box(left, base - ASCENT * size, left + width, base + DESCENT * size, content)


def _shape(element: ET.Element) -> list[Box]:
    name, of = element.tag.removeprefix(SPACE), element.attrib
    if name == "rect":
        left, top = float(of["x"]), float(of["y"])
        return [Box(left, top, left + float(of["width"]), top + float(of["height"]))]
    if name == "circle":
        x, y, r = (float(of[key]) for key in ("cx", "cy", "r"))
        return [Box(x - r, y - r, x + r, y + r)]
    return [_path(of["d"])] if name == "path" else []


def _path(path: str) -> Box:
    xs, ys = [], []
    for command, numbers in re.findall(r"([MLHVZ])([^MLHVZ]*)", path):
        values = [float(each) for each in numbers.split()]
        if command in "MLH":
            xs.append(values[0])
        if command in "MLV":
            ys.append(values[-1])
    return Box(min(xs), min(ys), max(xs), max(ys))
