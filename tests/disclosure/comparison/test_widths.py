"""How sure a comparison is where the documents say it otherwise than with sources, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.disclosure.comparing import Run, disclosed, pair

from joulecard.disclosure.document import Interval
from joulecard.errors import InvalidInputError
from joulecard.rendering.comparison.words import finding

if TYPE_CHECKING:
    from joulecard.disclosure.document import Disclosure

KEYS = ("energy_it", "energy_facility", "operational_location")


def with_ends(
    disclosure: Disclosure, lower: float | None = None, upper: float = 1.0, coverage: float = 0.9
) -> Disclosure:
    """The same with declared ranges, from so much to so much of each value; with none without `lower`."""
    total, changes = disclosure.totals.new, dict[str, Any]()
    for key in KEYS:
        found = getattr(total, key)
        ends = {"lower": found.value * (lower or 0), "upper": found.value * upper, "coverage": coverage}
        interval = None if lower is None else Interval.model_validate({**ends, "kind": "declared"})
        changes[key] = found.model_copy(update={"interval": interval})
    totals = disclosure.totals.model_copy(update={"new": total.model_copy(update=changes)})
    return disclosure.model_copy(update={"totals": totals})


ONE, OTHER = disclosed(Run()), disclosed(Run(number=2, energy_j=1500.0))


def test_a_declared_range_is_an_error_of_its_own() -> None:
    """It widens the ratio, cancels in what is divided by itself, and is never that of another document."""
    found = pair(with_ends(ONE, 0.5, 2.0), with_ends(OTHER, 0.5, 2.0))
    assert [name for name, _ in found.carbon.ratio.log_sds] == ["declared range of A", "declared range of B"]
    assert found.carbon.is_distinguishable is False
    assert found.carbon.ratio.upper / found.carbon.ratio.lower == pytest.approx(4 ** (2**0.5), rel=1e-3)
    pue = next(row for row in found.factors if row.key == "pue")
    assert pue.ratio.log_sds == ()


def test_a_range_of_another_coverage_is_read_as_such() -> None:
    """One of 99 % tells of smaller errors than the same ends with 90 %."""
    usual, rare = (pair(ONE, with_ends(OTHER, 0.5, 2.0, coverage)).carbon.ratio for coverage in (0.9, 0.99))
    assert rare.upper / rare.lower < usual.upper / usual.lower


def test_without_a_range_nobody_says_whether_they_can_be_told_apart() -> None:
    """The ratio and its factors are there all the same."""
    found = pair(ONE, with_ends(OTHER))
    assert found.carbon.is_distinguishable is None
    assert found.carbon.ratio.value == pytest.approx(1520 / 1220)
    assert "not both say how sure they are" in finding(found)
    assert found.factors[0].is_distinguishable is False  # as much work, exactly


def test_a_declared_range_beyond_all_numbers_is_refused() -> None:
    """Its ends are of the standard, the variance of its logarithm is of no number."""
    with pytest.raises(InvalidInputError, match=r"declared range of B.* is too wide to compare by"):
        pair(ONE, with_ends(OTHER, 1e-200, 1e38))
