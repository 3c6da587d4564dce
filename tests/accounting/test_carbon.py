"""Energy to facility energy to emissions, and activity to energy."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest

from joulecard.accounting.carbon import facility_energy, operational_emissions
from joulecard.accounting.models import activity_kwh, modelled_energy
from joulecard.accounting.quantity import quantity


class Cause(NamedTuple):
    """A source of uncertainty as accounting needs it."""

    id: str
    log_sd: float


def test_one_kilowatt_hour_at_a_fleet_pue_in_sweden() -> None:
    """1 kWh x 1.14 x 35.4 g/kWh = 40.356 g, each step with its factor and sources."""
    energy = quantity(1.0, "kWh", "measured", [Cause("rapl", 0.03)])
    facility = facility_energy(energy, 1.14, [Cause("pue", 0.06)], "pue:aws")
    emissions = operational_emissions(facility, 35.4, [Cause("grid", 0.32)], "grid:SWE:2025")
    assert (facility.known, facility.unit, facility.factor_refs) == (1.14, "kWh", ("pue:aws",))
    assert emissions.unit == "g"
    assert emissions.known == pytest.approx(40.356)
    assert [name for name, _ in emissions.contributions] == ["grid", "pue", "rapl"]
    s = math.sqrt(0.03**2 + 0.06**2 + 0.32**2)
    assert emissions.interval() == pytest.approx([40.356 * math.exp(-s * s / 2 + z * s) for z in (-1.645, 1.645)])


def test_activity_times_power_is_energy() -> None:
    """2000 GB.s at 0.3725 W/GB are 745 J."""
    assert activity_kwh(2000.0, 0.3725) == pytest.approx(745 / 3.6e6)


def test_a_model_of_two_terms_has_one_source_of_error() -> None:
    """320 vCPU.s reserved at 0.74 W and 8 busy at 2.41 W more: 256.08 J, modelled."""
    energy = modelled_energy([(320.0, 0.74), (8.0, 2.41)], [Cause("model", 0.44)])
    assert energy.known * 3.6e6 == pytest.approx(256.08)
    assert (energy.method, len(energy.contributions)) == ("modelled", 1)
