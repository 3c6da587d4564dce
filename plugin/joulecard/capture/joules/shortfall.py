"""What a segment says that it could not see: noted while recording, or following from the totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from joulecard.capture.joules.track import coarse
from joulecard.capture.segment import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.closing import Source
    from joulecard.capture.joules.totals import ReadingTotal, Totals

    Pairs: TypeAlias = list[tuple[Source, ReadingTotal]]

_LEAST_GAP_S = 0.001
# A wall clock may drift from the steady one by this without having been set.
_STEP_S, _STEP_FRACTION = 1.0, 0.001


def all_gaps(gaps: Iterable[Gap], pairs: Pairs, totals: Totals, step_s: float) -> tuple[Gap, ...]:
    """What was noted while recording, and what follows from the totals."""
    stated = _timed(gaps, pairs, totals.elapsed_s)
    clocks = _clock_gaps(step_s, totals, known=any(gap.what == "clock" for gap in stated))
    return (*stated, *_coarse_gaps(pairs), *_nameless(pairs), *clocks)


def _timed(gaps: Iterable[Gap], pairs: Pairs, elapsed_s: float) -> list[Gap]:
    """The gaps, those of counters with the time that they lasted; a counter that missed nothing has none."""
    gave = {source.name: total.node_j > 0 or source.use for source, total in pairs}
    unseen_s = {source.name: elapsed_s - (total.seen_s if gave[source.name] else 0.0) for source, total in pairs}
    complete = {name for name, seconds in unseen_s.items() if gave[name] and seconds < _LEAST_GAP_S}
    stated = [gap for gap in gaps if gap.what not in complete]
    unsaid = unseen_s.keys() - complete - {gap.what for gap in stated}
    stated += [Gap(name, "was not read, and the reason is lost") for name in sorted(unsaid)]
    return [Gap(gap.what, gap.reason, _seconds(unseen_s.get(gap.what, gap.seconds))) for gap in stated]


def _coarse_gaps(pairs: Pairs) -> list[Gap]:
    """What is not exact because it lasted only a few steps of its counter."""
    read = ((source, coarse(source.step_s, total.seen_s)) for source, total in pairs if total.node_j > 0)
    return [Gap(source.name, reason) for source, reason in read if reason]


def _nameless(pairs: Pairs) -> list[Gap]:
    nameless = (source.name for source, _ in pairs if source.use and not source.model)
    return [Gap(name, "its model is not known: nobody can tell what its use costs") for name in nameless]


def _clock_gaps(step_s: float, totals: Totals, *, known: bool) -> list[Gap]:
    """What the clocks say went by unseen: a sleeping system, or a wall clock that was set and nobody saw it."""
    gaps, suspended_s = [], totals.suspended_s
    if suspended_s > _STEP_S:
        gaps.append(Gap("suspend", "the system was suspended, and nothing ran or was read", _seconds(suspended_s)))
    moved_s = round(step_s - suspended_s, 3)
    if abs(moved_s) > _STEP_S + _STEP_FRACTION * totals.elapsed_s and not known:
        reason = f"the wall clock was moved: from start to end it went {moved_s:+.3f} s too far"
        gaps.append(Gap("clock", reason, abs(moved_s)))
    return gaps


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
