"""eCO2mix, the real-time mix of France by RTE, on the ODRE portal (odre.opendatasoft.com): quarters, without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.hours import full_hours, instant_of, intensity_of, member, rows, shown, spans, stamp
from joulecard.factors.providers.provider import Ask, Intensity, ProviderError, Scope, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PATH = "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records"
MOST_ROWS = 100
LONGEST_HOURS = 24  # 96 quarters
SLOTS_S = (900, 1800)
TERMS = Terms(
    source={
        "name": "RTE eCO2mix, national, real time (taux_co2)",
        "publisher": "RTE",
        "uri": "https://odre.opendatasoft.com/explore/dataset/eco2mix-national-tr",
        "license": "etalab-2.0",
    },
    notice="source: RTE, eCO2mix, by Open Data Reseaux Energies (ODRE), Licence Ouverte 2.0",
    flow="production",
    gases="CO2",
)


class Rte:
    """Direct intensity of what France generates, by the quarter of an hour."""

    name = "rte"
    title = "RTE"
    base = "https://odre.opendatasoft.com"
    key_variables: tuple[str, ...] = ()
    logs_in = False
    scopes: tuple[Scope, ...] = ("direct",)
    terms = TERMS

    def zone(self, place: str) -> str | None:
        """France on the continent only."""
        return "FR" if place == "FR" else None

    def headers(self, _keys: Mapping[str, str], _send: Callable[[str, Mapping[str, str]], Any]) -> dict[str, str]:
        """None."""
        return {}

    def asks(self, _zone: str, _scope: Scope, hours: Iterable[int], _now: int) -> list[Ask]:
        """A day at a time."""
        return [_day(first, end, inside) for first, end, inside in spans(hours, LONGEST_HOURS)]

    def read(self, _zone: str, _scope: Scope, answer: Any, got: str) -> dict[int, Intensity]:
        """The hours of which every quarter, or in older data every half, is there."""
        listed = rows(answer, "results")
        told = ((instant_of(member(row, "date_heure")), member(row, "taux_co2")) for row in listed)
        slots = {start_s: Intensity(intensity_of(value), got) for start_s, value in told if value is not None}
        return full_hours(slots, SLOTS_S)

    def refusal(self, _zone: str, status: int, answer: Any) -> ProviderError | None:
        """A request that it does not understand, in its own words."""
        told = answer.get("message") if isinstance(answer, dict) else None
        return ProviderError(f"refused the request: {shown(told)}") if status == 400 and told else None  # noqa: PLR2004


def _day(first: int, end: int, hours: frozenset[int]) -> Ask:
    start, stop = (f"{stamp(hour)[:-1]}:00Z" for hour in (first, end))
    during = f"date_heure>='{start}' and date_heure<'{stop}' and taux_co2 is not null"
    parameters = {
        "select": "date_heure,taux_co2",
        "where": during,
        "order_by": "date_heure",
        "limit": str(MOST_ROWS),
        "timezone": "UTC",
    }
    return Ask(PATH, tuple(parameters.items()), hours)
