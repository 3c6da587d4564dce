"""Bytes to JSON values, refusing all that two readers could understand differently."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from joulecard.validation.complaints import not_json, place_of, place_of_second
from joulecard.validation.verdict import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1  # 2^53 itself has no canonical form as an integer, and has one as a float
MAX_INTEGER_DIGITS = len(str(MAX_INTEGER))
CANONICAL_DIGITS = 21  # RFC 8785 writes greater numbers with an exponent
SHOWN_CHARACTERS = 24

_FIRST_BYTES = {
    b"\xef\xbb\xbf": "begins with a UTF-8 byte order mark; save it as UTF-8 without one",
    b"\xff\xfe": "is UTF-16 (or UTF-32); save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
    b"\x00\x00": "is UTF-32; save it as UTF-8",
    b"%PDF": "is a PDF; `joulecard verify` looks at the disclosure in a report",
    b"\x1f\x8b": "is compressed; unpack it first",
}
_NO_MARKS = bytes(set(range(256)) - {*b'"[]{}'})
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class Refusal(Exception):  # noqa: N818 - not an error of the program: it only carries the answer out of the decoder
    """Why a text is not acceptable JSON."""

    def __init__(self, rule: str, message: str, *, literal: str = "", repeated: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.literal = literal
        self.repeated = repeated

    def place(self, text: str) -> str:
        """Where in the text it is, as ` (line, column)`; nothing where that is the whole text or not known."""
        if self.repeated is not None:
            return place_of_second(text, self.repeated)
        return place_of(text, self.literal) if self.literal else ""


def parse(data: bytes) -> tuple[Any, Violation | None]:
    """The value that the bytes hold, or None and the violation that says why they are not acceptable."""
    text = ""
    try:
        text = _decoded(data)
        return _checked(text), None
    except Refusal as refusal:
        return None, Violation("", refusal.rule, refusal.message + refusal.place(text))


def _decoded(data: bytes) -> str:
    """The text of the bytes; raises Refusal when they are too many or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise Refusal("parse", f"the document is larger than {MAX_BYTES // 1024**2} MiB")
    for mark, sentence in _FIRST_BYTES.items():
        if data.startswith(mark):
            raise Refusal("parse", f"the document {sentence}")
    if b"\x00" in data[:2]:
        raise Refusal("parse", "the document is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("parse", f"the document is not UTF-8: byte {error.start + 1} cannot be read") from None


def _checked(text: str) -> Any:
    """The value of the text; raises Refusal for what JSON or this standard forbids."""
    too_deep = Refusal("parse", f"arrays and objects lie more than {MAX_DEPTH} deep in one another")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise too_deep from None
    except json.JSONDecodeError as error:
        raise Refusal("parse", not_json(error, text)) from None
    escaped = "\\" in text
    if (escaped or not _is_flat(text, MAX_DEPTH)) and _deeper_than(value, MAX_DEPTH):
        raise too_deep
    if escaped and _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(value)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of its members; raises Refusal when a name comes twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = _first_repeated(name for name, _ in pairs)
        told = f"an object holds the member {_shown(json.dumps(twice))} twice"
        raise Refusal("parse", told, repeated=twice)
    return members


def _first_repeated(names: Iterable[str]) -> str:
    """The first name that was there before."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _integer(literal: str) -> float:
    """The integer of a literal; raises Refusal beyond 2^53, where readers begin to round differently.

    Beyond it a literal is read as a float where RFC 8785 writes that float so: then no reader rounds it otherwise.
    """
    if len(literal) <= MAX_INTEGER_DIGITS + 1 and abs(number := int(literal)) <= MAX_INTEGER:
        return number
    if (
        len(literal.lstrip("-")) <= CANONICAL_DIGITS
        and f"{Decimal(repr(float(literal))):f}".removesuffix(".0") == literal
    ):
        return float(literal)
    raise Refusal(
        "R08", f"the integer {_shown(literal)} is beyond 2^53, where readers round differently", literal=literal
    )


def _float(literal: str) -> float:
    """The number of a literal; raises Refusal when it is beyond all that a double can hold."""
    number = float(literal)
    if math.isinf(number):
        raise Refusal("R08", f"the number {_shown(literal)} is too large for any reader", literal=literal)
    return number


def _constant(literal: str) -> NoReturn:
    """Raises Refusal: NaN and infinities are no JSON."""
    raise Refusal("R08", f"{literal} is not a number; leave the value out and give a reason", literal=literal)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _shown(literal: str) -> str:
    """A literal, cut to what fits in a sentence."""
    if len(literal) <= SHOWN_CHARACTERS:
        return literal
    return f"{literal[:SHOWN_CHARACTERS]}... ({len(literal)} characters)"


def _is_flat(text: str, depth: int) -> bool:
    """Whether brackets nest at most so deep; False also where a string holds some, for then they prove nothing.

    With only quotes and brackets left, a string without brackets is a pair of quotes, and the first one with brackets
    leaves an odd quote when the pairs are taken away. Each round then takes the innermost brackets away.
    """
    left = text.encode("utf-8", "replace").translate(_AS_SQUARE, _NO_MARKS).replace(b'""', b"")
    if b'"' in left:
        return False
    for _ in range(depth):
        left = left.replace(b"[]", b"")
        if not left:
            return True
    return not left


def _inner(value: Any) -> list[Any]:
    """The arrays and objects directly inside an array or object."""
    inside = value.values() if isinstance(value, dict) else value
    return [item for item in inside if isinstance(item, (dict, list))]


def _deeper_than(value: Any, depth: int) -> bool:
    """Whether arrays and objects nest more than `depth` levels."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(depth):
        level = [inner for container in level for inner in _inner(container)]
        if not level:
            return False
    return bool(level)


def _refuse_lone_surrogates(value: Any) -> None:
    """Raises Refusal when a string holds half of a character, which no UTF-8 can carry."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            _refuse_lone_surrogate(item)
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _refuse_lone_surrogate(text: str) -> None:
    """Raises Refusal when the string cannot be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        half = f"\\u{ord(text[error.start]):04x}"
        raise Refusal("parse", f"a string holds half of a character, {half}, that cannot be written as UTF-8") from None
