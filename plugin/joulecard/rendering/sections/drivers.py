"""How far each source of uncertainty, at the ends of its own interval, moves the emissions."""

from __future__ import annotations

from typing import Any

from joulecard.accounting.intervals import COVERAGE, interval
from joulecard.rendering.charts import Driver

MOST_DRIVERS = 6
LEAST_PART = 0.01  # of the widest: a narrower bar is not seen

LABELS = {
    "grid-country-lifecycle": "Grid factor",
    "grid-zone-lifecycle": "Grid factor",
    "grid-subnational-by-country": "Grids within the country",
    "grid-direct-official": "Grid factor",
    "grid-year-shift": "Year of the grid factor",
    "grid-world-for-unknown": "Unknown grid",
    "rapl-package": "CPU counters",
    "rapl-dram": "Memory counters",
    "nvml-energy-counter": "GPU counter",
    "nvml-power-polled": "GPU power readings",
    "nvml-power-part-time": "GPU power readings",
    "amd-smi-energy": "GPU counter",
    "amd-smi-power": "GPU power readings",
    "apple-energy-model": "Energy model of the chip",
    "node-meter": "Power meter of the node",
    "board-sensor": "Sensors on the board",
    "replay": "Recording of a meter",
    "energy-declared": "Declared energy",
    "share-cpu-time": "Split by CPU time",
    "share-even-split": "Split of shared GPUs",
    "share-processes": "Split of shared GPUs",
    "share-mig-slices": "Split of shared GPUs",
    "cpu-tdp-model": "CPU power model",
    "cpu-vcpu-unknown": "CPU power model",
    "memory-watts-per-gb": "Memory power model",
    "gpu-tdp-model": "GPU power model",
    "pue-fleet-default": "PUE",
    "pue-declared": "PUE",
    "embodied-component": "Embodied factor",
    "embodied-vcpu-unknown": "Embodied factor",
    "embodied-computer-unknown": "Embodied factor",
    "lifetime-default": "Lifetime of hardware",
}


def drivers(document: dict[str, Any], carbon: dict[str, Any], scale_g: float) -> tuple[Driver, ...]:
    """The greatest drivers of the emissions' interval, in `scale_g` grams; empty where its sources are not told."""
    ends, value_g = carbon.get("interval", {}), carbon.get("value")
    parts = ends.get("contributions", ())
    if not value_g or not parts or ends["coverage"] != COVERAGE:
        return ()
    classes = {source["id"]: source["class"] for source in document["uncertainty"]["sources"]}
    amounts: dict[str, list[float]] = {}
    for part in parts:
        amounts.setdefault(_label(classes[part["source_ref"]]), []).append(part["amount"])
    found = [_driver(label, value_g, shares, scale_g) for label, shares in amounts.items()]
    widest = max(map(_width, found))
    shown = [driver for driver in found if _width(driver) > LEAST_PART * widest]
    return tuple(sorted(shown, key=_width, reverse=True)[:MOST_DRIVERS])


def _width(driver: Driver) -> float:
    return driver.upper_change - driver.lower_change


def _driver(label: str, value_g: float, amounts: list[float], scale_g: float) -> Driver:
    lower_g, upper_g = interval(value_g, amounts)
    return Driver(label=label, lower_change=(lower_g - value_g) / scale_g, upper_change=(upper_g - value_g) / scale_g)


def _label(class_name: str) -> str:
    """A class of uncertainty in words; one that we do not know by its own name."""
    return LABELS.get(class_name, class_name.replace("-", " ").capitalize())
