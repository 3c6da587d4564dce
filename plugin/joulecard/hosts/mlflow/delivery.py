"""Writes what a run's segments come to into the run: figures first, files last, so that a part of it is of use too."""

from __future__ import annotations

import inspect
import os
import tempfile
import time
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.closing import SEGMENT_SUFFIX
from joulecard.errors import JoulecardError
from joulecard.hosts.mlflow.account import ENERGY, LAST_PART, POWER, account, power_points, without_total
from joulecard.hosts.mlflow.others import SEGMENTS, Others, others
from joulecard.hosts.mlflow.pages import File, Pages
from joulecard.hosts.mlflow.parcel import IncompleteError, Parcel, kind_of
from joulecard.validation.records import load_segments, read_bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.hosts.mlflow.account import Account

MOST_ROUNDS = 3


def deliver(client: Any, parcel: Parcel) -> list[str]:
    """Writes everything that is due; gives a sentence on each thing that was passed over.

    Raises IncompleteError where files cannot be read or sent, and what the client raises where not even the figures
    can be written.
    """
    ours, refused = load_segments(parcel.paths)
    if not ours:
        raise IncompleteError("no segment of it can be read")
    said = [f"{os.path.basename(path)} is no valid segment and was left out" for path, _ in refused]
    segments: list[Segment] = list(ours)
    found = _others(client, parcel, segments)
    for _ in range(MOST_ROUNDS):
        said += [f"{name}.json in the run {parcel.run_id} is no valid segment of it" for name in found.passed_over]
        segments += found.segments
        said += _write(client, parcel, Contents(tuple(ours), tuple(segments), found.is_unread))
        if parcel.mode == "metrics" or all(segment.rank is None for segment in segments):
            break
        found = _others(client, parcel, segments)  # other ranks may have come: whoever sees all makes the sum
        if not found.segments:
            break
    return list(dict.fromkeys(said))


class Contents(NamedTuple):
    """The segments of a run: those to be sent, and all, unless others could not be read."""

    ours: tuple[Segment, ...]
    segments: tuple[Segment, ...]
    is_part: bool


def _others(client: Any, parcel: Parcel, known: Sequence[Segment]) -> Others:
    """The segments that others wrote; where only metrics are wanted there are none, and nobody can know."""
    if parcel.mode == "metrics":
        return Others(is_unread=True)
    return others(client, parcel.run_id, {segment.id for segment in known})


def _write(client: Any, parcel: Parcel, contents: Contents) -> list[str]:
    """One round; sentences on what could not be made."""
    try:
        result = account(parcel.run_id, contents.segments, parcel.settings)
    except JoulecardError as error:
        log_batch(client, parcel.run_id, tags=without_total(str(error)))
        if parcel.mode == "metrics":  # the record is all there is, and nothing of it goes there
            raise IncompleteError(f"it comes to no total: {error}") from error
        _send(client, parcel.run_id, _segment_files(parcel, contents), contents)
        return [f"the run {parcel.run_id} has no total: {error}"]
    _write_figures(client, result, contents)
    pages = Pages(result, parcel.mode, is_child=parcel.is_child)
    if parcel.mode != "metrics":
        _send(client, parcel.run_id, chain(_segment_files(parcel, contents), pages.files()), contents)
    return pages.said


def _write_figures(client: Any, result: Account, contents: Contents) -> None:
    """Metrics and tags in one request, then the power over time."""
    run_id, tags = result.run_id, result.tags
    if contents.is_part and ENERGY in client.get_run(run_id).data.metrics:
        tags["carbon.status"] += LAST_PART
    log_batch(client, run_id, [(key, value, _now_ms(), 0) for key, value in result.metrics.items()], tags)
    points = power_points(result, contents.ours)
    if points:
        log_batch(client, run_id, [(POWER, point.power_w, point.time_ms, point.since_start_s) for point in points])


def log_batch(
    client: Any, run_id: str, metrics: Sequence[tuple[str, float, int, int]] = (), tags: Mapping[str, str] | None = None
) -> None:
    """Writes (key, value, time in ms, step) and tags at once; not the fluent way, which links metrics to models."""
    from mlflow.entities import Metric, RunTag

    now = {"synchronous": True} if "synchronous" in inspect.signature(client.log_batch).parameters else {}
    written = [RunTag(name, text) for name, text in (tags or {}).items()]
    client.log_batch(run_id, metrics=[Metric(*metric) for metric in metrics], tags=written, **now)


def _segment_files(parcel: Parcel, contents: Contents) -> Iterator[File]:
    """The segments as their recorders wrote them."""
    ids = {segment.id + SEGMENT_SUFFIX for segment in contents.ours}
    for path in parcel.paths:
        name = os.path.basename(path)
        if name in ids:
            yield File(SEGMENTS, name, read_bounded(path))


def _send(client: Any, run_id: str, files: Iterable[File], contents: Contents) -> None:
    """Sends one file after the other; raises IncompleteError at the first that cannot be sent."""
    if contents.is_part:
        raise IncompleteError("the run's files cannot be listed or read")
    for file in files:
        with tempfile.TemporaryDirectory(prefix="joulecard-") as folder:
            path = os.path.join(folder, file.name)
            with open(path, "wb") as stream:
                stream.write(file.data)
            try:
                client.log_artifact(run_id, path, file.folder)
            except Exception as error:  # every artifact store fails in its own way
                raise IncompleteError(f"{file.name} cannot be stored ({kind_of(error)})") from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
