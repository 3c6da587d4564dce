"""Which sources of uncertainty of two disclosures are one: only what is wrong on both sides alike cancels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from joulecard.disclosure import document as doc

# How far one place lies from the mean that stands for it: the same error only at the same place.
OF_ONE_PLACE = frozenset({"grid-world-for-unknown", "grid-subnational-by-country"})
# What is wrong with one run alone: how a meter's joules were split that time, what a program said of its stage.
OF_ONE_RUN = frozenset({"share-cpu-time", "share-even-split", "share-processes", "share-mig-slices", "energy-declared"})
SITE_KINDS = frozenset({"pue", "wue"})


@dataclass(slots=True)
class _Cause:
    """What a document says of a source: its class and width, and the things whose numbers it widens."""

    class_: str
    log_sd: float
    factors: set[tuple[str, str, str]] = field(default_factory=set)  # kind, zone or name, source
    hardware: set[tuple[str, str | None]] = field(default_factory=set)  # kind and model
    hosts: set[str] = field(default_factory=set)
    bounds: frozenset[str] = frozenset()  # where it holds, for what holds at one place or in one run


def renaming(one: doc.Disclosure, other: doc.Disclosure, label: str) -> Callable[[str], str]:
    """The name that a source of the other disclosure has beside the one: its own where both are one cause.

    One cause has the same id, class and width on both sides, and is about the same: the same grid by the same source,
    the same place or run for what holds there alone, the same host, or where no host is named a power model of the same
    hardware. What else a person states of a run is about that run alone.
    """
    mine, theirs = _causes(one), _causes(other)
    shared = {name for name in mine.keys() & theirs.keys() if _is_one(mine[name], theirs[name])}
    return lambda name: name if name in shared else f"{name} of {label}"  # no id holds a space


def _is_one(mine: _Cause, theirs: _Cause) -> bool:
    if (mine.class_, mine.log_sd, mine.bounds) != (theirs.class_, theirs.log_sd, theirs.bounds):
        return False
    if mine.factors != theirs.factors or mine.hardware != theirs.hardware:
        return False
    return mine.hosts == theirs.hosts and bool(mine.factors or mine.hosts)


def _causes(disclosure: doc.Disclosure) -> dict[str, _Cause]:
    listed = disclosure.uncertainty.sources if disclosure.uncertainty else ()
    causes = {source.id: _Cause(source.class_, source.log_sd) for source in listed}
    runs = frozenset(stage.execution_id for stage in disclosure.stages if stage.execution_id)
    for cause in causes.values():
        cause.bounds = runs if cause.class_ in OF_ONE_RUN else frozenset()
    _enter_factors(disclosure, causes)
    _enter_hardware(disclosure, causes)
    return causes


def _enter_factors(disclosure: doc.Disclosure, causes: dict[str, _Cause]) -> None:
    site = _site(disclosure)
    for factor in disclosure.factors:
        for name in factor.uncertainty_refs or ():
            cause = causes.get(name)
            if cause is None:
                continue
            cause.factors.add((factor.kind, factor.zone or factor.name, factor.source.name))
            if factor.kind in SITE_KINDS or cause.class_ in OF_ONE_PLACE:
                cause.bounds = site


def _enter_hardware(disclosure: doc.Disclosure, causes: dict[str, _Cause]) -> None:
    resources = {resource.id: resource for resource in disclosure.resources}
    for name, resource_ref in _readings(disclosure):
        cause, resource = causes.get(name), resources.get(resource_ref)
        if cause is None or resource is None:
            continue
        cause.hardware.add((resource.kind, resource.model))
        if resource.host_ref:
            cause.hosts.add(resource.host_ref)


def _readings(disclosure: doc.Disclosure) -> Iterator[tuple[str, str]]:
    """Each source of a component's energy, with the resource."""
    for stage in disclosure.stages:
        for component in (stage.energy and stage.energy.components) or ():
            ends = component.energy.interval
            for part in (ends and ends.contributions) or ():
                if component.resource_ref:
                    yield part.source_ref, component.resource_ref


def _site(disclosure: doc.Disclosure) -> frozenset[str]:
    """Where the hardware stood: regions of providers where all are known, else the hosts themselves.

    Without either, the document alone: nothing tells that another one is about the same place.
    """
    places = {f"{each.provider}/{each.region}" for each in disclosure.locations if each.provider and each.region}
    if places and len(places) == len(disclosure.locations):
        return frozenset(places)
    hosts = {resource.host_ref for resource in disclosure.resources if resource.host_ref}
    return frozenset(hosts) or frozenset({disclosure.document.id})
