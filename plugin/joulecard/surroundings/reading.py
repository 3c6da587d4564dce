"""Reads small system files below a root, giving None for whatever cannot be read."""

from __future__ import annotations

from joulecard.settings.sources import read_bytes

_TEXT_CHARACTERS = 256


def text_of(path: str, limit_bytes: int = 65_536) -> str | None:
    """The file's text, cut at the limit; None where it is missing, unreadable or not a regular file. Never raises."""
    try:
        return read_bytes(path, limit_bytes).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None


def line_of(path: str) -> str:
    """The first line of a small file as a clean label; empty where there is none."""
    text = text_of(path, 4096) or ""
    return label(text.partition("\n")[0])


def label(text: str) -> str:
    """The text without control characters and outer blanks, at most 256 characters."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_TEXT_CHARACTERS]
