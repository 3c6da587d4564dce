"""How many times as much, and how sure that is where both sides share errors."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.accounting.quantity import Quantity, add, not_available, quantity
from joulecard.accounting.ratios import ratio
from joulecard.errors import InvalidInputError


class Cause(NamedTuple):
    """A source of uncertainty as accounting needs it."""

    id: str
    log_sd: float


A, B, GRID = Cause("a", 0.3), Cause("b", 0.2), Cause("grid", 0.32)
CAUSES = st.builds(Cause, st.sampled_from("abcd"), st.floats(0.01, 0.7))
QUANTITIES = st.builds(
    lambda value, sources: quantity(value, "g", "modelled", sources),
    st.floats(1e-6, 1e6),
    st.lists(CAUSES, max_size=3, unique_by=lambda cause: cause.id),
)


def test_what_both_share_cancels() -> None:
    """Twice the energy on one grid is exactly twice the emissions."""
    one, other = (quantity(value, "g", "modelled", [GRID]) for value in (3.0, 6.0))
    found = ratio([other], [one])
    assert (found.value, found.lower, found.upper, found.log_sds) == (2.0, 2.0, 2.0, ())
    assert not found.holds_one
    assert ratio([one], [one]).holds_one


def test_independent_errors_add_their_variances() -> None:
    """The logarithm of the ratio has the variance 0.3^2 + 0.2^2 around ln 2 - 0.2^2/2 + 0.3^2/2."""
    found = ratio([quantity(2.0, "g", "modelled", [B])], [quantity(1.0, "g", "modelled", [A])])
    middle, spread = math.log(2) - 0.02 + 0.045, 1.645 * math.sqrt(0.13)
    assert found.lower == pytest.approx(math.exp(middle - spread), rel=1e-12)
    assert found.upper == pytest.approx(math.exp(middle + spread), rel=1e-12)


def test_what_is_shared_in_part_cancels_in_part() -> None:
    """A grid behind all of one and a half of the other leaves what it does not move alike."""
    one = quantity(1.0, "g", "modelled", [GRID])
    half = add([quantity(0.5, "g", "modelled", [GRID]), quantity(0.5, "g", "modelled")])
    (left,) = ratio([one], [half]).log_sds
    assert left[0] == "grid"
    assert left[1] == pytest.approx(0.32 - math.sqrt(math.log1p(math.expm1(0.32**2) / 4)), rel=1e-12)


@given(QUANTITIES, QUANTITIES)
def test_the_other_way_round_is_the_inverse(one: Quantity, other: Quantity) -> None:
    """Ratio and both ends; neither side is the measure."""
    there, back = ratio([other], [one]), ratio([one], [other])
    assert there.value * back.value == pytest.approx(1, rel=1e-12)
    assert there.lower * back.upper == pytest.approx(1, rel=1e-9)
    assert there.holds_one == back.holds_one


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_what_stands_on_both_sides_of_a_fraction_falls_out(one: Quantity, other: Quantity, both: Quantity) -> None:
    """A x C / (B x C) is A / B, its range too."""
    with_both, without = ratio([one, both], [other, both]), ratio([one], [other])
    assert with_both.value == pytest.approx(without.value, rel=1e-12)
    assert with_both.upper == pytest.approx(without.upper, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e308])
def test_what_has_no_ratio_is_refused(value: float) -> None:
    """Nothing is so many times as much as nothing, and no number holds the greatest over the least."""
    extreme, tiny = quantity(value, "g", "declared"), quantity(1e-300, "g", "declared")
    with pytest.raises(InvalidInputError, match="ratio"):
        ratio([tiny, tiny], [extreme])
    with pytest.raises(InvalidInputError):
        ratio([not_available("g", "nobody knows")], [tiny])


def test_nine_in_ten_ranges_hold_the_true_ratio() -> None:
    """Two sums of up to 20 stages with counters of their own on shared grids; truth is drawn by itself."""
    random = np.random.default_rng(20261121)
    held = [_coverage(random) for _ in range(200)]
    assert 0.88 <= float(np.mean(held)) <= 0.93
    assert min(held) >= 0.85


def _coverage(random: np.random.Generator, draws: int = 2000) -> float:
    """How often the range holds the ratio of the true sums of a random case."""
    sources = [Cause(f"s{number}", float(random.uniform(0.02, 0.7))) for number in range(8)]
    errors = [np.exp(random.normal(-(cause.log_sd**2) / 2, cause.log_sd, draws)) for cause in sources]
    sums, truths = [], []
    for own in ((0, 1, 2), (3, 4, 5)):
        count = int(random.integers(1, 21))
        parts = [(float(random.uniform(0.1, 10)), random.choice(own), random.choice((6, 7))) for _ in range(count)]
        sums.append(
            add([quantity(value, "g", "modelled", [sources[meter], sources[grid]]) for value, meter, grid in parts])
        )
        truths.append(np.sum([value * errors[meter] * errors[grid] for value, meter, grid in parts], axis=0))
    found, true = ratio([sums[1]], [sums[0]]), truths[1] / truths[0]
    return float(np.mean((found.lower <= true) & (true <= found.upper)))
