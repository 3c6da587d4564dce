"""Where a key of a TOML text stands, so that an error can name its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*(?:\.|=)""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
Place = tuple[str, int, str]  # table, which one of that name, key


class Lines(NamedTuple):
    """The name of a file, and the line of each of its keys and tables."""

    file: str
    numbers: Mapping[Place, int]

    def error(self, what: str, key: str = "", *, table: str = "", index: int = 0, mend: str = "") -> InvalidInputError:
        """The error about a key, or about the table where the key is not there."""
        line = self.numbers.get((table, index, key)) or self.numbers.get((table, index, ""))
        return InvalidInputError(what, where=f"{self.file}:{line}" if line else self.file, mend=mend)


def lines_of(text: str, file: str) -> Lines:
    """The lines on which tables begin and keys stand; an array of tables counts from 0."""
    numbers: dict[Place, int] = {}
    seen: dict[str, int] = {}
    table, index = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[1]
            index = seen.get(table, 0)
            seen[table] = index + 1
            numbers[table, index, ""] = number
        elif key := _KEY.match(line):
            numbers.setdefault((table, index, key[1]), number)
    return Lines(file, numbers)


def syntax_error(told: str, file: str) -> InvalidInputError:
    """The error of a text that is no TOML, with its line in front."""
    at = _AT_LINE.search(told)
    where = f"{file}:{at[1]}" if at else file
    return InvalidInputError(f"is not TOML: {told[: at.start()] if at else told}", where=where)
