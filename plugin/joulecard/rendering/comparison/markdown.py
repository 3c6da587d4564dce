"""A comparison as Markdown, for an issue, a pull request or a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.rendering.comparison import words
from joulecard.rendering.markdown import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.disclosure.comparison import Comparison, Pair
    from joulecard.rendering.comparison.words import Line


def comparison_markdown(comparison: Comparison) -> str:
    """The letters as a list, a table for each disclosure against the first, and what a reader should know."""
    lines = [
        f"- **{side.label}** {escape(words.file_name(side))}, {escape(words.heading(side), 512)}"
        for side in comparison.sides
    ]
    for pair in comparison.pairs:
        lines += ["", f"{escape(words.finding(pair), 1000)}.", "", *_table(pair)]
    is_marked = any(line.mark for pair in comparison.pairs for block in words.blocks(pair) for line in block.lines)
    lines += ["", f"{words.MARK} {words.MEANING}."] if is_marked else []
    reasons = (words.widest(pair) for pair in comparison.pairs)
    told = (*filter(None, reasons), *words.caveats(comparison), words.REPEATS)
    lines += ["", *(f"- {escape(text.rstrip('.'), 1000)}." for text in told)]
    return "\n".join(lines) + "\n"


def _table(pair: Pair) -> Iterator[str]:
    one, other = pair.one.label, pair.other.label
    yield _row(("", one, other, f"{other} / {one}", "90 % range", ""))
    yield "| :-- | --: | --: | --: | --: | :-- |"
    for block in words.blocks(pair):
        if block.title:
            yield _row((f"*{block.title}*", "", "", "", "", ""))
        yield from (_row(_cells(line)) for line in block.lines)


def _cells(line: Line) -> tuple[str, ...]:
    return tuple(escape(cell) for cell in (line.name, line.one, line.other, line.times, line.range, line.mark))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
