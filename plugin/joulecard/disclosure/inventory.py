"""The facts that stages point to: hardware, places, factors and sources of uncertainty, each listed once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from joulecard.disclosure import document as doc
from joulecard.disclosure.counted import resource_of
from joulecard.disclosure.embodied import Hardware, accelerators_of, embodied_members
from joulecard.disclosure.sensors import DEVICES, VENDORS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.tallied import Tallied
    from joulecard.disclosure.tally import Component, SegmentTally
    from joulecard.factors import Edition, Factor, Uncertainty
    from joulecard.factors.instrument import Instrument
    from joulecard.surroundings.machine import Accelerator
    from joulecard.surroundings.place import Place

PlaceKey = tuple[str | None, str | None, str | None, str | None]


class Locations:
    """The places of the segments, numbered in the order in which they are first asked for."""

    def __init__(self) -> None:
        self._found: dict[PlaceKey, doc.Location] = {}

    def ref(self, part: SegmentTally) -> str:
        """The id of the place where a segment was recorded."""
        evidence = part.evidence
        key = (evidence.country, evidence.subdivision, evidence.provider, evidence.region) if evidence else (None,) * 4
        if key not in self._found:
            self._found[key] = _location(f"l{len(self._found) + 1}", key, part)
        return self._found[key].id

    def listed(self) -> tuple[doc.Location, ...]:
        """All places asked for."""
        return tuple(self._found.values())


def resources(
    ran: Sequence[Tallied], locations: Locations, hardware: Hardware | None = None
) -> tuple[doc.Resource, ...]:
    """The hardware that the components of the stages point to, with what making it emitted where that is counted."""
    found = _used(ran, locations)
    made = {name: each for joined in ran for name, each in _made(joined, hardware or Hardware())}
    return tuple(
        each.model_copy(update={"embodied": made[name]}) if name in made else each for name, each in found.items()
    )


def _used(ran: Iterable[Tallied], locations: Locations) -> dict[str, doc.Resource]:
    """The hardware by its id; whole hosts too where making them is counted."""
    found: dict[str, doc.Resource] = {}
    for joined in ran:
        for segment, part in zip(joined.execution.counted, joined.parts, strict=True):
            for component in part.components:
                if component.resource not in found:
                    place = locations.ref(part)
                    found[component.resource] = _resource(segment, component, place)
                    found |= {each.id: each for each in _inside(segment, component, place)}
            if joined.beside.embodied:
                for each in _hosts(segment, locations.ref(part)):
                    found.setdefault(each.id, each)
    return found


def _hosts(segment: Segment, location_ref: str) -> Iterator[doc.Resource]:
    """The host as a whole, and its accelerators that no meter tells apart."""
    host = resource_of(segment, "host")
    where = {"host_ref": segment.host_ref, "location_ref": location_ref}
    yield doc.Resource.model_validate({"id": host, "kind": "host", **where, **_host(segment)})
    yield from (_accelerator(*each, where) for each in accelerators_of(segment))


def _made(joined: Tallied, hardware: Hardware) -> Iterator[tuple[str, doc.Embodied]]:
    """What making the hardware emitted, by resource."""
    embodied = joined.beside.embodied
    for name, made, total_units in embodied.made if embodied else ():
        yield name, doc.Embodied.model_validate(embodied_members(made, total_units, hardware))


def _inside(segment: Segment, component: Component, location_ref: str) -> Iterator[doc.Resource]:
    """The accelerators of a node of which only the whole is metered or declared: no component is theirs alone."""
    if component.kind == "host" and DEVICES & {*(component.includes or DEVICES)}:
        where = {"host_ref": segment.host_ref, "location_ref": location_ref}
        yield from (_accelerator(*each, where) for each in accelerators_of(segment))


def _accelerator(name: str, part: Accelerator, count: int, where: dict[str, str]) -> doc.Resource:
    members = {
        "id": name,
        "kind": "gpu" if part.vendor in VENDORS.values() else "accelerator",
        "count": count,
        "model": part.model,
        "vendor": part.vendor,
        "memory_gb": part.memory_gb,
    }
    return doc.Resource.model_validate({**members, **where})


def factors(ran: Iterable[Tallied], reused: Iterable[Tallied]) -> tuple[doc.Factor, ...]:
    """Every factor that was applied; of a reused result only those that its numbers point to."""
    applied = [factor for joined in ran for factor in joined.total.factors]
    applied += [factor for joined in reused for factor in joined.total.factors if factor.kind != "power_model"]
    once = {factor.id: factor for factor in applied}
    return tuple(doc.Factor.model_validate(_factor(factor)) for factor in once.values())


def instruments(edition: Edition, applied: Iterable[doc.Factor]) -> tuple[doc.Instrument, ...]:
    """The user's contracts, each with its factor where energy rests on it; one that covers nothing here is told too."""
    known = {factor.id for factor in applied}
    return tuple(_instrument(each, known) for each in edition.instruments())


