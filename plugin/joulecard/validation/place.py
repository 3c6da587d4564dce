"""Where a JSON pointer leads in the text of a document: the line that an editor should open."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str, ...]
Wanted = dict[str, "Wanted"]  # the wanted pointers as a tree of their steps

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_SCALARS = re.compile(r'[^\[\]{}"]*')  # numbers, words, commas and spaces: an array of them is passed in one step
_PASSED = re.compile(r'(?:[^\[\]{}"]++|"(?:[^"\\]++|\\.)*+")*+')  # and strings, where none is wanted any more
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def lines_of(text: str, pointers: Iterable[str]) -> dict[str, int]:
    """The line, from 1, of each JSON pointer (RFC 6901) in a text that `parse` accepts.

    A pointer to something that is not there gives the line of the innermost part of it that is. Time grows with the
    text, not with the number of pointers.
    """
    paths = {pointer: _steps(pointer) for pointer in pointers}
    if not paths or "\n" not in text:
        return dict.fromkeys(paths, 1)
    starts: dict[Path, int] = {(): after_space(text, 0)}
    _walk(text, starts[()], _tree(paths.values()), starts, ())
    breaks = [match.start() for match in re.finditer("\n", text)]
    return {pointer: bisect_left(breaks, _deepest(starts, path)) + 1 for pointer, path in paths.items()}


def _steps(pointer: str) -> Path:
    """The names and indices of a pointer, unescaped."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _tree(paths: Iterable[Path]) -> Wanted:
    root: Wanted = {}
    for path in paths:
        node = root
        for step in path:
            node = node.setdefault(step, {})
    return root


def _deepest(starts: dict[Path, int], path: Path) -> int:
    """Where the longest part of the path that exists begins."""
    return next(starts[path[:length]] for length in range(len(path), -1, -1) if path[:length] in starts)


def after_space(text: str, at: int) -> int:
    """Where the next thing begins that is not white space."""
    return _after(_SPACE, text, at)


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that always matches ends."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _walk(text: str, at: int, wanted: Wanted, starts: dict[Path, int], path: Path) -> int:
    """Notes where the wanted parts of the value at `at` begin; where the value ends."""
    if wanted and text[at] == "{":
        return _members(text, at, wanted, starts, path)
    if wanted and text[at] == "[":
        return _items(text, at, wanted, starts, path)
    return _DECODER.raw_decode(text, at)[1]


def _members(text: str, at: int, wanted: Wanted, starts: dict[Path, int], path: Path) -> int:
    """Notes where the wanted members of an object begin, and what is wanted inside them; where the object ends."""
    at = after_space(text, at + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        value = after_space(text, after_space(text, end) + 1)  # behind the colon
        if name in wanted:
            starts[*path, name] = at
        end = _walk(text, value, wanted.get(name, {}), starts, (*path, name))
        at = after_space(text, end)
        if text[at] == ",":
            at = after_space(text, at + 1)
    return at + 1


def _items(text: str, at: int, wanted: Wanted, starts: dict[Path, int], path: Path) -> int:
    """Notes where the wanted items of an array begin, and what is wanted inside them; where the array ends."""
    indices = sorted(int(step) for step in wanted if _INDEX.fullmatch(step))
    at, index, first = at + 1, 0, 0  # commas passed; the first item that may begin in the next run
    while indices and first <= indices[-1]:
        stop = _after(_SCALARS, text, at)
        last = index + text.count(",", at, stop)
        here = indices[bisect_left(indices, first) : bisect_right(indices, last)]
        if here:
            begins = [at, *(match.end() for match in re.compile(",").finditer(text, at, stop))]
            places = {each: after_space(text, begins[each - index]) for each in here}
            starts.update({(*path, str(each)): place for each, place in places.items() if text[place] != "]"})
        if text[stop] == "]":
            return stop + 1
        at = _walk(text, stop, wanted.get(str(last), {}), starts, (*path, str(last)))
        index, first = last, last + 1
    return _end_of_array(text, at)


def _end_of_array(text: str, at: int) -> int:
    """Where an array ends of which nothing more is wanted, from behind one of its items."""
    stop = _after(_PASSED, text, at)
    while text[stop] != "]":
        stop = _after(_PASSED, text, _DECODER.raw_decode(text, stop)[1])
    return stop + 1
