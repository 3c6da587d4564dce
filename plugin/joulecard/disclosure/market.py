"""Market-based emissions: energy under contracts first, and the residual mix for what none covers (GHG Protocol)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.accounting.quantity import Quantity, add, not_available
from joulecard.disclosure.beside import Worked
from joulecard.disclosure.tallied import pue_ref_of
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.tallied import Factors, Tallied
    from joulecard.disclosure.tally import SegmentTally
    from joulecard.factors import Factor
    from joulecard.factors.grid import Profile
    from joulecard.factors.instrument import Instrument
    from joulecard.factors.own.values import Where

LEAST_KWH = 1e-12  # of an energy, relative: what rounding leaves of it is nothing
OWN_SCOPE = "give it for the other scope too, or choose it with --profile"


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the energy of one segment, the factor it takes and the contract behind that."""

    energy: Quantity  # kWh
    basis: str
    pue_ref: str | None
    factor: Factor
    instrument: Instrument | None = None
    stand_in: bool = False  # the mean of the grid, where nobody gives a residual mix

    @property
    def emissions(self) -> Quantity:
        """In g."""
        factor = self.factor
        return self.energy.times(factor.value, factor.uncertainty, unit="g", factor_refs=(factor.id,))


class Contracts:
    """The user's contracts, with what is left of the energy that each covers."""

    def __init__(self, by: Factors) -> None:
        self._by = by
        self._counted = [each for each in by.edition.instruments() if each.counts]
        self._left_kwh = {each.id: each.energy_kwh for each in self._counted}

    def emissions_of(self, joined: Tallied) -> Worked | None:
        """The execution's market-based emissions; None where no contract, tariff or residual mix is given at all.

        Raises InvalidInputError where factors of one sum differ in scope.
        """
        seen = [part for part in joined.parts if part.energy_it.value is not None and part.grid]
        parts = [piece for part in seen for piece in self._pieces(part)]
        if not parts:
            return Worked(not_available("g", joined.total.co2e.reason or "")) if not seen else None
        _require_one_scope(parts)
        factors = {part.factor.id: part.factor for part in parts}
        return Worked(
            add([part.emissions for part in parts]),
            _lines(parts),
            joined.left_out,
            tuple(factors.values()),
            stand_ins=tuple(dict.fromkeys(part.factor.name for part in parts if part.stand_in)),
        )

    def _pieces(self, part: SegmentTally) -> Iterable[_Part]:
        """The energy of a segment, contract by contract, and the rest."""
        pue_ref, year = pue_ref_of(part), int(part.segments[0].end[:4])
        whole, basis = (part.energy_facility, "facility") if pue_ref else (part.energy_it, "it")
        left = 1.0
        for instrument in self._counted:
            factor = instrument.factor
            share = min(left, self._share(instrument, part, whole.known))
            if factor and share > 0:
                self._take(instrument, share * whole.known)
                left = 0.0 if left - share < LEAST_KWH else left - share
                yield _Part(_of(whole, share), basis, pue_ref, factor, instrument)
        if left:
            factor, stand_in = self._rest(part, year)
            yield _Part(_of(whole, left), basis, pue_ref, factor, stand_in=stand_in)

    def _share(self, instrument: Instrument, part: SegmentTally, kwh: float) -> float:
        """How much of an energy a contract still covers, 0..1."""
        fits = instrument.zone is None or instrument.zone.lower() in self._names(part)
        if not (fits and _is_of(instrument.vintage, part.segments[0])):
            return 0.0
        left_kwh = self._left_kwh[instrument.id]
        return 1.0 if left_kwh is None or left_kwh >= kwh else left_kwh / kwh

    def _names(self, part: SegmentTally) -> set[str]:
        return _names(self._by.edition.where(part.evidence), part.grid)

    def _take(self, instrument: Instrument, kwh: float) -> None:
        left_kwh = self._left_kwh[instrument.id]
        self._left_kwh[instrument.id] = None if left_kwh is None else max(0.0, left_kwh - kwh)

    def _rest(self, part: SegmentTally, year: int) -> tuple[Factor, bool]:
        """The factor of what no contract covers, and whether it is but the mean of the grid."""
        assert part.grid  # noqa: S101  only such parts are looked at
        edition, scope = self._by.edition, _scope(part.grid)
        own = edition.contract(part.evidence, year, scope) or edition.residual(part.evidence, year, scope)
        return (own, False) if own else (part.grid, True)


def _scope(factor: Factor) -> Profile:
    """Whether a grid factor holds what lies before the power plants."""
    return "direct" if (factor.basis or {}).get("scope") == "direct" else "lifecycle"


def are_given(by: Factors) -> bool:
    """Whether the user gives anything that market-based emissions could rest on."""
    own = by.edition.own
    accountings = {each.accounting for each in own.factors if each.kind == "grid_intensity"} if own else set()
    return bool(accountings & {"market", "residual"}) or any(each.counts for each in by.edition.instruments())


def _is_of(vintage: Mapping[str, str] | None, segment: Segment) -> bool:
    """Whether what was generated on some days may stand for what a segment drew."""
    return not vintage or (segment.start[:10] <= vintage["end"] and segment.end[:10] >= vintage["start"])


def _names(place: Where, grid: Factor | None) -> set[str]:
    """What the place of a segment is called, in lower case."""
    names = {place.country, place.subdivision, place.region, f"{place.provider}/{place.region}"}
    names |= {grid.zone} if grid and grid.fallback_level != "world" else set()
    return {name.lower() for name in names if name}


def _of(whole: Quantity, share: float) -> Quantity:
    """A share of an energy, which is as uncertain as the whole."""
    return whole if share == 1 else whole.in_unit(whole.unit, share)


def _require_one_scope(parts: Sequence[_Part]) -> None:
    """Raises InvalidInputError where lifecycle and direct factors would meet in one sum."""
    scopes: dict[str, Factor] = {}
    for part in parts:
        scopes.setdefault(_scope(part.factor), part.factor)
    if len(scopes) > 1:
        (one, first), (other, second) = list(scopes.items())[:2]
        raise InvalidInputError(
            f"market-based emissions cannot add the {one} factor {first.name} and the {other} factor {second.name}",
            where="own factors",
            mend=OWN_SCOPE,
        )


def _lines(parts: Sequence[_Part]) -> tuple[dict[str, object], ...]:
    """The energy of each factor, PUE and contract."""
    groups: dict[tuple[str, str, str | None, str | None], list[float]] = {}
    for part in parts:
        key = (part.factor.id, part.basis, part.pue_ref, part.instrument.id if part.instrument else None)
        groups.setdefault(key, []).append(part.energy.known)
    return tuple(
        {
            "energy_kwh": math.fsum(kwh),
            "energy_basis": basis,
            "factor_ref": factor,
            "pue_ref": pue_ref,
            "instrument_ref": instrument,
        }
        for (factor, basis, pue_ref, instrument), kwh in groups.items()
    )
