"""A disclosure's text with one attestation more; nothing else of it changes, so that no number is spelled anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.validation.attestations import MEMBER
from joulecard.validation.place import after_space

if TYPE_CHECKING:
    from collections.abc import Iterator

LATER = "extensions"  # the member before which a new one goes: the order of the standard
_DECODER = json.JSONDecoder()


class _Member(NamedTuple):
    """Where a member of the document lies in its text."""

    start: int
    value: int
    end: int


class _Layout(NamedTuple):
    """How the text separates what it holds."""

    outer: str  # before a member of the document; empty in a text of one line
    inner: str  # before a member of a list in it
    unit: str | None  # of indentation; None in a text of one line
    comma: str
    colon: str

    def written(self, value: dict[str, Any]) -> str:
        """The value as an item of a list of the document."""
        text = json.dumps(value, ensure_ascii=False, indent=self.unit, separators=(self.comma, self.colon))
        return text.replace("\n", self.inner)


def with_attestation(text: str, attestation: dict[str, Any]) -> str:
    """The text of a valid disclosure with the attestation as the last one, laid out as the text is."""
    members = dict(_members(text))
    layout = _layout(text, next(iter(members.values())))
    item = layout.written(attestation)
    if MEMBER in members:
        return _in_list(text, members[MEMBER], item, layout)
    new = f'"{MEMBER}"{layout.colon}[{layout.inner}{item}{layout.outer}]'
    if LATER in members:
        start = members[LATER].start
        return f"{text[:start]}{new}{layout.comma}{layout.outer}{text[start:]}"
    end = max(member.end for member in members.values())
    return f"{text[:end]}{layout.comma}{layout.outer}{new}{text[end:]}"


def _in_list(text: str, member: _Member, item: str, layout: _Layout) -> str:
    """The text with the item at the end of the list that is the member's value."""
    held = text[member.value + 1 : member.end - 1].rstrip(" \t\r\n")
    if not held:
        return f"{text[: member.value]}[{layout.inner}{item}{layout.outer}]{text[member.end :]}"
    end = member.value + 1 + len(held)
    return f"{text[:end]}{layout.comma}{layout.inner}{item}{text[end:]}"


def _members(text: str) -> Iterator[tuple[str, _Member]]:
    """The document's own members in their order."""
    place = after_space(text, text.index("{") + 1)
    while text[place] != "}":
        name, end = _DECODER.raw_decode(text, place)
        value = after_space(text, text.index(":", end) + 1)
        _, end = _DECODER.raw_decode(text, value)
        yield name, _Member(place, value, end)
        place = after_space(text, end)
        if text[place] == ",":
            place = after_space(text, place + 1)


def _layout(text: str, first: _Member) -> _Layout:
    """The layout that the first member shows."""
    outer = text[text.index("{") + 1 : first.start]
    spaced = text[first.value - 1].isspace()
    colon = ": " if spaced else ":"
    if "\n" not in outer:
        return _Layout("", "", None, ", " if spaced else ",", colon)
    line_break = "\r\n" if "\r\n" in outer else "\n"
    unit = outer.rpartition("\n")[2]
    return _Layout(f"{line_break}{unit}", f"{line_break}{unit}{unit}", unit, ",", colon)
