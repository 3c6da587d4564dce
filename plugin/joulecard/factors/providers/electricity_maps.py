"""Electricity Maps, API version 3 (docs.electricitymaps.com): hourly values of 350 zones, with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.hours import HOUR_S, instant_of, intensity_of, member, rows, shown, spans, stamp
from joulecard.factors.providers.provider import Ask, Intensity, ProviderError, Scope, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

KEY = "ELECTRICITY_MAPS_TOKEN"
RECENT_HOURS = 24  # what `history` answers, also without a paid plan
LONGEST_HOURS = 240  # of one answer of `past-range`
HOURLY = "hourly"
NO_PLAN = "unauthorized for zonekey"
TERMS = Terms(
    source={
        "name": "Electricity Maps API v3, carbon intensity",
        "publisher": "Electricity Maps",
        "uri": "https://api.electricitymaps.com/v3/carbon-intensity",
        "license": "LicenseRef-Electricity-Maps-API-terms",
    },
    notice=(
        "data of the Electricity Maps API under its terms of service (its free plan is not for commercial use); only "
        "this mean over the run is stored here, not the hourly values"
    ),
    flow="consumption",
    gases="CO2e",
)


class ElectricityMaps:
    """Hourly intensity of electricity consumed, by zone, lifecycle or direct."""

    name = "electricity-maps"
    title = "Electricity Maps"
    base = "https://api.electricitymaps.com"
    key_variables = (KEY,)
    logs_in = False
    scopes: tuple[Scope, ...] = ("lifecycle", "direct")
    terms = TERMS

    def zone(self, place: str) -> str | None:
        """The same name."""
        return place

    def headers(self, keys: Mapping[str, str], _send: Callable[[str, Mapping[str, str]], Any]) -> dict[str, str]:
        """The key."""
        return {"auth-token": keys[KEY]}

    def asks(self, zone: str, scope: Scope, hours: Iterable[int], now: int) -> list[Ask]:
        """The last day by `history`, what is older by `past-range`; the zone is always named, so none is guessed."""
        wanted = frozenset(hours)
        recent = frozenset(hour for hour in wanted if hour > now - RECENT_HOURS)
        kind = (("emissionFactorType", scope), ("temporalGranularity", HOURLY))
        common = (("zone", zone), *kind, ("disableCallerLookup", "true"))
        found = [Ask("/v3/carbon-intensity/history", common, recent)] if recent else []
        for first, end, inside in spans(wanted - recent, LONGEST_HOURS):
            span = (("start", stamp(first)), ("end", stamp(end)))
            found.append(Ask("/v3/carbon-intensity/past-range", (*common, *span), inside))
        return found

    def read(self, zone: str, scope: Scope, answer: Any, got: str) -> dict[int, Intensity]:
        """The hours of an answer to `history` or `past-range`."""
        _same(member(answer, "zone"), zone, "zone")
        listed = rows(answer, "history" if "history" in answer else "data")
        known = [{**answer, **row} for row in listed if _is_told(member(row, "carbonIntensity"), scope)]
        return dict(_hour(row, zone, scope, got) for row in known)

    def refusal(self, zone: str, status: int, answer: Any) -> ProviderError | None:
        """A key is good for some zones and requests only, which is told apart from a wrong one."""
        told = answer.get("error") if isinstance(answer, dict) else None
        if status in {401, 403} and isinstance(told, str) and NO_PLAN in told.lower():
            return ProviderError(f"does not give these hours of {zone} to this key: its plan leaves them out")
        return ProviderError(f"has no values for {zone}") if status == 404 else None  # noqa: PLR2004


def _is_told(value: Any, scope: Scope) -> bool:
    """Whether there is a value: no power plant was made and fuelled by nothing, so 0 of a life cycle is none."""
    return value is not None and not (scope == "lifecycle" and value == 0 and value is not False)


def _hour(row: Any, zone: str, scope: Scope, got: str) -> tuple[int, Intensity]:
    _same(member(row, "zone"), zone, "zone")
    _same(member(row, "emissionFactorType"), scope, "kind")
    _same(member(row, "temporalGranularity"), HOURLY, "granularity")  # of the row, else of the whole answer
    start_s = instant_of(member(row, "datetime"))
    if start_s % HOUR_S:
        raise ProviderError("gave values that do not begin with the hour")
    how = _how(row) if row.get("isEstimated") else None
    return int(start_s // HOUR_S), Intensity(intensity_of(row["carbonIntensity"]), got, how)


def _how(row: dict[str, Any]) -> str:
    method = row.get("estimationMethod")
    return shown(method) if method else "estimated by the provider"


def _same(told: Any, asked: str, what: str) -> None:
    if told != asked:
        raise ProviderError(f"answered for the {what} {shown(told)} where {asked} was asked for")
