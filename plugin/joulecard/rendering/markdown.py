"""Markdown from templates in which no value can act as markup."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from joulecard.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_TEXT = 256

_BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ZERO_WIDTH = r"\u200b\u2060\ufeff\U000e0000-\U000e007f"
_UNSEEN = re.compile(f"[{_CONTROLS}{_BIDI}{_ZERO_WIDTH}]")
_MARKUP = re.compile(r"[\\`*_\[\]|~$<>&{}#]")
_ORDERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_SCHEME = re.compile(r":(?=//)")
_HOST = re.compile(r"(?i)\b(www)\.")


class SafeMarkdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


def plain(text: str) -> str:
    """Foreign text as one line of visible characters in NFC, at most 256 of them."""
    line = _BREAKS.sub(" ", text)
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", line)).strip()
    return seen if len(seen) <= LONGEST_TEXT else seen[: LONGEST_TEXT - 1] + "…"


def escape(text: str) -> SafeMarkdown:
    """Foreign text as Markdown that shows it letter by letter, in a paragraph, a heading or a table cell."""
    escaped = _MARKUP.sub(r"\\\g<0>", plain(text))
    escaped = _ORDERED.sub(r"\1\\\2", escaped)
    escaped = re.sub(r"^([+=-])", r"\\\1", escaped)
    return SafeMarkdown(_HOST.sub(r"\1\\.", _SCHEME.sub(r"\\:", escaped)))


def render(template: str, context: Mapping[str, Any]) -> str:
    """The Markdown page that a template of `report_templates` makes of the context."""
    return environment().get_template(template).render(context)


def environment() -> ImmutableSandboxedEnvironment:
    """An environment that escapes every value, refuses unknown names and lets templates change nothing."""
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        finalize=_finalize,
        autoescape=False,  # Markdown is escaped by `finalize`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _source(name: str) -> str | None:
    """The text of a shipped template; None where there is none of that name."""
    path = shipped("report_templates").joinpath(*name.split("/"))
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _finalize(value: object) -> object:
    """A template's value as Markdown: text is escaped, numbers are not ours to print here."""
    if isinstance(value, SafeMarkdown):
        return value
    return escape(value) if isinstance(value, str) else value
