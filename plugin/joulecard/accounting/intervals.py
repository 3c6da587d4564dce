"""The interval of a value whose uncertainty comes from named, independent sources (lognormal by two moments)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COVERAGE = 0.9
Z = 1.645  # standard normal quantile of (1 + COVERAGE) / 2, three decimals as in the standard


def contribution(value: float, log_sd: float) -> float:
    """The standard deviation that a source of log-sd s gives a value of mean M, in its unit: M sqrt(exp(s^2) - 1)."""
    return value * math.sqrt(math.expm1(log_sd * log_sd))


def log_variance(value: float, amounts: Iterable[float]) -> float:
    """s2 = ln(1 + V/M^2) of a value M with contributions c, where 1 + V/M^2 = product of (1 + (c/M)^2)."""
    return math.fsum(math.log1p((ratio := amount / value) * ratio) for amount in amounts)


def interval(value: float, amounts: Iterable[float], coverage: float = COVERAGE) -> tuple[float, float]:
    """Lower and upper end of the interval: M exp(-s2/2 -+ z s), z = 1.645 for 90 %; zero is known exactly, (0, 0)."""
    if value == 0:
        return 0.0, 0.0
    variance = log_variance(value, amounts)
    middle, spread = -variance / 2, _quantile(coverage) * math.sqrt(variance)
    return value * math.exp(middle - spread), value * math.exp(middle + spread)


def _quantile(coverage: float) -> float:
    if coverage == COVERAGE:
        return Z
    from statistics import NormalDist  # slow to import, and recordings do without

    return NormalDist().inv_cdf((1 + coverage) / 2)
