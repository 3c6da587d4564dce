"""Figures as somebody states them, and the energies that they may mean."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

W_PER_KW = 1000.0
MOST_PUE = 2.0  # of a facility whose PUE is not told
MOST = 1e40  # of any figure, as in the standard


@dataclass(frozen=True, slots=True)
class Stated:
    """Figures that somebody states of one piece of work; all may be absent, and nothing is checked against those.

    Energies are IT energy (`it`), that of the facility (`facility`) or it is not said which (None). Emissions are
    operational and location-based. Raises InvalidInputError for what is negative, no number or beyond 10^40, and a
    PUE below 1.
    """

    energy_kwh: float | None = None
    energy_basis: Literal["it", "facility"] | None = None
    facility_kwh: float | None = None  # where energy_kwh is IT energy and both are stated
    co2e_g: float | None = None
    intensity_g_per_kwh: float | None = None
    pue: float | None = None
    device_hours: float | None = None  # all devices together
    devices: float | None = None
    hours: float | None = None
    device_w: float | None = None  # mean power of one device, the one that the energy was computed with
    nameplate_w: float | None = None  # the most that one device can draw, with its host where the energy has that
    parts_kwh: tuple[float, ...] = ()  # all parts of energy_kwh
    parts_g: tuple[float, ...] = ()  # all parts of co2e_g
    units: float | None = None  # how many requests, tokens ... the energy and emissions are of
    kwh_per_unit: float | None = None
    g_per_unit: float | None = None

    def __post_init__(self) -> None:
        """Refuses what no figure can be."""
        for field in fields(self):
            given = getattr(self, field.name)
            for figure in given if isinstance(given, tuple) else (given,):
                if isinstance(figure, int | float) and not 0 <= figure <= MOST:
                    raise InvalidInputError(f"is {figure:g}, and such a figure lies in 0 to {MOST:g}", where=field.name)
        if self.pue is not None and self.pue < 1:
            raise InvalidInputError(f"is {self.pue:g}, and no facility draws less than its machines", where="pue")


def all_device_hours(stated: Stated) -> float | None:
    """Hours of all devices together, as stated or as devices x hours; None where neither is known."""
    if stated.device_hours is not None:
        return stated.device_hours
    if stated.devices is None or stated.hours is None:
        return None
    return stated.devices * stated.hours


def kwh_of_power(stated: Stated, product_kwh: float) -> Sequence[float]:
    """What the energy may be, given that of the devices' power: with the PUE, without, or either."""
    if stated.pue is None or stated.energy_basis == "it":
        return [product_kwh]
    with_pue = product_kwh * stated.pue
    return [with_pue] if stated.energy_basis == "facility" else [product_kwh, with_pue]


def pue_untold(stated: Stated) -> bool:
    """Whether the energy may hold a PUE that is not told."""
    return stated.energy_basis != "it" and stated.pue is None


def least_it_kwh(stated: Stated) -> float | None:
    """The least IT energy that the stated energy can be."""
    if stated.energy_kwh is None:
        return None
    return stated.energy_kwh if stated.energy_basis == "it" else stated.energy_kwh / (stated.pue or MOST_PUE)


def emitting_kwh(stated: Stated) -> Sequence[float]:
    """The energies whose emissions may be stated: that of the facility where it is known, or either."""
    if stated.facility_kwh is not None:
        return [stated.facility_kwh]
    energy, hours = stated.energy_kwh, all_device_hours(stated)
    basis = stated.energy_basis
    if energy is None:
        if hours is None or stated.device_w is None:
            return []
        energy, basis = hours * stated.device_w / W_PER_KW, "it"
    if stated.pue is None or basis == "facility":
        return [energy]
    return [energy * stated.pue] if basis == "it" else [energy, energy * stated.pue]


def printed_of_energy(stated: Stated) -> list[float]:
    """The figures that the energy of the emissions comes from."""
    own = [stated.facility_kwh or stated.energy_kwh, stated.pue]
    from_power = [all_device_hours(stated), stated.device_w] if stated.energy_kwh is None else []
    return [figure for figure in (*own, *from_power) if figure is not None]
