"""A user's own factors as their file gives them, and which of them holds for a place, a device and a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.factors.factor import FactorKind, FallbackLevel
    from joulecard.factors.instrument import Instrument

ANY = "any"
GRID = "grid_intensity"
SCOPES = ("lifecycle", "direct")


class Where(NamedTuple):
    """A place as own factors name it; all None is any place."""

    provider: str | None = None
    region: str | None = None
    country: str | None = None
    subdivision: str | None = None


EVERYWHERE = Where()
# Of a factor's place, the part that must be equal: the finest that it names.
_LEVELS: tuple[tuple[str, FallbackLevel], ...] = (
    ("region", "zone"),
    ("subdivision", "subdivision"),
    ("country", "country"),
)


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """One factor as its user gave it, in the unit of the standard."""

    kind: FactorKind
    name: str
    value: float
    unit: str
    source: Mapping[str, str]
    line: str  # of the file, as an error begins
    place: str = ""  # as it was written; empty where a device is named
    where: Where = EVERYWHERE
    device: str = ""
    years: tuple[int, int] | None = None  # first and last for which it holds; None: always
    valid: Mapping[str, str] | None = None
    scope: str = "lifecycle"
    accounting: str = "location"
    basis: Mapping[str, str] | None = None
    log_sd: float | None = None
    lifespan_years: float | None = None  # of a device
    contract: str = ""  # the name of the instrument that it is the factor of
    note: str | None = None

    @property
    def what(self) -> tuple[str, ...]:
        """All but value and years: of factors equal in this, one alone holds in a year."""
        basis = (self.scope, self.accounting) if self.kind == GRID else ()
        return (self.kind, self.device.lower(), *(part or "" for part in self.where), *basis)

    @property
    def level(self) -> FallbackLevel | None:
        """How exactly its place is told; None for any place."""
        return next((level for part, level in _LEVELS if getattr(self.where, part)), None)

    def holds_in(self, place: Where) -> bool:
        """Whether its place is this one or lies around it."""
        part = next((part for part, _ in _LEVELS if getattr(self.where, part)), None)
        if part is None:
            return True
        if part == "region" and self.where.provider != place.provider:
            return False
        return bool(getattr(self.where, part) == getattr(place, part))

    def distance(self, year: int) -> tuple[int, int]:
        """How far its years are from one: 0 inside, then the past before the future, as in the tables."""
        if self.years is None or self.years[0] <= year <= self.years[1]:
            return 0, 0
        first, last = self.years
        return (1, year - last) if last < year else (2, first - year)


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract or certificate, and the factor of what it delivers."""

    instrument: Instrument  # still without its factor, whose width an edition knows
    factor: OwnFactor | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """A user's own factors and contracts, checked."""

    factors: tuple[OwnFactor, ...] = ()
    contracts: tuple[Contract, ...] = ()

    def names(self, kind: str) -> bool:
        """Whether there is any factor of this kind."""
        return any(each.kind == kind for each in self.factors)

    def at(self, kind: str, place: Where, year: int, *, accounting: str, scope: str | None) -> OwnFactor | None:
        """The factor of the finest place around this one, of the year nearest to `year`; None where there is none."""
        found = [each for each in self.factors if each.kind == kind and not each.device and each.holds_in(place)]
        if kind == GRID:
            found = [each for each in found if each.accounting == accounting and scope in (None, each.scope)]
        return min(found, key=lambda each: (_coarseness(each), each.distance(year)), default=None)

    def of_device(self, kind: str, model: str) -> OwnFactor | None:
        """The factor of the device of exactly this name, without vendor and marks; None where there is none."""
        from joulecard.factors.accelerators import accelerator_name  # few recordings need it

        name = accelerator_name(model)
        found = (each for each in self.factors if each.kind == kind and each.device)
        return next((each for each in found if accelerator_name(each.device) == name), None)


def _coarseness(own: OwnFactor) -> int:
    levels = [level for _, level in _LEVELS]
    return levels.index(own.level) if own.level else len(levels)


def clashes(factors: Sequence[OwnFactor]) -> tuple[OwnFactor, OwnFactor] | None:
    """The first two that both hold for the same thing in one year; None where each year has one at most."""
    known: dict[tuple[str, ...], list[OwnFactor]] = {}
    for each in factors:
        for other in known.setdefault(each.what, []):
            if _overlap(each.years, other.years):
                return other, each
        known[each.what].append(each)
    return None


def _overlap(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
