"""Intensity of a mix: shares of fuels, hours or regions times the intensity of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods.bounds import amount, divisor, share
from joulecard.accounting.methods.citation import Citation
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "intensity-mix",
    "CodeCarbon methodology, carbon intensity across energy sources",
    "2.x and 3.x",
    "https://mlco2.github.io/codecarbon/methodology.html",
)
MOST = 1.0 + 1e-6  # shares are printed rounded


def intensity_g_per_kwh(parts: Iterable[tuple[float, float]]) -> float:
    """Intensity in g/kWh of (share, g/kWh); what the shares leave of 1 counts as nothing.

    Raises InvalidInputError where the shares add up to more than 1, and for a mix of nothing.
    """
    known = tuple((share(part, "a share"), amount(g, "an intensity")) for part, g in parts)
    if not known:
        raise InvalidInputError("a mix of nothing has no intensity", mend="give each share with its intensity")
    if math.fsum(part for part, _ in known) > MOST:
        raise InvalidInputError("the shares of the mix add up to more than 1", mend="give shares, not amounts")
    return math.fsum(part * g for part, g in known)


def weighted_mean(parts: Iterable[tuple[float, float]]) -> float:
    """Mean of (weight, value), as an hourly intensity by the energy of its hour."""
    known = tuple((amount(weight, "a weight"), amount(value, "a value")) for weight, value in parts)
    return math.fsum(weight * value for weight, value in known) / divisor(math.fsum(w for w, _ in known), "weights")
