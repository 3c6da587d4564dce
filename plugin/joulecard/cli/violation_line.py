"""A violation as one line of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from joulecard.validation import Violation

MOST_RELATED = 6


def violation_line(file: str, violation: Violation, colour: str = "red", word: str = "") -> str:
    """One violation: file, pointer, rule, sentence, the places it was compared with."""
    place = click.style(f"{visible(file)}#{visible(violation.pointer)}", bold=True)
    rule = click.style(violation.rule, fg=colour)
    more = len(violation.related) - MOST_RELATED
    shown = ", ".join(map(visible, violation.related[:MOST_RELATED])) + (f" and {more} more" if more > 0 else "")
    related = click.style(f" (see {shown})", dim=True) if shown else ""
    return f"{place}: {rule}: {word}{visible(violation.message)}{related}"


def visible(text: str) -> str:
    """Text of a foreign document or file name, with what could steer a terminal escaped."""
    escaped = text.encode("utf-8", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in escaped)
