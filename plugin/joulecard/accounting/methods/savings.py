"""Savings and ratios: what a change leaves, and how two figures compare.

Formulas, with symbols and units:

    after = before (1 - s)          s: share saved
    s     = 1 - after/before
    k     = before/after            "k times less"
    P'/P  = (1 - s) / (1 + d)       power where energy falls by s and time grows by d
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods.bounds import amount, divisor, share
from joulecard.accounting.methods.citation import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "savings",
    "Relative savings, as in Wang et al., GPOEO: Dynamic GPU Energy Optimization for ML Training, 2022",
    "2022",
    "https://arxiv.org/abs/2201.01684",
)


def after_saving(before: float, saved_share: float) -> float:
    """What is left in the unit of `before`."""
    return amount(before, "before") * (1.0 - share(saved_share, "saved_share"))


def saved(before: float, saved_share: float) -> float:
    """What is saved in the unit of `before`."""
    return amount(before, "before") * share(saved_share, "saved_share")


def saved_share(before: float, after: float) -> float:
    """Share saved; below zero where it became more."""
    return 1.0 - ratio(after, before)


def ratio(first: float, second: float) -> float:
    """How many times the second the first is."""
    return amount(first, "first") / divisor(second, "second")


def mean_power_ratio(saved_energy_share: float, more_time_share: float) -> float:
    """Power after over power before, for energy saved and time added as shares."""
    return (1.0 - share(saved_energy_share, "saved_energy_share")) / (1.0 + amount(more_time_share, "more_time_share"))


def times_less(before: float, times: float) -> float:
    """What is left where it is so many times less, in the unit of `before`."""
    return amount(before, "before") / divisor(times, "times")


def energy_ratio(saved_power_share: float, more_time_share: float) -> float:
    """Energy after over energy before, for power saved and time added as shares."""
    return (1.0 - share(saved_power_share, "saved_power_share")) * (1.0 + amount(more_time_share, "more_time_share"))


def combined(ratios: Iterable[float]) -> float:
    """The ratio of independent improvements together, as the four Ms of Patterson et al. 2022."""
    return math.prod(amount(one, "a ratio") for one in ratios)
