"""Records that several disclosures hold of one host at one time, and that must not be added up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.disclosure.merge.names import content_of
from joulecard.disclosure.stage_gaps import OUTER_RECORD
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from joulecard.disclosure.merge.source import Source

CLOCK = "clock"
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class _Span(NamedTuple):
    """When a record of a stage was made on a host."""

    start: datetime
    end: datetime
    stage: doc.Stage
    source: Source
    inner: bool  # its disclosure says that another record, not there, counts the same energy


def refuse_at_once(sources: Sequence[Source], given_way: Container[tuple[str, str | None]]) -> None:
    """Raises InvalidInputError where records of one host and time in several disclosures may not be added up.

    One may be the inner part of the other; or the disclosures tell the host differently, so that nobody can see
    whether both claim the same energy. Of the entries that have `given_way`, by digest and stage id, none is counted.
    """
    by_host: dict[str, list[_Span]] = {}
    for source in sources:
        for host, span in _spans(source):
            if (source.digest, span.stage.id) not in given_way:
                by_host.setdefault(host, []).append(span)
    told = {source.digest: _hardware(source.document) for source in sources}
    for host, spans in by_host.items():
        for one, later in _at_once(spans):
            _refuse_inner(one, later)
            mine, theirs = (told[each.source.digest].get(host, {}) for each in (one, later))
            if any(mine[name] != theirs[name] for name in mine.keys() & theirs.keys()):
                _refuse_other_host(one, later, host)


def _at_once(spans: Sequence[_Span]) -> Iterator[tuple[_Span, _Span]]:
    """Records of different disclosures and executions, each with those that may reach into its time."""
    latest: dict[tuple[str, bool], _Span] = {}  # of each disclosure, what ends last among what has begun
    for span in sorted(spans, key=lambda span: span.start):
        for one in latest.values():
            apart = one.source is not span.source and one.stage.execution_id != span.stage.execution_id
            if apart and span.start <= one.end:
                yield one, span
        held = latest.setdefault((span.source.digest, span.inner), span)
        if held.end < span.end:
            latest[span.source.digest, span.inner] = span


def _refuse_inner(one: _Span, later: _Span) -> None:
    """Refuses two of which the disclosure of one says that its energy is counted elsewhere, too."""
    if one.inner is not later.inner:
        part, other = (one, later) if one.inner else (later, one)
        raise InvalidInputError(
            f"stage {part.stage.name!r} of {part.source.file} is the inner part of a recording that may be stage "
            f"{other.stage.name!r} of {other.source.file}, which counts the same energy",
            mend="assemble the records of both at once",
        )


def _refuse_other_host(one: _Span, later: _Span, host: str) -> None:
    """Refuses two whose disclosures tell one piece of hardware of the host differently; unless a clock was moved."""
    if later.start < one.end and one.start != EVER[0]:
        raise InvalidInputError(
            f"stage {one.stage.name!r} of {one.source.file} and stage {later.stage.name!r} of {later.source.file} ran "
            f"at the same time on the host {host}, and the disclosures describe it, or where it stands, differently",
            mend="assemble the records of both at once",
        )


def _hardware(document: doc.Disclosure) -> dict[str, dict[str, tuple[str, str]]]:
    """What a disclosure tells of each resource and its place, by host."""
    places = {place.id: content_of(place) for place in document.locations}
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for item in document.resources:
        content = content_of(item.model_copy(update={"location_ref": None}))
        found.setdefault(item.host_ref or "", {})[item.id] = content, places.get(item.location_ref or "", "")
    return found


def _spans(source: Source) -> Iterator[tuple[str, _Span]]:
    """When the records that are summed were made, by host; where a clock was moved nobody knows, and it may be ever."""
    orphans, moved = (
        {gap.stage_ref for gap in source.document.gaps if gap.what == what} for what in (OUTER_RECORD, CLOCK)
    )
    for stage in source.document.stages:
        dated = not moved & {stage.id, None}
        for segment in stage.segments or ():
            if segment.within is None:
                start, end = (instant(segment.start), instant(segment.end)) if dated else EVER
                yield segment.host_ref, _Span(start, end, stage, source, stage.id in orphans)
