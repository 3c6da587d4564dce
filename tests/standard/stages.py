"""Executions of made-up stages, put together into whole disclosures."""

from __future__ import annotations

import math
from typing import Any

from tests.standard.authoring import (
    FACTORS,
    LOG_SD,
    NO_HARDWARE,
    NO_PUE,
    NO_WATER,
    SCHEMA,
    Amount,
    Json,
    total,
)
from tests.standard.executions import EPOCH, Execution, Host, Watch, at, cached, length_s, name_uuid

MEMORY_ASSUMED = {"id": "a1", "statement": "Memory draws 0.3725 W per GB reserved", "default": True}
EQUIPMENT = {
    "cpu": {"cpu"},
    "memory": {"dram"},
    "accelerators": {"gpu", "tpu", "accelerator"},
    "storage": {"disk"},
    "network": {"network"},
}


def _totals(its: list[Amount], facilities: list[Amount | None], emitted: list[Amount]) -> Json:
    known = [item for item in facilities if item]
    facility = total(known).document() if known else NO_PUE
    if known and len(known) < len(facilities):
        facility["reason"] = "stages without a known PUE are left out"
    energy = {"energy_it": total(its).document(), "energy_facility": facility}
    return {**energy, "operational_location": total(emitted).document(), "embodied": NO_HARDWARE, "water": NO_WATER}


def _by_phase(executions: list[Execution]) -> list[Json]:
    phases = dict.fromkeys(execution.phase for execution in executions)
    rows = []
    for phase in phases:
        own = [execution for execution in executions if execution.phase == phase]
        energy, emitted = total([item.it for item in own]), total([item.location for item in own])
        rows.append({"phase": phase, "energy_it": energy.document(), "operational_location": emitted.document()})
    return rows


def _used(document: Json) -> tuple[list[Json], list[Json]]:
    """The factors and sources that a document names, in the order of our tables."""
    text = repr(document)
    factors = [factor for name, factor in FACTORS.items() if f"'{name}'" in text]
    text += repr(factors)
    names = {name for name in text.split("'") if "@" in name}
    classes = ((name, name.split("@", 1)[0]) for name in sorted(names))
    return factors, [{"id": name, "class": kind, "log_sd": LOG_SD[kind]} for name, kind in classes]


def disclosure(name: str, executions: list[Execution], reused: list[tuple[Json, Execution]] | None = None) -> Json:
    """A whole disclosure of stages that ran and of cached ones with the execution each reused."""
    hosts = {watch.host.number: watch.host for item in executions for watch in item.watches}
    stages = [stage for stage, _ in reused or []] + [item.document() for item in executions]
    old = [item for _, item in reused or []]
    new = _totals(
        [item.it for item in executions], [item.facility for item in executions], [item.location for item in executions]
    )
    both = [*executions, *old]
    all_ = _totals([item.it for item in both], [item.facility for item in both], [item.location for item in both])
    times = [item.time() for item in executions]
    level = "facility" if all(item.facility for item in executions) else "node"
    period = {"start": min(time["start"] for time in times), "end": max(time["end"] for time in times)}
    body = {
        "resources": [resource for host in hosts.values() for resource in host.resources()],
        "locations": [host.location() for host in hosts.values()],
        "stages": stages,
    }
    factors, sources = _used(body)
    return {
        "schema": SCHEMA + "disclosure",
        "document": {"id": f"urn:uuid:{name_uuid(name)}", "created": "2026-11-21T23:00:00Z", "status": "draft"},
        "subject": {"type": "pipeline", "name": name},
        "boundary": {
            **_boundary(level, period, len(hosts)),
            "equipment_included": equipment(stages, cooled=level == "facility"),
            "coverage_fraction": _observed(executions),
        },
        "resources": body["resources"],
        "locations": body["locations"],
        "factors": factors,
        "uncertainty": {
            "method": "lognormal-moments",
            "coverage": 0.9,
            "sources": sources,
            "drivers": drivers(new["operational_location"]),
        },
        "stages": stages,
        "totals": {"headline": "new", "new": new, "including_reused": all_, "by_phase": _by_phase(executions)},
        "assumptions": [MEMORY_ASSUMED, *_earlier_years(factors)],
        "gaps": [],
        "generator": {"name": "example", "version": "1.0"},
    }


