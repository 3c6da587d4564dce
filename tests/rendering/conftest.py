"""Records to render: from the everyday one to the hostile one, each made of segments by the shipped code."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from joulecard.capture.identity import execution_id
from joulecard.capture.segment import Activity, Gap, Reading, Segment, Series
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Subject
from joulecard.disclosure.lineage import Artifact, Lineage, StageLineage
from joulecard.disclosure.per_unit import per_unit
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.surroundings.machine import Machine
from joulecard.surroundings.place import Evidence, Place
from joulecard.surroundings.software import Software
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = str(UUID(int=1, version=4))
XEON = Machine("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 32, 200.0, "x86_64", cpu_vendor="GenuineIntel", sockets=1)
VIRTUAL = Machine("AMD EPYC", 4, 16.0, "x86_64", cpu_vendor="AuthenticAMD", virtual=True)
STOCKHOLM = Place((Evidence("cloud-init", "high", provider="aws", region="eu-north-1", country="SE"),))
PARIS = Place((Evidence("setting", "high", country="FR"),), pue=1.3)
STAGES = ("prepare", "featurize", "train", "evaluate")
HOSTILE = (
    "</details><script>alert(1)</script> | **b** [x](javascript:a) {{7*7}} {% raw %} `c` $d$ ~~s~~ # h "
    "https://x.example www.x.example &lt; \\| zero\u200bwidth \u05e2\u05d1"
)


def a_segment(number: int, stage: str, **changes: Any) -> Segment:
    """A segment of a measured machine, a hundred seconds after the one before it."""
    seconds, start_s = changes.pop("seconds", 60), 100 * number
    made = Segment(
        id=str(UUID(int=number, version=4)),
        execution_id=execution_id(GROUP, stage, changes.get("attempt", 1)),
        group=GROUP,
        stage=stage,
        attempt=1,
        scope="node",
        status="completed",
        start=_moment(start_s),
        end=_moment(start_s + seconds),
        monotonic_s=float(seconds),
        clock_step_s=0.0,
        attribution="allocated",
        host_ref="0123456789ab",
        coverage=1.0,
        energy=_counters(seconds),
        activity=_activity(seconds),
        machine=XEON,
        place=STOCKHOLM,
        software=Software("joulecard", "0.1.0", "3.12.4", "Linux 6.1"),
    )
    return replace(made, **changes)


def _moment(second: int) -> str:
    return f"2026-11-21T09:{second // 60:02}:{second % 60:02}.000Z"


def _counters(seconds: float) -> tuple[Reading, ...]:
    return (Reading("cpu", "rapl", "package-0", 288.0 * seconds, 180.0 * seconds, 1.0, idle_j=72.0 * seconds),)


def _activity(seconds: float) -> Activity:
    return Activity(7.5 * seconds, "wait4", 9.0 * seconds, 32.0 * seconds, 200.0 * seconds, "cpuset", 1.0)


def _modelled(seconds: int) -> dict[str, Any]:
    """What is known of a virtual machine without counters."""
    activity = Activity(2.5 * seconds, "proc", 3.0 * seconds, 4.0 * seconds, 16.0 * seconds, "even_split", 1.0)
    return {"machine": VIRTUAL, "energy": (), "activity": activity, "seconds": seconds}


def _lineage(*cached: str) -> Lineage:
    stages = []
    for number, name in enumerate(STAGES):
        made = Artifact(f"data/{name}.npz", f"md5:{number:032x}")
        edges = STAGES[number - 1 : number] if number else ()
        stages.append(StageLineage(name, depends_on=edges, outputs=(made,), cached=name in cached))
    return Lineage(tuple(stages))


def _pipeline() -> list[Segment]:
    return [a_segment(n, name, seconds=[12, 30, 95, 7][n - 1]) for n, name in enumerate(STAGES, 1)]


def _two_hosts() -> list[Segment]:
    one, other = a_segment(1, "train"), a_segment(2, "train", host_ref="ba9876543210", place=PARIS)
    return [one, replace(other, start=one.start, end=one.end)]


def _tiny() -> list[Segment]:
    """Five stages of a minute, and two of a millisecond: one used 1e-6 Wh, the other just what has room as a number."""
    made = [a_segment(n, f"step-{n}") for n in range(1, 6)]
    for n, stage, seconds in ((6, "tiny", 1.6e-5), (7, "small", 5.4e-3)):
        whole = a_segment(n, stage, energy=_counters(seconds), activity=_activity(seconds))
        made.append(replace(whole, end=whole.start.replace(".000Z", ".001Z"), monotonic_s=0.001))
    return made


def _retry() -> list[Segment]:
    gap = Gap("rapl:package-0", "the counter could not be read for a while", 20.0)
    first = a_segment(1, "train", status="interrupted", coverage=0.6, gaps=(gap,))
    return [first, a_segment(2, "train", attempt=2)]


RECORDS: dict[str, Callable[[], dict[str, Any]]] = {
    "typical": lambda: {"segments": _pipeline(), "lineage": _lineage()},
    "estimated": lambda: {"segments": [a_segment(1, "train", **_modelled(30), place=PARIS)]},
    "unknown_place": lambda: {"segments": [a_segment(1, "train", **_modelled(30), place=Place())]},
    "single_stage": lambda: {"segments": [a_segment(1, "train", place=PARIS)]},
    "hostile": lambda: {"segments": [a_segment(1, HOSTILE, machine=replace(XEON, cpu_model=HOSTILE[:60]))]},
    "several_hosts": lambda: {"segments": _two_hosts()},
    "cached_stage": lambda: {"segments": _pipeline(), "lineage": _lineage("prepare", "featurize")},
    "all_cached": lambda: {"segments": _pipeline(), "lineage": _lineage(*STAGES)},
    "retry": lambda: {"segments": _retry()},
    "partial": lambda: {"segments": _pipeline(), "lineage": _partial()},
    "repeated": lambda: {"segments": _repeated(10)},
    "many_stages": lambda: {"segments": [a_segment(n, f"fold-{n}", seconds=n) for n in range(1, 21)]},
}


def _partial() -> Lineage:
    """Seven stages, of which three left no record."""
    bare = "it keeps no record: its command and metrics in dvc.yaml lack joulecard"
    lacking = (StageLineage("export", unrecorded="not recorded: JOULECARD_DISABLED was set"),)
    return Lineage((*_lineage().stages, *lacking, *(StageLineage(n, unrecorded=bare) for n in ("plot", "publish"))))


def _repeated(runs: int) -> list[Segment]:
    """So many runs of one stage, the last one failed, after a preparation."""
    groups = [str(UUID(int=n, version=4)) for n in range(2, runs + 2)]
    made = [
        a_segment(n, "train", group=group, execution_id=execution_id(group, "train", 1))
        for n, group in enumerate(groups, 2)
    ]
    return [a_segment(1, "prepare", seconds=12), *made[:-1], replace(made[-1], status="failed")]


def _serving() -> list[Segment]:
    """Two stages that counted their work: a service of three records in a row, and a training of many epochs."""
    work = (("request", 60000.0), ("token", 1.5e9))
    served = [a_segment(n, "serve", id=str(UUID(int=60 + n, version=4)), work_done=work) for n in (1, 2, 3)]
    train, within = a_segment(5, "train", seconds=95, work_done=(("image", 1.2e6),)), execution_id(GROUP, "train", 1)
    inside = {"within": within, "scope": "process"}
    epochs = [
        replace(
            a_segment(n, f"epoch {n - 9}", seconds=n % 5 + 2, **inside), start=train.start, end=_moment(502 + n % 5)
        )
        for n in range(10, 22)
    ]
    batch = {"within": execution_id(GROUP, "warm-up", 1), "scope": "process"}
    warm = replace(a_segment(30, "warm-up", seconds=20, within=served[0].execution_id), start=_moment(101))
    cache = replace(a_segment(31, "cache", seconds=12, **batch), start=_moment(102), end=_moment(114))
    return [*served, train, *epochs, replace(warm, end=_moment(121)), cache]


def _hardly_seen(blind: str = "cpu") -> Segment:
    """Two counters of which one, or both, were seen for the first 16 of 100 seconds, in which they showed 20 W."""
    cpu = Reading("cpu", "rapl", "package-0", 320.0, 160.0, 0.16 if blind == "cpu" else 1.0)
    gpu = Reading("gpu", "nvml", "gpu-0", 160.0, 160.0, 0.16, None, "ba9876543210", "NVIDIA H100 80GB HBM3")
    made = a_segment(1, "train", seconds=100, coverage=0.16, energy=(cpu, gpu), place=PARIS)
    series = Series(made.start, 10.0, (200.0, 120.0, *[0.0] * 8), ())
    return replace(made, series=series, activity=replace(made.activity, coverage=0.16, memory_gb_s=0.0))


RARE_RECORDS: dict[str, Callable[[], dict[str, Any]]] = {  # looked at for one thing alone
    "tiny_stage": lambda: {"segments": _tiny()},
    "serving": lambda: {"segments": _serving(), "per": "request"},
    "inner": lambda: {"segments": [a_segment(1, "train", within=str(UUID(int=99, version=4)))]},
    "inner_beside": lambda: {
        "segments": [a_segment(1, "train", within=str(UUID(int=99, version=4))), a_segment(2, "evaluate")]
    },
    "hardly_seen": lambda: {"segments": [_hardly_seen()]},
    "gpu_hardly_seen": lambda: {"segments": [_hardly_seen(blind="gpu")]},
    "cached_unseen": lambda: {"segments": _pipeline()[1:], "lineage": _lineage("prepare")},
    "low_pue": lambda: {"segments": [a_segment(1, "train", place=replace(PARIS, pue=1.01))]},
    "region_alone": lambda: {
        "segments": [
            a_segment(1, "train", place=Place((Evidence("setting", "high", provider="gcp", region="europe-west9"),)))
        ]
    },
    "subdivision": lambda: {
        "segments": [a_segment(1, "train", place=Place((Evidence("setting", "high", subdivision="US-CA"),)))]
    },
    "partly_reused": lambda: {
        "segments": _pipeline(),
        "lineage": Lineage((*_lineage("prepare").stages, StageLineage("plot", unrecorded="it has not run"))),
    },
    "antarctica": lambda: {
        "segments": [a_segment(1, "train", place=Place((Evidence("setting", "high", country="AQ"),)))]
    },
}


def a_document(name: str) -> dict[str, Any]:
    """The disclosure of a record, accepted by validation."""
    parts = {**RECORDS, **RARE_RECORDS}[name]()
    title = HOSTILE if name == "hostile" else "digits"
    disclosure = assemble(
        parts["segments"],
        subject=Subject(type="pipeline", name=title),
        factors=Factors(edition("2026.11")),
        created="2026-11-21T10:00:00Z",
        lineage=parts.get("lineage"),
    )
    if "per" in parts:
        disclosure = per_unit(disclosure, parts["per"])
    data = disclosure.to_json()
    assert validate_disclosure(data).violations == ()
    return dict(json.loads(data))


@pytest.fixture(params=RECORDS)
def record(request: pytest.FixtureRequest) -> str:
    """The name of each record in turn."""
    return str(request.param)


@pytest.fixture
def document() -> Callable[[str], dict[str, Any]]:
    """The maker of disclosures."""
    return a_document


def the_bytes(document: dict[str, Any]) -> bytes:
    """A disclosure as it lies on disk."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


@pytest.fixture(scope="session")
def pdf() -> Callable[[str], bytes]:
    """The PDF of a record, made once in a session (about 1.3 CPU seconds each)."""

    @cache
    def made(name: str) -> bytes:
        from joulecard.rendering.pdf import pdf_report

        document = a_document(name)
        return pdf_report(document, the_bytes(document))

    return made
