"""From what is known at the start and what was added up to the segment and its file; recover takes the same way."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from joulecard.capture.clock import timestamp
from joulecard.capture.files import sync_folder, write_atomically
from joulecard.capture.joules.shortfall import all_gaps
from joulecard.capture.journal.lines import FORMAT
from joulecard.capture.meters import Device, UseGauge
from joulecard.capture.segment import AcceleratorUse, Activity, Reading, Segment, Status
from joulecard.surroundings.machine import Machine
from joulecard.surroundings.place import Place
from joulecard.surroundings.software import Software

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.joules.totals import ReadingTotal, Totals
    from joulecard.capture.meters import Instrument
    from joulecard.capture.segment import Attribution, ComponentKind, Gap, Reads, Scope, Series
    from joulecard.capture.work import Work

SEGMENT_SUFFIX = ".json"
_DECIMALS = 6


class Source(NamedTuple):
    """An instrument as the record names it."""

    kind: ComponentKind
    sensor: str
    domain: str
    device_ref: str | None = None
    model: str | None = None
    reads: Reads | None = None
    quantity: str | None = None
    includes: tuple[ComponentKind, ...] = ()
    share_declared: float | None = None
    device: Device | None = None
    step_s: float = 0.0
    use: bool = False  # its totals are seconds of use, no joules

    @property
    def name(self) -> str:
        """How gaps call it, as Counter.name."""
        return f"{self.sensor}:{self.domain}"

    @classmethod
    def of(cls, instrument: Instrument) -> Source:
        """What the record says of an instrument, without how its counts become joules."""
        told = {name: getattr(instrument, name) for name in cls._fields if hasattr(instrument, name)}
        return cls(**told, use=isinstance(instrument, UseGauge))

    @classmethod
    def read(cls, values: Sequence[Any]) -> Source:
        """The source of a journal's first line; raises TypeError where it is none."""
        source = cls(*values)
        device = None if source.device is None else Device(*source.device)
        return source._replace(includes=tuple(source.includes), device=device)


@dataclass(frozen=True, slots=True)
class Opening:
    """All that is known when a recording starts; the journal's first line."""

    id: str
    execution_id: str
    group: str
    stage: str
    attempt: int
    scope: Scope
    attribution: Attribution
    start_ms: int
    host_ref: str
    machine: Machine
    place: Place
    software: Software
    sources: tuple[Source, ...]
    folder: str  # where the segment is to be written; stays in the journal
    stage_file: str | None
    within: str | None
    rank: int | None
    refs: tuple[tuple[str, str], ...]

    def to_line(self) -> dict[str, Any]:
        """The opening as the first line of a journal."""
        return {"joulecard_journal": FORMAT, **asdict(self)}

    @classmethod
    def from_line(cls, line: dict[str, Any]) -> Opening:
        """The opening of a first line; raises KeyError, TypeError or ValueError where it is none of this format."""
        members = {name: value for name, value in line.items() if name != "joulecard_journal"}
        if line["joulecard_journal"] != FORMAT:
            raise ValueError("the journal was written by another version of joulecard")
        members["machine"] = Machine.from_document(line["machine"])
        members["place"] = Place.from_document(line["place"])
        members["software"] = Software(**line["software"])
        members["sources"] = tuple(Source.read(source) for source in line["sources"])
        members["refs"] = tuple((str(name), str(value)) for name, value in line["refs"])
        timestamp(members["start_ms"])
        return cls(**members)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a recording ended."""

    status: Status
    exit_status: int | None = None


def close(
    opening: Opening, totals: Totals, ending: Ending, gaps: Iterable[Gap], series: Series, work: Work | None = None
) -> Segment:
    """The segment of a recording; the gaps that follow from the totals are added."""
    elapsed_s = round(totals.elapsed_s, 3)
    pairs = list(zip(opening.sources, totals.readings, strict=True))
    read = (_reading(source, total, totals.elapsed_s) for source, total in pairs if not source.use)
    readings = tuple(filter(None, read))
    uses = tuple(filter(None, (_use(source, total, totals.elapsed_s) for source, total in pairs if source.use)))
    activity = _activity(totals, uses)
    step_s = round((totals.wall_ms - opening.start_ms) / 1000 - elapsed_s, 3)
    return Segment(
        id=opening.id,
        execution_id=opening.execution_id,
        group=opening.group,
        stage=opening.stage,
        attempt=opening.attempt,
        scope=opening.scope,
        status=ending.status,
        start=timestamp(opening.start_ms),
        end=timestamp(totals.wall_ms),
        monotonic_s=elapsed_s,
        clock_step_s=step_s,
        attribution=opening.attribution,
        host_ref=opening.host_ref,
        coverage=min(activity.coverage, *(each.coverage for each in readings), *(each.coverage for each in uses), 1.0),
        energy=readings,
        activity=activity,
        machine=opening.machine,
        place=work.placed(opening.place) if work else opening.place,
        software=opening.software,
        gaps=all_gaps(gaps, pairs, totals, step_s),
        series=series,
        within=opening.within,
        work_done=work.counts() if work else None,
        declared=work.declared() if work else None,
        rank=opening.rank,
        exit_status=ending.exit_status,
        refs=opening.refs,
    )


def segment_path(folder: str, segment_id: str) -> str:
    """Where a segment's file lies."""
    return os.path.join(folder, segment_id + SEGMENT_SUFFIX)


