"""Findings are true of the numbers they are made from."""

from __future__ import annotations

from typing import Any

import pytest

from joulecard.disclosure.sums import ADVICE
from joulecard.factors import edition
from joulecard.rendering.findings import FAMILIES, weakest_input


def a_document(**shares: float) -> dict[str, Any]:
    """As much of a disclosure as the drivers need: classes with their shares of the variance."""
    classes = {name.replace("_", "-"): share for name, share in shares.items()}
    return {
        "uncertainty": {
            "sources": [{"id": f"{name}@x", "class": name} for name in classes],
            "drivers": [
                {"source_ref": f"{name}@x", "variance_share": share, "advice": f"a better {name}"}
                for name, share in classes.items()
            ],
        }
    }


def test_the_widest_input_is_named_with_what_would_narrow_it() -> None:
    """Two sources of the grid factor count together; the advice is that of the wider one."""
    found = weakest_input(a_document(cpu_tdp_model=0.4, grid_year_shift=0.2, grid_country_lifecycle=0.4))
    assert found is not None
    assert found.title == "The weakest input is the grid factor"
    assert found.detail.startswith("60\u202f% of the variance")
    assert found.detail.endswith("narrow the interval most: a better grid-country-lifecycle.")


def test_a_tie_names_both() -> None:
    """Nothing is ranked that lies within five points."""
    found = weakest_input(a_document(cpu_vcpu_unknown=0.49, grid_country_lifecycle=0.51))
    assert found is not None
    assert found.title == "The grid factor and the CPU power model widen the interval about equally"


def test_a_measured_input_can_be_the_widest() -> None:
    """Where all else is known better, even a counter is what is left to improve."""
    found = weakest_input(a_document(rapl_package=1.0))
    assert found is not None
    assert found.title == "The weakest input is the CPU's energy counters"


@pytest.mark.parametrize("document", [{}, {"uncertainty": {"sources": []}}, {"uncertainty": {"drivers": []}}])
def test_without_drivers_there_is_no_finding(document: dict[str, Any]) -> None:
    """A neutral page rather than a false finding."""
    assert weakest_input(document) is None


def test_every_class_of_the_edition_has_a_family_and_advice() -> None:
    """A new class in the table needs words before it reaches a page."""
    grid = edition().grid(None, 2026)
    known = {source.class_name for source in grid.uncertainty}
    assert known <= ADVICE.keys()
    assert {name.partition("-")[0] for name in ADVICE} <= FAMILIES.keys()