def _instrument(told: Instrument, known: Collection[str]) -> doc.Instrument:
    return doc.Instrument.model_validate(
        {
            "id": told.id,
            "type": told.type,
            "energy_kwh": told.energy_kwh,
            "mass_g": told.mass_g,
            "vintage": dict(told.vintage) if told.vintage else None,
            "zone": told.zone,
            "supplier": told.supplier,
            "factor_ref": told.factor.id if told.counts and told.factor and told.factor.id in known else None,
        }
    )


def sources(joined: Iterable[Tallied]) -> tuple[doc.UncertaintySource, ...]:
    """The sources of uncertainty that quantities and factors name, each once."""
    once = {source.id: source for each in joined for source in sources_of(each)}
    return tuple(
        doc.UncertaintySource.model_validate({**source.to_document(), "derivation": source.derivation or None})
        for source in once.values()
    )


def sources_of(joined: Tallied) -> Iterator[Uncertainty]:
    """The sources that the numbers of an execution and of its parts rest on."""
    yield from joined.total.sources
    for part in joined.inside.parts:
        yield from part.sources


def _factor(factor: Factor) -> dict[str, Any]:
    document = factor.to_document()
    return {**document, "uncertainty_refs": document["uncertainty_refs"] or None}


def _resource(segment: Segment, component: Component, location_ref: str) -> doc.Resource:
    details = {"cpu": _cpu, "dram": _memory, "host": _host}.get(component.kind, _device)(segment, component)
    return doc.Resource.model_validate(
        {
            "id": component.resource,
            "kind": component.kind,
            "count": 1,
            "host_ref": segment.host_ref,
            "location_ref": location_ref,
            **details,
        }
    )


def _cpu(segment: Segment, _: Component | None = None) -> dict[str, Any]:
    machine = segment.machine
    return {
        "model": machine.cpu_model,
        "vendor": machine.cpu_vendor,
        "architecture": machine.architecture,
        "count": machine.sockets or 1,
        "logical_cpus": machine.logical_cpus,
        "physical_cores": machine.physical_cores,
        "sockets": machine.sockets,
        "virtual": machine.virtual,
    }


def _memory(segment: Segment, _: Component) -> dict[str, Any]:
    return {"memory_gb": segment.machine.memory_gb}


def _host(segment: Segment, _: Component | None = None) -> dict[str, Any]:
    """The node as a whole: its processors are what is known of it."""
    return {**_cpu(segment), "count": 1, "memory_gb": segment.machine.memory_gb}


def _device(segment: Segment, component: Component) -> dict[str, Any]:
    """One device; what its meter does not say of it is told where the host has devices of one model only."""
    kinds = segment.machine.accelerators
    same = [kind for kind in kinds if component.device_model in (None, kind.model)]
    alone = same[0] if len(same) == 1 else None
    limits = component.limits
    return {
        "device_ref": component.device_ref,
        "model": component.device_model or (alone.model if alone else None),
        "vendor": component.vendor or (alone.vendor if alone else None),
        "memory_gb": alone.memory_gb if alone else None,
        "tdp_w": limits.design_w if limits else None,
        "power_limit_w": limits.power_w if limits else None,
        "clock_limit_mhz": limits.clock_mhz if limits else None,
    }


def _location(location_id: str, key: PlaceKey, part: SegmentTally) -> doc.Location:
    country, subdivision, provider, region = key
    place: Place = part.segments[0].place
    levels = {"region": region, "subdivision": subdivision, "country": country}
    grid = part.grid if part.grid and part.grid.fallback_level != "world" else None
    return doc.Location.model_validate(
        {
            "id": location_id,
            "country": country,
            "subdivision": subdivision,
            "provider": provider,
            "region": region,
            "grid_zones": {"electricity_maps": grid.zone} if grid and _names_zones(grid) else None,
            "precision": next((name for name, value in levels.items() if value), "unknown"),
            "evidence": tuple(_evidence(asdict(item)) for item in place.evidence),
        }
    )


def _names_zones(grid: Factor) -> bool:
    """Whether the factor's zone is one of the publisher that gives zones their names; others name countries."""
    return grid.source.get("publisher") == "Electricity Maps"


def _evidence(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
