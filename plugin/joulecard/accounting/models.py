"""Power models: observed activity times watts gives energy. Linear in time; the watts come from a factor edition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.quantity import quantity
from joulecard.units import kwh_from_joules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.accounting.quantity import Quantity, Source


def activity_kwh(amount: float, power_w: float) -> float:
    """Energy in kWh of unit-seconds (vCPU.s, GB.s) at a power in W per unit."""
    return kwh_from_joules(amount * power_w)


def modelled_energy(terms: Iterable[tuple[float, float]], sources: Iterable[Source]) -> Quantity:
    """Energy in kWh of activity terms (unit-seconds, W per unit) that share the errors of one model."""
    return quantity(math.fsum(activity_kwh(amount, power_w) for amount, power_w in terms), "kWh", "modelled", sources)
