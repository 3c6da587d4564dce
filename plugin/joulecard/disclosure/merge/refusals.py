"""What cannot be merged, each said in one sentence that names the files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.disclosure.limits import OUTER_RECORD
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from joulecard.disclosure.merge.source import Source


def refuse_unlike(sources: Sequence[Source]) -> None:
    """Raises InvalidInputError where the disclosures must not be added up, or one has taken another's place."""
    _refuse_replaced(sources)
    _refuse_other_factors(sources)
    _refuse_other_coverage(sources)


def _refuse_replaced(sources: Sequence[Source]) -> None:
    """A disclosure that its publisher took back or that another one replaces."""
    by_id = {source.document.document.id: source for source in sources}
    for source in sources:
        if source.document.document.status == "withdrawn":
            raise InvalidInputError("is withdrawn by its publisher", where=source.file, mend="merge without it")
        for name in source.document.document.supersedes or ():
            if name in by_id and by_id[name] is not source:
                raise InvalidInputError(
                    f"is replaced by {source.file}", where=by_id[name].file, mend="merge without the older one"
                )


def _refuse_other_factors(sources: Sequence[Source]) -> None:
    """Grid factors of one sum that differ in what is inside them."""
    for market in (False, True):
        found = [(source, basis) for source in sources for basis in _bases(source.document, market=market)]
        for source, basis in found[1:]:
            first, expected = found[0]
            if (basis.scope, basis.attribution) != (expected.scope, expected.attribution):
                raise InvalidInputError(
                    f"the grid factors of {first.file} are {_described(expected)} and those of {source.file} "
                    f"{_described(basis)}, so that their emissions must not be added up",
                    mend="assemble one of them again with the other's --profile",
                )


def _bases(document: doc.Disclosure, *, market: bool) -> Iterator[doc.FactorBasis]:
    """What is inside the grid factors that emissions were computed with, location- or market-based."""
    known = {factor.id: factor.basis for factor in document.factors if factor.kind == "grid_intensity"}
    for stage in document.stages:
        emissions = (stage.reused_from or stage).emissions
        found = emissions and (emissions.operational_market if market else emissions.operational_location)
        for line in found.lines or () if found else ():
            basis = known.get(line.factor_ref)
            if basis:
                yield basis


def _described(basis: doc.FactorBasis) -> str:
    return f"{basis.scope}, {basis.attribution} ones"


def _refuse_other_coverage(sources: Sequence[Source]) -> None:
    """Intervals that hold the truth with different probability."""
    told = [(source, source.document.uncertainty.coverage) for source in sources if source.document.uncertainty]
    for source, coverage in told[1:]:
        first, expected = told[0]
        if coverage != expected:
            raise InvalidInputError(
                f"the intervals of {first.file} hold the true value in {expected:.4g} and those of {source.file} in "
                f"{coverage:.4g} of all cases",
                mend="state both with the same coverage",
            )


CLOCK = "clock"
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class _Span(NamedTuple):
    """When a record of a stage was made on a host."""

    start: datetime
    end: datetime
    stage: doc.Stage
    source: Source
    inner: bool  # its disclosure says that another record, not there, counts the same energy


def refuse_inner_parts(sources: Sequence[Source], given_way: Container[tuple[str, str | None]]) -> None:
    """Raises InvalidInputError for the inner part of a recording whose outer record may be in another disclosure.

    Of the entries that have `given_way`, by digest and stage id, no energy is counted.
    """
    by_host: dict[str, list[_Span]] = {}
    for source in sources:
        for host, span in _spans(source):
            if (source.digest, span.stage.id) not in given_way:
                by_host.setdefault(host, []).append(span)
    for spans in by_host.values():
        latest: dict[tuple[str, bool], _Span] = {}  # of each disclosure, what ends last among what has begun
        for span in sorted(spans, key=lambda span: span.start):
            other = next((each for each in latest.values() if _may_hold(each, span)), None)
            if other:
                _refuse_inner(*((span, other) if span.inner else (other, span)))
            held = latest.setdefault((span.source.digest, span.inner), span)
            if held.end < span.end:
                latest[span.source.digest, span.inner] = span


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


def _may_hold(one: _Span, later: _Span) -> bool:
    """Whether one of them may lie inside the other: other disclosures, other executions, the same time."""
    apart = one.source is not later.source and one.stage.execution_id != later.stage.execution_id
    return apart and one.inner is not later.inner and later.start <= one.end  # of no length: at the very start


def _refuse_inner(part: _Span, other: _Span) -> None:
    raise InvalidInputError(
        f"stage {part.stage.name!r} of {part.source.file} is the inner part of a recording that may be stage "
        f"{other.stage.name!r} of {other.source.file}, which counts the same energy",
        mend="assemble the records of both at once",
    )
