"""Hosts and executions of made-up stages, with the numbers that follow from what was seen of them."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.standard.authoring import NO_HARDWARE, NO_PUE, NO_WATER, Amount, Json, counter, modelled, total

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
    number, memory = watch.host.number, [(200.0 * length_s(watch), "f-mem")]
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
    number, length = watch.host.number, length_s(watch)
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


def length_s(watch: Watch) -> float:
    """Seconds of a segment on the clock that nobody can move."""
    return watch.end - watch.start - watch.step_s


def _terms(terms: list[tuple[float, str]], unit: str) -> list[Json]:
    return [{"amount": amount, "unit": unit, "factor_ref": name} for amount, name in terms]


def cached(execution: Execution, name: str) -> Json:
    """A cached stage that took the result of an earlier execution."""
    earlier = execution.document()
    energy = {key: value for key, value in earlier["energy"].items() if key != "components"}
    reused = {"execution_id": earlier["execution_id"], "digest": "sha256:" + "ab" * 32, "energy": energy}
    emissions = {"operational_location": earlier["emissions"]["operational_location"]}
    told = {"id": f"s-{name}", "name": name, "phase": execution.phase, "status": "cached", "depends_on": []}
    return {**told, "inputs": [], "outputs": [], "reused_from": {**reused, "emissions": emissions}}
