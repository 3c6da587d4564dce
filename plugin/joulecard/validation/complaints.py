"""What keeps a text from being JSON, in words for people who write it by hand, and where."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH_TO_FIND = 400  # characters of a literal
LOOKED_THROUGH = 1024**2  # characters in which a repeated member is looked for

_WORDS = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a member name in double quotes is missing",
    "Expecting ':' delimiter": "a colon is missing after a member name",
    "Expecting ',' delimiter": "a comma or closing bracket is missing before this place",
    "Illegal trailing comma before end of object": "a comma stands before the closing brace; take it out",
    "Illegal trailing comma before end of array": "a comma stands before the closing bracket; take it out",
    "Extra data": "more text follows the end of the document",
    "Unterminated string starting at": "a string that begins here does not end",
    "Invalid control character at": "a string holds an unescaped control character or line break",
    "Invalid \\escape": "a string holds an escape that JSON does not know",
    "Invalid \\uXXXX escape": "a string holds a broken \\u escape",
}
_HABITS = {
    "'": "names and texts stand in double quotes, not in single ones",
    "/": "JSON has no comments; take it out",
    "#": "JSON has no comments; take it out",
}
_NUMBERS = {".": "a number begins with a digit: 0.5, not .5", "+": "a number has no plus before it"}
_WORD = re.compile(r"[A-Za-z_]\w{0,23}")
_NAMES = re.compile(r'("(?:[^"\\]|\\.)*+")(\s*+:)?|[{}]')


def not_json(error: json.JSONDecodeError, text: str) -> str:
    """The decoder's complaint as a sentence with line and column."""
    place = f"(line {error.lineno}, column {error.colno})"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        cause = "the document is empty" if not text.strip() else "the text ends before the document does"
        return f"not JSON: {cause} {place}"
    return f"not JSON: {_habit(error, text) or _WORDS.get(error.msg, error.msg.lower())} {place}"


def _habit(error: json.JSONDecodeError, text: str) -> str:
    """What other languages allow at this place and JSON does not; nothing where it is none of that."""
    here, before = text[error.pos], text[max(0, error.pos - ENOUGH_TO_FIND) : error.pos].rstrip()
    if not before:
        return "a document begins with a brace, {"
    if error.msg.startswith("Expecting") and here in "}]" and before.endswith(","):
        return f"a comma stands before the closing {'brace' if here == '}' else 'bracket'}; take it out"
    if error.msg.startswith("Expecting property") and here.isdigit() and re.search(r":\s*-?\d+,$", before):
        return "a decimal point is a point: 0.5, not 0,5"
    if error.msg.startswith("Expecting value") and (word := _WORD.match(text, error.pos)):
        return f"{word[0]} is no JSON; texts stand in double quotes"
    if error.msg.startswith("Expecting value") and here in _NUMBERS:
        return _NUMBERS[here]
    return _HABITS.get(here, "") if error.msg.startswith("Expecting") else ""


def place_of(text: str, literal: str) -> str:
    """Where a number or NaN first stands outside strings, as ` (line, column)`."""
    beginning = literal[:ENOUGH_TO_FIND]  # a pattern of a million digits would take longer to compile than to use
    ending = r"(?![\w.])" if beginning == literal else ""
    for match in re.finditer(rf'"(?:[^"\\]|\\.)*"|(?<![\w.+-])({re.escape(beginning)}){ending}', text):
        if match[1]:
            return _line_and_column(text, match.start())
    return ""


def place_of_second(text: str, name: str) -> str:
    """Where an object has a member of that name again, as ` (line, column)`; nothing in a very long text."""
    inside: list[bool] = []  # for each object that is open: whether the name was there
    for start, mark in _marks(text) if len(text) <= LOOKED_THROUGH else ():
        if mark == "{":
            inside.append(False)
        elif mark == "}":
            inside.pop()
        elif json.loads(mark, strict=False) == name:
            if inside[-1]:
                return _line_and_column(text, start)
            inside[-1] = True
    return ""


def _marks(text: str) -> Iterator[tuple[int, str]]:
    """Braces and names of members, each with its place."""
    for match in _NAMES.finditer(text):
        if match[1] is None:
            yield match.start(), match[0]
        elif match[2]:
            yield match.start(), match[1]


def _line_and_column(text: str, place: int) -> str:
    line_start = text.rfind("\n", 0, place) + 1
    return f" (line {text.count(chr(10), 0, place) + 1}, column {place - line_start + 1})"
