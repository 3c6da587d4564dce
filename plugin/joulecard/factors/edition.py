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
    from joulecard.factors.factor import Factor, Uncertainty
    from joulecard.factors.geography import Evidence

T = TypeVar("T")
CURRENT = "2026.11"


class Edition:
    """One edition of the tables; they are read when a look-up first needs them and never change."""

    __slots__ = ("_found", "_tables", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._tables = Tables(name)
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
            lambda: grid.grid_factor(self._tables, evidence, year, profile, strict=strict, zoned=zoned),
        )

    def zoned_country(self, evidence: Evidence | None) -> str | None:
        """The country (alpha-3) of a place whose zone is known; see `zoned` of `grid`."""
        return self._once(("zone", grid.key(evidence)), lambda: grid.zoned_country(self._tables, evidence))

    def pue(self, provider: str | None, region: str | None = None) -> Factor | None:
        """The provider's power usage effectiveness (fleet mean; no region has one of its own); None where unknown."""
        return self._once(("pue", provider, region), lambda: fleet_pue(self._tables, provider, region))

    def declared_pue(self, value: float) -> Factor:
        """The factor of a PUE that the operator declared; raises InvalidInputError below 1."""
        return self._once(("pue", value), lambda: declared_pue(self._tables, value))

    def cpu_model(self, machine: power.Machine) -> tuple[Factor, Factor]:
        """W per reserved vCPU and W per busy vCPU on top; see `power.cpu_model`."""
        key = ("cpu", machine.cpu_model, machine.logical_cpus, machine.sockets, machine.virtual)
        return self._once(key, lambda: power.cpu_model(self._tables, machine))

    def memory(self) -> Factor:
        """W per GB of reserved memory."""
        return self._once("memory", lambda: power.memory(self._tables))

    def accelerator(self, model: str) -> Rating:
        """W of an accelerator at full use, or why none is known; see `accelerators.accelerator_rating`."""
        from joulecard.factors.accelerators import accelerator_rating  # few recordings need it

        return self._once(("accelerator", model), lambda: accelerator_rating(self._tables, model))

    def uncertainty(self, class_name: str, thing: str) -> Uncertainty:
        """The source of error `class@thing` with the width of its class; raises InvalidInputError."""
        return self._once((class_name, thing), lambda: uncertainty(self._tables, class_name, thing))

    def _once(self, key: object, find: Callable[[], T]) -> T:
        """What was found before under this key: ten thousand segments of one place look it up once."""
        if key not in self._found:
            self._found[key] = find()
        found: T = self._found[key]
        return found

    def __repr__(self) -> str:
        """The call that gives this edition."""
        return f"edition({self.name!r})"


_open: dict[str, Edition] = {}


def editions() -> tuple[str, ...]:
    """The names of the editions at hand, newest first."""
    return tuple(sorted((name for name in os.listdir(ROOT) if name[:1].isdigit()), reverse=True))


def edition(name: str = CURRENT) -> Edition:
    """The edition of this name; raises MissingPartError, naming those at hand, where this release does not carry it."""
    if name not in _open:
        if name not in editions():
            raise MissingPartError(
                f"this joulecard has no factor edition {name}", mend=f"it has {', '.join(editions())}"
            )
        _open[name] = Edition(name)
    return _open[name]
