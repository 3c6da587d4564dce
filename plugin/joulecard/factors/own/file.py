"""Reads a user's own factors, PUE, WUE and contracts from TOML or CSV."""

from __future__ import annotations

import csv
import os
import re
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError, UsageError
from joulecard.factors.own.contract import contract_of
from joulecard.factors.own.entry import SOURCE_KEYS, Entry, factor_of
from joulecard.factors.own.values import Own, clashes
from joulecard.settings.values import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_BYTES = 1 << 20
NUMBERS = ("value", "year", "log_sd", "lifespan_years")
OF_SOURCE = {f"source_{key}": key for key in SOURCE_KEYS}
OF_VALID = {"valid_start": "start", "valid_end": "end"}


def read_own(path: str) -> Own:
    """The own factors of a file, checked.

    Raises UsageError for a file that cannot be opened, InvalidInputError with the line for what is wrong in it.
    """
    name = os.path.basename(path)
    text = _text(path, name)
    tables, csv_entries = ({}, [*_rows(text, name)]) if name.lower().endswith(".csv") else (_tables(text, name), [])
    factors = tuple(factor_of(entry) for entry in (csv_entries or _entries(tables, "factor", text, name)))
    listed = _entries(tables, "instrument", text, name)
    contracts = tuple(contract_of(entry, number) for number, entry in enumerate(listed, 1))
    if not factors and not contracts:
        raise InvalidInputError(
            "there are no factors in it", where=name, mend="each begins with a line [[factor]], or is a line of a CSV"
        )
    own = Own(factors, contracts)
    _refuse_twice(own, name)
    return own


def _refuse_twice(own: Own, name: str) -> None:
    """Raises InvalidInputError where two factors hold for one thing and year, or two contracts have one id."""
    clash = clashes(own.factors)
    if clash:
        one, other = clash
        told = f"a factor of {one.device or one.place} for the same year stands already at {one.line}"
        raise InvalidInputError(told, where=other.line, mend="leave one of them")
    names = [each.instrument.id for each in own.contracts]
    twice = next((each for each in names if names.count(each) > 1), None)
    if twice:
        raise InvalidInputError(f"two instruments have the id {twice}", where=name, mend="give each its own")


def _text(path: str, name: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise UsageError(f"own factors cannot be opened: {told}", where=path) from error
    if len(data) > MOST_BYTES:
        raise InvalidInputError("is larger than 1 MiB", where=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError("is not UTF-8 text", where=name) from error


def _tables(text: str, name: str) -> dict[str, object]:
    import tomllib  # as late as it can be: recordings read no factors of the user's own

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"is not valid TOML: {clean(str(error), 200)}", where=name) from error
    unknown = next((key for key in document if key not in ("factor", "instrument")), None)
    if unknown is not None:
        raise InvalidInputError(
            f"{clean(unknown)} is no table of own factors", where=name, mend="write [[factor]] or [[instrument]]"
        )
    return document


def _entries(tables: Mapping[str, object], key: str, text: str, name: str) -> list[Entry]:
    listed = tables.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise InvalidInputError(f"{key} is not a list of tables", where=name, mend=f"write [[{key}]] before each")
    header = re.compile(rf"\s*\[\[\s*{key}\s*\]\]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    places = [f"{name}:{number}" for number in lines] if len(lines) == len(listed) else [name] * len(listed)
    return [Entry(item, place) for item, place in zip(listed, places, strict=True)]


def _rows(text: str, name: str) -> Iterator[Entry]:
    """The lines of a CSV, as TOML would give them; columns source_* and valid_* are the tables of these names."""
    rows = csv.reader(text.splitlines(), strict=True)
    try:
        header = [column.strip() for column in next(rows, [])]
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _row(header, row, f"{name}:{rows.line_num}")
    except csv.Error as error:
        raise InvalidInputError(f"is not valid CSV: {error}", where=f"{name}:{rows.line_num}") from error


def _row(header: Sequence[str], row: Sequence[str], line: str) -> Entry:
    if len(row) != len(header):
        raise InvalidInputError(f"has {len(row)} cells, and the first line names {len(header)} columns", where=line)
    cells = {key: cell.strip() for key, cell in zip(header, row, strict=True) if cell.strip()}
    plain: dict[str, object] = {key: _number(cell) if key in NUMBERS else cell for key, cell in cells.items()}
    tables = {"source": _taken(plain, OF_SOURCE), "valid": _taken(plain, OF_VALID)}
    return Entry({**plain, **{key: table for key, table in tables.items() if table}}, line)


def _taken(cells: dict[str, object], names: Mapping[str, str]) -> dict[str, object]:
    return {inner: cells.pop(outer) for outer, inner in names.items() if outer in cells}


def _number(cell: str) -> float | str:
    """The number in a cell; its text where it is none, which is refused as such."""
    try:
        return float(cell)
    except ValueError:
        return cell
