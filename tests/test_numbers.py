"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.numbers import ENERGY_STEPS, MASS_STEPS, amount, common_unit, energy, mass, number, percent, plain

POSITIVE = st.floats(1e-9, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("half_width", "shown"),
    [
        (85.5, "570"),
        (82.8, "570"),
        (11.9, "566"),
        (9.63, "566"),
        (0.354, "566.20"),
        (0.355, "566.2"),
        (0.0951, "566.20"),
    ],
)
def test_a_value_is_rounded_by_its_half_width(half_width: float, shown: str) -> None:
    """Leading digits 100 to 354 keep two digits, 355 to 949 one, 950 to 999 count as 1000."""
    assert amount(566.2, "kg", (566.2 - half_width, 566.2 + half_width)).value == shown


def test_the_ends_of_the_range_are_rounded_like_the_value() -> None:
    """Value and range end at the same digit, with the unit once."""
    assert plain(str(energy(0.0007069, (0.00060496, 0.00081914)))) == "0.71 Wh (0.60 to 0.82 Wh)"


def test_a_value_without_a_range_keeps_three_digits() -> None:
    """Without an interval three digits are printed, and no range."""
    printed = mass(61_234_567.0)
    assert (plain(printed.text), printed.range) == ("61.2 t CO2e", "")


@pytest.mark.parametrize(
    ("value_kwh", "text"),
    [
        (0, "0 kWh"),
        (2e-7, "0.200 mWh"),
        (5e-4, "0.500 Wh"),
        (9.9e-7, "0.990 mWh"),
        (1.5e-3, "1.50 Wh"),
        (12, "12.0 kWh"),
        (4.2e3, "4.20 MWh"),
        (4.2e6, "4.20 GWh"),
        (1.234e10, "12 300 GWh"),
        (0.0009999, "1.00 Wh"),
        (0.99996, "1.00 kWh"),
    ],
)
def test_energies_step_through_their_units(value_kwh: float, text: str) -> None:
    """The unit is the greatest that the rounded value fills."""
    assert plain(str(energy(value_kwh))) == text


def test_spaces_are_thin_and_do_not_break() -> None:
    """Number, unit and thousands are held together by U+202F, and the minus is a minus."""
    assert mass(12_345_600_000.0).text == "12\u202f300\u202ft\u202fCO₂e"
    assert amount(-3.25, "g", (-3.9, -2.6)).value == "\u22123.2"
    assert plain(mass(12_345_600_000.0).text).isascii()


def test_a_column_shares_the_unit_of_its_greatest_value() -> None:
    """With a given unit small values keep it too."""
    unit = common_unit([3.0, 1500.0, 20.0], MASS_STEPS)
    assert [plain(mass(value, unit=unit).text) for value in (3.0, 1500.0)] == ["0.00300 kg CO2e", "1.50 kg CO2e"]
    assert common_unit([], ENERGY_STEPS) == "kWh"


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.707, "71 %"),
        (0.0712, "7.1 %"),
        (1e-9, "< 0.1 %"),
        (0.99999, "> 99.9 %"),
        (0.996, "99.6 %"),
        (0.0996, "10.0 %"),
        (0.0005, "< 0.1 %"),
        (0.000501, "0.1 %"),
        (0.9995, "> 99.9 %"),
        (0.99949, "99.9 %"),
    ],
)
def test_shares_are_printed_in_per_cent(fraction: float, text: str) -> None:
    """Only nothing is 0 % and only all is 100 %."""
    assert plain(percent(fraction)) == text


def test_a_wide_range_never_prints_a_zero() -> None:
    """What is above zero keeps at least one digit, however wide the range."""
    printed = amount(0.4, "g", (0.05, 3.0))
    assert (printed.value, printed.lower, printed.upper) == ("0.40", "0.05", "3.00")


@given(value=POSITIVE, below=st.floats(0.01, 0.99), above=st.floats(1.01, 9))
def test_a_printed_value_parses_back_within_its_rounding(value: float, below: float, above: float) -> None:
    """The printed digits lie within half the last digit of the value, and within the printed range."""
    printed = amount(value, "g", (value * below, value * above))
    digits = plain(printed.value).replace(" ", "")
    last_digit = 10.0 ** -len(digits.partition(".")[2])
    # Trailing zeros before the point may be rounded too; they are bounded by the half width.
    allowed = max(last_digit / 2, value * (above - below) / 2 * 0.15)
    assert abs(number(printed.value) - value) <= allowed * (1 + 1e-9)
    assert number(printed.lower) <= number(printed.value) <= number(printed.upper)


@given(value_kwh=POSITIVE)
def test_every_energy_prints_something_above_zero(value_kwh: float) -> None:
    """The printed number and unit give the value back to half a per cent."""
    printed = energy(value_kwh)
    assert math.isclose(number(printed.value) * dict(ENERGY_STEPS)[printed.unit], value_kwh, rel_tol=0.0051)