def make_folder(folder: str) -> None:
    """Makes carbon/segments below its base; raises OSError where the base is gone, which nobody wants back."""
    for path in (os.path.dirname(folder), folder):
        try:
            os.mkdir(path)
            sync_folder(os.path.dirname(path))  # or a power cut may take the folder, whose journal is gone by then
        except FileExistsError:
            continue
        except FileNotFoundError as error:
            raise FileNotFoundError(error.errno, "the folder of the recording has been deleted") from error


def write_segment(segment: Segment, folder: str) -> str:
    """Writes the segment's file whole and synced, one member a line; its path. Raises OSError."""
    members = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in segment.to_document().items())
    path = segment_path(folder, segment.id)
    write_atomically(path, ("{\n" + ",\n".join(members) + "\n}\n").encode())
    return path


def _reading(source: Source, total: ReadingTotal, elapsed_s: float) -> Reading | None:
    """What a counter gave; None for one that gave nothing or was hardly ever seen, which is a gap and no zero."""
    coverage = _coverage(total.seen_s, elapsed_s)
    if total.node_j <= 0 or coverage <= 0:
        return None
    shared = source.share_declared if total.by == "slices" else None
    facts = source.device or Device()
    return Reading(
        kind=source.kind,
        sensor=source.sensor,
        domain=source.domain,
        device_ref=source.device_ref,
        model=source.model,
        reads=source.reads,
        node_j=round(total.node_j, _DECIMALS),
        share_j=min(round(total.share_j, _DECIMALS), round(total.node_j, _DECIMALS)),
        coverage=coverage,
        idle_j=None if total.idle_j is None else min(round(total.idle_j, _DECIMALS), round(total.share_j, _DECIMALS)),
        quantity=source.quantity,
        includes=source.includes or None,
        share_by=total.by,
        share_declared=shared,
        **facts._asdict(),
    )


def _use(source: Source, total: ReadingTotal, elapsed_s: float) -> AcceleratorUse | None:
    """How busy a device was, which may be not at all; None for one that was hardly ever seen, or has no name."""
    coverage = _coverage(total.seen_s, elapsed_s)
    if coverage <= 0 or not source.model:
        return None
    device_s = round(total.held_s or 0.0, _DECIMALS)
    return AcceleratorUse(
        model=source.model,
        sensor=source.sensor,
        domain=source.domain,
        busy_s=min(round(total.share_j, _DECIMALS), device_s),
        device_s=device_s,
        coverage=coverage,
        device_ref=source.device_ref,
    )


def _activity(totals: Totals, uses: tuple[AcceleratorUse, ...]) -> Activity:
    return Activity(
        cpu_s=round(totals.cpu_s, _DECIMALS),
        cpu_source=cast("Any", totals.cpu_source),
        node_cpu_s=round(totals.node_cpu_s, _DECIMALS),
        core_s=round(totals.core_s, _DECIMALS),
        memory_gb_s=round(totals.memory_gb_s, _DECIMALS),
        reserved_by=cast("Any", totals.reserved_by),
        coverage=1.0,  # CPU time is cumulative: nothing between two looks is lost
        memory_peak_gb=round(totals.memory_peak_gb, _DECIMALS) or None,
        accelerators=uses or None,
    )


def _coverage(seen_s: float, elapsed_s: float) -> float:
    return round(min(1.0, seen_s / elapsed_s), _DECIMALS) if elapsed_s > 0 else 0.0
