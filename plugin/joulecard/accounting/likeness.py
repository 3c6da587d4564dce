"""Two figures that should be one: how far print may move them apart, and what a telling ratio comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.numbers import ENERGY_STEPS, MASS_STEPS, common_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KG_PER_LB = 0.45359237  # exact, international pound
T_PER_SHORT_TON = 2000 * KG_PER_LB / 1000
ALWAYS_ALLOWED = 0.01  # relative; for figures whose last printed zeros were cut and for rounding on the way
MOST_BY_PRINT = 0.05  # relative; a figure of one digit, or one that ends in zeros, says no more about itself
TELLING_DIGITS = 3  # of a difference of logarithms; what is nearer by less is not told apart
TELLING_TIMES = 5  # so much nearer to a ratio must two figures be than to each other
DIGITS_KEPT = 12  # what a conversion of units does to the digits beyond is no print
DIGITS_LOST = 10.0 ** (1 - DIGITS_KEPT)


class Likely(NamedTuple):
    """A ratio of stated to expected that has a known cause, with the cause in words."""

    ratio: float
    code: str
    words: str


THOUSANDS_OF_MASS = (
    Likely(1e3, "kilograms", "grams may stand where kilograms were meant"),
    Likely(1e-3, "kilograms", "kilograms may stand in a field of grams"),
    Likely(1e6, "kilograms", "grams may stand where tonnes were meant"),
    Likely(1e-6, "kilograms", "tonnes may stand in a field of grams"),
)
MASSES = (
    *THOUSANDS_OF_MASS,
    Likely(1 / KG_PER_LB, "pounds", "pounds may have been read as kilograms (1 lb = 0.45359237 kg)"),
    Likely(
        KG_PER_LB,
        "pounds",
        "the intensity may be in pounds, or kilograms converted as if they were those (1 lb = 0.45359237 kg)",
    ),
    Likely(1 / T_PER_SHORT_TON, "short-tons", "short tons may have been read as metric ones (0.90718474 t)"),
    Likely(T_PER_SHORT_TON, "short-tons", "metric tonnes may have been converted as short ones (0.90718474 t)"),
)
ENERGIES = (
    Likely(1e3, "watt-hours", "Wh may stand where kWh were meant"),
    Likely(1e-3, "watt-hours", "MWh may stand in a field of kWh"),
    Likely(1e6, "watt-hours", "Wh may stand where MWh were meant"),
    Likely(1e-6, "watt-hours", "GWh may stand in a field of kWh"),
)


def of_pue(pue: float | None) -> Iterator[Likely]:
    """The ratios that a PUE leaves which was applied twice or never; none where it is unknown or 1."""
    if pue is not None and pue > 1:
        yield Likely(pue, "pue-twice", f"the PUE of {pue:g} may have been applied twice")
        yield Likely(1 / pue, "pue-never", f"the PUE of {pue:g} may not have been applied, or be in the energy already")


def in_energy(pue: float | None) -> Iterator[Likely]:
    """The ratio that a PUE leaves which is in what is called IT energy; none where it is unknown or 1."""
    if pue is not None and pue > 1:
        yield Likely(pue, "pue-twice", f"the PUE of {pue:g} may be in the IT energy already, and be applied again")


def printed_error(figure: float) -> float:
    """Half a unit of the last digit that is no zero, relative to the figure, at most 5 %; 0 for zero."""
    return min(_half_a_digit(figure) / figure, MOST_BY_PRINT) if figure else 0.0


def slack(figures: Iterable[float]) -> float:
    """By how much, relative, a product of figures as printed may miss what they were rounded from."""
    return ALWAYS_ALLOWED + math.fsum(map(printed_error, figures))


def cause(stated: float, expected: Sequence[float], likely: Iterable[Likely], allowed: float) -> Likely | None:
    """What sets a stated figure apart from every one that it may be: the likely ratio nearest to theirs.

    None where it is like one of them; a ratio near no likely one is told with an empty code and no words. Of two that
    are equally near, the first.
    """
    ratios = [_ratio(stated, each) for each in expected]
    if any(_apart(ratio, 1.0) <= allowed for ratio in ratios):
        return None
    closest = min(ratios, key=lambda ratio: _apart(ratio, 1.0))
    near = [(_apart(ratio, one.ratio), one) for one in likely for ratio in ratios]
    apart, nearest = min(near, key=lambda pair: round(pair[0], TELLING_DIGITS), default=(math.inf, None))
    is_told = apart <= min(allowed, _apart(closest, 1.0) / TELLING_TIMES)
    return nearest if nearest is not None and is_told else Likely(closest, "", "")


def sum_slack(parts: Sequence[float], total: float) -> float:
    """By how much, in their unit, a printed sum may miss the sum of its printed parts; it may be cut, not rounded."""
    rounded = math.fsum(printed_error(figure) * figure for figure in (*parts, total, total))
    return rounded + DIGITS_LOST * math.fsum((*parts, total))


def number_text(figure: float, digits: int = 6) -> str:
    """A figure to so many digits, without a power of ten where it is below 10^12."""
    return f"{float(f'{figure:.{digits}g}'):.{DIGITS_KEPT}g}"


def kwh_text(energy_kwh: float) -> str:
    """An energy in kWh, in the unit that fits, to six digits."""
    return _text(energy_kwh, ENERGY_STEPS)


def mass_text(mass_g: float) -> str:
    """A mass in g, in the unit that fits, to six digits."""
    return _text(mass_g, MASS_STEPS)


def times_text(ratio: float) -> str:
    """A ratio above 0 in words: `3.2 times`, or `1/3.2 of`."""
    return f"{ratio:.4g} times" if ratio >= 1 else f"1/{1 / ratio:.4g} of"


def _text(value: float, steps: tuple[tuple[str, float], ...]) -> str:
    unit = common_unit([value], steps)
    return f"{value / dict(steps)[unit]:.6g} {unit}"


def _half_a_digit(figure: float) -> float:
    """Half a unit of the last digit that is no zero."""
    digits, exponent = f"{figure:.{DIGITS_KEPT - 1}e}".split("e")
    after_the_point = len(digits.rstrip("0").partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent) - after_the_point)


def _ratio(stated: float, expected: float) -> float:
    if expected:
        return stated / expected
    return math.inf if stated else 1.0


def _apart(ratio: float, other: float) -> float:
    """The distance of two ratios as a difference of logarithms."""
    return abs(math.log(ratio) - math.log(other)) if 0 < min(ratio, other) <= max(ratio, other) < math.inf else math.inf
