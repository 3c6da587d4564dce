"""Every shipped table has its licence, its text and its line of attribution."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).parents[2]
EDITIONS = sorted((ROOT / "plugin/joulecard/factors/tables").glob("*"))
WITHOUT_TEXT = {"US-public-domain", "official-facts", "single-fact"}
SHARE_ALIKE = {"ODbL-1.0"}


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _licences(table: Path, edition: Path) -> set[str]:
    """The licences of the sources that the rows of a table name."""
    licence = {row["id"]: row["licence"] for row in _rows(edition / "sources.csv")}
    named = {source for row in _rows(table) for source in row.get("source_id", "").split(";") if source}
    return {licence[source] for source in named}


def test_every_table_stands_in_the_licence_list() -> None:
    """LICENSES/README.md says for each table under which licence its rows are."""
    text = (ROOT / "LICENSES/README.md").read_text(encoding="utf-8")
    names = {table.relative_to(edition).as_posix() for edition in EDITIONS for table in edition.rglob("*.csv")}
    assert names
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_licence_of_a_row_has_its_text_and_is_declared() -> None:
    """The licences that the rows are under are in LICENSES and in the package's licence expression."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    used = {
        licence for edition in EDITIONS for table in edition.rglob("*.csv") for licence in _licences(table, edition)
    }
    texts = {path.stem for path in (ROOT / "LICENSES").glob("*.txt")} | {"Apache-2.0"}
    assert used - WITHOUT_TEXT <= texts
    assert texts == set(project["license"].split(" AND "))


def test_share_alike_rows_are_kept_apart() -> None:
    """Share-alike data is in the folder odbl, and only there."""
    for edition in EDITIONS:
        apart = {table for table in edition.rglob("*.csv") if _licences(table, edition) & SHARE_ALIKE}
        assert apart == set((edition / "odbl").glob("*.csv"))
