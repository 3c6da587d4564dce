"""The Carbon Intensity API of Great Britain's system operator (carbonintensity.org.uk): half-hours, without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.hours import full_hours, instant_of, intensity_of, member, rows, shown, spans, stamp
from joulecard.factors.providers.provider import Ask, Intensity, ProviderError, Scope, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SLOT_S = 1800
LONGEST_HOURS = 14 * 24  # of one answer
TERMS = Terms(
    source={
        "name": "NESO Carbon Intensity API, national",
        "publisher": "National Energy System Operator (NESO)",
        "uri": "https://api.carbonintensity.org.uk/intensity",
        "license": "CC-BY-4.0",
    },
    notice="contains data of the Carbon Intensity API, National Energy System Operator (NESO), CC BY 4.0",
    flow="consumption",
    gases="CO2",
)


class Neso:
    """Half-hourly direct intensity of Great Britain, imports included."""

    name = "neso"
    title = "NESO"
    base = "https://api.carbonintensity.org.uk"
    key_variables: tuple[str, ...] = ()
    logs_in = False
    scopes: tuple[Scope, ...] = ("direct",)
    terms = TERMS

    def zone(self, place: str) -> str | None:
        """Great Britain only; Northern Ireland is another grid."""
        return "GB" if place == "GB" else None

    def headers(self, _keys: Mapping[str, str], _send: Callable[[str, Mapping[str, str]], Any]) -> dict[str, str]:
        """None."""
        return {}

    def asks(self, _zone: str, _scope: Scope, hours: Iterable[int], _now: int) -> list[Ask]:
        """Fourteen days at a time."""
        found = spans(hours, LONGEST_HOURS)
        return [Ask(f"/intensity/{stamp(first)}/{stamp(end)}", (), inside) for first, end, inside in found]

    def read(self, _zone: str, _scope: Scope, answer: Any, got: str) -> dict[int, Intensity]:
        """The hours whose two halves are there; a half without a metered value takes the forecast."""
        return full_hours(dict(_half(row, got) for row in rows(answer, "data")), (SLOT_S,))

    def refusal(self, _zone: str, status: int, answer: Any) -> ProviderError | None:
        """A request that it does not understand, in its own words."""
        error = answer.get("error") if isinstance(answer, dict) else None
        told = error.get("message") if isinstance(error, dict) else None
        return ProviderError(f"refused the request: {shown(told)}") if status == 400 and told else None  # noqa: PLR2004


def _half(row: Any, got: str) -> tuple[float, Intensity]:
    start_s, end_s = instant_of(member(row, "from")), instant_of(member(row, "to"))
    if end_s - start_s != SLOT_S:
        raise ProviderError("gave a value of another length than half an hour")
    told = member(row, "intensity")
    actual = member(told, "actual")
    if actual is not None:
        return start_s, Intensity(intensity_of(actual), got)
    return start_s, Intensity(intensity_of(member(told, "forecast")), got, "the provider's forecast")
