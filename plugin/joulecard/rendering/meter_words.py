"""The words for meters and power models: how a component's energy was got, and which part of its device was taken."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from joulecard.numbers import percent
from joulecard.rendering import words

# How each counter or power model got the energy of its hardware; the kind's own words come first.
SENSORS = {
    ("cpu", "rapl"): "CPU by its RAPL energy counters",
    ("dram", "rapl"): "memory by its RAPL energy counters",
    ("cpu", "cpu-tdp"): "CPU modelled from CPU time and its TDP",
    ("cpu", "vcpu-unknown"): "CPU modelled from CPU time at typical watts per vCPU",
    ("dram", "memory-watts-per-gb"): "memory modelled at watts per GB reserved",
    ("host", "declared"): "energy that whoever ran it declared",
    ("host", "hwmon"): "whole node by its own power meter",
    ("host", "hwmon power"): "whole node by its own power meter",
    ("host", "ipmi"): "whole node by its own power meter",
    ("host", "ipmi power"): "whole node by its own power meter",
    ("host", "power_meter"): "whole node by a meter in its supply",
    ("host", "power_meter power"): "whole node by a meter in its supply",
}
BY = {
    "nvml": "by its energy counter",
    "nvml power": "by its power, read every few seconds",
    "amd_smi": "by its AMD SMI energy counter",
    "amd_smi power": "by its AMD SMI power, read every few seconds",
    "apple_silicon": "by the energy counters of the Apple chip",
    "hwmon": "by a sensor on the board",
    "hwmon power": "by a power sensor on the board",
    "replay": "by a recording of a meter, read again",
    "replay power": "by a recording of a power meter, read again",
    "accelerator-tdp": "modelled from its utilisation and rated power (TDP)",
    "declared": "as declared by the operator",
    "cloud_api": "as the cloud provider tells it",
}
OTHERS = {"declared": "declared by the operator", "cloud_api": "as the cloud provider tells it"}
NEAR_SLICES = 1e-3
SLICES = 8  # no device that can be partitioned has more of them


def sensor(component: dict[str, Any]) -> str:
    """How a component's energy was got."""
    by_power = " power" if component.get("reads") == "power" else ""
    kind, name = component["kind"], component.get("model", component["sensor"] + by_power)
    told = SENSORS.get((kind, name)) or f"{hardware_of(component)} {BY.get(name, f'by {name}')}"
    part = share(component)
    return f"{told} ({part})" if part else told


def hardware_of(component: dict[str, Any]) -> str:
    """Whose energy is in a component: "GPU with CPU and memory" where one meter reads all of them."""
    kind = component["kind"]
    inside = words.listed(words.KINDS.get(each, each) for each in component.get("includes", ()))
    return f"{words.KINDS.get(kind, kind)} with {inside}" if inside and kind != "host" else words.KINDS.get(kind, kind)


def share(component: dict[str, Any]) -> str:
    """Which part of a device was taken, where that is not all of it: "3 of 7 slices of a partitioned device"."""
    way, part = component.get("share_by"), component.get("node_share")
    if way == "slices":
        return f"{_slices(component['share_declared'])} of a partitioned device"
    if part is None or way not in {"even_split", "processes"}:
        return ""
    return f"{percent(part)} of a device shared {'evenly' if way == 'even_split' else 'by its processes'}"


def _slices(declared: float) -> str:
    """A declared part as slices where it is one of few, else in per cent."""
    few = Fraction(declared).limit_denominator(SLICES)
    if few.numerator and abs(float(few) - declared) < NEAR_SLICES:
        return f"{few.numerator} of {few.denominator} slices"
    return percent(declared)
