"""What a live provider of grid intensity is: where it answers, what it may be asked, and how its answers are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Scope = Literal["lifecycle", "direct"]


class ProviderError(Exception):
    """A provider did not give what it was asked for; `what` goes on after its name, as in "refused the key"."""

    def __init__(self, what: str, *, passing: bool = False, final: bool = False, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.passing = passing  # the same request may work a moment later
        self.final = final  # no other request can work either
        self.wait_s = wait_s  # how long it asks to be left alone


class ExpiredError(ProviderError):
    """The token got for this session is not valid any more; a new one may be."""


@dataclass(frozen=True, slots=True)
class Intensity:
    """Mean intensity of one hour, as a provider gave it."""

    g_per_kwh: float
    got: str  # the day on which it was told, 2026-11-21
    how_estimated: str | None = None  # None: the provider does not call it an estimate


@dataclass(frozen=True, slots=True)
class Ask:
    """One request and the hours that it may answer (counted from 1970-01-01T00Z)."""

    path: str
    parameters: tuple[tuple[str, str], ...]
    hours: frozenset[int]


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands in a record beside a value of this provider."""

    source: Mapping[str, str]  # name, publisher, uri, license
    notice: str  # what its licence asks for, or what it restricts
    flow: Literal["consumption", "production"]
    gases: Literal["CO2e", "CO2"]


class Provider(Protocol):
    """One service; stateless, and pure but for `headers`, which may log in."""

    @property
    def name(self) -> str:
        """How a user names it: electricity-maps."""

    @property
    def title(self) -> str:
        """How it names itself."""

    @property
    def base(self) -> str:
        """Scheme and host that requests go to."""

    @property
    def key_variables(self) -> tuple[str, ...]:
        """The environment variables that hold the user's key; none where it asks for none."""

    @property
    def logs_in(self) -> bool:
        """Whether `headers` gets a token that may expire."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What its values can hold."""

    @property
    def terms(self) -> Terms:
        """Source, licence and basis of its values."""

    def zone(self, place: str) -> str | None:
        """Its own name of a zone of Electricity Maps, whose names serve for all; None where it has no values."""

    def headers(self, keys: Mapping[str, str], send: Callable[[str, Mapping[str, str]], Any]) -> dict[str, str]:
        """What each request carries; raises ProviderError where the key is refused."""

    def asks(self, zone: str, scope: Scope, hours: Iterable[int], now: int) -> list[Ask]:
        """The requests for these hours; `now` is the present one."""

    def read(self, zone: str, scope: Scope, answer: Any, got: str) -> dict[int, Intensity]:
        """The full hours of an answer; raises ProviderError for another zone, scope or unit than was asked for."""

    def refusal(self, zone: str, status: int, answer: Any) -> ProviderError | None:
        """What a status of 400 to 499 means here; None where it means what it means everywhere."""
