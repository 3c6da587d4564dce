"""How many times as much: the ratio of quantities, in which errors that they share cancel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.accounting.intervals import contribution, interval, log_variance
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.accounting.quantity import Quantity

ROUNDING = 1e-9  # relative: below this is what rounding leaves, in a ratio and in a source that cancels


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio without unit, and the log-sd that each source of uncertainty leaves in it, sorted by source."""

    value: float
    lower: float
    upper: float
    log_sds: tuple[tuple[str, float], ...] = ()

    @property
    def holds_one(self) -> bool:
        """Whether the 90 % interval holds 1, but for the last digits of a double: the two cannot be told apart."""
        return self.lower <= 1 + ROUNDING and self.upper >= 1 - ROUNDING


def ratio(over: Sequence[Quantity], under: Sequence[Quantity]) -> Ratio:
    """The product of the quantities `over` by the product of those `under`, with its 90 % interval.

    A source of one name is one cause: its log-sd in the ratio is the sum of ln(1 + (c/M)^2)^0.5 above less that below.
    A ratio of lognormals is lognormal; the value is the ratio of the means, the interval that of the ratio.
    Raises InvalidInputError for what has no value, is 0, or makes a ratio beyond what a number can hold.
    """
    try:
        value = math.prod(each.known for each in over) / math.prod(each.known for each in under)
        found = _with_ends(value, [_spread(each) for each in over], [_spread(each) for each in under])
    except (OverflowError, ValueError, ZeroDivisionError):
        found = Ratio(math.nan, math.nan, math.nan)
    if not found.value or not all(map(math.isfinite, (found.value, found.lower, found.upper))):
        raise InvalidInputError("a ratio is beyond what a number can hold, or one of the two is 0")
    return found


def _with_ends(value: float, above: Sequence[Spread], below: Sequence[Spread]) -> Ratio:
    left = _left(above, below)
    if not left:
        return Ratio(value, value, value)
    shift = (_variance(below) - _variance(above) + math.fsum(sd * sd for _, sd in left)) / 2
    mean = value * math.exp(shift)  # of the ratio, which is not the ratio of the means
    lower, upper = interval(mean, [contribution(mean, sd) for _, sd in left])
    return Ratio(value, lower, upper, left)


Spread = dict[str, float]  # log-sd by source


def _spread(quantity: Quantity) -> Spread:
    """What each source adds to the logarithm of the quantity."""
    return {name: math.sqrt(log_variance(quantity.known, [amount])) for name, amount in quantity.contributions}


def _variance(spreads: Iterable[Spread]) -> float:
    """The sum of the variances of the logarithms, each quantity by itself."""
    return math.fsum(sd * sd for spread in spreads for sd in spread.values())


def _left(above: Sequence[Spread], below: Sequence[Spread]) -> tuple[tuple[str, float], ...]:
    """The log-sd that each source leaves in the ratio; what cancels wholly is left out."""
    parts: dict[str, list[float]] = {}
    for sign, spreads in ((1, above), (-1, below)):
        for spread in spreads:
            for name, sd in spread.items():
                parts.setdefault(name, []).append(sign * sd)
    sums = ((name, math.fsum(parts[name])) for name in sorted(parts))
    return tuple((name, sd) for name, sd in sums if abs(sd) > ROUNDING)