def _observed(executions: list[Execution]) -> float:
    """The part of the recorded time that was observed."""
    watches = [watch for execution in executions for watch in execution.watches]
    return math.fsum(watch.coverage * length_s(watch) for watch in watches) / math.fsum(map(length_s, watches))


def drivers(emitted: Json) -> list[Json]:
    """The widest sources of emissions, those below half a percent left out."""
    parts = {item["source_ref"]: item["amount"] / emitted["value"] for item in emitted["interval"]["contributions"]}
    logs = {name: math.log(1 + ratio * ratio) for name, ratio in parts.items()}
    shares = {name: part / math.fsum(logs.values()) for name, part in logs.items()}
    ranked = sorted(shares, key=lambda name: -shares[name])
    return [{"source_ref": name, "variance_share": shares[name]} for name in ranked if shares[name] > 0.005]


def _boundary(level: str, period: Json, nodes: int) -> Json:
    told = {"storage": "storage", "network": "network", "end_of_life": "end of life of the hardware"}
    told |= {"cooling": "cooling of the facility"} if level == "node" else {}
    exclusions = [{"part": part, "what": what, "reason": "no meter sees it"} for part, what in told.items()]
    known: dict[str, Any] = {"scope_level": level, "attribution": "allocated", "period": period}
    rest = {
        "lifecycle_included": ["operation"],
        "exclusions": exclusions,
        "runs_counted": "all",
    }
    return {**known, **rest, "nodes_seen": nodes}


def equipment(stages: list[Json], *, cooled: bool) -> list[str]:
    """The equipment whose energy the components show, and cooling where the PUE is known everywhere."""
    components = [part for stage in stages for part in stage.get("energy", {}).get("components", [])]
    kinds = {part["kind"] for part in components}
    shown = [name for name, own in EQUIPMENT.items() if own & kinds]
    return shown + (["cooling"] if cooled else [])


def _earlier_years(factors: list[Json]) -> list[Json]:
    """One assumption for each grid factor of another year than the stages."""
    old = [item for item in factors if item.get("valid", {}).get("end", "9") < "2026"]
    told = "The grid of {} stands for that of 2026"
    return [
        {
            "id": f"year-{item['id']}",
            "statement": told.format(item["valid"]["end"][:4]),
            "default": True,
            "factor_ref": item["id"],
        }
        for item in old
    ]


def declared_minimal() -> Json:
    """The least disclosure: one stage whose numbers someone gives by hand."""
    energy = {"value": 12.5, "unit": "kWh", "method": "declared"}
    mass = {"value": 4100, "unit": "g", "method": "declared"}
    time = {"start": "2026-11-20T08:00:00Z", "end": "2026-11-20T20:00:00Z", "wall_s": 43200}
    stage = {"id": "train", "name": "train", "phase": "training", "status": "completed", "attempt": 1, "time": time}
    numbers = {"energy_it": energy, "energy_facility": NO_PUE, "operational_location": mass}
    return {
        "schema": SCHEMA + "disclosure",
        "document": {"id": f"urn:uuid:{name_uuid('minimal')}", "created": "2026-11-21T10:00:00Z", "status": "draft"},
        "subject": {"type": "model", "name": "digits"},
        "boundary": {
            "scope_level": "node",
            "attribution": "machine",
            "period": {"start": time["start"], "end": time["end"]},
            "lifecycle_included": ["operation"],
            "exclusions": [],
            "runs_counted": "final",
        },
        "resources": [],
        "locations": [],
        "factors": [],
        "stages": [
            {
                **stage,
                "execution_id": name_uuid("minimal/train"),
                "energy": {"it_total": energy, "facility_total": NO_PUE},
                "emissions": {"operational_location": mass},
            }
        ],
        "totals": {"headline": "new", "new": numbers, "including_reused": numbers},
        "assumptions": [],
        "gaps": [],
        "generator": {"name": "written by hand", "version": "1"},
    }


__all__ = [
    "EPOCH",
    "Execution",
    "Host",
    "Watch",
    "at",
    "cached",
    "declared_minimal",
    "disclosure",
    "drivers",
    "name_uuid",
]
