"""Hours as numbers, counted from 1970-01-01T00Z, and the means of what lies within one."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.provider import Intensity, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HOUR_S = 3600
MOST_G_PER_KWH = 2500.0  # above any grid, as in rule R04
_SHOWN_CHARACTERS = 40


def hour_at(text: str) -> int:
    """The hour of an instant (RFC 3339 with an offset)."""
    return int(datetime.fromisoformat(text).timestamp() // HOUR_S)


def stamp(hour: int) -> str:
    """The hour as requests and files name it: 2026-11-20T13:00Z."""
    return f"{datetime.fromtimestamp(hour * HOUR_S, UTC):%Y-%m-%dT%H:%MZ}"


def day(hour: int) -> str:
    """The UTC day of an hour: 2026-11-20."""
    return stamp(hour)[:10]


def spans(hours: Iterable[int], longest: int) -> Iterator[tuple[int, int, frozenset[int]]]:
    """The hours in stretches of at most `longest`: first, the one after the last, and those of them asked for."""
    waiting = sorted(set(hours))
    while waiting:
        first = waiting[0]
        inside = [hour for hour in waiting if hour < first + longest]
        yield first, inside[-1] + 1, frozenset(inside)
        waiting = waiting[len(inside) :]


def instant_of(value: Any) -> float:
    """Seconds since 1970 of a time in an answer; raises ProviderError for what is none or has no offset."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ProviderError(f"gave {shown(value)} where a time belongs") from None
    if moment.tzinfo is None:
        raise ProviderError(f"gave the time {shown(value)} without its offset")
    return moment.timestamp()


def intensity_of(value: Any, per_g: float = 1.0) -> float:
    """A value of an answer in g/kWh, of whose unit `per_g` grams make one; raises ProviderError for what is none."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MOST_G_PER_KWH / per_g:
        raise ProviderError(f"gave {shown(value)}, which no grid's intensity can be")
    return float(value * per_g)


def member(answer: Any, *path: str) -> Any:
    """What stands under these names; raises ProviderError where an answer has another form."""
    for name in path:
        if not isinstance(answer, dict) or name not in answer:
            raise ProviderError(f"gave an answer without {'.'.join(path)}")
        answer = answer[name]
    return answer


def rows(answer: Any, *path: str) -> list[Any]:
    """The list under these names; raises ProviderError where there is none."""
    found = member(answer, *path)
    if not isinstance(found, list):
        raise ProviderError(f"gave an answer whose {'.'.join(path)} is no list")
    return found


def shown(value: Any) -> str:
    """A value of an answer as a sentence may quote it: short, and on one line."""
    text = "".join(letter for letter in str(value) if letter.isprintable())
    return text[:_SHOWN_CHARACTERS] or "nothing"


def full_hours(slots: Mapping[float, Intensity], lengths_s: Iterable[float]) -> dict[int, Intensity]:
    """The means of the hours of which every slot is there; slots begin at these instants and are of one length."""
    by_hour: dict[int, dict[float, Intensity]] = {}
    for start_s, intensity in slots.items():
        by_hour.setdefault(int(start_s // HOUR_S), {})[start_s % HOUR_S] = intensity
    patterns = [frozenset(index * length_s for index in range(round(HOUR_S / length_s))) for length_s in lengths_s]
    return {hour: _mean(tuple(parts.values())) for hour, parts in by_hour.items() if parts.keys() in patterns}


def _mean(parts: tuple[Intensity, ...]) -> Intensity:
    ways = dict.fromkeys(part.how_estimated for part in parts if part.how_estimated)
    mean = math.fsum(part.g_per_kwh for part in parts) / len(parts)
    return Intensity(mean, parts[0].got, ", ".join(ways) or None)
