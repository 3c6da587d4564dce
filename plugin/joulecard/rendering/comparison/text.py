"""A comparison as text for a terminal of 80 columns."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from joulecard.rendering.comparison import words
from joulecard.rendering.foreign_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.comparison import Comparison, Pair
    from joulecard.rendering.comparison.words import Block, Line

WIDTH = 80
INDENT = "  "


def comparison_text(comparison: Comparison) -> str:
    """The letters, then each disclosure against the first, then what a reader should know."""
    lines = [line for side in comparison.sides for line in _head(side.label, plain(side.file), words.heading(side))]
    for pair in comparison.pairs:
        lines += ["", *_wrapped(f"{words.finding(pair)}."), "", *_table(pair)]
    is_marked = any(line.mark for pair in comparison.pairs for block in words.blocks(pair) for line in block.lines)
    lines += ["", f"{words.MARK} {words.MEANING}."] if is_marked else [""]
    reasons = [words.widest(pair) for pair in comparison.pairs]
    for told in (*filter(None, reasons), *words.caveats(comparison), words.REPEATS.rstrip(".")):
        lines += _wrapped(f"{told.rstrip('.')}.")
    return "\n".join(lines) + "\n"


def _head(label: str, file: str, told: str) -> list[str]:
    return [f"{label}  {file}"[:WIDTH], *wrap(told, WIDTH, initial_indent="   ", subsequent_indent="   ")]


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=INDENT, break_on_hyphens=False)


def _table(pair: Pair) -> Iterator[str]:
    head = ("", pair.one.label, pair.other.label, f"{pair.other.label} / {pair.one.label}", "90 % range")
    found = list(words.blocks(pair))
    rows = [head, *(_cells(line, block) for block in found for line in block.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    widths[0] = min(widths[0], WIDTH - sum(widths[1:]) - len(INDENT) * len(widths[1:]) - len(" ≈"))
    yield _row(head, widths)
    for block in found:
        if block.title:
            yield block.title
        yield from (f"{_row(_cells(line, block), widths)} {line.mark}".rstrip() for line in block.lines)


def _cells(line: Line, block: Block) -> tuple[str, ...]:
    return f"{INDENT if block.title else ''}{line.name}", line.one, line.other, line.times, line.range


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    name = cells[0] if len(cells[0]) <= widths[0] else f"{cells[0][: widths[0] - 1]}…"
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return INDENT.join((name.ljust(widths[0]), *rest)).rstrip()
