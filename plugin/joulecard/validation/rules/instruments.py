"""R09 and R10: contracts, certificates and offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.facts import At, Facts, Finding, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACTUAL = frozenset({"market", "residual"})
BY_KEY = ("operational_location", "operational_market")


def _lines(facts: Facts, key: str) -> Iterator[At]:
    for owner in [*facts.ran, *facts.reused]:
        found = quantity(owner, key)
        yield from found.items("lines") if found else ()


def _accounting(facts: Facts, line: At) -> str | None:
    """Whether a line's factor is of the location, the market or the residual kind; None where nobody says."""
    factor = facts.factors.get(line.value["factor_ref"])
    basis = factor.value.get("basis") if factor else None
    return basis["accounting"] if basis else None


def market_needs_instruments(facts: Facts) -> Iterator[Finding]:
    """A market-based line that rests on nothing but the grid of the place."""
    for line in _lines(facts, "operational_market"):
        if "instrument_ref" not in line.value and _accounting(facts, line) == "location":
            told = "is market-based and names neither an instrument nor a market or residual factor"
            yield Finding(f"{line.pointer}/factor_ref", told)


def location_ignores_contracts(facts: Facts) -> Iterator[Finding]:
    """A location-based line that rests on a contract."""
    for line in _lines(facts, "operational_location"):
        if "instrument_ref" in line.value:
            yield Finding(f"{line.pointer}/instrument_ref", "a location-based line rests on no instrument")
        if _accounting(facts, line) in CONTRACTUAL:
            yield Finding(f"{line.pointer}/factor_ref", "names a market or residual factor in a location-based line")


def offsets(facts: Facts) -> Iterator[Finding]:
    """An emission line that rests on a credit, or on the factor of one."""
    credits_ = {name: item for name, item in facts.instruments.items() if item.value["type"] == "credit"}
    for name, item in credits_.items():
        if "factor_ref" in item.value:
            yield Finding(
                f"{item.pointer}/factor_ref", f"the credit {name!r} stands for no factor: an offset changes no number"
            )
    for key in BY_KEY:
        for line in _lines(facts, key):
            item_or_none = credits_.get(line.value.get("instrument_ref", ""))
            if item_or_none:
                told = "rests on a credit: an offset changes no number"
                yield Finding(f"{line.pointer}/instrument_ref", told, (f"{item_or_none.pointer}/type",))


MARKET = (market_needs_instruments, location_ignores_contracts)
OFFSETS = (offsets,)
