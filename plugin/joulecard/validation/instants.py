"""Instants of a document as numbers; what no calendar has is none."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - only the day counts


@lru_cache(maxsize=4096)
def milliseconds(instant: str) -> int | None:
    """An instant as milliseconds since 1970; None where the calendar has no such day."""
    try:
        moment = datetime.fromisoformat(instant)
    except ValueError:
        return None
    days = moment.toordinal() - _EPOCH
    seconds = (days * 24 + moment.hour) * 3600 + moment.minute * 60 + moment.second
    return seconds * 1000 + moment.microsecond // 1000


def seconds_between(start: str, end: str) -> float | None:
    """Seconds from one instant to another; None where one of them does not exist."""
    first, last = milliseconds(start), milliseconds(end)
    return None if first is None or last is None else (last - first) / 1000
