"""Executions joined with their tallies, and quantities in the form of the document."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.accounting.quantity import Quantity, add, not_available
from joulecard.disclosure.beside import NOTHING, Beside
from joulecard.disclosure.document import (
    EnergyLine,
    EnergyQuantity,
    LocationEmissions,
    MassQuantity,
    WaterVolumeQuantity,
)
from joulecard.disclosure.hourly import with_hours
from joulecard.disclosure.parts import NO_PARTS, Inside, inside_of
from joulecard.disclosure.tally import SegmentTally, combine, lacks_direct, tally, zoned_countries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.embodied import Hardware
    from joulecard.disclosure.executions import Execution
    from joulecard.disclosure.hourly import Hourly
    from joulecard.factors import Edition
    from joulecard.factors.grid import Profile


@dataclass(frozen=True, slots=True)
class Factors:
    """With which factors energy becomes carbon."""

    edition: Edition
    profile: Profile = "lifecycle"
    strict: bool = False  # refuse an unknown place, instead of taking the world's mean for it
    hardware: Hardware | None = None  # how embodied carbon is counted; None: not at all
    hourly: Hourly | None = None  # what a live provider told, where the user chose one


@dataclass(frozen=True, slots=True)
class Tallied:
    """An execution with what its counted segments come to, one by one and together."""

    execution: Execution
    parts: tuple[SegmentTally, ...]  # in the order of the counted segments
    total: SegmentTally
    inside: Inside = NO_PARTS
    beside: Beside = NOTHING

    @property
    def blind(self) -> tuple[Segment, ...]:
        """Counted segments in which nothing saw any energy."""
        pairs = zip(self.execution.counted, self.parts, strict=True)
        return tuple(segment for segment, part in pairs if part.energy_it.value is None)

    @property
    def left_out(self) -> str:
        """What the sum leaves out, in words; empty where it leaves out nothing."""
        if not self.blind or self.total.energy_it.value is None:
            return ""
        return f"without {len(self.blind)} of {len(self.parts)} segments, in which nothing saw the energy"


def tallied(found: Sequence[Execution], by: Factors) -> tuple[list[Tallied], tuple[str, ...]]:
    """The executions with their tallies, and the grids for whose lack of a direct factor all took lifecycle ones.

    Raises InvalidInputError under `strict` for an unknown place.
    """
    zoned = zoned_countries((segment for execution in found for segment in execution.counted), by.edition)
    if by.hourly:
        zoned |= by.hourly.zoned
    joined = [_tallied(execution, by, zoned) for execution in found]
    lacking = lacks_direct(part for each in joined for part in each.parts) if by.profile == "direct" else ()
    if lacking:
        by = replace(by, profile="lifecycle")
        joined = [_tallied(execution, by, zoned) for execution in found]
    return joined, lacking


def _tallied(execution: Execution, by: Factors, zoned: frozenset[str]) -> Tallied:
    # A segment whose outer record is missing is the total itself, so it must not be left out of the sum.
    own = (replace(segment, within=None) for segment in execution.counted)
    parts = tuple(tally(segment, by.edition, by.profile, strict=by.strict, zoned=zoned) for segment in own)
    if by.hourly:
        parts = with_hours(parts, by.edition, by.hourly, by.profile)
    total = combine(parts)
    return Tallied(execution, parts, total, inside_of(execution, total.energy_it, by.edition))


def sum_of(quantities: Iterable[tuple[Quantity, str]], unit: str, nothing: str) -> tuple[Quantity, str]:
    """The sum of those that have a value, and in words what it leaves out.

    Each comes with what it leaves out itself. Without any value the sum has none; `nothing` is its reason where there
    was nothing to add.
    """
    pairs = list(quantities)
    known = [quantity for quantity, _ in pairs if quantity.value is not None]
    if not known:
        return not_available(unit, pairs[0][0].reason or nothing if pairs else nothing), ""
    notes = dict.fromkeys(note or quantity.reason or "" for quantity, note in pairs)
    return add(known), "; ".join(note for note in notes if note)


def energy_quantity(quantity: Quantity, left_out: str = "") -> EnergyQuantity:
    """An energy of the document."""
    return EnergyQuantity.model_validate(_members(quantity, left_out))


def mass_quantity(quantity: Quantity, left_out: str = "") -> MassQuantity:
    """A mass of the document."""
    return MassQuantity.model_validate(_members(quantity, left_out))


def water_quantity(quantity: Quantity, left_out: str = "") -> WaterVolumeQuantity:
    """A volume of water of the document."""
    return WaterVolumeQuantity.model_validate(_members(quantity, left_out))


def location_emissions(quantity: Quantity, parts: Iterable[SegmentTally], left_out: str = "") -> LocationEmissions:
    """Location-based emissions with the energy of each factor and PUE that they are the sum of."""
    lines = emission_lines(parts) if quantity.value is not None else None
    return LocationEmissions.model_validate({**_members(quantity, left_out), "lines": lines})


def emission_lines(parts: Iterable[SegmentTally]) -> tuple[EnergyLine, ...]:
    """Energy in kWh by grid factor and PUE."""
    energies: dict[tuple[str, str, str | None], list[float]] = {}
    for part in parts:
        for line in part.lines:
            key = (line.factor.id, line.energy_basis, pue_ref_of(part))
            energies.setdefault(key, []).append(line.energy_kwh)
    return tuple(
        EnergyLine.model_validate(
            {"energy_kwh": math.fsum(kwh), "energy_basis": basis, "factor_ref": factor, "pue_ref": pue_ref}
        )
        for (factor, basis, pue_ref), kwh in energies.items()
    )


def pue_ref_of(part: SegmentTally) -> str | None:
    """The PUE inside the facility energy of a segment; None where its emissions are those of IT energy."""
    return part.pue.id if part.pue and part.basis == "facility" else None


def _members(quantity: Quantity, left_out: str) -> dict[str, object]:
    members = quantity.to_document()
    if left_out and quantity.value is not None:
        members["reason"] = left_out
    return members
