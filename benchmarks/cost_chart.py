"""The trackers side by side as SVG: one panel a measure, one bar a tracker, ours in the accent colour."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Figures = tuple[str, tuple[float | None, ...]]  # name; import, start + stop, steady (CPU s), RSS (MiB)
PANELS = (
    ("import", "CPU s", 3),
    ("start + stop around an empty block", "CPU s", 3),
    ("each minute after the first", "CPU s", 4),
    ("memory over bare Python", "MiB", 1),
)
_WIDTH, _PANEL_WIDTH, _ROW, _HEAD, _NAME = 820, 400, 22, 44, 150
_INK, _QUIET, _OURS, _THEIRS = "#1c2430", "#5b6675", "#0b6e4f", "#b9c2cc"


def chart(trackers: Iterable[Figures]) -> str:
    """Four panels, two by two."""
    rows = list(trackers)
    panel_height = _HEAD + _ROW * len(rows) + 18
    panels = [
        _panel(rows, place, (place % 2) * (_PANEL_WIDTH + 20), (place // 2) * panel_height)
        for place in range(len(PANELS))
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {2 * panel_height}" width="{_WIDTH}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{"".join(panels)}</svg>\n'
    )


def _panel(rows: list[Figures], place: int, left: int, top: int) -> str:
    title, unit, digits = PANELS[place]
    values = [figures[place] for _, figures in rows]
    most = max((value for value in values if value is not None), default=1.0) or 1.0
    heading = (
        f'<text x="{left + 8}" y="{top + 22}" font-weight="600">{title}'
        f'<tspan font-weight="400" fill="{_QUIET}">, {unit}</tspan></text>\n'
    )
    bars = (
        _bar(row[0], value, (left, top + _HEAD + _ROW * number), most, digits)
        for number, (row, value) in enumerate(zip(rows, values, strict=True))
    )
    return heading + "".join(bars)


def _bar(name: str, value: float | None, corner: tuple[int, int], most: float, digits: int) -> str:
    left, top = corner
    label = f'<text x="{left + _NAME}" y="{top + 14}" text-anchor="end">{escape(name)}</text>'
    if value is None:
        return f'{label}<text x="{left + _NAME + 8}" y="{top + 14}" fill="{_QUIET}">not measured</text>\n'
    width = max(1.0, max(0.0, value) / most * (_PANEL_WIDTH - _NAME - 64))
    colour = _OURS if name.startswith("joulecard") else _THEIRS
    bar = f'<rect x="{left + _NAME + 8}" y="{top + 4}" width="{width:.1f}" height="13" rx="2" fill="{colour}"/>'
    number = f'<text x="{left + _NAME + 14 + width:.1f}" y="{top + 14}">{value:.{digits}f}</text>'
    return f"{label}{bar}{number}\n"
