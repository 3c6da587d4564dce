"""Hypothesis strategies: what may happen to a pipeline, and what its recorders leave of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies as st
from tests.disclosure.recordings import (
    Host,
    Recording,
    amd_gpu,
    clash,
    gpu,
    memory_counter,
    node_meter,
    package,
    resumed,
    slice_of_gpu,
    use_of_gpu,
)

from joulecard.disclosure.lineage import Artifact, Lineage, StageLineage
from joulecard.surroundings.machine import Accelerator, Machine
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Segment, Status

# How recordings on one host lie in time: never together; together, sharing what there is; or each taking all of it.
Manner = Literal["in turn", "shared", "careless"]
MANNERS: tuple[Manner, ...] = ("in turn", "shared", "careless")

NAMES = ("prepare", "train", "evaluate", "fine-tune:lora", "Süß | *x* {{7*7}}", "x" * 256)
XEON = "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"
UNREAD = Accelerator("AMD Instinct MI300X", 8, "AMD", 192.0)
HOPPER = Accelerator("NVIDIA H100 80GB HBM3", 2, "NVIDIA", 80.0)
MACHINES = (
    Machine(XEON, 32, 200.0, "x86_64", "GenuineIntel", 16, 1, virtual=False),
    Machine(XEON, 64, 400.0, "x86_64", "GenuineIntel", 32, 2, virtual=False, accelerators=(HOPPER,)),
    Machine("AMD EPYC", 8, 32.0, "x86_64", "AuthenticAMD", virtual=True),
    Machine("Neoverse-V2", 4, 16.5, "aarch64", "ARM"),
    Machine(None, 1, None, "riscv64", accelerators=(UNREAD, replace(HOPPER, visible=1))),
)
EVIDENCE = (
    (),
    (Evidence("setting", "high", country="SE"),),
    (Evidence("setting", "high", country="US", subdivision="US-CA"),),
    (Evidence("setting", "high", provider="aws", region="eu-north-1", country="SE"),),
    (Evidence("setting", "high", country="AQ"),),
    (Evidence("cloud-init", "high", provider="gcp", region="europe-west1", country="BE"),),
    (Evidence("cloud-init", "high", provider="azure"), Evidence("time-zone", "low", country="FR")),
    (Evidence("dmi", "medium", provider="nobody-knows", region="moon-1"),),
    (Evidence("time-zone", "low", country="DE"),),
)
PUES = (None, 1.0, 1.2, 1.5814, 5.0)
WATTS = st.sampled_from([0.0, 1e-3, 1.5, 60.0, 249.9, 800.0])
TICKS_S = st.sampled_from([0.0003, 0.2, 1.0, 1.0, 7.3, 10.0, 14.9, 60.0, 3600.0, 86_400.0])
NOTED = (
    ("processes", "a process ended that nobody waited for"),
    ("settings", "JOULECARD_PUE: its value is not allowed and not used; allowed: a number from 1 to 5"),
    ("node", "the system does not say how busy its CPUs are: only our own CPU time is known"),
    ("journal", "the journal could not be written for a time: No space left on device"),
)
REFS = ((), (("dvc_stage", "train"),), (("nodes_expected", "3"),), (("mlflow_run_id", "0a4a54d3"), ("a", "b")))


@dataclass(frozen=True)
class History:
    """What happened, what is left of it, and what the pipeline tool knows."""

    recordings: tuple[Recording, ...]
    lineage: Lineage | None
    profile: Literal["lifecycle", "direct"]
    manner: Manner = "in turn"

    @property
    def segments(self) -> list[Segment]:
        """What the recorders wrote."""
        return [recording.segment() for recording in self.recordings]

    @property
    def may_be_refused(self) -> bool:
        """Whether two recordings may claim the same energy: at the same time on one host, neither inside the other."""
        return any(
            clash(one, other) and other.within != one.execution_id and one.within != other.execution_id
            for one in self.recordings
            for other in self.recordings
        )


@st.composite
def hosts(draw: st.DrawFn, number: int) -> Host:
    """A host with any of the meters, any machine, any place."""
    ref = f"{number:012x}"
    with_range = draw(st.sampled_from([262_143_328_850, None]))
    model = draw(st.sampled_from(["NVIDIA H100 80GB HBM3", "NVIDIA GeForce RTX 4090", None]))
    known: list[Instrument] = [package(0, with_range), package(1, with_range), memory_counter()]
    known += [gpu(place, ref, model, counts_energy=draw(st.booleans())) for place in (0, 1)]
    known += [slice_of_gpu(2, ref), amd_gpu(3, ref), node_meter()]
    known += [use_of_gpu(place, ref, told) for place, told in ((4, "NVIDIA A10"), (5, "Tesla T4"), (6, None), (7, "?"))]
    instruments = draw(st.lists(st.sampled_from(known), unique=True, max_size=8))
    machine = draw(st.sampled_from(MACHINES))
    return Host(
        ref,
        machine,
        Place(draw(st.sampled_from(EVIDENCE)), draw(st.sampled_from(PUES))),
        {each: draw(WATTS) for each in instruments},
        busy_cpus=machine.logical_cpus * draw(st.sampled_from([0.0, 0.01, 0.5, 1.0])),
        denied=frozenset(draw(st.lists(st.sampled_from(instruments), max_size=1)) if instruments else ()),
    )


@st.composite
def recordings(draw: st.DrawFn, number: int, host: Host, start_s: float) -> Recording:
    """One recording on a host, with what may go wrong."""
    ticks_s = tuple(draw(st.lists(TICKS_S, max_size=5)))
    looks = st.integers(0, len(ticks_s))
    failing = st.tuples(looks, st.sampled_from(sorted(host.watts, key=lambda each: each.name) or [package(9)]))
    status: Status = draw(st.sampled_from(["completed", "completed", "failed", "interrupted"]))
    killed = draw(st.sampled_from([False, False, False, True]))
    return Recording(
        number=number,
        host=host,
        stage=draw(st.sampled_from(NAMES)),
        start_s=start_s,
        ticks_s=ticks_s,
        attempt=draw(st.sampled_from([1, 1, 2])),
        attribution=draw(st.sampled_from(["allocated", "allocated", "machine", "process"])),
        scope=draw(st.sampled_from(["node", "process"])),
        reserved_by=draw(st.sampled_from(["cpuset", "even_split"])),
        part=draw(st.sampled_from([1.0, 0.25, 0.0])),
        failing=tuple(draw(st.lists(failing, max_size=2))),
        clock_step=draw(st.sampled_from([(0, 0), (0, 0), (0, 0), (1, 900), (1, 3_600_000), (2, -7_200_000)])),
        suspended_s=draw(st.sampled_from([0.0, 0.0, 30.0])),
        status="interrupted" if killed else status,
        exit_status={"completed": 0, "failed": draw(st.sampled_from([1, -9])), "interrupted": None}[status],
        killed=killed,
        rank=draw(st.sampled_from([None, None, 0, 1])),
        seen=draw(st.sampled_from([1.0, 1.0, 1.0, 0.4, 0.0])),
        noted=tuple(draw(st.lists(st.sampled_from(NOTED), max_size=1))),
        refs=draw(st.sampled_from(REFS)),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One to five recordings on one to three hosts: retries, ranks, resumes, recordings within others."""
    there = [draw(hosts(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    manner: Manner = draw(st.sampled_from(MANNERS))
    made: list[Recording] = []
    for _ in range(draw(st.integers(1, 5))):
        made.append(draw(_next(len(made) + 1, there, made, manner)))
    shared = manner == "shared"
    settled = tuple(_sharing(each, made) if shared else each for each in made)
    lineage = draw(st.none() | lineages(settled))
    return History(settled, lineage, draw(st.sampled_from(["lifecycle", "lifecycle", "direct"])), manner)


@st.composite
def _next(draw: st.DrawFn, number: int, there: list[Host], made: list[Recording], manner: Manner) -> Recording:
    """One more recording: a new one, one inside an earlier one, or an earlier one taken up again."""
    host = draw(st.sampled_from(there))
    last_s = max((each.end_s for each in made if each.host == host), default=0.0)
    start_s = last_s + draw(st.sampled_from([0.0, 2.0, 4000.0])) if manner == "in turn" else draw(st.floats(0, 100))
    fresh = draw(recordings(number, host, 1000.0 + start_s))
    earlier = draw(st.sampled_from(made)) if made else None
    kind = draw(st.sampled_from(["fresh", "fresh", "inside", "resumed"])) if earlier else "fresh"
    if kind == "fresh" or earlier is None:
        return fresh
    if kind == "resumed":
        free_s = max(each.end_s for each in made if each.host == earlier.host) - earlier.end_s
        return resumed(earlier, number, free_s + draw(st.sampled_from([0.0, 2.0])))
    return _inside(fresh, earlier)


def _inside(fresh: Recording, outer: Recording) -> Recording:
    """The recording as one that was watched by another recorder, in whose time it lies."""
    longest_s = sum(outer.ticks_s) / (len(fresh.ticks_s) + 1)
    ticks_s = tuple(min(tick_s, longest_s) for tick_s in fresh.ticks_s)
    stage = f"inner {fresh.number}"
    return replace(
        fresh, host=outer.host, start_s=outer.start_s, ticks_s=ticks_s, stage=stage, within=outer.execution_id
    )


def _sharing(recording: Recording, made: list[Recording]) -> Recording:
    """The recording with only its part of a host on which others recorded too."""
    beside = sum(each.host == recording.host and each.within is None for each in made)
    allocated: Literal["allocated", "process"] = "process" if recording.attribution == "process" else "allocated"
    return replace(recording, part=recording.part / max(1, beside), holders=max(1, beside), attribution=allocated)


@st.composite
def lineages(draw: st.DrawFn, recorded: tuple[Recording, ...]) -> Lineage:
    """A lock file that knows some of the stages, and some that nobody recorded."""
    names = draw(st.permutations(sorted({each.stage for each in recorded} | {"lost", "deploy"})))
    stages = []
    for place, name in enumerate(names[: draw(st.integers(0, len(names)))]):
        earlier = tuple(draw(st.lists(st.sampled_from(names[:place]), unique=True)) if place else ())
        file = Artifact(f"data/{place}.npz", draw(st.sampled_from([None, "md5:9e107d9d372bb6826bd81d3542a419d6"])))
        own = frozenset(each.execution_id for each in recorded if each.stage == name)
        stages.append(
            StageLineage(
                name,
                depends_on=earlier,
                inputs=(file,) * draw(st.integers(0, 1)),
                outputs=(file,) * draw(st.integers(0, 1)),
                refs=draw(st.sampled_from(REFS)),
                cached=draw(st.sampled_from([False, False, True])),
                execution_ids=draw(st.sampled_from([None, own, frozenset()])),
                unrecorded=draw(st.sampled_from(["", "", "recording was disabled"])),
            )
        )
    return Lineage(tuple(stages), draw(st.sampled_from([None, 1, 4])))
