"""A violation as one line of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.cli.stage_table import printable

if TYPE_CHECKING:
    from joulecard.validation import Violation


def violation_line(file: str, violation: Violation) -> str:
    """File, pointer, rule and sentence, with what could steer a terminal made visible."""
    text = f"{file}#{violation.pointer}: {violation.rule}: {violation.message}"
    shown = text.encode("utf-8", "backslashreplace").decode()
    return printable("".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown))
