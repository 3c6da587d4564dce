"""Where each factor of a disclosure was applied, as far as the disclosure tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.surroundings.place import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from joulecard.disclosure import document as doc

Sites = dict[str, tuple["doc.Location", ...]]


class _Hardware(NamedTuple):
    """Where hosts and resources stand, and the country of each factor's zone."""

    of_host: Mapping[str | None, set[str]]
    of_resource: Mapping[str, str]
    countries: Mapping[str, str | None]  # by location and by grid factor
    alone: set[str]  # the one place of a disclosure that has no other

    def of_segment(self, segment: doc.StageSegment) -> set[str]:
        """The place of the host; none where the segment's grid lies in another country, so that the host had moved."""
        of_grid = self.countries.get(segment.factor_ref or "")
        known = self.of_host.get(segment.host_ref, set())
        return {place for place in known if of_grid is None or self.countries.get(place) in (None, of_grid)}


def sites(document: doc.Disclosure, country_of: Callable[[str], str | None]) -> Sites:
    """The places of each factor that a line of a stage names, by the factor's id; none where it is not told.

    `country_of` tells in which country (alpha-2) a grid zone lies.
    """
    places = {location.id: location for location in document.locations}
    hardware = _hardware(document, country_of)
    found: dict[str, set[str]] = {}
    for stage in document.stages:
        for factor_id, known in _applied(stage, hardware):
            found.setdefault(factor_id, set()).update(known)
    return {name: tuple(places[each] for each in sorted(known)) for name, known in found.items()}


def _hardware(document: doc.Disclosure, country_of: Callable[[str], str | None]) -> _Hardware:
    of_host: dict[str | None, set[str]] = {}
    for resource in document.resources:
        if resource.location_ref:
            of_host.setdefault(resource.host_ref, set()).add(resource.location_ref)
    placed = {each.id: each.location_ref for each in document.resources if each.location_ref}
    countries = {each.id: country_of(each.zone) for each in document.factors if each.zone}
    countries |= {each.id: each.country for each in document.locations}
    alone = {document.locations[0].id} if len(document.locations) == 1 else set()
    return _Hardware(of_host, placed, countries, alone)


def evidence_of(location: doc.Location) -> tuple[Evidence, ...]:
    """The signs of a place that a look-up considers: what was said alone, else all; the place itself without any."""
    signs = [
        Evidence(
            "setting" if sign.source == "declared" else sign.source,
            sign.confidence,
            sign.provider,
            sign.region,
            sign.country,
            sign.subdivision,
        )
        for sign in location.evidence or ()
    ]
    said = tuple(sign for sign in signs if sign.source == "setting")
    told = Evidence(
        "metadata-service", "medium", location.provider, location.region, location.country, location.subdivision
    )
    named = (told,) if location.country or location.provider or location.subdivision else ()
    return said or tuple(signs) or named


def cloud_of(location: doc.Location) -> tuple[str | None, str | None]:
    """Provider and region of the cloud that a place is known to lie in."""
    clouds = (sign for sign in evidence_of(location) if sign.provider and sign.confidence != "low")
    cloud = next(clouds, None)
    return (cloud.provider, cloud.region) if cloud else (location.provider, location.region)


def _applied(stage: doc.Stage, hardware: _Hardware) -> Iterator[tuple[str, set[str]]]:
    """The factors of a stage with their places: those of the segments that name them, else the one of its hardware."""
    by_segment: dict[str, set[str]] = {}
    for segment in stage.segments or ():
        for name in (segment.factor_ref, segment.pue_ref):
            if name:
                by_segment.setdefault(name, set()).update(hardware.of_segment(segment))
    places = _of_stage(stage, hardware)
    for name in _named(stage):
        yield name, by_segment.get(name, places if len(places) == 1 else set())


def _of_stage(stage: doc.Stage, hardware: _Hardware) -> set[str]:
    """The places of the hardware of a stage; of one whose hardware is not told, the disclosure's one place."""
    used = (each.resource_ref for each in (stage.energy.components or ())) if stage.energy else ()
    return {hardware.of_resource[name] for name in used if name in hardware.of_resource} or hardware.alone


def untraced(document: doc.Disclosure) -> frozenset[str]:
    """The factors that a stage applies without a line that says to how much energy."""
    found: set[str] = set()
    for stage in document.stages:
        owner = stage.reused_from or stage
        facility = owner.energy.facility_total if owner.energy else None
        named = (name for each in (facility, *_multiplied(owner)) if each for name in each.factor_refs or ())
        found |= set(named) - set(_named(stage))
    return frozenset(found)


def lines_of(owner: doc.Stage | doc.ReusedFrom) -> list[doc.EnergyLine]:
    """All energy that a stage, or the execution that it reused, multiplies with factors."""
    return [line for each in _multiplied(owner) if each for line in each.lines or ()]


def _multiplied(
    owner: doc.Stage | doc.ReusedFrom,
) -> tuple[doc.LocationEmissions | doc.MarketEmissions | doc.WaterUse | None, ...]:
    emissions = owner.emissions
    emitted = (emissions.operational_location, emissions.operational_market) if emissions else ()
    return (*emitted, owner.water)


def _named(stage: doc.Stage) -> list[str]:
    lines = lines_of(stage.reused_from or stage)
    return list(dict.fromkeys(name for line in lines for name in (line.factor_ref, line.pue_ref) if name))
