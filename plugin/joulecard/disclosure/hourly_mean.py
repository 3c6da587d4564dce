"""The energy-weighted mean of hourly intensities, and the factor that it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.canonical import digest
from joulecard.disclosure.series import joules_by_hour, share_of
from joulecard.factors.factor import Factor, Uncertainty
from joulecard.factors.providers.hours import day, stamp
from joulecard.factors.uncertainties import YEAR_SHIFT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.disclosure.tally import SegmentTally
    from joulecard.factors import Edition
    from joulecard.factors.providers.gathering import Gathered, Query
    from joulecard.factors.providers.provider import Intensity

SUBNATIONAL = "grid-subnational-by-country"
UNSURE_HOURS = "grid-year-for-hours"
DIGITS = 4  # after the point, of a mean: far finer than any provider tells
MOST_NAMED = 200  # characters of how the provider estimated


@dataclass(frozen=True, slots=True)
class Site:
    """A grid that a live provider may know: its zone by the name Electricity Maps gives it, and its country."""

    zone: str
    country: str  # alpha-3
    name: str
    yearly_g_per_kwh: float  # what hourly values are compared with
    stands_for: str | None = None  # what is said where the zone stands for a finer place, one sentence


@dataclass(frozen=True, slots=True)
class Mean:
    """Intensity over the energy of one execution at one site."""

    site: Site
    yearly: Factor
    gathered: Gathered
    drawn_j: Mapping[int, float]
    known: Mapping[int, Intensity]  # of the hours that drew energy

    @classmethod
    def of(cls, parts: Sequence[SegmentTally], site: Site, gathered: Gathered) -> Mean:
        """That of these tallies, which have one yearly factor."""
        drawn_j: dict[int, list[float]] = {}
        for part in parts:
            for hour, energy_j in joules_by_hour(share_of(part.segments[0], part)).items():
                drawn_j.setdefault(hour, []).append(energy_j)
        told = gathered.hours(site.zone)
        yearly = parts[0].grid
        assert yearly  # noqa: S101  with_hours leaves out what has no grid factor
        summed = {hour: math.fsum(drawn_j[hour]) for hour in sorted(drawn_j)}
        return cls(site, yearly, gathered, summed, {hour: told[hour] for hour in summed if hour in told})

    @property
    def query(self) -> Query:
        """What was asked for."""
        return self.gathered.query

    @property
    def lacking(self) -> int:
        """How many of the hours that drew energy are not known."""
        return len(self.drawn_j) - len(self.known)

    @property
    def missing(self) -> float:
        """The share of the energy in these."""
        missing_j = math.fsum(joules for hour, joules in self.drawn_j.items() if hour not in self.known)
        return missing_j / math.fsum(self.drawn_j.values())

    @property
    def g_per_kwh(self) -> float:
        """The energy-weighted mean, with the year's value for the hours of which nothing is known."""
        told = (
            joules * (self.known[hour].g_per_kwh if hour in self.known else self.yearly.value)
            for hour, joules in self.drawn_j.items()
        )
        return round(math.fsum(told) / math.fsum(self.drawn_j.values()), DIGITS)

    @property
    def yearly_part(self) -> float:
        """The share of the mean that the year's value gives."""
        return self.missing * self.yearly.value / self.g_per_kwh if self.g_per_kwh else 0.0


def hourly_factor(mean: Mean, edition: Edition) -> Factor:
    """The mean as a factor, with the provider's terms and the digest of the hours that it was made from."""
    name, zone, terms = mean.query.provider.name, mean.site.zone, mean.query.provider.terms
    first, last = min(mean.drawn_j), max(mean.drawn_j)
    series = _series_digest(mean)
    ways = dict.fromkeys(item.how_estimated for item in mean.known.values() if item.how_estimated)
    return Factor(
        id=f"grid:{zone}:{stamp(first)[:13]}--{stamp(last)[:13]}:{name}:{_short(series, mean)}",
        kind="grid_intensity",
        name=mean.site.name,
        value=mean.g_per_kwh,
        unit="g/kWh",
        uncertainty=_sources(mean, edition),
        source={**terms.source, "retrieved": max(item.got for item in mean.known.values())},
        zone=zone,
        basis={
            "attribution": "average",
            "accounting": "location",
            "scope": mean.query.scope,
            "flow": terms.flow,
            "gases": terms.gases,
        },
        valid={"start": day(first), "end": day(last)},
        granularity="hourly",
        fallback_level=mean.yearly.fallback_level,
        assumes="; ".join(said for said in (mean.site.stands_for, _filled(mean)) if said) or None,
        is_default=mean.missing > 0,
        how_estimated=", ".join(ways)[:MOST_NAMED] or None,
        series_digest=series,
        note=terms.notice,
    )


def _series_digest(mean: Mean) -> str:
    """Digest of the hours as a JSON document, which a reader can make again from the same answers."""
    hours = [{"hour": stamp(hour), "g_per_kwh": item.g_per_kwh} for hour, item in mean.known.items()]
    query = mean.query
    return digest({"provider": query.provider.name, "zone": mean.site.zone, "scope": query.scope, "hours": hours})


def _short(series: str, mean: Mean) -> str:
    """What tells two factors of the same hours apart: the values, and how the energy lay over them."""
    return digest({"series": series, "value": mean.g_per_kwh, "missing": mean.missing}).partition(":")[2][:12]


def _sources(mean: Mean, edition: Edition) -> tuple[Uncertainty, ...]:
    """How differently sources define intensity, for all of it; for the part of the missing hours the year as well.

    The definition is one cause of error, whether a value is of an hour or of the year, and is counted once.
    """
    thing = f"grid:{mean.site.zone}:{mean.query.provider.name}"
    whole = [source for source in mean.yearly.uncertainty if source.class_name == SUBNATIONAL]
    own = edition.uncertainty(f"grid-hourly-{mean.query.scope}", thing)
    if not mean.missing:
        return (own, *whole)
    shifts = [source for source in mean.yearly.uncertainty if source.class_name == YEAR_SHIFT]
    parts = (_for_a_part(source, mean.yearly_part) for source in (*shifts, edition.uncertainty(UNSURE_HOURS, thing)))
    return (own, *whole, *parts)


def _for_a_part(source: Uncertainty, part: float) -> Uncertainty:
    """The source as wide as it is for the whole, of which only this part depends on it."""
    width = math.sqrt(math.log1p(part * part * math.expm1(source.log_sd * source.log_sd)))
    derivation = f"{source.derivation}; for {100 * part:.3g} % of the value"
    return replace(source, id=f"{source.id}~{part:.6f}", log_sd=width, derivation=derivation)


def _filled(mean: Mean) -> str:
    """For how much of the energy the value of the year stands; empty where it does for none."""
    if not mean.missing:
        return ""
    why = mean.gathered.reasons.get(mean.site.zone)
    told = f", since {mean.query.provider.title} {why}" if why else ""
    return (
        f"Grid intensity of {mean.site.zone}: {hours_told(mean.lacking)} of {len(mean.drawn_j)}, with "
        f"{100 * mean.missing:.3g} % of the energy, took the value of the year {mean.yearly.year}, "
        f"{mean.yearly.value:.6g} g/kWh{told}"
    )


def hours_told(count: int) -> str:
    """A number of hours in words."""
    return f"{count} hour{'s' if count != 1 else ''}"
