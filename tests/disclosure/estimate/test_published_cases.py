"""Published cases of hours, watts, PUE and intensity: an estimate of each gives what the case recomputes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.disclosure.estimate.estimating import HEAD, NOW, facts_of

from joulecard.accounting.methods import patterson
from joulecard.disclosure.estimate.whole import estimate
from joulecard.factors import edition

CASES = Path(__file__).parents[2] / "published" / "cases.jsonl"
KEYS = {
    ("gpu_hours", "h"): "gpu_hours",
    ("days", "d"): "days",
    ("chips", "1"): "devices",
    ("power", "W"): "device_w",
    ("avg_system_power_per_chip", "W"): "device_w",
    ("pue", "1"): "pue",
    ("ci", "g/kWh"): "intensity_g_per_kwh",
    ("ci", "kg/kWh"): "intensity_kg_per_kwh",
    ("ci_gross", "kg/kWh"): "intensity_kg_per_kwh",
}
BESIDE = {"ci_net"}  # inputs that are of the market-based figure alone
IN_DOCUMENT = {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "g": 1.0, "kg": 1e3, "t": 1e6}


def stage_of(case: dict[str, Any]) -> str | None:
    """The case as a stage of facts; None where it is told by other inputs."""
    inputs = {name: given for name, given in case["inputs"].items() if name not in BESIDE}
    keys = {KEYS.get((name, given["unit"])): given["value"] for name, given in inputs.items()}
    has_hours = "gpu_hours" in keys or {"days", "devices"} <= keys.keys()
    has_grid = {"intensity_g_per_kwh", "intensity_kg_per_kwh"} & keys.keys()
    if None in keys or not has_hours or not has_grid or "device_w" not in keys:
        return None
    return "year = 2020\n" + "\n".join(f"{key} = {value!r}" for key, value in keys.items())


FOUND = {
    case["id"]: (case, stage)
    for case in map(json.loads, CASES.read_text("utf-8").splitlines())
    if case["family"] == "time_power" and (stage := stage_of(case))
}


def test_the_cases_are_there() -> None:
    """The shipped copy holds the model cards and papers that tell hours and watts."""
    assert {"pat21-t4-gpt3", "llama2-70b", "bloom-dynamic"} <= FOUND.keys()
    assert len(FOUND) >= 15


@pytest.mark.parametrize("name", FOUND)
def test_each_recomputes(name: str) -> None:
    """Energy with its PUE and location-based emissions, to a millionth."""
    case, stage = FOUND[name]
    totals = estimate(facts_of(stage), edition(), NOW).disclosure.totals.new
    given = {"energy": totals.energy_facility.value, "co2e": totals.operational_location.value}
    given["energy"] = given["energy"] or totals.energy_it.value
    given["co2e_gross"] = given["co2e"]
    told = {key: value for key, value in case["recomputed"].items() if key in given}
    assert told
    for key, value in told.items():
        assert given[key] == pytest.approx(value * IN_DOCUMENT[case["outputs"][key]["unit"]], rel=1e-6)


def test_the_same_as_the_named_method() -> None:
    """The 4M method of Patterson et al. and the estimate are one arithmetic."""
    stage = "year = 2020\ndevices = 10000\ndays = 14.8\ndevice_w = 330\npue = 1.1\nintensity_g_per_kwh = 429"
    totals = estimate(facts_of(stage, head=HEAD), edition(), NOW).disclosure.totals.new
    energy_kwh = patterson.energy_kwh(14.8 * 24, 10000, 330, 1.1)
    assert totals.energy_facility.value == pytest.approx(energy_kwh, rel=1e-12)
    assert totals.operational_location.value == pytest.approx(patterson.co2e_g(energy_kwh, 429), rel=1e-12)
