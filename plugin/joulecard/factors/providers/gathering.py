"""Hourly intensities of several zones, from the cache and then from a provider, before one deadline for all."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.hours import HOUR_S
from joulecard.factors.providers.provider import ExpiredError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from joulecard.factors.providers.cache import Cache
    from joulecard.factors.providers.client import Client
    from joulecard.factors.providers.provider import Ask, Intensity, Provider, Scope

DEADLINE_S = 5.0
KILOGRAMS = (1 / 2000, 1 / 500)  # of the year's value
CLEAN_G_PER_KWH = 30.0  # lifecycle, by the year; grids below have hours of no direct emissions at all
LATE = "did not answer in time"
INCOMPLETE = "has no full value for them"


@dataclass(frozen=True, slots=True)
class Query:
    """Which hours of which zones are wanted of whom, by the zones' names at Electricity Maps."""

    provider: Provider
    scope: Scope
    hours: Mapping[str, frozenset[int]]
    yearly_g_per_kwh: Mapping[str, float] = field(default_factory=dict)  # about what to expect


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came, and by zone why the other hours did not: words that go on after the provider's name."""

    query: Query
    found: Mapping[str, Mapping[int, Intensity]]
    reasons: Mapping[str, str]

    def hours(self, zone: str) -> Mapping[int, Intensity]:
        """The hours of a zone that are here."""
        return self.found.get(zone, {})


@dataclass(slots=True)
class _Desk:
    """What a thread has got so far; whoever waits for it looks under the lock and goes on without it."""

    found: dict[str, dict[int, Intensity]]
    reasons: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, place: str, hours: Mapping[int, Intensity]) -> None:
        with self.lock:
            self.found.setdefault(place, {}).update(hours)

    def excuse(self, place: str, reason: str) -> None:
        with self.lock:
            self.reasons.setdefault(place, reason)


def gathered(
    query: Query, keys: Mapping[str, str], cache: Cache, base: str | None = None, deadline_s: float = DEADLINE_S
) -> Gathered:
    """The hours that the cache holds, and what the provider tells of the others within `deadline_s` seconds.

    Raises nothing for a provider that fails. Looking up a host's name cannot be broken off, so a thread does it.
    """
    desk, wanted = _Desk({}), _answered(query)
    for place, hours in wanted.items():
        desk.add(place, cache.get(_zone(query, place), query.scope, hours))
    open_hours = {place: hours - _settled(desk.found[place]) for place, hours in wanted.items()}
    errand = _Errand(query, {place: hours for place, hours in open_hours.items() if hours}, keys, cache, desk)
    is_late = bool(errand.hours) and not _ran(errand, base or query.provider.base, deadline_s)
    with desk.lock:
        found = {place: dict(hours) for place, hours in desk.found.items()}
        reasons = dict(desk.reasons)
    missing = [place for place, hours in wanted.items() if hours - found[place].keys()]
    late = LATE if is_late else INCOMPLETE
    unserved = {place: "has no values there" for place in query.hours if place not in wanted}
    return Gathered(query, found, {**{place: reasons.get(place, late) for place in missing}, **unserved})


def _ran(errand: _Errand, base: str, deadline_s: float) -> bool:
    """Whether the errand was done before the deadline."""
    from joulecard.factors.providers.client import Client  # needs the extra `live`

    end_s = time.monotonic() + deadline_s
    thread = threading.Thread(
        target=errand.run, args=(lambda: Client(errand.query.provider, base, end_s),), daemon=True
    )
    thread.start()
    thread.join(deadline_s)
    return not thread.is_alive()


def _refuse_too_little(told: Mapping[int, Intensity], yearly_g_per_kwh: float | None) -> None:
    """Raises ProviderError for values whose mean is a thousandth of the year's, or next to nothing on such a grid."""
    if not told or not yearly_g_per_kwh:
        return
    mean = math.fsum(item.g_per_kwh for item in told.values()) / len(told)
    share, gave = mean / yearly_g_per_kwh, f"gave {mean:.3g} where the year's mean is {yearly_g_per_kwh:.3g} g/kWh"
    if KILOGRAMS[0] < share < KILOGRAMS[1]:
        raise ProviderError(f"{gave}, as if in kg/kWh")
    if share < KILOGRAMS[1] and yearly_g_per_kwh > CLEAN_G_PER_KWH:
        raise ProviderError(gave)


def _answered(query: Query) -> dict[str, frozenset[int]]:
    """The zones that the provider has values of."""
    return {place: hours for place, hours in query.hours.items() if query.provider.zone(place)}


def _zone(query: Query, place: str) -> str:
    return query.provider.zone(place) or place


def _settled(hours: Mapping[int, Intensity]) -> set[int]:
    """Hours that need not be asked for again: an estimate may have been replaced since."""
    return {hour for hour, intensity in hours.items() if intensity.how_estimated is None}


@dataclass(slots=True)
class _Errand:
    """All requests of one assembling, one after the other."""

    query: Query
    hours: Mapping[str, frozenset[int]]
    keys: Mapping[str, str]
    cache: Cache
    desk: _Desk

    def run(self, connect: Callable[[], Client]) -> None:
        """Asks for all zones; what goes wrong is written on the desk."""
        try:
            self._refuse_in_pause()
            with connect() as client:
                headers = self._headers(client, next(iter(self.hours)))
                for place, hours in self.hours.items():
                    headers = self._ask_all(client, headers, place, hours)
        except ProviderError as error:  # one that concerns all zones
            self._excuse_all(error.what)
            if error.wait_s:
                self.cache.pause(error.wait_s)
        except Exception as error:  # noqa: BLE001  a library's fault must cost the hours and not the disclosure
            self._excuse_all(f"could not be asked ({type(error).__name__})")

    def _refuse_in_pause(self) -> None:
        left_s = self.cache.pause_left_s()
        if left_s:
            raise ProviderError(f"asked to be left alone for another {left_s:.0f} s")

    def _ask_all(self, client: Client, headers: dict[str, str], place: str, hours: frozenset[int]) -> dict[str, str]:
        """Asks for the hours of a zone; the headers that work."""
        provider, scope = self.query.provider, self.query.scope
        zone = _zone(self.query, place)
        for ask in provider.asks(zone, scope, hours, int(time.time() // HOUR_S)):
            try:
                answer, headers = self._answer(client, ask, headers, zone)
                told = provider.read(zone, scope, answer, f"{datetime.now(UTC):%Y-%m-%d}")
                _refuse_too_little(told, self.query.yearly_g_per_kwh.get(place))
            except ProviderError as error:
                if error.final:
                    raise
                self.desk.excuse(place, error.what)
                continue
            wanted = {hour: told[hour] for hour in ask.hours if hour in told}
            self.desk.add(place, wanted)
            self.cache.put(zone, scope, wanted)
        self.desk.excuse(place, INCOMPLETE)  # heeded only where hours are missing
        return headers

    def _answer(self, client: Client, ask: Ask, headers: dict[str, str], zone: str) -> tuple[Any, dict[str, str]]:
        """The answer with the headers it was got with; a token that is not valid any more is got anew, once."""
        try:
            return client.get(ask.path, ask.parameters, headers, zone), headers
        except ExpiredError:
            if not self.query.provider.logs_in:
                raise
            fresh = self._headers(client, zone)
            return client.get(ask.path, ask.parameters, fresh, zone), fresh

    def _headers(self, client: Client, zone: str) -> dict[str, str]:
        return self.query.provider.headers(self.keys, lambda path, headers: client.get(path, (), headers, zone))

    def _excuse_all(self, reason: str) -> None:
        for place in self.hours:
            self.desk.excuse(place, reason)
