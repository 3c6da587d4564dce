"""Where a stage ran, told from local evidence alone: no look-up ever leaves the machine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from joulecard.errors import SettingsError
from joulecard.settings.places import place_parts
from joulecard.settings.values import clean
from joulecard.surroundings import cloud, time_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.settings import Roots

Source = Literal["setting", "cloud-init", "dmi", "environment", "metadata-service", "time-zone"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One local sign of where the machine stands."""

    source: Source
    confidence: Literal["high", "medium", "low"]
    provider: str | None = None  # aws, gcp, azure, oci, ...
    region: str | None = None  # the provider's region name
    country: str | None = None  # ISO 3166-1 alpha-2
    subdivision: str | None = None  # ISO 3166-2


@dataclass(frozen=True, slots=True)
class Place:
    """All evidence found, best first (the first one counts), and the PUE that the operator declared."""

    evidence: tuple[Evidence, ...] = ()
    pue: float | None = None

    @property
    def best(self) -> Evidence | None:
        """The evidence that counts; None where the place is unknown."""
        return self.evidence[0] if self.evidence else None

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Place:
        """The place of a checked segment document."""
        return cls(tuple(Evidence(**item) for item in document.get("evidence", ())), document.get("pue"))


def find_place(settings_place: str | None, pue: float | None, environ: Mapping[str, str], roots: Roots) -> Place:
    """All local evidence of the place, best first, and the declared PUE. Never raises, asks no network.

    What names a region or a country goes before what names only the provider.
    """
    found = list(_evidence(settings_place, environ, roots))
    found.sort(key=lambda item: item.region is None and item.country is None)  # stable: the order of trust stays
    return Place(tuple(found), pue)


def parse_place(text: str) -> Evidence:
    """A declared place as evidence; raises SettingsError where it is none. No factor table is read."""
    try:
        parts = place_parts(text)
    except ValueError as error:
        raise SettingsError(f'"{clean(text)}" is no place', where="place", mend=f"allowed: {error}") from None
    return Evidence("setting", "high", **parts)


def _evidence(settings_place: str | None, environ: Mapping[str, str], roots: Roots) -> Iterator[Evidence]:
    """Each sign of the place, most trusted first."""
    if settings_place is not None:
        with suppress(SettingsError):  # load_settings has said so, in its problems
            yield parse_place(settings_place)
    init = cloud.from_cloud_init(roots)
    if init:
        yield Evidence("cloud-init", "high", *init)
    yield from _machine_evidence(environ, roots)
    for country in time_zone.countries(environ, roots):
        yield Evidence("time-zone", "low", country=country)


def _machine_evidence(environ: Mapping[str, str], roots: Roots) -> Iterator[Evidence]:
    """What firmware and variables say together: a variable counts only where nothing speaks against it."""
    provider = cloud.from_firmware(roots)
    if provider:
        region = cloud.from_variables(provider, environ)
        if region:
            yield Evidence("environment", "medium", provider, region)
        yield Evidence("dmi", "medium", provider)
    elif not cloud.firmware_speaks(roots):
        job = cloud.from_managed_job(environ)
        if job:
            yield Evidence("environment", "low", *job)
