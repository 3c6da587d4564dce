"""What was not seen of one stage, in words; what many records of it say alike stands once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.disclosure.parts import NOISE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.capture.segment import Gap, Segment
    from joulecard.disclosure.tallied import Tallied

OUTER_RECORD = "outer record"  # what is missing where only an inner part is here
INNER_PART = (
    "this is the inner part of another recording, which counts the same energy and whose record is not here: "
    "never add the two up"
)
COUNT = "count"  # what is missing of work that was done and not kept
LEAST_COUNTED = (
    "at least so much work was counted: the recorder that counted was interrupted, and what came after its last "
    "checkpoint is in the energy and in no count"
)
MOST_APART = 3  # equal gaps of one host that are told for each segment


class Placed(NamedTuple):
    """An execution with the id of its stage, and whether it is an earlier one, whose records are not listed."""

    stage_id: str
    joined: Tallied
    is_reused: bool


def stage_gaps(placed: Placed) -> Iterator[doc.Gap]:
    """What its segments did not see, then what the stage as a whole leaves in doubt."""
    stage_id, joined, _ = placed
    pairs = [(gap, segment) for segment in joined.execution.segments for gap in segment.gaps]
    tallies = zip(joined.execution.counted, joined.parts, strict=True)
    pairs += [(gap, segment) for segment, part in tallies for gap in part.gaps]
    yield from _folded(placed, pairs)
    if _is_turned_back(joined) and all(gap.what != "clock" for part in joined.execution.segments for gap in part.gaps):
        yield doc.Gap(what="clock", reason="the clock was set back while the stage ran", stage_ref=stage_id)
    if joined.inside.claimed > 1 + NOISE:
        yield doc.Gap(what="parts", reason=_claimed(joined.inside.claimed), stage_ref=stage_id)
    for segment in joined.execution.inside:
        if _counted_until_killed(segment, joined):
            yield doc.Gap(what=COUNT, reason=LEAST_COUNTED, stage_ref=stage_id)
            break
    if joined.execution.orphaned:
        yield doc.Gap(what=OUTER_RECORD, reason=INNER_PART, stage_ref=stage_id)


def _folded(placed: Placed, pairs: Iterable[tuple[Gap, Segment]]) -> Iterator[doc.Gap]:
    """The gaps of segments; what more than a few of one host say alike in one, as the records of a long service do.

    What a segment that saw nothing says is its own.
    """
    blind = {segment.id for segment in placed.joined.blind}
    alike: dict[tuple[str, ...], list[tuple[Gap, Segment]]] = {}
    for gap, segment in pairs:
        own = segment.id if segment.id in blind else ""
        alike.setdefault((gap.what, gap.reason, segment.host_ref, own), []).append((gap, segment))
    for told in alike.values():
        if len(told) <= MOST_APART:
            yield from (_gap(gap, placed, segment) for gap, segment in told)
            continue
        first, segment = told[0]
        known = [gap.seconds for gap, _ in told if gap.seconds is not None]
        one = _gap(first, placed, segment)
        yield one.model_copy(update={"segment_ref": None, "seconds": math.fsum(known) if known else None})


def _counted_until_killed(segment: Segment, joined: Tallied) -> bool:
    """Whether a killed recorder inside the stage counted, and the recorder around it went on."""
    ended = instant(segment.end)
    is_killed = segment.work_done and segment.status == "interrupted"
    return bool(is_killed) and any(ended < instant(around.end) for around in joined.execution.counted)


def _claimed(times: float) -> str:
    """By how much parts claimed more than there was, in words."""
    more = f"{100 * (times - 1):.3g} % more energy than what they lie in drew"
    told = more if math.isfinite(times) else "energy where nothing was seen to be drawn"
    why = "recorders look at their own moments, and what is declared is not what was seen"
    return f"parts claimed {told}: {why}; they are scaled down together"


def _is_turned_back(joined: Tallied) -> bool:
    """Whether the stage ends, by the clock on the wall, before it starts."""
    return instant(joined.execution.end) < instant(joined.execution.start)


def _gap(gap: Gap, placed: Placed, segment: Segment) -> doc.Gap:
    return doc.Gap(
        what=gap.what,
        reason=gap.reason,
        seconds=gap.seconds,
        stage_ref=placed.stage_id,
        segment_ref=None if placed.is_reused else segment.id,
        host_ref=segment.host_ref,
    )
