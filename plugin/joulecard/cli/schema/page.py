"""A field, a rule or a level of the standard explained on a terminal of 80 columns."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from joulecard.cli.schema.field import inside, members
from joulecard.cli.schema.words import conditions, holds, pattern
from joulecard.cli.violation_text import cut
from joulecard.validation.schema import KNOWN_VERSION_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from joulecard.cli.schema.field import Field

WIDTH = 79
LABEL = 10  # columns of the words on the left
ROOM = WIDTH - LABEL
INDENT = "    "
SHORT = 44  # of a member in an example


def page(same: Sequence[Field]) -> Iterator[str]:
    """Where the field stands, what it means and holds, its members and an example; then where else it stands."""
    field = same[0]
    _, node = inside(field)
    yield from _title(field.path or field.kind, field.kind)
    yield ""
    yield from _wrapped(field.node["description"], "  ")
    if node is not field.node and "description" in node:
        yield from _wrapped(f"Each: {node['description']}", "  ")
    yield ""
    for label, text in _facts(field, node):
        yield from _wrapped(text, f"  {label:{LABEL - 2}}", " " * LABEL)
    yield from _members(field)
    yield from _example(field, node)
    if len(same) > 1:
        yield ""
        yield from _wrapped(", ".join(each.path for each in same[1:]), "  also    ", " " * LABEL)


def entry(name: str, what: str, sentence: str, more: str, broken_by: Iterable[str] = ()) -> Iterator[str]:
    """A rule or a level: its sentence in the standard, what it means for a document, and what breaks it."""
    yield from _title(name, what)
    yield ""
    yield from _wrapped(sentence, "  ")
    yield ""
    yield from _wrapped(more, "  ")
    if broken_by:
        yield from ("", "  It is broken by:")
    for case in broken_by:
        yield from _wrapped(case, "  - ", "    ")


def _title(name: str, what: str) -> Iterator[str]:
    """The name at the left, what it belongs to at the right, or below where there is no room."""
    right = f"{what.replace('-', ' ')} {KNOWN_VERSION_TEXT}"
    room = WIDTH - len(name) - len(right)
    ends = (click.style(name, bold=True), click.style(right, dim=True))
    yield from [f"{ends[0]}{' ' * room}{ends[1]}"] if room > 1 else ends


def _facts(field: Field, node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What may stand there, each fact with its word on the left."""
    if field.must is not None:
        yield ("must", "be given") if field.must else ("may", "be left out")
    yield "holds", holds(field.node, field.definition)
    if shape := pattern(node):
        yield "form", shape if " " in shape or len(shape) <= ROOM else "a pattern, which --json shows"
    for sentence in conditions(node):
        label, _, told = sentence.partition(" ")
        yield label.rstrip(":"), told


def _example(field: Field, node: dict[str, Any]) -> Iterator[str]:
    """An example as JSON: whole where it fits in a line, else its members with what lies deeper folded."""
    examples = field.node.get("examples") or node.get("examples")
    if not examples:
        return
    value = examples[0]
    whole = json.dumps(value, ensure_ascii=False)
    if members(field):
        yield ""
    if len(whole) <= ROOM:
        yield f"  example {whole}"
        return
    yield "  example" + (" (--json has all of it)" if len(whole) > WIDTH - len(INDENT) else "")
    parts = [f"{json.dumps(name)}: {_short(inner)}" for name, inner in value.items()] if isinstance(value, dict) else []
    lines = (
        ["{", *(f"  {part}," for part in parts[:-1]), f"  {parts[-1]}", "}"]
        if parts
        else [cut(whole, WIDTH - len(INDENT))]
    )
    yield from (f"{INDENT}{line}" for line in lines)


def _short(value: Any) -> str:
    """A member's value in one line."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= SHORT:
        return text
    return "{...}" if isinstance(value, dict) else "[...]" if isinstance(value, list) else f'{text[:SHORT]}..."'


def _members(field: Field) -> Iterator[str]:
    """The members of an object, each with what it means and holds."""
    found = members(field)
    if not found:
        return
    yield ""
    yield click.style("members", bold=True) + ("   * must be given" if any(each.must for each in found) else "")
    for each in found:
        name = each.path.rsplit(".", 1)[-1] if not each.path.endswith(">") else each.path[each.path.index("<") :]
        definition, _ = inside(each)
        yield ""
        yield f"{'*' if each.must else ' '} {click.style(name, bold=True)}"
        yield from _wrapped(each.node.get("description", ""), "    ")
        yield from (click.style(line, dim=True) for line in _wrapped(holds(each.node, definition), "    "))


def _wrapped(text: str, first: str, others: str | None = None) -> list[str]:
    """Text in lines, never cut inside a word."""
    after = first if others is None else others
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=after, break_long_words=False, break_on_hyphens=False
    )
