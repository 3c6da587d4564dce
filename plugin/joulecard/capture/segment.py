"""What one process saw of one execution of a stage, without a break: energy and activity, no carbon.

The document form is `schema/1.0/segment.schema.json`; a member that is None is left out of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from joulecard.surroundings.machine import Machine
from joulecard.surroundings.place import Place
from joulecard.surroundings.software import Software

SEGMENT_SCHEMA = "urn:joulecard:mlcd:1.0.0-draft:segment"

Status = Literal["completed", "failed", "interrupted"]
Scope = Literal["node", "process"]
Attribution = Literal["allocated", "machine", "process"]
ComponentKind = Literal["cpu", "dram", "gpu", "accelerator", "host"]
Reads = Literal["energy", "power"]  # what a sensor tells: a running total, or power that was added up by looking often
ShareBy = Literal["whole", "even_split", "processes", "slices"]  # how our part of a device was taken


@dataclass(frozen=True, slots=True)
class Reading:
    """What one counter gave while the segment lasted: the node's joules and this stage's share of them."""

    kind: ComponentKind
    sensor: str  # rapl, nvml, ...: a name in the table of known meters
    domain: str  # the counter's own name, e.g. package-0
    node_j: float
    share_j: float
    coverage: float  # share of the segment's time that the counter was seen, 0..1
    idle_j: float | None = None  # idle part of share_j; None where idle and active were not told apart
    device_ref: str | None = None
    model: str | None = None  # the device's, as its driver names it
    reads: Reads | None = None  # None: energy, as all counters of its sensor do
    quantity: str | None = None  # the vendor's name of what was read, where it has several
    includes: tuple[ComponentKind, ...] | None = None  # other kinds whose energy is in this counter too
    share_by: ShareBy | None = None  # None: by CPU time and reservation
    share_declared: float | None = None  # the declared part of a partitioned device
    power_limit_w: float | None = None
    clock_limit_mhz: float | None = None
    start_celsius: float | None = None


@dataclass(frozen=True, slots=True)
class AcceleratorUse:
    """How busy a device without a counter was: a power model turns it into joules."""

    model: str
    sensor: str
    domain: str
    busy_s: float  # our part of its utilisation x time
    device_s: float  # our part of the device x time
    coverage: float
    device_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the program says of its stage, as `stage.note` was given it; nothing here was seen."""

    energy_wh: float | None = None  # takes the place of what was seen
    flop: float | None = None
    quality: tuple[tuple[str, float], ...] | None = None  # an object in the document


@dataclass(frozen=True, slots=True)
class Activity:
    """What the stage did and had reserved on this node; a power model turns it into joules where no counter is."""

    cpu_s: float  # CPU seconds used by this stage (under attribution "machine": by the node)
    cpu_source: Literal["wait4", "proc", "cgroup", "node"]
    node_cpu_s: float  # busy CPU seconds of the whole node in the same time
    core_s: float  # logical-CPU seconds reserved: reserved CPUs x time; 0 under attribution "process"
    memory_gb_s: float  # reserved memory x time, GB s
    reserved_by: Literal["cpuset", "cpu.max", "slurm", "even_split", "machine", "none"]
    coverage: float
    memory_peak_gb: float | None = None
    accelerators: tuple[AcceleratorUse, ...] | None = None  # those without a counter whose use was seen


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be seen, for how long and why."""

    what: str  # sensor:domain, clock, processes, settings, ...
    reason: str  # one sentence
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Energy and CPU time over time, in equal steps from `start`; the last step may be cut short by the end."""

    start: str
    step_s: float
    counter_j: tuple[float, ...]  # share_j of all readings together, per step
    cpu_s: tuple[float, ...]
    min_w: tuple[float, ...] = ()  # least and greatest power between two reads; empty without counters
    max_w: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One process's unbroken record of one execution of a stage on one host."""

    id: str  # uuid4
    execution_id: str  # uuid derived from group, stage and attempt
    group: str
    stage: str
    attempt: int
    scope: Scope
    status: Status
    start: str  # RFC 3339, UTC, milliseconds, Z
    end: str
    monotonic_s: float
    clock_step_s: float  # (end - start) - monotonic_s: how far the wall clock was moved while recording
    attribution: Attribution
    host_ref: str
    coverage: float
    energy: tuple[Reading, ...]
    activity: Activity
    machine: Machine
    place: Place
    software: Software
    gaps: tuple[Gap, ...] = ()
    series: Series | None = None
    within: str | None = None  # execution_id of the recorder that watches this one; never summed with it
    work_done: tuple[tuple[str, float], ...] | None = None  # unit and number; an object in the document
    declared: Declared | None = None
    rank: int | None = None
    exit_status: int | None = None  # negative: the signal that ended the command
    refs: tuple[tuple[str, str], ...] = ()  # dvc_stage, mlflow_run_id, ...; an object in the document
    schema: str = SEGMENT_SCHEMA

    def to_document(self) -> dict[str, Any]:
        """The segment as the JSON object that segment.schema.json describes."""
        document = _plain(self)
        document["refs"] = dict(self.refs)
        if self.work_done:
            document["work_done"] = dict(self.work_done)
        if self.declared and self.declared.quality:
            document["declared"]["quality"] = dict(self.declared.quality)
        return {"schema": document.pop("schema"), **document}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Segment:
        """The segment of a document that segment.schema.json has accepted."""
        members = {
            **document,
            "energy": tuple(_reading(reading) for reading in document["energy"]),
            "activity": _activity(document["activity"]),
            "machine": Machine.from_document(document["machine"]),
            "place": Place.from_document(document["place"]),
            "software": Software(**document["software"]),
            "gaps": tuple(Gap(**gap) for gap in document.get("gaps", ())),
            "refs": tuple(document.get("refs", {}).items()),
        }
        if "work_done" in document:
            members["work_done"] = tuple(document["work_done"].items())
        if "declared" in document:
            members["declared"] = _declared(document["declared"])
        if "series" in document:
            series: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in document["series"].items()
            }
            members["series"] = Series(**series)
        return cls(**members)


def _reading(document: dict[str, Any]) -> Reading:
    includes = {"includes": tuple(document["includes"])} if "includes" in document else {}
    return Reading(**{**document, **includes})


def _activity(document: dict[str, Any]) -> Activity:
    if "accelerators" not in document:
        return Activity(**document)
    return Activity(**{**document, "accelerators": tuple(AcceleratorUse(**use) for use in document["accelerators"])})


def _declared(document: dict[str, Any]) -> Declared:
    quality = {"quality": tuple(document["quality"].items())} if "quality" in document else {}
    return Declared(**{**document, **quality})


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and scalars as what json can write; members that are None are left out."""
    if is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(member) for name, member in pairs if member is not None}
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    return value
