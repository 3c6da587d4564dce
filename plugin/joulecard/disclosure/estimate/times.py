"""When a stage ran: from dates, a duration and a year, as far as they are told; what is assumed is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure.estimate.basis import Basis, taken
from joulecard.disclosure.estimate.keys import HOURS_PER_YEAR

if TYPE_CHECKING:
    from joulecard.disclosure.estimate.facts import StageFacts

MOST_HOURS = 10 * HOURS_PER_YEAR  # that one stage may take
FIRST_YEAR = 1990  # of which a disclosure can tell
ALIKE = 0.02  # by so much a duration may differ from the time between two dates, which are days


class Span(NamedTuple):
    """The time of a stage, to the second."""

    start: datetime
    end: datetime
    basis: Basis

    @property
    def wall_s(self) -> float:
        """Seconds from start to end."""
        return (self.end - self.start).total_seconds()


def span(facts: StageFacts, duration_h: float | None, created: datetime) -> Span:
    """The span of a stage; raises InvalidInputError where nothing tells its year, or what is told cannot be."""
    if duration_h is not None and duration_h > MOST_HOURS:
        told = f"the stage would have taken {duration_h / HOURS_PER_YEAR:.3g} years"
        raise facts.at(told, mend="check hours and devices: a duration is hours of all devices over their number")
    long = timedelta(seconds=round(duration_h * 3600)) if duration_h is not None else None
    start, end, basis = facts.start, facts.end, Basis()
    if start is None and end is None:
        start, end, basis = _in_year(facts, long, created)
    elif start is None and end is not None:
        start, basis = (end - long, basis) if long else (end, taken(_untold("began", "end"), default=True))
    elif start is not None and end is None:
        end, basis = (start + long, basis) if long else (start, taken(_untold("ended", "start"), default=True))
    assert start is not None  # noqa: S101  one branch above has set both
    assert end is not None  # noqa: S101
    _check(facts, start, end, created)
    return Span(start, end, basis)


def _untold(what: str, known: str) -> str:
    return f"When the stage {what} is not told: its {known} stands for it"


def _in_year(facts: StageFacts, long: timedelta | None, created: datetime) -> tuple[datetime, datetime, Basis]:
    """The span in a year of which nothing finer is told."""
    if facts.year is None:
        raise facts.at("nothing tells when the stage ran", mend="give year = 2020, or start = 2020-06-01")
    if facts.year > created.year:
        raise facts.at(f"year is {facts.year}, which has not begun", "year")
    start = datetime(facts.year, 1, 1, tzinfo=UTC)
    if long is None:
        end = min(datetime(facts.year + 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1), created)
        told = f"How long the stage took is not told: it ran at some time in {facts.year}, and its time is all of that"
        return start, end, taken(told, default=True)
    told = f"On which day the stage began is not told: the first of {facts.year} stands for it"
    if start + long > created:
        return created - long, created, taken(f"{told.partition(':')[0]}: it ended at the latest now", default=True)
    return start, start + long, taken(told, default=True)


def _check(facts: StageFacts, start: datetime, end: datetime, created: datetime) -> None:
    if start.year < FIRST_YEAR:
        raise facts.at(f"the stage would have begun in {start.year}", "start" if facts.start else "end")
    if end < start:
        raise facts.at(f"end ({end.date()}) lies before start ({start.date()})", "end")
    if end > created:
        raise facts.at(f"the stage would end on {end.date()}, which is yet to come", "end" if facts.end else "start")
    if facts.year is not None and not start.year <= facts.year <= end.year:
        raise facts.at(f"year is {facts.year}, and the stage ran from {start.date()} to {end.date()}", "year")
    if facts.start and facts.end and facts.duration_h is not None:
        between_h = (end - start).total_seconds() / 3600
        if facts.duration_h > between_h * (1 + ALIKE) + 24:
            told = f"the stage took {facts.duration_h:g} h, and between start and end are {between_h:g} h"
            raise facts.at(told, "start")
