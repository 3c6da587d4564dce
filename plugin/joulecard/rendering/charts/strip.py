"""How a whole is divided: one stacked bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.numbers import percent
from joulecard.rendering.charts import svg
from joulecard.rendering.charts.sentences import sentence
from joulecard.rendering.charts.svg import Style
from joulecard.rendering.charts.widths import SEMIBOLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEIGHT_PT = 24.0
GAP_PT = 1.2
INSET_PT = 5.0
LEAST_PT = 1.0  # what is there is seen
TONES = ("green", "mid", "light", "pale", "grey", "sand")
DARK_TONES = ("green", "mid")


@dataclass(frozen=True, slots=True)
class StripPart:
    """A part of the whole, as a fraction of 1; its tone is a place in TONES."""

    label: str
    fraction: float
    tone: int


def share_strip(parts: Sequence[StripPart], *, width_pt: float, title: str) -> str:
    """The parts side by side, each with its share where it has room; what they lack to 1 stays empty."""
    told = [f"{part.label} {percent(part.fraction)}" for part in parts]
    return svg.chart(width_pt, HEIGHT_PT, sentence(title, told), _shapes(parts, width_pt))


def _shapes(parts: Sequence[StripPart], width_pt: float) -> Iterator[str]:
    seen = [part for part in parts if part.fraction > 0]
    yield svg.stroke(svg.across(0, width_pt, HEIGHT_PT - 0.3), "rule", 0.6)
    left = 0.0
    for part, room_pt in zip(seen, _widths(seen, width_pt), strict=True):
        is_last = left + room_pt > width_pt - LEAST_PT / 2
        yield from _part(part, left, room_pt, 0 if is_last else min(GAP_PT, room_pt / 3))
        left += room_pt


def _widths(parts: Sequence[StripPart], width_pt: float) -> list[float]:
    """A width for each part: its share, but never so little that it is not seen."""
    whole = max(1.0, sum(part.fraction for part in parts))
    wanted = [max(part.fraction / whole * width_pt, LEAST_PT) for part in parts]
    return [width * min(1.0, width_pt / sum(wanted)) for width in wanted]


def _part(part: StripPart, left_pt: float, room_pt: float, gap_pt: float) -> Iterator[str]:
    tone = TONES[part.tone % len(TONES)]
    yield svg.rect(left_pt, 0, room_pt - gap_pt, HEIGHT_PT, tone)
    style = Style(8.4, "on-dark" if tone in DARK_TONES else "on-light", SEMIBOLD)
    share = percent(part.fraction)
    if style.width_pt(share) + 2 * INSET_PT <= room_pt:
        yield svg.text(left_pt + INSET_PT, HEIGHT_PT / 2 + 3, share, style)
