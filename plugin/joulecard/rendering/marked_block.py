"""The place in a Markdown file that Joulecard writes: between two markers, each on a line of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

END = "<!-- carbon:end -->"
SECTION = "Environmental Impact"  # of the Hub's template

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_MARKER = re.compile(r"<!-- carbon:(begin|end)\b(.*)-->[ \t]*")
_BEGIN = re.compile(r" v1 sha256=([0-9a-f]{12}) ")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")  # CommonMark 0.31, 4.5
_COMMENT = re.compile(r" {0,3}<!--")  # the same, 4.6
_HEADING = re.compile(rf" {{0,3}}#{{1,6}}[ \t]+{SECTION}[ \t]*#*[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block that was found: text[start:end] with both markers and without the line break behind the second."""

    start: int
    end: int
    digest: str  # the 12 hex digits of the first marker
    body: str  # with \n
    line_break: str
    line: int  # of the first marker, from 1


class Line(NamedTuple):
    """One line of the file."""

    number: int
    start: int
    text: str
    line_break: str


class Fence(NamedTuple):
    """A code fence that is open."""

    mark: str
    line: int


def find_block(card: str, start: int) -> Block | None:
    """The block behind `start`, None where there is none; raises InvalidInputError where there is not just one."""
    markers = [(line, match) for line in _prose(card, start) if (match := _MARKER.fullmatch(line.text))]
    if not markers:
        return None
    first, head = markers[0]
    said = _BEGIN.fullmatch(head[2])
    if head[1] == "end":
        raise _broken(first, "`carbon:end` stands without a `carbon:begin` before it")
    if said is None:
        raise _broken(first, "this `carbon:begin` is in a form that this version does not know")
    if len(markers) == 1:
        raise _broken(first, "`carbon:begin` has no `carbon:end`")
    last, tail = markers[1]
    if tail[1] == "begin":
        raise _broken(last, f"a second `carbon:begin`, after that in line {first.number}")
    for other, _ in markers[2:]:
        raise _broken(other, f"a second block, after that in line {first.number}")
    body = card[first.start + len(first.text) + len(first.line_break) : last.start]
    end = last.start + len(last.text)
    return Block(first.start, end, said[1], _LINE_BREAK.sub("\n", body), first.line_break, first.number)


def written(body: str, digest: str, line_break: str) -> str:
    """A block as text, without a line break behind it; the body ends with one."""
    return f"<!-- carbon:begin v1 sha256={digest} -->\n{body}{END}".replace("\n", line_break)


def appended(card: str, start: int, block: str, line_break: str) -> str:
    """The card with a block behind its last content; raises InvalidInputError where a block there would be code."""
    line = _open_fence(card, start)
    if line:
        raise InvalidInputError("a code fence is opened and never closed", where=f"line {line}", mend="close it")
    if not card:
        return block + line_break
    if card.endswith("\n"):
        return card + line_break + block + line_break
    return card + 2 * line_break + block


def removed(card: str, block: Block) -> str:
    """The card without the block and without the line breaks that came with it."""
    before, after, line_break = card[: block.start], card[block.end :], block.line_break
    kept = before.removesuffix(line_break)
    if not after:
        return kept.removesuffix(line_break)
    is_ours = kept != before and kept.endswith("\n")
    return (kept if is_ours else before) + _LINE_BREAK.sub("", after, count=1)


def own_section(card: str, start: int) -> int:
    """The line of an "Environmental Impact" heading that stands outside the block; 0 where there is none."""
    block = find_block(card, start)
    inside = range(block.start, block.end) if block else range(0)
    found = (line.number for line in _prose(card, start) if _HEADING.fullmatch(line.text) and line.start not in inside)
    return next(found, 0)


def line_number(card: str, index: int) -> int:
    """The number of the line at a place, from 1."""
    return len(_LINE_BREAK.findall(card[:index])) + 1


def _prose(card: str, start: int) -> Iterator[Line]:
    """The lines behind `start` that are not inside a code fence."""
    return (line for line, fence in _lines(card, start) if not fence)


def _open_fence(card: str, start: int) -> int:
    """The line of the code fence that nothing closes; 0 where there is none."""
    *_, (_, fence) = _lines(card, start)
    return fence.line if fence else 0


def _lines(card: str, start: int) -> Iterator[tuple[Line, Fence | None]]:
    """Every line behind `start`, an empty one last, with the code fence that it opens, fills or closes."""
    fence: Fence | None = None
    in_comment = False
    for line in _numbered(card, start):
        if fence:
            yield line, fence
            fence = None if _closes(line.text, fence) else fence
            continue
        opens = None if in_comment else _FENCE.match(line.text)
        fence = Fence(opens[1], line.number) if opens else None
        in_comment = _stays_in_comment(line.text, is_inside=in_comment)
        yield line, fence


def _numbered(card: str, start: int) -> Iterator[Line]:
    """Every line behind `start`; the last one is empty, also where the file ends without a line break."""
    for number, match in enumerate(_LINE.finditer(card, start), line_number(card, start)):
        yield Line(number, match.start(), match[1], match[2])


def _closes(text: str, fence: Fence) -> bool:
    mark = _FENCE.match(text)
    return bool(mark and mark[1].startswith(fence.mark) and not text.strip(f" \t{fence.mark[0]}"))


def _stays_in_comment(text: str, *, is_inside: bool) -> bool:
    """Whether an HTML comment is open behind the line."""
    opens = _COMMENT.match(text)
    begun = 0 if is_inside else opens.end() if opens else len(text)
    return (is_inside or opens is not None) and "-->" not in text[begun:]


def _broken(line: Line, what: str) -> InvalidInputError:
    return InvalidInputError(what, where=f"line {line.number}", mend="leave one block with both markers, or none")
