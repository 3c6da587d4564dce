"""A reader with the page and a calculator gets the printed result."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.rendering.recomputation import Recomputation, recomputation

if TYPE_CHECKING:
    from collections.abc import Callable

energies = st.floats(1e-9, 1e9)
pues = st.none() | st.floats(1, 3).map(lambda value: round(value, 3))
intensities = st.floats(0.1, 2000).map(lambda value: round(value, 2))


def a_document(lines: list[tuple[float, float | None, float]]) -> dict[str, Any]:
    """As much of a disclosure as the emission lines need."""
    factors, stages = [], []
    for number, (it_kwh, pue, intensity) in enumerate(lines):
        factors.append({"id": f"grid{number}", "value": intensity})
        line = {"energy_kwh": it_kwh, "energy_basis": "it", "factor_ref": f"grid{number}"}
        if pue:
            factors.append({"id": f"pue{number}", "value": pue})
            line |= {"energy_kwh": it_kwh * pue, "energy_basis": "facility", "pue_ref": f"pue{number}"}
        stages.append({"emissions": {"operational_location": {"lines": [line]}}})
    return {"factors": factors, "stages": stages, "totals": {"headline": "new"}}


def comes_out(found: Recomputation) -> bool:
    """Whether each product and the sum, done with the printed digits, give what is printed."""
    for product in found.products:
        exact = Decimal(product.kwh) * Decimal(product.pue or 1) * Decimal(product.g_per_kwh)
        if exact.quantize(Decimal(product.g), rounding=ROUND_HALF_EVEN) != Decimal(product.g):
            return False
    return sum(Decimal(product.g) for product in found.products) == Decimal(found.total_g)


@given(st.lists(st.tuples(energies, pues, intensities), min_size=1, max_size=4))
def test_the_printed_products_come_out(lines: list[tuple[float, float | None, float]]) -> None:
    """For any energy, PUE and intensity, and for several places together."""
    found = recomputation(a_document(lines))
    assert found is not None
    assert comes_out(found)


def test_it_comes_out_for_every_record(document: Callable[[str], dict[str, Any]], record: str) -> None:
    """And the result is the headline of the document."""
    disclosure = document(record)
    found = recomputation(disclosure)
    assert found is not None
    assert comes_out(found)
    headline = disclosure["totals"][disclosure["totals"]["headline"]]["operational_location"]["value"]
    assert float(found.total_g) == pytest.approx(headline, rel=0.005)


def test_a_document_without_lines_has_nothing_to_check() -> None:
    """A declared disclosure may hold no emission line."""
    assert recomputation({"factors": [], "stages": [{"status": "skipped"}], "totals": {"headline": "new"}}) is None
