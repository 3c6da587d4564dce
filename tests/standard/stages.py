"""Hosts and stages of made-up pipelines, put together into whole disclosures."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.standard.authoring import (
    DECLARED,
    FACTORS,
    LOG_SD,
    NO_HARDWARE,
    NO_PUE,
    NO_WATER,
    SCHEMA,
    Amount,
    Json,
    counter,
    modelled,
    total,
)

EPOCH = datetime.fromisoformat("2026-11-21T09:00:00+00:00")


def at(second: float) -> str:
    """An instant so many seconds after nine o'clock."""
    moment = EPOCH + timedelta(seconds=second)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def name_uuid(name: str) -> str:
    """A UUID that stands for a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


@dataclass
class Host:
    """One machine: where it is, and what its energy is multiplied with."""

    number: int
    country: str = "SE"
    grid: str = "f-swe"
    pue: str | None = "f-pue"

    @property
    def ref(self) -> str:
        """Its pseudonym."""
        return f"{self.number:012x}"

    def resources(self) -> list[Json]:
        """CPU and memory."""
        place = {"host_ref": self.ref, "location_ref": f"l{self.number}"}
        cpu = {
            "id": f"cpu{self.number}",
            "kind": "cpu",
            "model": "Example CPU",
            "count": 1,
            "logical_cpus": 32,
            "tdp_w": 150,
        }
        return [{**cpu, **place}, {"id": f"ram{self.number}", "kind": "dram", "count": 1, "memory_gb": 200.0, **place}]

    def location(self) -> Json:
        """Its place."""
        return {"id": f"l{self.number}", "country": self.country, "precision": "country"}


@dataclass
class Watch:
    """What one segment saw: a host from one second to another."""

    host: Host
    start: float
    end: float
    cpu_kwh: float | None = None  # None: no counter, so the power model answers
    step_s: float = 0.0
    dram_kwh: float | None = None  # None: no counter, so the power model answers
    node_share: float = 0.625
    status: str = ""  # else that of the stage
    coverage: float = 1.0


@dataclass
class Execution:
    """One stage, while it is being put together."""

    name: str
    phase: str
    watches: list[Watch]
    needs: tuple[str, ...] = ()
    status: str = "completed"
    attempt: int = 1
    more: Json = field(default_factory=dict)
    extra_components: list[tuple[Json, Amount]] = field(default_factory=list)
    lines: list[tuple[float, str]] = field(default_factory=list)  # share of the energy and its factor; else by host

    def __post_init__(self) -> None:
        """Computes everything once."""
        self.parts = [part for watch in self.watches for part in _components(watch)] + self.extra_components
        self.energies = [total([amount for _, amount in _components(watch)]) for watch in self.watches]
        if self.extra_components:
            self.energies[0] = total([self.energies[0], *(amount for _, amount in self.extra_components)])
        self.it = total([amount for _, amount in self.parts])
        self.facility, self.location = self._products()

    def _products(self) -> tuple[Amount | None, Amount]:
        """Facility energy and emissions, host by host."""
        facilities, emitted = [], []
        self.written: list[Json] = []
        several = len({watch.host.pue for watch in self.watches}) > 1
        for watch, energy in zip(self.watches, self.energies, strict=True):
            pue = watch.host.pue
            drawn = energy.times(pue, "kWh") if pue else energy
            facilities.append(drawn if pue else None)
            shares = self.lines or [(1.0, watch.host.grid)]
            for share, factor in shares:
                emitted.append(_scaled(drawn, share).times(factor, "g"))
                basis = "facility" if pue else "it"
                line = {"energy_kwh": drawn.value * share, "energy_basis": basis, "factor_ref": factor}
                self.written.append({**line, **({"pue_ref": pue} if pue and several else {})})
        known = [item for item in facilities if item]
        return (total(known) if len(known) == len(facilities) else None), total(emitted)

    @property
    def id(self) -> str:
        """Its id in the document."""
        return f"s-{self.name}" + (f"-{self.attempt}" if self.attempt > 1 else "")

    def time(self) -> Json:
        """Its span on two clocks."""
        start, end = min(watch.start for watch in self.watches), max(watch.end for watch in self.watches)
        monotonic = math.fsum(watch.end - watch.start - watch.step_s for watch in self.watches)
        return {"start": at(start), "end": at(end), "wall_s": end - start, "monotonic_s": monotonic}

    def segments(self) -> list[Json]:
        """Its segments."""
        rows = []
        for index, (watch, energy) in enumerate(zip(self.watches, self.energies, strict=True)):
            told = {
                "id": name_uuid(f"{self.id}/{index}"),
                "host_ref": watch.host.ref,
                "scope": "node",
                "status": watch.status or self.status,
            }
            clocks = {
                "monotonic_s": watch.end - watch.start - watch.step_s,
                "clock_step_s": watch.step_s,
                "coverage": watch.coverage,
            }
            span = {"start": at(watch.start), "end": at(watch.end)}
            digest = "sha256:" + name_uuid(f"{self.id}/{index}").replace("-", "") * 2
            refs = {"factor_ref": watch.host.grid} if not self.lines else {}
            refs |= {"pue_ref": watch.host.pue} if watch.host.pue else {}
            rows.append({**told, **span, **clocks, "energy_it_kwh": energy.value, **refs, "digest": digest})
        return rows

    def series(self, step_s: float) -> Json:
        """Its energy over time, unevenly spread."""
        time = self.time()
        count = max(1, -int(-time["wall_s"] // step_s))
        weights = [1 + index % 3 for index in range(count)]
        bins = [self.it.value * 3.6e6 * weight / math.fsum(weights) for weight in weights]
        return {"start": time["start"], "step_s": step_s, "it_energy_j": bins, "min_w": [], "max_w": []}

    def document(self) -> Json:
        """The stage as the standard writes it."""
        components = [
            {"id": f"c{index}", **head, "energy": amount.document()} for index, (head, amount) in enumerate(self.parts)
        ]
        facility = self.facility.document() if self.facility else NO_PUE
        emissions = {"operational_location": self.location.document(lines=self.written), "embodied": NO_HARDWARE}
        told = {"id": self.id, "name": self.name, "phase": self.phase, "status": self.status, "attempt": self.attempt}
        ids = {"execution_id": name_uuid(self.id), "group": "example", "depends_on": list(self.needs)}
        files = {"inputs": [_file(f"{self.name}.in")], "outputs": [_file(f"{self.name}.out")], "time": self.time()}
        energy = {"it_total": self.it.document(), "facility_total": facility, "components": components}
        rest = {"segments": self.segments(), "energy": energy, "emissions": emissions, "water": NO_WATER}
        return {**told, **ids, **files, **rest, **self.more}


def _file(uri: str) -> Json:
    return {"uri": uri, "digest": "md5:" + name_uuid(uri).replace("-", "")}


def _scaled(amount: Amount, share: float) -> Amount:
    adds = {name: value * share for name, value in amount.adds.items()}
    return Amount(amount.value * share, amount.unit, amount.method, amount.measured * share, adds)


def _components(watch: Watch) -> list[tuple[Json, Amount]]:
    """CPU by counter or model, and memory by model."""
    return [_cpu(watch), _memory(watch)]


def _memory(watch: Watch) -> tuple[Json, Amount]:
    """Memory by counter or model."""
    number, memory = watch.host.number, [(200.0 * _length(watch), "f-mem")]
    if watch.dram_kwh is not None:
        head = {"kind": "dram", "resource_ref": f"ram{number}", "sensor": "rapl", "coverage": watch.coverage}
        return {**head, **_share(watch.dram_kwh, watch.node_share)}, counter(watch.dram_kwh, f"rapl-dram@ram{number}")
    ram = {
        "kind": "dram",
        "resource_ref": f"ram{number}",
        "sensor": "power_model",
        "model": "memory-watts-per-gb",
        "activity": _terms(memory, "GB.s"),
    }
    return ram, modelled(memory)


def _cpu(watch: Watch) -> tuple[Json, Amount]:
    """CPU by counter or model."""
    number, length = watch.host.number, _length(watch)
    if watch.cpu_kwh is None:
        terms = [(32.0 * length, "f-idle"), (8.25 * length, "f-active")]
        head = {"kind": "cpu", "resource_ref": f"cpu{number}", "sensor": "power_model", "model": "cpu-tdp"}
        return {**head, "activity": _terms(terms, "vCPU.s")}, modelled(terms)
    idle = watch.cpu_kwh * 0.3
    parts = {**_share(watch.cpu_kwh, watch.node_share), "idle_kwh": idle, "dynamic_kwh": watch.cpu_kwh - idle}
    cpu: Json = {"kind": "cpu", "resource_ref": f"cpu{number}", "sensor": "rapl", **parts, "coverage": watch.coverage}
    return cpu, counter(watch.cpu_kwh, f"rapl-package@cpu{number}")


def _share(kwh: float, share: float) -> Json:
    """The node's energy and the stage's share of it."""
    return {"node_kwh": kwh / share, "node_share": share}


def _length(watch: Watch) -> float:
    return watch.end - watch.start - watch.step_s


def _terms(terms: list[tuple[float, str]], unit: str) -> list[Json]:
    return [{"amount": amount, "unit": unit, "factor_ref": name} for amount, name in terms]


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
        "boundary": {**_boundary(level, period, len(hosts)), "coverage_fraction": _observed(executions)},
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
        "assumptions": [{"id": "a1", "statement": "Memory draws 0.3725 W per GB reserved", "default": True}],
        "gaps": [],
        "generator": {"name": "example", "version": "1.0"},
    }


def _observed(executions: list[Execution]) -> float:
    """The part of the recorded time that was observed."""
    watches = [watch for execution in executions for watch in execution.watches]
    return math.fsum(watch.coverage * _length(watch) for watch in watches) / math.fsum(map(_length, watches))


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
    included = ["memory"] if level == "node" else ["memory", "cooling"]
    known: dict[str, Any] = {"scope_level": level, "attribution": "allocated", "period": period}
    rest = {
        "lifecycle_included": ["operation"],
        "equipment_included": included,
        "exclusions": exclusions,
        "runs_counted": "all",
    }
    return {**known, **rest, "nodes_seen": nodes}


def cached(execution: Execution, name: str) -> Json:
    """A cached stage that took the result of an earlier execution."""
    earlier = execution.document()
    energy = {key: value for key, value in earlier["energy"].items() if key != "components"}
    reused = {"execution_id": earlier["execution_id"], "digest": "sha256:" + "ab" * 32, "energy": energy}
    emissions = {"operational_location": earlier["emissions"]["operational_location"]}
    told = {"id": f"s-{name}", "name": name, "phase": execution.phase, "status": "cached", "depends_on": []}
    return {**told, "inputs": [], "outputs": [], "reused_from": {**reused, "emissions": emissions}}


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


__all__ = ["DECLARED", "Execution", "Host", "Watch", "at", "cached", "counter", "declared_minimal", "disclosure"]
