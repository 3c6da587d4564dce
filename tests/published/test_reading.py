"""How a case is read: units, names, and the outcomes of what is wrong or has no method."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.published.conftest import SHIPPED, read_cases
from tests.published.recipes import Unsupported, recomputed
from tests.published.units import unit

ROOT = Path(__file__).parents[2]
RESTATED = {
    "kWh": ("MWh", 1e-3), "MWh": ("kWh", 1e3), "Wh": ("kWh", 1e-3), "W": ("kW", 1e-3), "kW": ("W", 1e3),
    "h": ("s", 3600), "d": ("h", 24), "s": ("min", 1 / 60), "yr": ("h", 8760), "GB": ("TB", 1e-3), "%": ("1", 1e-2),
    "g": ("t", 1e-6), "kg": ("g", 1e3), "t": ("kg", 1e3), "lb": ("g", 453.59237), "g/kWh": ("lb/MWh", 1 / 0.45359237),
    "kg/kWh": ("t/MWh", 1), "lb/kWh": ("kg/MWh", 453.59237), "L/kWh": ("m3/MWh", 1), "FLOP/s": ("TFLOPS", 1e-12),
    "kWh/1000 inferences": ("Wh/inference", 1), "kWh/request": ("MWh/1000 requests", 1),
}  # fmt: skip
TRUE: dict[str, Any] = {
    "id": "true", "family": "time_power", "formula": "kWh = gpu_hours*W*PUE/1000", "follows": "yes",
    "inputs": {"gpu_hours": {"value": 10, "unit": "h"}, "power": {"value": 300, "unit": "W"},
               "pue": {"value": 1.2, "unit": "1"}},
    "outputs": {"energy": {"value": 3.6, "unit": "kWh", "rel_tolerance": 0.01}}, "recomputed": {"energy": 3.6},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "scale", "dimension"),
    [
        ("MWh", 1e3, "kWh"),
        ("lb/MWh", 0.45359237, "g/kWh"),
        ("kgCO2e/kWh", 1e3, "g/kWh"),
        ("kg/GB (default) or g/GB", 1e3, "g/GB"),
        ("kg/1e9 token", 1e-6, "g"),
        ("Wh/1M tokens", 1e-9, "kWh"),
        ("t/round trip", 1e6, "g"),
        ("mile/gallon", 1.609344, "km/gallon"),
        ("kWh/GBh", 1.0, "kWh/GB h"),
        ("1e12 FLOP/s", 3.6e15, "FLOP/h"),
        ("TFLOPS", 3.6e15, "FLOP/h"),
        ("W/vCPU", 1.0, "W"),
        ("kt", 1e9, "g"),
        ("ML", 1e6, "L"),
        ("interaction/h", 1.0, "1/h"),
        ("%", 0.01, ""),
    ],
)
def test_units_are_read_from_their_text(text: str, scale: float, dimension: str) -> None:
    """Prefixes, divisors and powers of ten are converted; words that count something are not units."""
    assert unit(text).scale == pytest.approx(scale)
    assert unit(text).dimension == dimension


def test_a_case_gives_the_same_in_other_units() -> None:
    """Every case with its inputs in other units gives what it gave: nothing depends on the unit that a source chose."""
    for case in read_cases(SHIPPED):
        if "round" in case["formula"]:
            continue  # a calculator that rounds on the way feels the last digit of a conversion
        restated = {**case, "inputs": {name: _restated(given) for name, given in case["inputs"].items()}}
        for output, value in case["recomputed"].items():
            assert recomputed(restated, output) == pytest.approx(value, rel=1e-6), (case["id"], output)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"inputs": {**TRUE["inputs"], "pue": {"value": 0.9, "unit": "1"}}},
            "PUE is 0.9; facility energy",
        ),
        ({"inputs": {"power": {"value": 300, "unit": "W"}}}, "no method gives energy [kWh]"),
        ({"outputs": {"volume": {"value": 1, "unit": "phon"}}}, "no method gives volume [1]"),
        ({"outputs": {"pue_used": {"value": 1, "unit": "1"}}}, "no method gives pue_used"),
    ],
)
def test_what_cannot_be_computed_is_unsupported_with_the_reason(changed: dict[str, Any], sentence: str) -> None:
    """An impossible input, a missing one and an output of no method are told apart from a wrong figure."""
    case = {**TRUE, **changed}
    with pytest.raises(Unsupported) as unsupported:
        recomputed(case, next(iter(case["outputs"])))
    assert sentence in str(unsupported.value)


def test_pue_multiplies_only_where_the_formula_names_it() -> None:
    """3.6 kWh with PUE in the formula, 3 kWh where it says none or nothing, 3.6 kWh where it prints the number."""
    for formula, energy_kwh in (("W*h*PUE", 3.6), ("W*h (no PUE)", 3.0), ("W*h", 3.0), ("1.2*W*h", 3.6)):
        assert recomputed({**TRUE, "formula": formula}, "energy") == pytest.approx(energy_kwh)


def test_what_differs_fails_and_what_has_no_method_is_unsupported(tmp_path: Path) -> None:
    """Of three cases one passes, one with an altered figure fails, one of an unknown formula is unsupported."""
    altered = {**TRUE, "id": "altered", "recomputed": {"energy": 3.6001}}
    unknown = {
        **TRUE,
        "id": "unknown",
        "formula": "sone = phon^2",
        "inputs": {"loudness": {"value": 40, "unit": "phon"}},
    }
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(case) for case in (TRUE, altered, unknown)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/published/test_cases.py", "--cases", file, "-q", "-n", "0"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "1 failed, 3 passed, 2 unsupported" in done.stdout
    assert "published cases that no method covers" in done.stdout
    assert "unknown: no method gives energy [kWh] from 'sone = phon^2'" in done.stdout


@pytest.mark.parametrize("text", ['{"id": "x"}', "[1]", "no case"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    """A line without the members of a case is told by its number, and nothing is passed for want of them."""
    file = tmp_path / "cases.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(pytest.UsageError, match=r"case 1 has not all of|no JSON lines can be read"):
        read_cases(file)


def _restated(given: dict[str, Any]) -> dict[str, Any]:
    other, per_one = RESTATED.get(given["unit"], (given["unit"], 1))
    return {"value": given["value"] * per_one, "unit": other}
