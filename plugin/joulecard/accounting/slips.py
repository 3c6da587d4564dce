"""Slips in figures as others state them: what of it contradicts itself, and what the contradiction may come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.accounting.likeness import (
    ENERGIES,
    MASSES,
    THOUSANDS_OF_MASS,
    Likely,
    cause,
    in_energy,
    kwh_text,
    mass_text,
    number_text,
    of_pue,
    slack,
    sum_slack,
    times_text,
)
from joulecard.accounting.stated import (
    MOST_PUE,
    W_PER_KW,
    Stated,
    all_device_hours,
    emitting_kwh,
    kwh_of_power,
    least_it_kwh,
    printed_of_energy,
    pue_untold,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Slip", "Stated", "slips"]

LEAST_G_PER_KWH, MOST_G_PER_KWH = 5.0, 1500.0  # yearly means of grids; a few of hydropower alone lie below
LEAST_STATED_G_PER_KWH = 1.0  # direct emissions of hydropower: Quebec and Manitoba state 1.2 to 1.3
BEYOND_NAMEPLATE = 1.2  # as rule R05 of the standard: a device may pass its design power for a while
WITH_HOST = 3.0  # times the nameplate; no share of a host makes a device draw more
IDLE = 0.02  # of the nameplate; no device that is switched on draws less over its whole time


@dataclass(frozen=True, slots=True)
class Slip:
    """One contradiction: a stable code for programs, a sentence for people."""

    code: str
    sentence: str


def slips(stated: Stated) -> tuple[Slip, ...]:
    """The contradictions in stated figures, those of energy first; none where all may be right as printed.

    A figure may miss what follows from the others by what rounding its print can do (at most 5 % a figure) and 1 %.
    """
    return tuple(slip for check in CHECKS for slip in check(stated))


def _device_hours(stated: Stated) -> Iterator[Slip]:
    """Hours of all devices against devices x hours."""
    if stated.device_hours is None or stated.devices is None or stated.hours is None:
        return
    product, said = stated.devices * stated.hours, stated.device_hours
    found = cause(said, [product], (), slack((said, stated.devices, stated.hours)))
    if found:
        factors = f"{number_text(stated.devices)} devices x {number_text(stated.hours)} h"
        told = f"{number_text(said)} device-hours are stated, and {factors} are {number_text(product)}"
        yield Slip("device-hours", told)


def _power(stated: Stated) -> Iterator[Slip]:
    """Energy against device-hours x power x PUE."""
    hours, watts, energy = all_device_hours(stated), stated.device_w, stated.energy_kwh
    if hours is None or watts is None or energy is None:
        return
    expected = kwh_of_power(stated, hours * watts / W_PER_KW)
    of_facility = in_energy(stated.pue) if stated.energy_basis == "it" else of_pue(stated.pue)
    likely = (*of_facility, *ENERGIES, *_powers(stated, watts, expected[0]))
    found = cause(energy, expected, likely, slack((energy, hours, watts, stated.pue or 0.0)))
    if found and not (pue_untold(stated) and 1 < found.ratio <= MOST_PUE):
        told = f"{kwh_text(energy)} are stated, and {number_text(hours)} device-hours x {number_text(watts)} W"
        with_pue = f" x PUE {stated.pue:g}" if stated.pue and stated.energy_basis == "facility" else ""
        yield _slip(found, "energy-product", f"{told}{with_pue} are {kwh_text(expected[0])}")


def _powers(stated: Stated, watts: float, expected_kwh: float) -> Iterator[Likely]:
    """The ratios that a power leaves in the place of an energy: kW or W, of one device or of all."""
    for power_w in {watts, watts * (stated.devices or 1)}:
        for scale, unit in ((W_PER_KW, "kW"), (1.0, "W")):
            told = f"a power, {number_text(power_w / scale)} {unit}, may stand in the place of the energy"
            yield Likely(power_w / scale / (expected_kwh or 1.0), "power-for-energy", told)


def _nameplate(stated: Stated) -> Iterator[Slip]:
    """Mean power of a device against the most that it can draw."""
    hours, most_w, energy = all_device_hours(stated), stated.nameplate_w, least_it_kwh(stated)
    if not hours or not most_w or energy is None:
        return
    mean_w = energy * W_PER_KW / hours
    if mean_w > BEYOND_NAMEPLATE * most_w * (1 + slack((energy, hours))):
        fits = IDLE * most_w <= mean_w / W_PER_KW <= BEYOND_NAMEPLATE * most_w
        drawn = f"{kwh_text(stated.energy_kwh or 0.0)} in {number_text(hours)} device-hours"
        told = f"{drawn} are at least {number_text(mean_w, 4)} W a device of at most {number_text(most_w)} W"
        yield Slip("above-nameplate", f"{told}{'; Wh may stand where kWh were meant' if fits else ''}")


def _device_power(stated: Stated) -> Iterator[Slip]:
    """The stated power of a device against the most that it can draw, in another unit above all."""
    watts, most_w = stated.device_w, stated.nameplate_w
    if not watts or not most_w or IDLE * most_w <= watts <= WITH_HOST * most_w:
        return
    told = f"{number_text(watts)} W are stated of a device of {number_text(most_w)} W"
    is_kw, is_mw = (IDLE * most_w <= watts * scale <= WITH_HOST * most_w for scale in (W_PER_KW, 1 / W_PER_KW))
    why = "; kW may stand in a field of W" if is_kw else "; mW may stand in a field of W" if is_mw else ""
    yield Slip("device-power", f"{told}{why}")


def _below_idle(stated: Stated) -> Iterator[Slip]:
    """An energy that is the power of the nameplate, and far too little for the hours."""
    hours, most_w, energy = all_device_hours(stated), stated.nameplate_w, stated.energy_kwh
    if not hours or not most_w or energy is None or stated.device_w is not None:
        return
    product = hours * most_w / W_PER_KW
    found = cause(energy, [product], _powers(stated, most_w, product), slack((energy, most_w)))
    if found and found.code and energy < IDLE * product:
        mean_w = energy * W_PER_KW / hours
        drawn = f"{kwh_text(energy)} in {number_text(hours)} device-hours"
        told = f"{drawn} are {number_text(mean_w, 3)} W a device of {number_text(most_w)} W"
        yield _slip(found, "", told)


def _facility(stated: Stated) -> Iterator[Slip]:
    """Facility energy against IT energy x PUE."""
    if stated.facility_kwh is None or stated.energy_kwh is None or stated.pue is None:
        return
    facility, energy, pue = stated.facility_kwh, stated.energy_kwh, stated.pue
    found = cause(facility, [energy * pue], (*of_pue(pue), *ENERGIES), slack((facility, energy, pue)))
    if found:
        told = f"{kwh_text(facility)} of the facility are stated, and {kwh_text(energy)} x PUE {pue:g} are"
        yield _slip(found, "facility-energy", f"{told} {kwh_text(energy * pue)}")


def _emissions(stated: Stated) -> Iterator[Slip]:
    """Emissions against energy x intensity: the intensity that they imply is the stated one."""
    carbon, intensity, energies = stated.co2e_g, stated.intensity_g_per_kwh, emitting_kwh(stated)
    if carbon is None or intensity is None or not energies:
        return
    allowed = slack((carbon, intensity, *printed_of_energy(stated)))
    found = cause(carbon, [kwh * intensity for kwh in energies], (*of_pue(stated.pue), *MASSES), allowed)
    if found:
        implied = f", or {number_text(carbon / energies[0], 4)} g/kWh" if energies[0] else ""
        told = f"{mass_text(carbon)} CO2e are stated with {kwh_text(energies[0])}{implied}, and the stated intensity is"
        yield _slip(_untold(stated, found), "implied-intensity", f"{told} {number_text(intensity)} g/kWh")


def _untold(stated: Stated, found: Likely) -> Likely:
    """The same with what a PUE would explain that is not told, where the energy may lack one."""
    is_open = stated.pue is None and stated.facility_kwh is None and stated.energy_basis != "facility"
    if found.code or not is_open or not 1 < found.ratio <= MOST_PUE:
        return found
    return Likely(found.ratio, "pue-untold", f"a PUE of {found.ratio:.3g} that is not told would explain it")


def _intensity(stated: Stated) -> Iterator[Slip]:
    """The intensity that emissions imply, or that is stated, against what grids have."""
    intensity, carbon, energies = stated.intensity_g_per_kwh, stated.co2e_g, emitting_kwh(stated)
    if intensity is not None:
        told = f"the stated intensity is {number_text(intensity, 4)} g/kWh"
        yield from _beyond_grids(told, intensity, LEAST_STATED_G_PER_KWH)
    elif carbon is not None and energies and energies[0]:
        implied = carbon / (most_kwh := max(energies))
        told = f"{mass_text(carbon)} CO2e with {kwh_text(most_kwh)} imply {number_text(implied, 4)} g/kWh"
        yield from _beyond_grids(told, implied, LEAST_G_PER_KWH)


def _beyond_grids(told: str, intensity: float, least: float) -> Iterator[Slip]:
    """Where no grid has such a yearly mean; none of it is as it may be said."""
    if intensity and not least <= intensity <= MOST_G_PER_KWH:
        fitting = (one for one in THOUSANDS_OF_MASS if LEAST_G_PER_KWH <= intensity / one.ratio <= MOST_G_PER_KWH)
        found = next(fitting, Likely(0.0, "", ""))
        yield _slip(found, "implied-intensity", f"{told}, and grids have {least:g} to {MOST_G_PER_KWH:g} g/kWh")


def _sums(stated: Stated) -> Iterator[Slip]:
    """Totals against the sum of their parts."""
    of_energy = stated.parts_kwh, stated.energy_kwh, kwh_text
    of_mass = stated.parts_g, stated.co2e_g, mass_text
    for parts, total, text in (of_energy, of_mass):
        if not parts or total is None:
            continue
        added = math.fsum(parts)
        if abs(added - total) > sum_slack(parts, total):
            yield Slip("sum", f"the {len(parts)} parts add up to {text(added)}, and {text(total)} are stated")


def _rates(stated: Stated) -> Iterator[Slip]:
    """What one unit takes against the whole over the units."""
    if stated.units is None:
        return
    of_energy = stated.kwh_per_unit, stated.energy_kwh, ENERGIES, kwh_text
    of_mass = stated.g_per_unit, stated.co2e_g, MASSES, mass_text
    for rate, total, likely, text in (of_energy, of_mass):
        if rate is None or total is None:
            continue
        found = cause(rate * stated.units, [total], likely, slack((rate, total, stated.units)))
        if found:
            told = (
                f"{text(total)} over {number_text(stated.units)} units are {text(total / (stated.units or 1.0))} a unit"
            )
            yield _slip(found, "per-unit", f"{told}, and {text(rate)} are stated")


CHECKS = (
    _device_hours,
    _device_power,
    _power,
    _nameplate,
    _below_idle,
    _facility,
    _sums,
    _emissions,
    _intensity,
    _rates,
)


def _slip(found: Likely, otherwise: str, told: str) -> Slip:
    """The sentence with what the ratio comes from, or how great it is where nothing is known of it."""
    if found.code:
        return Slip(found.code, f"{told}; {found.words}")
    has_ratio = 0 < found.ratio < math.inf  # nothing is so many times as much as nothing
    return Slip(otherwise, f"{told}; stated is {times_text(found.ratio)} what follows" if has_ratio else told)
