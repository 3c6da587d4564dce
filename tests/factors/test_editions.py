"""Which editions are at hand, and what a look-up loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from joulecard.errors import InvalidInputError, MissingPartError
from joulecard.factors import CURRENT, edition, editions


def test_the_current_edition_is_the_newest_at_hand() -> None:
    """Newest first, no more than the current one and three before it."""
    assert editions()[0] == CURRENT == edition().name
    assert len(editions()) <= 4


@pytest.mark.parametrize("name", ["2019.01", "", "..", "2026.11/odbl", "../tables/2026.11"])
def test_an_unknown_edition_is_an_error_that_names_those_at_hand(name: str) -> None:
    """A name is looked up in the list, never used as a path."""
    with pytest.raises(MissingPartError, match=r"no factor edition .*it has 2026\.11"):
        edition(name)


def test_an_edition_is_opened_once() -> None:
    """The same name gives the same edition, so that its tables are read once."""
    assert edition(CURRENT) is edition()
    assert repr(edition()) == "edition('2026.11')"


def test_an_uncertainty_class_that_is_not_in_the_table_is_an_error() -> None:
    """Widths are never invented."""
    with pytest.raises(InvalidInputError, match="knows no uncertainty class guesswork"):
        edition().uncertainty("guesswork", "cpu@0123456789ab")


def test_the_tally_loads_nothing_heavy() -> None:
    """What records and tallies stays within the standard library and out of its slow parts."""
    heavy = (
        "pydantic click tomllib importlib.metadata importlib.resources logging subprocess uuid pathlib datetime decimal"
    )
    code = (
        "import sys; before = set(sys.modules); import joulecard.disclosure.tally, joulecard.factors;"
        "joulecard.factors.edition().grid(None, 2025);"
        f"print([name for name in {heavy.split()!r} if name in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
