"""The CSV tables of one edition: rows found by their first column without parsing the rest of the file.

Plain files beside this module, so that a look-up costs well under a millisecond; not made for running from a zip.
"""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, str]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tables")


class Tables:
    """Reads each table of one edition once, when it is first asked for."""

    def __init__(self, edition: str, root: str = ROOT) -> None:
        self.edition = edition
        self._root = root  # the folder that holds the folder of the edition
        self._texts: dict[str, tuple[str, str]] = {}
        self._sources: dict[str, dict[str, str]] = {}

    def rows(self, table: str, key: str) -> list[Row]:
        """The rows whose first columns are `key` (upper and lower case alike, no quotes or line breaks in it)."""
        text, folded = self._text(table)
        if not key.isprintable():  # a line break would find what spans two rows
            return []
        lines = [text[start:end] for start, end in _lines_starting(folded, f"\n{key},".lower())]
        return list(csv.DictReader([text[1 : text.index("\n", 1)], *lines])) if lines else []

    def row(self, table: str, key: str) -> Row | None:
        """The first of these rows; None where there is none."""
        found = self.rows(table, key)
        return found[0] if found else None

    def every(self, table: str) -> list[Row]:
        """All rows of a table."""
        return list(csv.DictReader(self._text(table)[0].strip("\n").split("\n")))

    def source(self, source_id: str) -> dict[str, str]:
        """Name, publisher, version, uri and license of a source; what the table does not know is left out."""
        if source_id not in self._sources:
            row = self.row("sources", source_id) or {"title": source_id}
            members = {
                "name": row["title"],
                "publisher": row.get("publisher", ""),
                "version": f"factors {self.edition}",
                "uri": row.get("url", ""),
                "license": row.get("licence", ""),
            }
            self._sources[source_id] = {name: value for name, value in members.items() if value}
        return self._sources[source_id]

    def gwp_set(self, source_id: str) -> str:
        """The IPCC report whose warming potentials a source says that it used; empty where it does not say."""
        row = self.row("sources", source_id)
        return (row or {}).get("gwp_set") or ""

    def _text(self, table: str) -> tuple[str, str]:
        """A table's text with a line break before its first line, and the same in lower case."""
        if table not in self._texts:
            path = os.path.join(self._root, self.edition, *table.split("/")) + ".csv"
            with open(path, encoding="utf-8") as file:
                text = "\n" + file.read()
            self._texts[table] = text, text.lower()
        return self._texts[table]


def _lines_starting(text: str, start: str) -> Iterator[tuple[int, int]]:
    """Begin and end of the lines before which `start` stands, which begins with a line break."""
    at = text.find(start)
    while at >= 0:
        end = text.index("\n", at + 1)
        yield at + 1, end
        at = text.find(start, end)
