"""The line with which a reader checks energy that is hours times power, with digits that come out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 6  # products that a page has room for
FEWEST_DIGITS, MOST_DIGITS = 3, 17
RESULT_DIGITS = 6
S_PER_HOUR, W_PER_KW = 3600, 1000


@dataclass(frozen=True, slots=True)
class Draw:
    """Hours of all devices together, the power of one, the share of it that was drawn if that is not all, and kWh."""

    hours: str
    share: str  # "0.7"; empty where the whole power was drawn
    watts: str
    kwh: str


def energy_check(document: dict[str, Any]) -> tuple[Draw, ...]:
    """A product for each component of what ran; none unless all of their energy is so many hours at one power."""
    factors = {factor["id"]: factor for factor in document["factors"]}
    parts = list(_components(document))
    if not 0 < len(parts) <= MOST or not all(_is_product(part, factors) for part in parts):
        return ()
    return tuple(_draw(part, factors[part["activity"][0]["factor_ref"]]["value"]) for part in parts)


def _components(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those of the stages that ran; one without any stands for itself, and is no product."""
    for stage in document["stages"]:
        if "energy" in stage:
            yield from stage["energy"].get("components") or ({},)


def _is_product(part: dict[str, Any], factors: dict[str, Any]) -> bool:
    terms: list[dict[str, Any]] = list(part.get("activity") or ())
    if len(terms) != 1 or terms[0]["unit"] != "s" or not terms[0]["amount"] or part.get("utilization") == 0:
        return False
    factor = factors.get(terms[0].get("factor_ref", ""), {})
    return (factor.get("kind"), factor.get("unit")) == ("power_model", "W")


def _draw(part: dict[str, Any], watts: float) -> Draw:
    power = _decimal(watts)
    share = _decimal(part.get("utilization") or 1.0)
    hours = _decimal(part["activity"][0]["amount"]) / share / S_PER_HOUR
    exact = hours * share * power / W_PER_KW
    kwh = exact.quantize(Decimal(1).scaleb(min(0, exact.adjusted() - RESULT_DIGITS + 1)), rounding=ROUND_HALF_EVEN)
    cut = (_cut(hours, digits) for digits in range(FEWEST_DIGITS, MOST_DIGITS))
    shown = next((each for each in cut if _gives(each, share * power, kwh)), hours)
    return Draw(_text(shown), _text(share) if share != 1 else "", _text(power), _text(kwh))


def _gives(hours: Decimal, watts: Decimal, kwh: Decimal) -> bool:
    """Whether hours as printed come to the kWh that are printed."""
    return (hours * watts / W_PER_KW).quantize(kwh, rounding=ROUND_HALF_EVEN) == kwh


def _cut(value: Decimal, digits: int) -> Decimal:
    return value.normalize(Context(prec=digits, rounding=ROUND_HALF_EVEN))


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"
