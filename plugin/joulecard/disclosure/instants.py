"""Times of documents as instants: the same moment may be written with or without milliseconds."""

from __future__ import annotations

from datetime import datetime


def instant(text: str) -> datetime:
    """The instant of an RFC 3339 time; only these may be compared, never the texts."""
    return datetime.fromisoformat(text)


def seconds_between(start: str, end: str) -> float:
    """Seconds from one RFC 3339 time to another."""
    return (instant(end) - instant(start)).total_seconds()
