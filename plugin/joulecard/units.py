"""Exact conversions between the units that joulecard stores and the units that people read."""

from __future__ import annotations

JOULES_PER_KWH = 3_600_000
JOULES_PER_WH = 3_600
WH_PER_KWH = 1_000
MICROJOULES_PER_JOULE = 1_000_000
MILLIJOULES_PER_JOULE = 1_000
MILLIWATTS_PER_WATT = 1_000
BYTES_PER_GB = 1_000_000_000


def kwh_from_joules(energy_j: float) -> float:
    """Energy in kWh of an energy in J."""
    return energy_j / JOULES_PER_KWH


def joules_from_kwh(energy_kwh: float) -> float:
    """Energy in J of an energy in kWh."""
    return energy_kwh * JOULES_PER_KWH
