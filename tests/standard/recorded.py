"""The valid segments and stage records of the corpus."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.standard.authoring import SCHEMA, Amount, counter, total
from tests.standard.richer import without
from tests.standard.stages import Host, at, name_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json

SEGMENT: Json = {
    "schema": SCHEMA + "segment",
    "id": name_uuid("segment"),
    "execution_id": name_uuid("execution"),
    "group": "example",
    "stage": "train",
    "attempt": 1,
    "scope": "node",
    "status": "completed",
    "start": at(0),
    "end": at(10),
    "monotonic_s": 10.0,
    "clock_step_s": 0.0,
    "attribution": "allocated",
    "host_ref": Host(1).ref,
    "coverage": 1.0,
    "energy": [],
    "activity": {
        "cpu_s": 8.0,
        "cpu_source": "wait4",
        "node_cpu_s": 9.0,
        "core_s": 320.0,
        "memory_gb_s": 2000.0,
        "reserved_by": "even_split",
        "coverage": 1.0,
    },
    "machine": {"logical_cpus": 32, "architecture": "x86_64"},
    "place": {"evidence": []},
    "software": {"tool": "joulecard", "version": "0.1.0", "python": "3.12.4", "os": "Linux 6.1"},
    "gaps": [],
    "refs": {"dvc_stage": "train"},
}


def segment_activity() -> Json:
    """A segment of a node without counters."""
    return copy.deepcopy(SEGMENT)


def segment_counter() -> Json:
    """A segment with a counter and a series."""
    reading = {
        "kind": "cpu",
        "sensor": "rapl",
        "domain": "package-0",
        "node_j": 2880.0,
        "share_j": 1800.0,
        "coverage": 1.0,
    }
    series = {"start": at(0), "step_s": 5.0, "counter_j": [900.0, 900.0], "cpu_s": [4.0, 4.0], "min_w": [], "max_w": []}
    return {**copy.deepcopy(SEGMENT), "energy": [{**reading, "idle_j": 720.0}], "series": series}


def segment_gpu() -> Json:
    """A segment with one of eight GPUs, by its power, shared with another recorder."""
    reading = {
        "kind": "gpu",
        "sensor": "nvml",
        "domain": "gpu-3",
        "node_j": 3000.0,
        "share_j": 1500.0,
        "coverage": 1.0,
        "device_ref": "bb" * 6,
        "model": "Example GPU",
        "reads": "power",
    }
    gpus = [{"model": "Example GPU", "count": 8, "vendor": "Example", "visible": 1}]
    return {**copy.deepcopy(SEGMENT), "energy": [reading], "machine": {**SEGMENT["machine"], "accelerators": gpus}}


def segment_counted() -> Json:
    """A segment that counted its work and says what it computed and how good it was, with a GPU in half its use."""
    use = {"sensor": "nvml", "domain": "gpu-0", "busy_s": 2.5, "device_s": 5.0, "coverage": 1.0}
    accelerators = [{"model": "Example vGPU", **use, "device_ref": "cc" * 6}]
    quality = {"accuracy": 0.91, "Recall@5 / test": 0.99}
    said = {"work_done": {"request": 120.0, "token": 51000.0}, "declared": {"flop": 3.1e15, "quality": quality}}
    base = copy.deepcopy(SEGMENT)
    return {**base, **said, "activity": {**base["activity"], "accelerators": accelerators}}


def segment_declared() -> Json:
    """A segment whose energy another meter told."""
    return {**copy.deepcopy(SEGMENT), "declared": {"energy_wh": 0.4}}


def segment_of_a_module() -> Json:
    """A segment with part of a module that holds processor, memory and GPU, read by its power."""
    reading = {"kind": "gpu", "sensor": "nvml", "domain": "gpu-0", "node_j": 3000.0, "share_j": 1500.0, "coverage": 1.0}
    device = {"device_ref": "bb" * 6, "model": "Example module", "power_limit_w": 900.0, "clock_limit_mhz": 1980.0}
    read = {"reads": "power", "quantity": "power.instant", "includes": ["cpu", "dram"], "start_celsius": 41.0}
    return {
        **copy.deepcopy(SEGMENT),
        "energy": [{**reading, **device, **read, "share_by": "slices", "share_declared": 0.5}],
    }


def segment_interrupted() -> Json:
    """A recovered segment whose clock was moved."""
    gap = {"what": "clock", "reason": "the clock was set forward", "seconds": 30.0}
    moved = {"status": "interrupted", "end": at(40), "clock_step_s": 30.0, "gaps": [gap], "exit_status": -9}
    return {**copy.deepcopy(SEGMENT), **moved}


def record() -> Json:
    """A stage record of DVC."""
    energy = {"value": 0.7, "unit": "Wh", "method": "modelled"}
    mass = {"value": 0.7e-3 * 1.2 * 35.4, "unit": "g", "method": "modelled"}
    grid = {"grid_zone": "SWE", "grid_intensity_g_per_kwh": 35.4, "grid_year": 2025, "pue": 1.2}
    tally = {"factor_edition": "2026.11", "energy_wh": energy, "co2e_g": mass, "energy_basis": "facility", **grid}
    flat = {"energy_wh": 0.7, "co2e_g": mass["value"], "duration_s": 10.0}
    return {**flat, "tally": [tally], "segments": [copy.deepcopy(SEGMENT)]}


def record_measured() -> Json:
    """A stage record whose energy a counter measured in part, with intervals; an inner recorder is not counted."""
    outer = segment_counter()
    measured, modelled = counter(1800 / 3600, "rapl-package@cpu1"), Amount(0.2, "Wh", "modelled", 0.0)
    energy = total([replace(measured, unit="Wh"), modelled.with_source("memory-watts-per-gb@f-mem")])
    drawn = energy.times("f-pue", "Wh")
    mass = replace(drawn.times("f-swe", "g"), value=drawn.value * 35.4 / 1000)
    mass.adds = {name: amount / 1000 for name, amount in drawn.times("f-swe", "g").adds.items()}
    mass.measured /= 1000
    grid = {"grid_zone": "SWE", "grid_intensity_g_per_kwh": 35.4, "grid_year": 2025, "pue": 1.2}
    quantities = {"energy_wh": energy.document(), "co2e_g": without(mass.document(), "factor_refs")}
    tally = {"factor_edition": "2026.11", **quantities, "energy_basis": "facility", **grid}
    ids = {"id": name_uuid("inner"), "execution_id": name_uuid("inner run"), "within": outer["execution_id"]}
    flat = {"energy_wh": energy.value, "co2e_g": mass.value, "duration_s": 10.0}
    return {**flat, "tally": [tally], "segments": [outer, {**copy.deepcopy(SEGMENT), **ids, "stage": "inner"}]}


def record_without_place() -> Json:
    """A stage record without emissions: the flat number is left out, and the tally says why."""
    document = without(record(), "co2e_g")
    tally = without(document["tally"][0], "grid_zone", "grid_intensity_g_per_kwh", "grid_year", "pue")
    none = {"unit": "g", "method": "not_available", "reason": "no grid factor is known for this place"}
    return {**document, "tally": [{**tally, "energy_basis": "it", "co2e_g": none}]}


def not_recorded() -> Json:
    """A stage record of a stage that nobody watched."""
    return {"recorded": False, "reason": "recording is disabled"}


RECORDS: dict[str, Callable[[], Any]] = {
    "segment-activity": segment_activity,
    "segment-counter": segment_counter,
    "segment-gpu": segment_gpu,
    "segment-counted": segment_counted,
    "segment-declared": segment_declared,
    "segment-of-a-module": segment_of_a_module,
    "segment-interrupted": segment_interrupted,
    "record": record,
    "record-measured": record_measured,
    "record-without-place": record_without_place,
    "record-not-recorded": not_recorded,
}
