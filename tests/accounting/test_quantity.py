"""Sums and products of values that carry their uncertainty."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.accounting.intervals import contribution, interval
from joulecard.accounting.quantity import METHODS, Quantity, add, not_available, quantity, weakest
from joulecard.errors import InvalidInputError


class Cause(NamedTuple):
    """A source of uncertainty as accounting needs it."""

    id: str
    log_sd: float


VALUES = st.floats(1e-6, 1e6)
LOG_SDS = st.floats(0, 1)
PARTS = st.builds(
    lambda value, name, log_sd, method: quantity(value, "kWh", method, [Cause(name, log_sd)]),
    VALUES,
    st.sampled_from("abc"),
    LOG_SDS,
    st.sampled_from(METHODS[:4]),
)


def width(part: Quantity) -> float:
    """How far the interval reaches, in the unit."""
    lower, upper = part.interval()
    return upper - lower


def test_the_interval_is_that_of_the_lognormal_with_these_moments() -> None:
    """Mean 1 and log-sd 0.32: s2 = 0.1024, ends exp(-0.0512 -+ 1.645 x 0.32)."""
    lower, upper = quantity(1.0, "kWh", "measured", [Cause("a", 0.32)]).interval()
    assert lower == pytest.approx(math.exp(-0.0512 - 0.5264), rel=1e-12)
    assert upper == pytest.approx(math.exp(-0.0512 + 0.5264), rel=1e-12)


def test_a_source_of_log_sd_s_contributes_its_standard_deviation() -> None:
    """C = M sqrt(exp(s^2) - 1)."""
    assert contribution(2.0, 0.3) == pytest.approx(2 * math.sqrt(math.exp(0.09) - 1), rel=1e-12)


def test_independent_sources_multiply_their_relative_variances() -> None:
    """V/M^2 = (1 + (c1/M)^2)(1 + (c2/M)^2) - 1."""
    total = add(
        [quantity(1.0, "kWh", "measured", [Cause("a", 0.3)]), quantity(3.0, "kWh", "measured", [Cause("b", 0.2)])]
    )
    first, second = (amount / 4 for _, amount in total.contributions)
    s2 = math.log((1 + first**2) * (1 + second**2))
    assert total.interval()[1] == pytest.approx(4 * math.exp(-s2 / 2 + 1.645 * math.sqrt(s2)), rel=1e-12)


@given(parts=st.lists(PARTS, min_size=1, max_size=12), seed=st.randoms())
def test_the_order_of_a_sum_does_not_matter(parts: list[Quantity], seed: object) -> None:
    """Value, contributions, method and measured share are the same in any order."""
    shuffled = sorted(parts, key=lambda _: seed.random())  # type: ignore[attr-defined]
    one, other = add(parts), add(shuffled)
    assert one.known == pytest.approx(other.known, rel=1e-12)
    assert one.interval() == pytest.approx(other.interval(), rel=1e-12)
    assert one.method == other.method
    assert one.measured_fraction == pytest.approx(other.measured_fraction, rel=1e-12)


@given(part=PARTS)
def test_the_interval_holds_the_mean(part: Quantity) -> None:
    """For log-sd up to 1 the mean lies between both ends."""
    lower, upper = part.interval()
    assert lower <= part.known * (1 + 1e-12)
    assert part.known <= upper * (1 + 1e-12)


@given(part=PARTS, factor=st.floats(1e-3, 1e3))
def test_a_factor_without_error_scales_everything(part: Quantity, factor: float) -> None:
    """Value, contributions and interval grow by the factor."""
    scaled = part.times(factor)
    assert scaled.known == pytest.approx(part.known * factor, rel=1e-12)
    assert scaled.interval() == pytest.approx([end * factor for end in part.interval()], rel=1e-9)


@given(first=VALUES, second=VALUES, log_sd=st.floats(0.01, 1))
def test_the_same_source_twice_is_wider_than_two_sources(first: float, second: float, log_sd: float) -> None:
    """Errors of one cause do not cancel."""
    shared = add([quantity(value, "kWh", "measured", [Cause("a", log_sd)]) for value in (first, second)])
    apart = add(
        [quantity(value, "kWh", "measured", [Cause(name, log_sd)]) for value, name in ((first, "a"), (second, "b"))]
    )
    assert width(shared) >= width(apart) * (1 - 1e-12)
    assert width(shared) == pytest.approx(
        width(quantity(first + second, "kWh", "measured", [Cause("a", log_sd)])), rel=1e-9
    )


def test_zero_is_known_exactly() -> None:
    """The interval of zero is [0, 0] and no source contributes to it."""
    nothing = quantity(0.0, "g", "modelled", [Cause("a", 0.3)])
    assert (nothing.interval(), nothing.contributions) == ((0.0, 0.0), ())
    assert add([nothing, nothing]).interval() == (0.0, 0.0)
    assert interval(0.0, []) == (0.0, 0.0)


def test_an_interval_may_hold_the_value_in_other_shares_of_all_cases() -> None:
    """95 %: 1.959964 standard deviations of the logarithm to either side."""
    s2 = math.log1p(0.01)
    expected = [math.exp(-s2 / 2 + z * math.sqrt(s2)) for z in (-1.959964, 1.959964)]
    assert interval(1.0, [0.1], 0.95) == pytest.approx(expected, rel=1e-6)


def test_a_sum_has_the_method_of_its_weakest_part_and_says_what_was_measured() -> None:
    """Three quarters measured, the rest modelled: modelled, with a measured fraction of 0.75."""
    total = add([quantity(3.0, "kWh", "measured"), quantity(1.0, "kWh", "modelled")])
    assert (total.method, total.measured_fraction) == ("modelled", 0.75)
    assert add([total, quantity(4.0, "kWh", "declared")]).measured_fraction == pytest.approx(0.375)
    assert weakest(["estimated", "measured"]) == "estimated"


def test_a_product_is_no_reading() -> None:
    """Measured energy times a factor is modelled and stays measured to its fraction."""
    product = quantity(2.0, "kWh", "measured").times(35.4, [Cause("grid", 0.32)], unit="g", factor_refs=("f",))
    assert (product.known, product.unit, product.method, product.measured_fraction) == (70.8, "g", "modelled", 1.0)
    assert product.factor_refs == ("f",)


def test_a_factor_with_the_energys_own_source_adds_linearly() -> None:
    """The same cause in both factors of a product gives the sum of its contributions."""
    product = quantity(1.0, "kWh", "measured", [Cause("a", 0.1)]).times(1.0, [Cause("a", 0.1)])
    assert dict(product.contributions) == pytest.approx({"a": 2 * contribution(1.0, 0.1)})


def test_unlike_units_are_not_added() -> None:
    """Grams and kilowatt-hours have no sum, nor has nothing."""
    with pytest.raises(InvalidInputError, match="cannot add quantities in g and kWh"):
        add([quantity(1.0, "kWh", "measured"), quantity(1.0, "g", "measured")])
    with pytest.raises(InvalidInputError, match="no unit at all"):
        add([])


def test_an_unknown_part_leaves_the_sum_unknown() -> None:
    """A missing value is never a zero: sum and product have none and keep the reason."""
    total = add([quantity(1.0, "kWh", "measured"), not_available("kWh", "nothing was seen")])
    assert total.to_document() == {"unit": "kWh", "method": "not_available", "reason": "nothing was seen"}
    assert total.times(35.4, unit="g").to_document()["reason"] == "nothing was seen"
    with pytest.raises(InvalidInputError, match="there is no value in kWh; nothing was seen"):
        total.interval()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_only_finite_values_are_quantities(value: float) -> None:
    """NaN and infinity are refused."""
    with pytest.raises(InvalidInputError):
        quantity(value, "kWh", "measured")


def test_the_document_form_has_the_interval_with_its_contributions() -> None:
    """The object of the standard, contributions by source."""
    document = quantity(0.0005, "kWh", "measured", [Cause("rapl-package@r1", 0.03)]).to_document()
    assert document == {
        "value": 0.0005,
        "unit": "kWh",
        "method": "measured",
        "interval": {
            "lower": pytest.approx(0.000475708, rel=1e-5),
            "upper": pytest.approx(0.000525058, rel=1e-5),
            "coverage": 0.9,
            "kind": "lognormal",
            "contributions": [{"source_ref": "rapl-package@r1", "amount": pytest.approx(1.50034e-5, rel=1e-5)}],
        },
    }


def test_a_conversion_changes_the_unit_alone() -> None:
    """KWh to Wh: method, fraction and relative width stay."""
    part = quantity(0.5, "kWh", "measured", [Cause("a", 0.1)])
    converted = part.in_unit("Wh", 1000)
    assert (converted.known, converted.unit, converted.method) == (500.0, "Wh", "measured")
    assert converted.interval() == pytest.approx([1000 * end for end in part.interval()], rel=1e-12)
    assert not_available("kWh", "x").in_unit("Wh", 1000).unit == "Wh"


def test_a_further_source_widens_by_the_part_that_depends_on_it() -> None:
    """The value stays; all of it on one source is as if it had been there from the start, none of it is nothing."""
    energy, split = quantity(4.0, "kWh", "measured", [Cause("counter", 0.03)]), Cause("split", 0.5)
    both = quantity(4.0, "kWh", "measured", [Cause("counter", 0.03), split])
    assert energy.less_sure(split, 4.0) == both
    assert energy.less_sure(split, 0.0) == energy
    assert width(energy) < width(energy.less_sure(split, 1.0)) < width(both)
