"""Cases that the shipped file does not have: other names, other units, methods that it does not use."""

from __future__ import annotations

from typing import Any

import pytest
from tests.published.recipes import recomputed

Stated = dict[str, tuple[float, str]]


@pytest.mark.parametrize(
    ("formula", "inputs", "output", "expected"),
    [
        (
            "kWh = nodes*gpus_per_node*h*W*PUE/1000",
            {
                "nodes": (48, "1"),
                "gpus_per_node": (8, "1"),
                "wall_days": (2, "d"),
                "gpu_tdp": (0.4, "kW"),
                "pue": (1.2, "1"),
            },
            ("energy", "MWh"),
            48 * 8 * 48 * 0.4 * 1.2 / 1000,
        ),
        (
            "kWh = gpus*h*TDP*utilisation/1000 ; kg = kWh*ci",
            {
                "devices": (8, "1"),
                "runtime": (24, "h"),
                "tdp": (400, "W"),
                "utilization": (70, "%"),
                "grid": (300, "kg/MWh"),
            },
            ("co2e", "lb"),
            8 * 24 * 0.4 * 0.7 * 0.3 / 0.45359237,
        ),
        (
            "kg = units*(capacity/density*2.20 + 5.22)",
            {
                "units": (12, "1"),
                "capacity": (32, "GB"),
                "density": (1.79, "GB/cm2"),
                "die": (2.2, "kg/cm2"),
                "base": (5.22, "kg"),
            },
            ("embodied", "kg"),
            12 * (32 / 1.79 * 2.2 + 5.22),
        ),
        (
            "P = a*ln(b*(w + c)) + d",
            {
                "a": (171.1813, "1"),
                "b": (0.0354, "1"),
                "c": (36.8953, "1"),
                "d": (-10.1336, "1"),
                "workload": (50, "%"),
            },
            ("power", "W"),
            182.216062893,
        ),
        (
            "L = kWh*PUE*(WUE_onsite + WUE_offsite)",
            {"energy": (157, "MWh"), "pue": (1.2, "1"), "wue_onsite": (0.1, "L/kWh"), "wue_offsite": (1.29, "L/kWh")},
            ("water", "kL"),
            157 * 1.2 * 1.39,
        ),
        (
            "market = kWh*residual*(1 - covered)",
            {"energy": (100, "kWh"), "residual": (400, "g/kWh"), "matched_share": (60, "%")},
            ("co2e_market", "kg"),
            16.0,
        ),
        ("n = t/factor", {"co2e": (21, "t"), "factor": (3.98e-4, "t/mile")}, ("count", "1"), 21 / 3.98e-4),
        (
            "servers*kW*8760",
            {"servers": (1.5e6, "1"), "power": (6.5, "kW"), "duration": (1, "yr")},
            ("energy", "TWh"),
            85.41,
        ),
        (
            "searches*Wh",
            {"energy_per_query": (3, "Wh/query"), "queries": (9e9, "1/d")},
            ("energy_per_day", "GWh/d"),
            27.0,
        ),
        ("PUE = with/without", {"co2e": (70, "t"), "co2e_with_pue": (76.3, "t")}, ("implied_pue", "1"), 1.09),
        ("W/TDP", {"mean_power": (281, "W"), "tdp": (400, "W")}, ("utilisation", "1"), 0.7025),
        ("FLOP = 6*N*D", {"params": (175, "1e9"), "tokens": (300, "billion")}, ("total_flops", "FLOP"), 3.15e23),
        (
            "1 - after/before",
            {"energy_before": (100, "kWh"), "energy_after": (53, "kWh")},
            ("energy_saving", "%"),
            47.0,
        ),
        (
            "product of the four Ms",
            {"model": (4.2, "1"), "machine": (13.7, "1"), "mechanisation": (1.4, "1"), "map": (9, "1")},
            ("co2e_ratio", "1"),
            4.2 * 13.7 * 1.4 * 9,
        ),
    ],
)
def test_other_names_and_units_are_read_alike(
    formula: str, inputs: Stated, output: tuple[str, str], expected: float
) -> None:
    """A case of another publication is read by dimension and words, with no rule of its own."""
    name, unit = output
    case: dict[str, Any] = {
        "formula": formula,
        "inputs": {given: {"value": value, "unit": of} for given, (value, of) in inputs.items()},
        "outputs": {name: {"value": expected, "unit": unit}},
    }
    assert recomputed(case, name) == pytest.approx(expected, rel=1e-9)
