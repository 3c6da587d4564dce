"""Totals over stages, models, phases or components, and what share of a total a part is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods.bounds import amount, divisor, share
from joulecard.accounting.methods.citation import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "roll-up",
    "Sum over stages, runs and components, as in Luccioni et al. 2022, Table 5, and the Llama model cards",
    "2022",
    "https://arxiv.org/abs/2211.02001",
)


def total(parts: Iterable[float]) -> float:
    """The exactly rounded sum of parts in one unit, which is the unit of the sum."""
    return math.fsum(amount(part, "a part") for part in parts)


def share_of(part: float, whole: float) -> float:
    """The share (0 to 1) that a part is of the whole."""
    return amount(part, "part") / divisor(whole, "whole")


def on_top(part: float, rest: float) -> float:
    """What a part adds to the rest, as a share of the rest: development over training."""
    return amount(part, "part") / divisor(rest, "rest")


def mean(parts: Iterable[float]) -> float:
    """The mean of parts in one unit."""
    values = tuple(parts)
    return total(values) / divisor(len(values), "the number of parts")


def per_part(whole: float, parts: float) -> float:
    """What one of equal parts has of the whole, in its unit."""
    return amount(whole, "whole") / divisor(parts, "parts")


def extrapolated(part: float, share_done: float) -> float:
    """The whole in the unit of a part that is a known share (0 to 1) of it, as for a run that was stopped early."""
    return amount(part, "part") / divisor(share(share_done, "share_done"), "share_done")
