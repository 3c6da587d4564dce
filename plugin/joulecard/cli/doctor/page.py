"""The answer as lines for a terminal of 80 columns: a mark and a word each, so that no colour is needed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from joulecard.cli.stage_table import printable
from joulecard.numbers import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.cli.doctor.check import Check

WIDTH = 79
MARKS = {"ok": "+", "normal": " ", "lack": "-", "problem": "!"}
_STATE, _NAME = 7, 15
_INDENT = 2 + 2 + _STATE + 2  # where names begin


def page(checks: Sequence[Check], summary: str) -> Iterator[str]:
    """All lines, the sentence that sums up last."""
    group = ""
    for check in checks:
        if check.group != group:
            yield from ["", check.group] if group else [check.group]
            group = check.group
        yield from map(_shown, _lines(check))
    yield ""
    yield from map(_shown, _wrapped(summary, "", ""))


def _shown(line: str) -> str:
    """The line in characters that any terminal has; numbers have been kept beside their units until here."""
    return printable(plain(line))


def _lines(check: Check) -> Iterator[str]:
    head = f"  {MARKS[check.state]} {check.state:{_STATE}}  {check.name:{_NAME}} "
    yield from _wrapped(check.detail, head, " " * (_INDENT + _NAME + 1))
    if check.remedy:
        yield from _remedy(check.remedy)


def _remedy(remedy: str) -> Iterator[str]:
    """The remedy below its line; where it would be too wide it begins further left, since commands are copied whole."""
    lead = "-> "
    for indent in (_INDENT, 4):
        if indent + len(lead) + len(remedy) <= WIDTH:
            yield f"{' ' * indent}{lead}{remedy}"
            return
    yield from _wrapped(remedy, " " * 4 + lead, " " * (4 + len(lead)))


def _wrapped(text: str, first: str, others: str) -> list[str]:
    """The text in lines, never cut inside a word: paths and commands stay whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
