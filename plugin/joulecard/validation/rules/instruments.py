"""R09 and R10: contracts, certificates and offsets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import RELATIVE
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACTUAL = frozenset({"market", "residual"})
FALLBACK = "market-fallback"  # many grids have no residual mix that anybody publishes
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
    """A market-based line that rests on the grid of the place, and no assumption says why."""
    if any(item["id"] == FALLBACK for item in facts.root.value["assumptions"]):
        return
    for line in _lines(facts, "operational_market"):
        if "instrument_ref" not in line.value and _accounting(facts, line) == "location":
            told = (
                "is market-based and names neither an instrument nor a market or residual factor; where no residual "
                f"mix is published, an assumption `{FALLBACK}` must say so"
            )
            yield Finding(f"{line.pointer}/factor_ref", told, ("/assumptions",))


def location_ignores_contracts(facts: Facts) -> Iterator[Finding]:
    """A location-based line that rests on a contract."""
    for line in _lines(facts, "operational_location"):
        if "instrument_ref" in line.value:
            yield Finding(
                f"{line.pointer}/instrument_ref",
                "location-based emissions rest on no instrument: name it on market-based lines",
            )
        if _accounting(facts, line) in CONTRACTUAL:
            yield Finding(
                f"{line.pointer}/factor_ref",
                "names a market or residual factor, and the line is location-based: those need the average of the grid",
            )


def factors_of_instruments(facts: Facts) -> Iterator[Finding]:
    """A line that names an instrument and another factor than the one it stands for."""
    for line in _lines(facts, "operational_market"):
        item = facts.instruments.get(line.value.get("instrument_ref", ""))
        stands_for = item.value.get("factor_ref") if item else None
        if item and stands_for not in {None, line.value["factor_ref"]}:
            told = f"names another factor than the instrument {item.value['id']!r}, which stands for {stands_for!r}"
            related = (f"{line.pointer}/instrument_ref", f"{item.pointer}/factor_ref")
            yield Finding(f"{line.pointer}/factor_ref", told, related)


def covered(facts: Facts) -> Iterator[Finding]:
    """An instrument that stands for more energy than it covers."""
    resting: dict[str, list[At]] = {}
    for stage in facts.ran:
        found = quantity(stage, "operational_market")
        for line in found.items("lines") if found else ():
            resting.setdefault(line.value.get("instrument_ref", ""), []).append(line)
    for name, lines in resting.items():
        item = facts.instruments.get(name)
        claimed_kwh = math.fsum(line.value["energy_kwh"] for line in lines)
        if item and claimed_kwh > item.value.get("energy_kwh", math.inf) * (1 + RELATIVE):
            told = (
                f"covers {item.value['energy_kwh']:.9g} kWh, and {claimed_kwh:.9g} kWh on market-based lines rest on it"
            )
            related = tuple(f"{line.pointer}/{member}" for line in lines for member in ("energy_kwh", "instrument_ref"))
            yield Finding(f"{item.pointer}/energy_kwh", told, related)


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


MARKET = (market_needs_instruments, location_ignores_contracts, factors_of_instruments, covered)
OFFSETS = (offsets,)
