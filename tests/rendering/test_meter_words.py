"""How the pages call meters, models and shares of devices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.disclosure.hardware import CPU, DRAM, GPU, NODE, use, with_uses

from joulecard.capture.segment import Declared
from joulecard.numbers import THIN_SPACE
from joulecard.rendering import meter_words, words
from joulecard.rendering.sections.inputs import inputs


@pytest.mark.parametrize(
    ("component", "told"),
    [
        ({"kind": "gpu", "sensor": "amd_smi", "reads": "energy"}, "GPU by its AMD SMI energy counter"),
        ({"kind": "gpu", "sensor": "amd_smi", "reads": "power"}, "GPU by its AMD SMI power, read every few seconds"),
        ({"kind": "host", "sensor": "hwmon", "reads": "power"}, "whole node by its own power meter"),
        ({"kind": "cpu", "sensor": "hwmon", "reads": "power"}, "CPU by a power sensor on the board"),
        ({"kind": "host", "sensor": "declared"}, "energy that whoever ran it declared"),
        ({"kind": "cpu", "sensor": "replay"}, "CPU by a recording of a meter, read again"),
        ({"kind": "dram", "sensor": "apple_silicon"}, "memory by the energy counters of the Apple chip"),
        (
            {"kind": "gpu", "sensor": "power_model", "model": "accelerator-tdp"},
            "GPU modelled from its utilisation and rated power (TDP)",
        ),
        (
            {"kind": "gpu", "sensor": "nvml", "includes": ["cpu", "dram"]},
            "GPU with CPU and memory by its energy counter",
        ),
        (
            {"kind": "gpu", "sensor": "nvml", "share_by": "slices", "share_declared": 3 / 7, "node_share": 3 / 7},
            "GPU by its energy counter (3 of 7 slices of a partitioned device)",
        ),
        (
            {"kind": "gpu", "sensor": "nvml", "share_by": "slices", "share_declared": 0.4567},
            "GPU by its energy counter (46 % of a partitioned device)",
        ),
        (
            {"kind": "gpu", "sensor": "nvml", "share_by": "even_split", "node_share": 0.5},
            "GPU by its energy counter (50 % of a device shared evenly)",
        ),
        (
            {"kind": "gpu", "sensor": "nvml", "share_by": "processes", "node_share": 0.25},
            "GPU by its energy counter (25 % of a device shared by its processes)",
        ),
        ({"kind": "gpu", "sensor": "nvml", "share_by": "whole", "node_share": 1.0}, "GPU by its energy counter"),
        ({"kind": "cpu", "sensor": "emi"}, "CPU by emi"),
    ],
)
def test_meters_and_shares_in_words(component: dict[str, Any], told: str) -> None:
    """What read the energy, of what, and which part of a device was taken."""
    assert meter_words.sensor(component).replace(THIN_SPACE, " ") == told


def _sources(*energy: Any, **changes: Any) -> dict[str, str]:
    """The table of inputs of one stage: what was got from what."""
    document = a_disclosure([a_segment(energy=energy, series=None, **changes)]).model_dump(
        mode="json", exclude_none=True
    )
    return {line.name: line.source for line in inputs(document)[0] if line.name.endswith("energy")}


def test_the_table_of_inputs_names_the_meters() -> None:
    """One line for each kind of hardware and way of reading it."""
    assert _sources(replace(NODE, includes=("cpu", "dram"))) == {"Whole host energy": "node power meter"}
    module = replace(GPU, includes=("cpu", "dram"))
    assert _sources(module) == {"GPU with CPU and memory energy": "NVML energy counter"}
    half = replace(GPU, share_j=GPU.node_j * 3 / 7, share_by="slices", share_declared=3 / 7)
    told = _sources(CPU, DRAM, half)
    assert told["GPU energy"] == "NVML energy counter, 3 of 7 slices of a partitioned device"
    modelled = _sources(CPU, DRAM, activity=with_uses(use("NVIDIA A10")))
    assert modelled["GPU energy"] == "utilisation and rated power (TDP)"
    assert _sources(CPU, declared=Declared(energy_wh=1.0)) == {"Whole host energy": "declared by the operator"}


def test_a_node_is_named_by_its_processors_where_nothing_else_names_them() -> None:
    """The meter of a node whose CPU is listed is no second CPU."""
    cpu = {"kind": "cpu", "model": "EPYC", "count": 1, "host_ref": "a"}
    node = {**cpu, "kind": "host"}
    assert words.hardware([cpu, node]) == "EPYC"
    assert words.hardware([node]) == "a node with EPYC"
    assert words.hardware([cpu, {**node, "host_ref": "b"}]) == "EPYC and a node with EPYC"
