"""Energy times other factors than before: the value, and what each source of uncertainty contributes now."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.accounting.intervals import contribution
from joulecard.accounting.quantity import Quantity, weakest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.accounting.quantity import Source

EQUAL = 1e-9
BOTH = 2


class Term(NamedTuple):
    """A part of the energy with all that one kWh of it became, and becomes now."""

    kwh: float
    before: float
    after: float
    sources: tuple[Source, ...]  # of the factors now


def product(base: Quantity, was: Quantity, terms: Sequence[Term], factor_refs: tuple[str, ...]) -> Quantity:
    """The sum of the terms, in the unit of what it was.

    A source of the energy contributes in proportion to what its energy became. Over one or two grids that follows from
    what it contributed before; over more of them, where it was none of these alone, their mean is taken.
    """
    value = math.fsum(term.kwh * term.after for term in terms)
    amounts: dict[str, list[float]] = {}
    earlier = dict(was.contributions)
    for name, amount in base.contributions:
        gain = _gain(earlier.get(name, 0.0) / amount if amount else 0.0, terms)
        amounts.setdefault(name, []).append(amount * gain)
    for term in terms:
        for source in term.sources:
            amounts.setdefault(source.id, []).append(contribution(term.kwh * term.after, source.log_sd))
    return Quantity(
        value,
        was.unit,
        weakest((base.method, "modelled")),
        tuple((name, math.fsum(amounts[name])) for name in sorted(amounts) if any(amounts[name])),
        _measured(base, was, terms, value),
        factor_refs=factor_refs,
    )


def _measured(base: Quantity, was: Quantity, terms: Sequence[Term], value: float) -> float | None:
    """The part of the value that counters measured, found as the contributions are."""
    share = was.measured_fraction
    in_base = float(base.method == "measured") if base.measured_fraction is None else base.measured_fraction
    read_kwh = (base.value or 0.0) * in_base
    if share is None or not (read_kwh and value):
        return share
    gain = _gain(share * (was.value or 0.0) / read_kwh, terms)
    return min(1.0, read_kwh * gain / value)


def _gain(before: float, terms: Sequence[Term]) -> float:
    """What one kWh of a source's energy becomes now, which became `before`."""
    if len({term.after for term in terms}) == 1:
        return terms[0].after
    now = dict(sorted((term.before, term.after) for term in terms))
    alone = next((after for was, after in now.items() if math.isclose(was, before, rel_tol=EQUAL)), None)
    if alone is not None:
        return alone
    if len(now) == BOTH:
        (low, after_low), (high, after_high) = now.items()
        share = min(max((before - low) / (high - low), 0.0), 1.0)
        return after_low + share * (after_high - after_low)
    total = math.fsum(term.kwh for term in terms)
    return math.fsum(term.kwh * term.after for term in terms) / total if total else 0.0


def members(found: Quantity, was: Any, lines: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """A recomputed quantity as members of the document, with the words of the old one; an interval where it had one."""
    told: dict[str, Any] = found.to_document()
    if was.interval is None or was.interval.kind != "lognormal":
        told.pop("interval", None)
    if was.reason:
        told["reason"] = was.reason
    return told if lines is None else {**told, "lines": tuple(lines)}
