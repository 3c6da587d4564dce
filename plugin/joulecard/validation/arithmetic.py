"""When two numbers count as equal: the one place where the standard's tolerances are written down."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RELATIVE = 1e-6  # two ways to the same number
OF_SMALLEST_PART = 5e-5  # a sum must also notice 1e-4 of its smallest part
FLOAT_NOISE = 1e-12  # what adding up doubles may lose
CLOCK_S = 0.002  # two instants rounded to milliseconds
FRACTION = 1e-6

COVERAGE_90 = 0.9
Z_90 = 1.645  # three decimals, as the standard says


def near(found: float, expected: float) -> bool:
    """Whether two ways to the same number agree within 1e-6 of the larger."""
    return found == expected or abs(found - expected) <= RELATIVE * max(abs(found), abs(expected))


def between(found: float, least: float, most: float) -> bool:
    """Whether a number lies between two others, within 1e-6."""
    return found >= least * (1 - RELATIVE) and found <= most * (1 + RELATIVE)


def sums_to(total: float, parts: Sequence[float]) -> bool:
    """Whether parts add up to a total within 1e-6 of it, and within half of 1e-4 of the smallest part not zero."""
    expected = math.fsum(parts)
    if total == expected:
        return True
    smallest = min((abs(part) for part in parts if part), default=0.0)
    weight = math.fsum(map(abs, parts))
    allowed = min(RELATIVE * max(abs(total), abs(expected)), OF_SMALLEST_PART * smallest)
    return abs(total - expected) <= max(allowed, FLOAT_NOISE * weight)


def unlike(found: float, what: str, expected: float, unit: str = "") -> str:
    """The sentence on a number that is not what it should be, with as many digits as tell the two apart."""
    digits = 9 if f"{found:.9g}" != f"{expected:.9g}" else 17
    unit = f" {unit}" if unit else ""
    return f"is {found:.{digits}g}{unit}, and {what} {expected:.{digits}g}{unit}"


def relative_sd(log_sd: float) -> float:
    """Standard deviation over mean of a lognormal: sqrt(exp(s^2) - 1)."""
    return math.sqrt(math.expm1(log_sd * log_sd))


def lognormal_range(mean: float, amounts: Iterable[float], coverage: float) -> tuple[float, float]:
    """Ends of the interval of a lognormal with this mean, whose variance comes from independent contributions."""
    if mean == 0:
        return 0.0, 0.0
    variance = math.fsum([math.log1p((ratio := amount / mean) * ratio) for amount in amounts])
    z = Z_90 if coverage == COVERAGE_90 else NormalDist().inv_cdf((1 + coverage) / 2)
    middle, spread = -variance / 2, z * math.sqrt(variance)
    return mean * math.exp(middle - spread), mean * math.exp(middle + spread)
