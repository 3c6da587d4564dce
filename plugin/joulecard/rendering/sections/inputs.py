"""Every input of the emissions in one table: how it was got, from what, how much of it was seen, how wide it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import meter_words, words
from joulecard.rendering.figures import NOT_STATED, factor_row
from joulecard.rendering.subtotals import subtotal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_INPUTS = 10
KINDS = {
    "cpu": "CPU",
    "dram": "Memory",
    "gpu": "GPU",
    "tpu": "TPU",
    "accelerator": "Accelerator",
    "disk": "Disk",
    "network": "Network",
    "host": "Whole host",
    "other": "Other hardware",
}
FACTORS = {"grid_intensity": "Grid intensity", "pue": "PUE"}
CONTRACTUAL = frozenset({"market", "residual"})  # of what stands beside the location-based emissions
COUNTERS = {
    "rapl": "RAPL energy counters",
    "nvml": "NVML energy counter",
    "nvml power": "NVML power, read every few seconds",
    "amd_smi": "AMD SMI energy counter",
    "amd_smi power": "AMD SMI power, read every few seconds",
    "apple_silicon": "energy counters of the Apple chip",
    "hwmon": "sensor on the board",
    "hwmon power": "power sensor on the board",
    "host hwmon": "node power meter",
    "host hwmon power": "node power meter",
    "host ipmi": "node power meter",
    "host ipmi power": "node power meter",
    "power_meter": "meter in the supply",
    "power_meter power": "power meter in the supply",
    "replay": "recording of a meter, read again",
    "replay power": "recording of a power meter, read again",
}
MODELS = {
    "cpu-tdp": "CPU time and rated power (TDP)",
    "vcpu-unknown": "CPU time at typical watts per vCPU",
    "memory-watts-per-gb": "memory reserved at watts per GB",
    "accelerator-tdp": "utilisation and rated power (TDP)",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One line of the table."""

    name: str
    method: str  # measured, modelled, estimated, declared, default or factor
    source: str
    coverage: str
    range: str


def inputs(document: dict[str, Any]) -> tuple[tuple[Input, ...], int]:
    """Energy by kind of hardware, then the factors; at most ten lines, and how many there are beside them."""
    groups: dict[tuple[str, str, str, str], list[tuple[dict[str, Any], float]]] = {}
    for stage in document["stages"]:
        seconds = stage.get("time", {}).get("wall_s", 0.0)
        for part in stage.get("energy", {}).get("components", ()):
            by_power = " power" if part.get("reads") == "power" else ""
            key = (_hardware(part), part["sensor"] + by_power, part.get("model", ""), meter_words.share(part))
            groups.setdefault(key, []).append((part, seconds))
    log_sds = {source["id"]: source["log_sd"] for source in document.get("uncertainty", {}).get("sources", ())}
    applied = [factor for factor in document["factors"] if _is_input(factor)]
    found = [_component(*key, parts) for key, parts in groups.items()]
    found += _reused(document)
    taken = {item.get("factor_ref") for item in document["assumptions"] if item["default"]}
    found += [_factor(factor, log_sds, is_taken=factor["id"] in taken) for factor in applied]
    return tuple(found[:MOST_INPUTS]), max(0, len(found) - MOST_INPUTS)


def _is_input(factor: dict[str, Any]) -> bool:
    """Whether energy or location-based emissions rest on a factor."""
    return factor["kind"] in FACTORS and factor.get("basis", {}).get("accounting") not in CONTRACTUAL


def _hardware(part: dict[str, Any]) -> str:
    """Whose energy it is: the kind, with what its meter reads beside it."""
    inside = part.get("includes", ()) if part["kind"] != "host" else ()
    return (
        " with ".join((part["kind"], words.listed(words.KINDS.get(kind, kind) for kind in inside)))
        if inside
        else part["kind"]
    )


def _component(
    hardware: str, sensor: str, model: str, share: str, parts: Sequence[tuple[dict[str, Any], float]]
) -> Input:
    kind, _, inside = hardware.partition(" with ")
    read = COUNTERS.get(f"{kind} {sensor}") or COUNTERS.get(sensor, meter_words.OTHERS.get(sensor, sensor))
    source = ", ".join(filter(None, (MODELS.get(model, model) or read, share)))
    energy = subtotal([part["energy"] for part, _ in parts])
    name = " with ".join(filter(None, (KINDS.get(kind, kind), inside)))
    return _energy(f"{name} energy", energy, source, _coverage(parts))


def _energy(name: str, energy: dict[str, Any], source: str, coverage: str) -> Input:
    """An energy with its range."""
    ends = energy.get("interval")
    printed = numbers.energy(energy["value"], (ends["lower"], ends["upper"])) if ends else None
    method = str(energy["method"]).replace("_", " ")
    return Input(name, method, source, coverage, printed.range if printed else NOT_STATED)


def _reused(document: dict[str, Any]) -> list[Input]:
    """The energy of reused results in one line, where the headline counts it."""
    parts = [stage["reused_from"]["energy"]["it_total"] for stage in document["stages"] if "reused_from" in stage]
    if not parts or document["totals"]["headline"] != "including_reused":
        return []
    return [_energy("Reused results", subtotal(parts), "records of the runs that made them", "–")]


def _coverage(parts: Iterable[tuple[dict[str, Any], float]]) -> str:
    """The share of the stages' time in which the sensor was seen; a dash where that is not told."""
    told = [(part["coverage"], seconds) for part, seconds in parts if "coverage" in part]
    whole = math.fsum(seconds for _, seconds in told)
    return numbers.percent(math.fsum(share * seconds for share, seconds in told) / whole) if whole else "–"


def _factor(factor: dict[str, Any], log_sds: dict[str, float], *, is_taken: bool) -> Input:
    row = factor_row(factor, log_sds)
    return Input(
        name=FACTORS[factor["kind"]],
        method=_origin(factor, is_taken=is_taken),
        source=f"{row.value.removesuffix('.')}, {factor['name']}; {row.source}",
        coverage=str(factor.get("valid", {}).get("start", ""))[:4] or "–",
        range=row.range,
    )


def _origin(factor: dict[str, Any], *, is_taken: bool) -> str:
    """Whether the operator declared the value, it stands in for one that nobody knew, or it is the place's own."""
    if str(factor["source"]["name"]).startswith("declared"):
        return "declared"
    is_default = (factor["kind"] == "pue" and is_taken) or factor.get("fallback_level") == "world"
    return "default" if is_default else "factor"
