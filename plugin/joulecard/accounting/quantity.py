"""A value with its unit, how it was got, and what each named source of uncertainty adds to its spread."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from joulecard.accounting.intervals import COVERAGE, contribution, interval
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Method = Literal["measured", "modelled", "estimated", "declared", "not_available"]
METHODS: tuple[Method, ...] = ("measured", "modelled", "estimated", "declared", "not_available")  # best first


class Source(Protocol):
    """A named source of uncertainty with the standard deviation of its logarithm."""

    @property
    def id(self) -> str:
        """The same for two values whose errors come from the same cause."""

    @property
    def log_sd(self) -> float:
        """Standard deviation of the natural logarithm; 0 and above."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A mean with its unit; contributions are standard deviations in the same unit, one a source, sorted by source.

    Without a value the method is "not_available" and the reason says why.
    """

    value: float | None
    unit: str
    method: Method
    contributions: tuple[tuple[str, float], ...] = ()
    measured_fraction: float | None = None  # share of the value that counters measured; None where nothing was summed
    reason: str | None = None
    factor_refs: tuple[str, ...] = ()

    @property
    def known(self) -> float:
        """The value; raises InvalidInputError where there is none."""
        if self.value is None:
            raise InvalidInputError(f"there is no value in {self.unit}", mend=self.reason or "")
        return self.value

    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the 90 % interval of the lognormal with this mean and variance, in the unit."""
        return interval(self.known, (amount for _, amount in self.contributions))

    def times(
        self, factor: float, sources: Iterable[Source] = (), *, unit: str = "", factor_refs: tuple[str, ...] = ()
    ) -> Quantity:
        """The product with a factor whose error has these sources; in `unit`, the same one where none is given.

        A product is not a reading: "measured" becomes "modelled", and the measured fraction says how much was read.
        """
        unit = unit or self.unit
        if self.value is None:
            return not_available(unit, self.reason or "")
        product = self.value * factor
        added = [(source.id, contribution(product, source.log_sd)) for source in sources]
        scaled = [(name, amount * factor) for name, amount in self.contributions]
        return Quantity(
            product,
            unit,
            weakest((self.method, "modelled")),
            _merged([*scaled, *added]),
            _measured_fraction((self,)),
            factor_refs=factor_refs,
        )

    def less_sure(self, source: Source, part: float) -> Quantity:
        """The same value with one more source of error, on which only `part` of it depends."""
        amount = contribution(part, source.log_sd)
        return replace(self, contributions=_merged([*self.contributions, (source.id, amount)]))

    def in_unit(self, unit: str, per_unit: float) -> Quantity:
        """The same quantity in another unit, of which one of the present makes `per_unit`; an exact conversion."""
        if self.value is None:
            return replace(self, unit=unit)
        scaled = tuple((name, amount * per_unit) for name, amount in self.contributions)
        return replace(self, value=self.value * per_unit, unit=unit, contributions=scaled)

    def to_document(self) -> dict[str, Any]:
        """The quantity as the object that the standard describes; members without a value are left out."""
        if self.value is None:
            return {"unit": self.unit, "method": self.method, "reason": self.reason}
        document: dict[str, Any] = {"value": self.value, "unit": self.unit, "method": self.method}
        if self.measured_fraction is not None:
            document["measured_fraction"] = self.measured_fraction
        if self.factor_refs:
            document["factor_refs"] = list(self.factor_refs)
        lower, upper = self.interval()
        parts = [{"source_ref": name, "amount": amount} for name, amount in self.contributions]
        document["interval"] = {
            "lower": lower,
            "upper": upper,
            "coverage": COVERAGE,
            "kind": "lognormal",
            "contributions": parts,
        }
        return document


def quantity(value: float, unit: str, method: Method, sources: Iterable[Source] = ()) -> Quantity:
    """A value whose error has these sources; raises InvalidInputError for what is not a finite number."""
    if not math.isfinite(value):
        raise InvalidInputError(f"{value} {unit} is not a finite value")
    return Quantity(
        value, unit, method, _merged([(source.id, contribution(value, source.log_sd)) for source in sources])
    )


def not_available(unit: str, reason: str) -> Quantity:
    """No value, and why."""
    return Quantity(None, unit, "not_available", reason=reason)


def add(quantities: Sequence[Quantity]) -> Quantity:
    """The sum: contributions of the same source add up linearly, those of different ones stay apart.

    Method of the weakest part, with the share that was measured; a part without a value leaves the sum without one.
    Raises InvalidInputError for unlike units and for no parts at all.
    """
    units = {part.unit for part in quantities}
    if len(units) != 1:
        raise InvalidInputError(f"cannot add quantities in {' and '.join(sorted(units)) or 'no unit at all'}")
    unit = units.pop()
    missing = [part for part in quantities if part.value is None]
    if missing:
        return not_available(unit, missing[0].reason or "")
    return Quantity(
        math.fsum(part.known for part in quantities),
        unit,
        weakest(part.method for part in quantities),
        _merged([pair for part in quantities for pair in part.contributions]),
        _measured_fraction(quantities),
        factor_refs=tuple(dict.fromkeys(ref for part in quantities for ref in part.factor_refs)),
    )


def weakest(methods: Iterable[Method]) -> Method:
    """The method that says least: measured, modelled, estimated, declared, not_available, in this order."""
    return max(methods, key=METHODS.index)


def _merged(pairs: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """One amount a source, sorted by source; exactly rounded sums, so that the order of the parts does not matter."""
    amounts: dict[str, list[float]] = {}
    for name, amount in pairs:
        amounts.setdefault(name, []).append(amount)
    return tuple((name, math.fsum(amounts[name])) for name in sorted(amounts) if any(amounts[name]))


def _measured_fraction(parts: Sequence[Quantity]) -> float | None:
    """Share of the sum that counters measured; None where the sum is zero."""
    total = math.fsum(part.known for part in parts)
    if not total:
        return None
    return math.fsum(part.known * _measured_share(part) for part in parts) / total


def _measured_share(part: Quantity) -> float:
    if part.measured_fraction is not None:
        return part.measured_fraction
    return 1.0 if part.method == "measured" else 0.0
