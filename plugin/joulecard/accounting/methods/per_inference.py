"""Energy and emissions of one use, and the number of uses that equals the training (break-even, cost parity).

Formulas, with symbols and units:

    e = E / n                   E: kWh of n uses
    c = C / n                   C: g
    N = (E_training + E_finetuning) / e    cost parity (Luccioni, Jernite, Strubell 2024)
    N = C_training / c                     break-even on carbon (Morrison et al. 2025)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.accounting.methods.bounds import amount, divisor
from joulecard.accounting.methods.citation import Citation

if TYPE_CHECKING:
    from collections.abc import Iterable

CITATION = Citation(
    "power-hungry-2024",
    "Luccioni, Jernite and Strubell, Power Hungry Processing: Watts Driving the Cost of AI Deployment?, FAccT 2024",
    "arXiv v3",
    "https://arxiv.org/abs/2311.16863",
)


def per_use(total: float, uses: float) -> float:
    """kWh, g or L of one use, in the unit of the total."""
    return amount(total, "total") / divisor(uses, "uses")


def of_uses(per_one: float, uses: float) -> float:
    """kWh, g or L of a number of uses, in the unit of one."""
    return amount(per_one, "per_one") * amount(uses, "uses")


def uses_per_kwh(kwh_per_use: float) -> float:
    """Uses that one kWh is enough for."""
    return 1.0 / divisor(kwh_per_use, "kwh_per_use")


def break_even_uses(training: Iterable[float], per_one: float) -> float:
    """Uses whose kWh or g equal those of training and fine-tuning, all in one unit."""
    return math.fsum(amount(part, "training") for part in training) / divisor(per_one, "per_one")
