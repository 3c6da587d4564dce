"""The editions of the factor tables that this release carries, and look-up in one of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from joulecard.errors import MissingPartError
from joulecard.factors import grid, power
from joulecard.factors.pue import declared_pue, fleet_pue
from joulecard.factors.tables import ROOT, Tables
from joulecard.factors.uncertainties import uncertainty

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.factors.accelerators import Rating
    from joulecard.factors.catalogue import Listed
    from joulecard.factors.embodied import Hardware, Made
    from joulecard.factors.factor import Factor, Uncertainty
    from joulecard.factors.geography import Evidence
    from joulecard.factors.grid import Profile
    from joulecard.factors.instrument import Instrument
    from joulecard.factors.own.values import Own, Where
    from joulecard.factors.tables import Row

T = TypeVar("T")
CURRENT = "2026.11"


class Edition:
    """One edition of the tables; they are read when a look-up first needs them and never change."""

    __slots__ = ("_found", "_tables", "name", "own")

    def __init__(self, name: str, own: Own | None = None, root: str = ROOT) -> None:
        self.name = name
        self.own = own  # the user's own factors, which stand before those of the tables
        self._tables = Tables(name, root)
        self._found: dict[object, Any] = {}

    def grid(
        self,
        evidence: Evidence | None,
        year: int,
        profile: grid.Profile = "lifecycle",
        *,
        strict: bool = False,
        zoned: frozenset[str] = frozenset(),
    ) -> Factor:
        """Grid intensity in g/kWh; see `grid.grid_factor` for the order of fallback and what is raised."""
        place = grid.key(evidence)
        return self._once(
            ("grid", place, year, profile, strict, zoned),
            lambda: (
                self._own_at("grid_intensity", evidence, year, scope=profile)
                or grid.grid_factor(self._tables, evidence, year, profile, strict=strict, zoned=zoned)
            ),
        )

    def zoned_country(self, evidence: Evidence | None) -> str | None:
        """The country (alpha-3) of a place whose zone is known; see `zoned` of `grid`."""
        return self._once(("zone", grid.key(evidence)), lambda: grid.zoned_country(self._tables, evidence))

    def country_of_zone(self, zone: str) -> str | None:
        """The country (alpha-2) that a grid zone lies in; None for the world and for what is no zone of the tables."""
        return self._once(("country", zone), lambda: grid.country_of_zone(self._tables, zone))

    def pue(self, provider: str | None, region: str | None = None) -> Factor | None:
        """The provider's power usage effectiveness (fleet mean; no region has one of its own); None where unknown."""
        return self._once(("pue", provider, region), lambda: fleet_pue(self._tables, provider, region))

    def own_pue(self, evidence: Evidence | None, year: int) -> Factor | None:
        """The power usage effectiveness that the user gives for the place; None where they give none."""
        return self._once(("own pue", grid.key(evidence), year), lambda: self._own_at("pue", evidence, year))

    def declared_pue(self, value: float) -> Factor:
        """The factor of a PUE that the operator declared; raises InvalidInputError below 1."""
        return self._once(("pue", value), lambda: declared_pue(self._tables, value))

    def cpu_model(self, machine: power.Machine) -> tuple[Factor, Factor]:
        """W per reserved vCPU and W per busy vCPU on top; see `power.cpu_model`."""
        key = ("cpu", machine.cpu_model, machine.logical_cpus, machine.sockets, machine.virtual)
        return self._once(key, lambda: power.cpu_model(self._tables, machine))

    def memory(self) -> Factor:
        """W per GB of reserved memory."""
        return self._once("memory", lambda: self._own_device("power_model", "memory") or power.memory(self._tables))

    def accelerator(self, model: str) -> Rating:
        """W of an accelerator at full use, or why none is known; see `accelerators.accelerator_rating`."""
        from joulecard.factors.accelerators import accelerator_rating, with_power  # few recordings need it

        return self._once(
            ("accelerator", model),
            lambda: with_power(accelerator_rating(self._tables, model), self._own_device("power_model", model)),
        )

    def wue(self, evidence: Evidence | None, year: int, provider: str | None) -> Factor | None:
        """Litres consumed for a kWh of IT energy: the user's own figure, else the cloud's mean; None where unknown."""
        from joulecard.factors.water import fleet_wue  # no recording needs it

        return self._once(
            ("wue", grid.key(evidence), year, provider),
            lambda: self._own_at("wue", evidence, year) or fleet_wue(self._tables, provider),
        )

    def water_intensity(self, evidence: Evidence | None, year: int) -> Factor | None:
        """Litres that power plants consume for a kWh that is drawn there, as the user gives them; None if unknown."""
        return self._once(("water", grid.key(evidence), year), lambda: self._own_at("water_intensity", evidence, year))

    def where(self, evidence: Evidence | None) -> Where:
        """The place of the evidence, with country and subdivision of a region that the tables know."""
        from joulecard.factors.own.applied import place_of  # few have contracts

        return self._once(("where", grid.key(evidence)), lambda: place_of(self._tables, evidence))

    def contract(self, evidence: Evidence | None, year: int, profile: Profile) -> Factor | None:
        """The user's market-based factor in g/kWh of all that is drawn at a place; None where they give none."""
        return self._own_accounted("market", evidence, year, profile)

    def residual(self, evidence: Evidence | None, year: int, profile: Profile) -> Factor | None:
        """The residual mix in g/kWh, the grid without all contracts, as the user gives it; None where they do not."""
        return self._own_accounted("residual", evidence, year, profile)

    def _own_accounted(self, accounting: str, evidence: Evidence | None, year: int, profile: Profile) -> Factor | None:
        return self._once(
            (accounting, grid.key(evidence), year, profile),
            lambda: self._own_at("grid_intensity", evidence, year, accounting=accounting, scope=profile),
        )

    def instruments(self) -> tuple[Instrument, ...]:
        """The user's contracts and certificates."""
        if self.own is None:
            return ()
        from joulecard.factors.own.applied import instruments_of

        return instruments_of(self._tables, self.own)

    def host_made(self, machine: Hardware) -> Made:
        """What making a host without its accelerators emitted; own: a device named as its CPU or `host`."""
        from joulecard.factors import embodied  # asked for by few

        names = [name for name in (machine.cpu_model, "host") if name]
        key = ("host", machine.cpu_model, machine.logical_cpus, machine.sockets, machine.memory_gb, machine.virtual)
        return self._once(key, lambda: self._own_made(*names) or embodied.host(self._tables, machine))

    def accelerator_made(self, model: str) -> Made:
        """What making one accelerator emitted."""
        from joulecard.factors import embodied

        return self._once(("made", model), lambda: self._own_made(model) or embodied.accelerator(self._tables, model))

    def _own_made(self, *names: str) -> Made | None:
        """The user's own embodied factor of a device of one of these names, with its life where they tell it."""
        found = next(filter(None, (self.own.of_device("embodied", name) for name in names)), None) if self.own else None
        if found is None:
            return None
        from joulecard.factors.embodied import Life, Made, life
        from joulecard.factors.own.applied import device_factor

        years = found.lifespan_years
        return Made(device_factor(self._tables, found), life(self._tables) if years is None else Life(years))

    def search(self, text: str) -> list[Listed]:
        """The factors in whose id or name all words of the text stand."""
        from joulecard.factors import catalogue  # no recording needs it

        return catalogue.search(self._tables, text)

    def by_id(self, factor_id: str) -> tuple[Factor, ...]:
        """The factors of an id as a disclosure holds it, or of a device's name; empty where there is none."""
        from joulecard.factors import catalogue

        return catalogue.by_id(self._tables, factor_id)

    def sources(self) -> list[Row]:
        """Where the tables come from: title, publisher, year, address, licence and the line to print."""
        return self._tables.every("sources")

    def uncertainty(self, class_name: str, thing: str) -> Uncertainty:
        """The source of error `class@thing` with the width of its class; raises InvalidInputError."""
        return self._once((class_name, thing), lambda: uncertainty(self._tables, class_name, thing))

    def _own_at(
        self, kind: str, evidence: Evidence | None, year: int, *, accounting: str = "location", scope: str | None = None
    ) -> Factor | None:
        """The user's own factor of this kind for a place and year; None where they give none."""
        own = self.own
        if own is None or not own.names(kind):
            return None
        from joulecard.factors.own.applied import found_at  # few have factors of their own

        return found_at(self._tables, own, evidence, year, (kind, accounting, scope))

    def _own_device(self, kind: str, model: str) -> Factor | None:
        """The user's own factor of this kind for a device; None where they give none."""
        found = self.own.of_device(kind, model) if self.own else None
        if found is None:
            return None
        from joulecard.factors.own.applied import device_factor

        return device_factor(self._tables, found)

    def _once(self, key: object, find: Callable[[], T]) -> T:
        """What was found before under this key: ten thousand segments of one place look it up once."""
        if key not in self._found:
            self._found[key] = find()
        found: T = self._found[key]
        return found

    def __repr__(self) -> str:
        """The call that gives this edition."""
        return f"edition({self.name!r}{', ...' if self.own else ''})"


_open: dict[str, Edition] = {}


def editions() -> tuple[str, ...]:
    """The names of the editions at hand, newest first."""
    return tuple(sorted((name for name in os.listdir(ROOT) if name[:1].isdigit()), reverse=True))


def edition(name: str = CURRENT, own: Own | None = None) -> Edition:
    """The edition of this name, behind the user's own factors where there are any.

    Raises MissingPartError, naming those at hand, where this release does not carry it.
    """
    if name not in _open:
        if name not in editions():
            raise MissingPartError(
                f"this joulecard has no factor edition {name}", mend=f"it has {', '.join(editions())}"
            )
        _open[name] = Edition(name)
    return Edition(name, own) if own else _open[name]


def opened(own_path: str | None, name: str = CURRENT) -> Edition:
    """The edition behind the own factors of a file, where one is named.

    Raises MissingPartError for an unknown edition, UsageError for a file that cannot be opened, InvalidInputError.
    """
    if own_path is None:
        return edition(name)
    from joulecard.factors.own.file import read_own  # few have factors of their own

    return edition(name, read_own(own_path))
