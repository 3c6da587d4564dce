"""A violation for the terminal: where it is and which rule it breaks, what is wrong, what it was compared with."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from joulecard.validation import Violation

MOST_RELATED = 3
INDENT = "    "
WIDEST = 100


def violation_text(
    file: str, violation: Violation, *, line: int | None = None, warns: bool = False, asks: bool = False
) -> str:
    """One violation: file, line where it is known, rule and pointer; below it the sentence and what it compares."""
    place = visible(file) + (f":{line}" if line else "")
    rule = click.style(violation.rule, fg="cyan" if asks else "yellow" if warns else "red")
    rule += " warning" if warns else ""
    pointer = f" #{visible(violation.pointer)}" if violation.pointer else ""
    lines = [f"{click.style(place, bold=True)}: {rule}{pointer}", indented(visible(violation.message))]
    if told := compared(violation):
        lines.append(click.style(indented(f"compare {visible(told)}"), dim=True))
    return "\n".join(lines)


def compared(violation: Violation) -> str:
    """The first of the other places that the rule looked at, in words; empty where there are none."""
    others = [f"#{pointer}" for pointer in violation.related if pointer != violation.pointer]
    more = len(others) - MOST_RELATED
    return ", ".join(others[:MOST_RELATED]) + (f" and {more} more" if more > 0 else "")


def indented(text: str, *, hanging: int = 0) -> str:
    """The text below the line that it belongs to: wrapped on a terminal, in one line for a file or a program."""
    if not sys.stdout.isatty():
        return INDENT + text
    width = min(shutil.get_terminal_size().columns - 1, WIDEST)
    filled = textwrap.fill(
        text,
        width,
        initial_indent=INDENT,
        subsequent_indent=INDENT + " " * hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled or INDENT


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and three dots where it has more characters than that."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def visible(text: str) -> str:
    """Text of a foreign document or file name, with what could steer a terminal or a build log escaped."""
    escaped = text.encode("utf-8", "backslashreplace").decode()
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in escaped)
    return _commands_off(shown)


def _commands_off(text: str) -> str:
    """The text without what GitHub's runner takes for a command: `::` where a line begins, `##[` anywhere."""
    text = text.replace("##[", r"#\x23[")
    return rf"\x3a{text[1:]}" if text.lstrip().startswith("::") else text
