"""HTML from templates in which no value can act as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from joulecard.numbers import THIN_SPACE
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.template_files import template_text

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_SENTENCE = 1200


def render(template: str, context: Mapping[str, Any]) -> str:
    """The HTML page that a template of `report_templates` makes of the context."""
    return environment().get_template(template).render(context)


def environment() -> ImmutableSandboxedEnvironment:
    """An environment that cleans and escapes every value, refuses unknown names and lets templates change nothing."""
    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(template_text),
        undefined=StrictUndefined,
        finalize=_finalize,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["grouped"] = grouped
    return made


def grouped(number: str) -> str:
    """A printed number with its thousands apart."""
    whole, point, rest = number.partition(".")
    return f"{int(whole):,}".replace(",", THIN_SPACE) + point + rest


def style(*names: str) -> Markup:
    """Shipped style sheets as the content of one style element."""
    return Markup("\n".join(template_text(f"styles/{name}") or "" for name in names))  # noqa: S704  our own files


def _finalize(value: object) -> object:
    """A template's value before it is escaped: charts and styles as they are, any other text as one clean line."""
    if isinstance(value, Markup):
        return value
    return plain(value, LONGEST_SENTENCE) if isinstance(value, str) else value
