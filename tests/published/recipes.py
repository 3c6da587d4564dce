"""Which public methods can give an output, by its dimension and name; what explains most inputs is taken."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, NamedTuple

from tests.published import carbon, comparisons, energy, hardware, tools, uses
from tests.published.reading import Alternative, Missing, Reading
from tests.published.units import unit


class Unsupported(Exception):  # noqa: N818 - not an error: a finding about the methods
    """No method covers what a case asks for."""


class Recipe(NamedTuple):
    """An output's dimension, the pattern of its name, and how its value follows in the methods' units."""

    dimension: str
    name: str
    value: Alternative


RECIPES = (
    Recipe("kWh", "", tools.answer_kwh),
    Recipe("kWh", "^(?!.*training)", energy.answer_kwh),
    Recipe("kWh", "", lambda r: tools.ml_co2_impact(r).energy_kwh),
    Recipe("kWh", "^(?!.*(?:cpu_|memory_|per_|after)).*", energy.energy_kwh),
    Recipe("kWh", "with_pue|facility|^total", carbon.facility_kwh),
    Recipe("kWh", "cpu", energy.linear_kwh),
    Recipe("kWh", "cpu", energy.curve_kwh),
    Recipe("kWh", "memory", energy.memory_kwh),
    Recipe("kWh", "network", energy.network_kwh),
    Recipe("kWh", "idle", energy.idle_kwh),
    Recipe("kWh", "_per_", uses.kwh_per_use),
    Recipe("kWh", "^(?!.*per_)", lambda r: uses.of_uses(r, "kWh")),
    Recipe("kWh", "after|left|sav|new", comparisons.after_saving),
    Recipe("kWh", "total|energy|sum", lambda r: comparisons.total(r, "kWh")),
    Recipe("kWh", "", lambda r: comparisons.quoted(r, "kWh")),
    Recipe("kWh", "implied|energy", energy.implied_kwh),
    Recipe("W", "", energy.curve_power_w),
    Recipe("W", "", energy.logarithmic_power_w),
    Recipe("W", "", energy.green_power_w),
    Recipe("W", "implied|mean|average|power", carbon.implied_power),
    Recipe("W", "total|sum", lambda r: comparisons.total(r, "W")),
    Recipe("W", "after|left|new", comparisons.after_saving),
    Recipe("h", "day|run|time|hours|duration|month|year", energy.run_hours),
    Recipe("h", "hours", energy.device_hours),
    Recipe("h", "hours|total", lambda r: comparisons.total(r, "h")),
    Recipe("h", "latency", tools.latency_h),
    Recipe("h", "after|left|new", comparisons.after_saving),
    Recipe("kWh/h", "", lambda r: uses.per_hour(r, "kWh")),
    Recipe("kWh/h", "", energy.per_device_hour_kwh),
    Recipe("g", "^(?!.*embodied).*(?:use|co2e)", tools.answer_use_g),
    Recipe("g", "embodied", tools.answer_embodied_g),
    Recipe("g", "total", tools.answer_g),
    Recipe("g", "offset", lambda r: tools.ml_co2_impact(r).offset_kg * 1000),
    Recipe("g", "co2e|carbon|emission", lambda r: tools.ml_co2_impact(r).co2e_kg * 1000),
    Recipe("g", "co2e|carbon|emission", tools.green_g),
    Recipe(
        "g",
        "^(?!.*(?:embodied|expected|weekly)).*(?:co2e?|carbon|emission|^c$|operational|use|total|train)",
        carbon.emissions,
    ),
    Recipe("g", "expected|correct", carbon.expected_g),
    Recipe("g", "embodied|hardware|manufactur|^m$", hardware.embodied),
    Recipe("g", "embodied|hardware", lambda r: comparisons.total(r, "g")),
    Recipe("g", "per_(?!k?wh|day)", uses.grams_per_use),
    Recipe("g", "per_(?:gpu|device|part|chip|core)", hardware.per_part),
    Recipe("g", "sci|g_per_|_per_|^score", hardware.score),
    Recipe("g", "^total$|^carbon$|co2e_total|total_co2e", hardware.carbon),
    Recipe("g", "operational", hardware.operational),
    Recipe("g", "^(?!.*per_)", lambda r: uses.of_uses(r, "g")),
    Recipe("g", "total|annual|sum|co2e|carbon|^sci", lambda r: comparisons.total(r, "g")),
    Recipe("g", "per_(?:flight|trip|mile|car|thing|year|person|vehicle)", comparisons.per_thing),
    Recipe("g", "", comparisons.car_year),
    Recipe("g", "week", comparisons.weekly),
    Recipe("g", "after|left|new", comparisons.after_saving),
    Recipe("g", "", lambda r: comparisons.quoted(r, "g")),
    Recipe("g", "market|net", carbon.market),
    Recipe("g", "", lambda r: comparisons.restated(r, "g")),
    Recipe("g/h", "rate|per_hour|embodied|^m$", hardware.rate),
    Recipe("g/h", "per_|rate", carbon.per_day_g),
    Recipe("g/h", "", lambda r: uses.per_hour(r, "g")),
    Recipe("g/FLOP", "", hardware.score),
    Recipe("g/km", "", comparisons.car_per_km),
    Recipe("g/kWh", "used|ci", lambda r: tools.ml_co2_impact(r).intensity_kg_per_kwh * 1000),
    Recipe("g/kWh", "", carbon.mix_intensity),
    Recipe("g/kWh", "implied|per_kwh|ci|intensity|factor", carbon.implied_intensity),
    Recipe("1/h", "", hardware.unit_rate),
    Recipe("km", "", lambda r: tools.ml_co2_impact(r).driven_km),
    Recipe("km", "eu", lambda r: tools.equivalents(r).car_eu_km),
    Recipe("km", "us", lambda r: tools.equivalents(r).car_us_km),
    Recipe("km", "", comparisons.distance_km),
    Recipe("h", "", comparisons.duration_h),
    Recipe("FLOP", "", energy.training_flop),
    Recipe("", "flop", energy.training_flop),
    *(
        Recipe(unit, "mean|average|avg", partial(comparisons.mean, dimension=unit))
        for unit in ("W", "kWh", "g", "g/kWh")
    ),
    Recipe("money", "", comparisons.bill),
    Recipe("L", "on_?site", uses.onsite),
    Recipe("L", "off_?site", uses.offsite),
    Recipe("L", "total|water", uses.all_water),
    Recipe("L", "per_", uses.litres_per_use),
    Recipe("L/kWh", "", uses.litres_per_kwh),
    Recipe("", "gpus", tools.gpus),
    Recipe("", "gpus|chips|devices|processors|tpus", energy.devices),
    Recipe("", "utili[sz]ation|mfu|hfu|fraction_of|share_of_tdp", energy.utilisation),
    Recipe("", "factor|coefficient", energy.curve_factor),
    Recipe("", "flight|_to_", tools.flights),
    Recipe("", "tree", lambda r: tools.equivalents(r).tree_months),
    Recipe("", "^(?:implied_)?pue$", carbon.implied_pue),
    Recipe("", "pue", comparisons.overhead_pue),
    Recipe("", "power_ratio", comparisons.mean_power_ratio),
    Recipe("", "ratio|over", comparisons.pue_ratio),
    Recipe("", "ratio|times|fold|factor|less|over", comparisons.ratio),
    Recipe("", "share|fraction|percent|pct", carbon.component_share),
    Recipe("", "share|fraction|percent|pct", carbon.share_of_other),
    Recipe("", "_over_", carbon.on_top),
    Recipe("", "ratio", comparisons.combined),
    Recipe("", "energy_ratio", comparisons.energy_ratio),
    Recipe("", "sav|reduction|less", comparisons.saved_share),
    Recipe("", "per_kwh", uses.uses_per_kwh),
    Recipe("", "break_even|parity|inferences|uses", uses.break_even),
    Recipe("", "^(?!.*(?:ratio|share|factor|pue|gpus|saving))", comparisons.things),
)


def recomputed(case: dict[str, Any], output: str) -> float:
    """The output of a case from its inputs, in the output's unit; raises Unsupported where no method gives it."""
    wanted = unit(str(case["outputs"][output]["unit"]))
    fitting = [
        recipe.value for recipe in RECIPES if recipe.dimension == wanted.dimension and re.search(recipe.name, output)
    ]
    reading = Reading.of(case, output)
    try:
        value = reading.best(*fitting)
    except Missing:
        refusal = f" ({'; '.join(sorted(reading.refusals))})" if reading.refusals else ""
        asked = f"{output} [{wanted.dimension or '1'}] from {case['formula']!r}"
        raise Unsupported(f"no method gives {asked}{refusal}") from None
    if reading.only_repeats(value, wanted.dimension):
        raise Unsupported(f"{output} would only repeat an input of another name")
    return value / wanted.scale
