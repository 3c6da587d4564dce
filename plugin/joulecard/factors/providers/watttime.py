"""WattTime, API version 3 (docs.watttime.org): what one kWh more makes a grid emit, every five minutes."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.hours import (
    HOUR_S,
    full_hours,
    instant_of,
    intensity_of,
    member,
    rows,
    shown,
    spans,
    stamp,
)
from joulecard.factors.providers.provider import Ask, Intensity, ProviderError, Scope, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

USER, PASSWORD = "WATTTIME_USER", "WATTTIME_PASSWORD"
SIGNAL = "co2_moer"
UNIT = "lbs_co2_per_mwh"
G_PER_KWH = 0.45359237  # of one lb/MWh, by the international pound
LONGEST_HOURS = 32 * 24  # of one answer
FORBIDDEN = 403
REGION = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
TERMS = Terms(
    source={
        "name": "WattTime API v3, marginal operating emissions rate (MOER)",
        "publisher": "WattTime",
        "uri": "https://api.watttime.org/v3/historical",
        "license": "LicenseRef-WattTime-API-terms",
    },
    notice="data of WattTime under its terms of service; only this mean over the run is told, not the values",
    flow="production",
    gases="CO2",
)


class WattTime:
    """Marginal intensity: it answers what a change of load causes, and never stands in a location-based number."""

    name = "watttime"
    title = "WattTime"
    base = "https://api.watttime.org"
    key_variables = (USER, PASSWORD)
    logs_in = True
    scopes: tuple[Scope, ...] = ("direct",)
    terms = TERMS

    def zone(self, place: str) -> str | None:
        """The region itself, by WattTime's own name: CAISO_NORTH."""
        return place if REGION.fullmatch(place) else None

    def headers(self, keys: Mapping[str, str], send: Callable[[str, Mapping[str, str]], Any]) -> dict[str, str]:
        """The token of a new login, good for half an hour."""
        account = b64encode(f"{keys[USER]}:{keys[PASSWORD]}".encode()).decode()
        token = member(send("/login", {"Authorization": f"Basic {account}"}), "token")
        if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
            raise ProviderError("gave a token that cannot be used")
        return {"Authorization": f"Bearer {token}"}

    def asks(self, zone: str, _scope: Scope, hours: Iterable[int], _now: int) -> list[Ask]:
        """Thirty-two days at a time."""
        return [_range(zone, first, end, inside) for first, end, inside in spans(hours, LONGEST_HOURS)]

    def read(self, zone: str, _scope: Scope, answer: Any, got: str) -> dict[int, Intensity]:
        """The hours of which every point is there; the index, a percentile, is no intensity and is refused."""
        _same(member(answer, "meta", "region"), zone)
        _same(member(answer, "meta", "signal_type"), SIGNAL)
        _same(member(answer, "meta", "units"), UNIT)
        period_s = member(answer, "meta", "data_point_period_seconds")
        if not isinstance(period_s, int) or period_s <= 0 or HOUR_S % period_s:
            raise ProviderError(f"gave points that are {shown(period_s)} s apart")
        points = {
            instant_of(member(row, "point_time")): Intensity(intensity_of(member(row, "value"), G_PER_KWH), got)
            for row in rows(answer, "data")
        }
        return full_hours(points, (period_s,))

    def refusal(self, zone: str, status: int, answer: Any) -> ProviderError | None:
        """An account is good for some regions only, which is told apart from a wrong one."""
        told = answer.get("message") if isinstance(answer, dict) else None
        if status == FORBIDDEN and isinstance(told, str) and "subscription" in told.lower():
            return ProviderError(f"does not give {zone} to this account: its subscription leaves it out")
        return None


def _range(zone: str, first: int, end: int, hours: frozenset[int]) -> Ask:
    parameters = {"region": zone, "signal_type": SIGNAL, "start": stamp(first), "end": stamp(end)}
    return Ask("/v3/historical", tuple(parameters.items()), hours)


def _same(told: Any, asked: str) -> None:
    if told != asked:
        raise ProviderError(f"answered with {shown(told)} where {asked} was asked for")
