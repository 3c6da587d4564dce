"""Markdown from templates in which no value can act as markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from joulecard.rendering.foreign_text import LONGEST_TEXT, plain
from joulecard.rendering.template_files import template_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARKUP = re.compile(r"[\\`*_\[\]|~$<>&{}#]")
_ORDERED = re.compile(r"^(\d+)([.)])(?=\s|$)")
_SCHEME = re.compile(r":(?=//)")
_HOST = re.compile(r"(?i)\b(www)\.")


class SafeMarkdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


def escape(text: str, longest: int = LONGEST_TEXT) -> SafeMarkdown:
    """Foreign text as Markdown that shows it letter by letter, in a paragraph, a heading or a table cell."""
    escaped = _MARKUP.sub(r"\\\g<0>", plain(text, longest))
    escaped = _ORDERED.sub(r"\1\\\2", escaped)
    escaped = re.sub(r"^([+=-])", r"\\\1", escaped)
    return SafeMarkdown(_HOST.sub(r"\1\\.", _SCHEME.sub(r"\\:", escaped)))


def render(template: str, context: Mapping[str, Any]) -> str:
    """The Markdown page that a template of `report_templates` makes of the context."""
    return environment().get_template(template).render(context)


def environment() -> ImmutableSandboxedEnvironment:
    """An environment that escapes every value, refuses unknown names and lets templates change nothing."""
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(template_text),
        undefined=StrictUndefined,
        finalize=_finalize,
        autoescape=False,  # Markdown is escaped by `finalize`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _finalize(value: object) -> object:
    """A template's value as Markdown: text is escaped, numbers are not ours to print here."""
    if isinstance(value, SafeMarkdown):
        return value
    return escape(value) if isinstance(value, str) else value
