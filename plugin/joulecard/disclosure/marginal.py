"""What one kWh more would have made a grid emit, over the hours of a disclosure: beside it, and never in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.disclosure.instants import instant
from joulecard.disclosure.series import over_hours
from joulecard.units import kwh_from_joules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from joulecard.factors.providers.provider import Intensity


@dataclass(frozen=True, slots=True)
class Marginal:
    """Energy times marginal intensity, as far as the hours are known."""

    energy_kwh: float  # in hours of which the intensity is known
    co2_g: float
    missing_kwh: float  # in the others, and of stages that tell no course over time
    hours: int
    hours_known: int

    @property
    def g_per_kwh(self) -> float | None:
        """The energy-weighted mean; None where nothing is known."""
        return self.co2_g / self.energy_kwh if self.energy_kwh else None


def has_facility(document: Mapping[str, Any]) -> bool:
    """Whether the energy of all that ran is known at the facility's meter, whatever the headline takes over."""
    ran = [stage["energy"] for stage in document["stages"] if "energy" in stage]
    return all("value" in energy["facility_total"] for energy in ran)


def _basis(document: Mapping[str, Any]) -> str:
    """The member of a stage's energy that is multiplied."""
    return "facility_total" if has_facility(document) else "it_total"


def energy_by_hour(document: Mapping[str, Any]) -> dict[int, float]:
    """Energy in kWh by UTC hour of all stages that tell theirs over time; facility energy where that is known."""
    found: dict[int, list[float]] = {}
    for stage in _told(document):
        total = stage["energy"][_basis(document)]["value"]
        per_it = total / stage["energy"]["it_total"]["value"]
        series, bins = stage["series"], stage["series"]["it_energy_j"]
        start_s, step_s = instant(series["start"]).timestamp(), series["step_s"]
        end_s = instant(stage["time"]["end"]).timestamp()
        pieces = (
            (
                start_s + index * step_s,
                max(min(start_s + (index + 1) * step_s, end_s), start_s + index * step_s),
                joules,
            )
            for index, joules in enumerate(bins)
        )
        for hour, joules in over_hours(pieces).items():
            found.setdefault(hour, []).append(kwh_from_joules(joules) * per_it)
    return {hour: math.fsum(parts) for hour, parts in found.items()}


def marginal(document: Mapping[str, Any], told: Mapping[int, Intensity]) -> Marginal:
    """The sum over the hours that are told; nothing stands in for the others."""
    drawn = energy_by_hour(document)
    known = [hour for hour in drawn if hour in told]
    totals = (stage["energy"][_basis(document)] for stage in document["stages"] if "energy" in stage)
    total_kwh = math.fsum(total["value"] for total in totals if "value" in total)
    energy_kwh = math.fsum(drawn[hour] for hour in known)
    return Marginal(
        energy_kwh=energy_kwh,
        co2_g=math.fsum(drawn[hour] * told[hour].g_per_kwh for hour in known),
        missing_kwh=_rest(total_kwh, energy_kwh),
        hours=len(drawn),
        hours_known=len(known),
    )


def _rest(total_kwh: float, told_kwh: float) -> float:
    """What is left of the total; nothing where the sums differ by rounding only."""
    return 0.0 if math.isclose(total_kwh, told_kwh, rel_tol=1e-6) else max(0.0, total_kwh - told_kwh)


def _told(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The stages that ran and tell their energy over time."""
    for stage in document["stages"]:
        if "series" in stage and stage["energy"]["it_total"].get("value"):
            yield stage


def places(document: Mapping[str, Any]) -> Iterable[str]:
    """The grids that the energy of what ran was drawn from, by the zones of the factors of its emissions."""
    emitted = (stage["emissions"]["operational_location"] for stage in document["stages"] if "emissions" in stage)
    used = {line["factor_ref"] for each in emitted for line in each.get("lines", ())}
    grids = (factor for factor in document["factors"] if factor["id"] in used and factor["kind"] == "grid_intensity")
    return dict.fromkeys(str(factor.get("zone", factor["id"])) for factor in grids)
