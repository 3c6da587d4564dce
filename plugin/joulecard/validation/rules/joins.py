"""R03: the segments' energies on the emission lines: each joule was multiplied with one grid factor and one PUE."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import near, sums_to, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.rules.components import same_refs
from joulecard.validation.rules.emissions import places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.validation.lines import Line

Pair = tuple[str | None, str | None]  # ids of the grid factor and of the PUE
FINE = frozenset({"hourly", "daily", "monthly"})  # one segment may span several of these


def segment_factors(facts: Facts) -> Iterator[Finding]:
    """A stage whose emission lines do not carry the energy of the segments that name the same factor and PUE."""
    for stage in facts.ran:
        emitted, seen = quantity(stage, "operational_location"), _seen(facts, stage)
        if seen and emitted and emitted.number is not None and emitted.value.get("lines"):
            lines = facts.lines(stage, emitted)
            opaque = any(line.opaque for line in lines)
            known = all(line.factor for line in lines) and _gains(facts, seen) is not None
            if known and not opaque:
                yield from _first(_pairs(facts, lines, seen))


def _seen(facts: Facts, stage: At) -> list[At]:
    """The segments that have energy."""
    return [segment for segment in facts.counted[stage] if "energy_it_kwh" in segment.value]


def _gains(facts: Facts, seen: Iterable[At]) -> list[float] | None:
    """What one kWh of each segment becomes by its PUE; None where a PUE does not resolve."""
    gains: list[float] = []
    for segment in seen:
        name = segment.value.get("pue_ref")
        factor = facts.factors.get(name) if name else None
        if name and not factor:
            return None
        gains.append(factor.value["value"] if factor else 1.0)
    return gains


def _first(found: Iterator[Finding]) -> Iterator[Finding]:
    """The first only: one wrong reference puts several lines out."""
    for finding in found:
        yield finding
        return


def _pairs(facts: Facts, lines: list[Line], seen: list[At]) -> Iterator[Finding]:
    """Where lines and segments of one grid factor and PUE do not agree."""
    drawn: dict[Pair, list[float]] = {}
    for segment, gain in zip(seen, _gains(facts, seen) or (), strict=True):
        key = (segment.value.get("factor_ref"), segment.value.get("pue_ref"))
        drawn.setdefault(key, []).append(segment.value["energy_it_kwh"] * gain)
    groups: dict[Pair, list[Line]] = {}
    for line in lines:
        groups.setdefault((line.at.value["factor_ref"], line.pue.value["id"] if line.pue else None), []).append(line)
    unclaimed = [line for key, group in groups.items() if key not in drawn for line in group]
    unnamed = {key: parts for key, parts in drawn.items() if key[0] is None}
    for key, parts in drawn.items():
        if key[0] is not None:
            yield from _agree(groups.get(key, []), parts, lines, seen)
    yield from _rest(unclaimed, unnamed, lines, seen)


def _agree(group: list[Line], parts_kwh: list[float], lines: list[Line], seen: list[At]) -> Iterator[Finding]:
    """Where lines do not carry the energies of segments."""
    carried_kwh = math.fsum(line.at.value["energy_kwh"] for line in group)
    if not group or not sums_to(carried_kwh, parts_kwh):
        what = "the segments that name this factor and PUE come to"
        told = unlike(carried_kwh, what, math.fsum(parts_kwh), "kWh")
        yield Finding(f"{(group or lines)[0].at.pointer}/energy_kwh", told, _all_places(lines, seen))


def _rest(
    unclaimed: list[Line], unnamed: dict[Pair, list[float]], lines: list[Line], seen: list[At]
) -> Iterator[Finding]:
    """Where lines that no segment names do not carry the energy of the segments that name no factor."""
    parts_kwh = [part for parts in unnamed.values() for part in parts]
    coarse = [line for line in unclaimed if line.factor and line.factor.value.get("granularity") not in FINE]
    if coarse:
        told = "no segment of the stage names this factor and PUE"
        yield Finding(f"{coarse[0].at.pointer}/factor_ref", told, _all_places(lines, seen))
    elif parts_kwh and not unclaimed:
        silent = next(segment for segment in seen if "factor_ref" not in segment.value)
        yield Finding(
            silent.pointer,
            "the member `factor_ref` is missing: which line carries the energy of this segment?",
            _all_places(lines, seen),
        )
    elif unclaimed:
        yield from _agree(unclaimed, parts_kwh, lines, seen)


def _all_places(lines: list[Line], seen: list[At]) -> tuple[str, ...]:
    """Every number and reference of the lines and of the segments."""
    members = ("energy_it_kwh", "factor_ref", "pue_ref")
    own = (f"{segment.pointer}/{member}" for segment in seen for member in members if member in segment.value)
    return (*places(lines), *own)


def segment_pues(facts: Facts) -> Iterator[Finding]:
    """A stage whose facility energy is not the sum of its segments' energies times their PUEs."""
    for stage in facts.ran:
        energy, seen = stage.member("energy"), _seen(facts, stage)
        total = energy and energy.member("facility_total")
        gains = _gains(facts, seen)
        if not total or not seen or gains is None or total.value["method"] == "declared":
            continue
        silent = [segment for segment in seen if "pue_ref" not in segment.value]
        if total.number is None:
            if not silent:
                told = "is not_available, and every segment names its PUE"
                yield Finding(f"{total.pointer}/method", told, _refs(seen))
        elif silent:
            yield Finding(silent[0].pointer, "the member `pue_ref` is missing where a PUE was applied", _refs(seen))
        else:
            yield from _facility(total, seen, gains)


def _facility(total: At, seen: list[At], gains: list[float]) -> Iterator[Finding]:
    """Where facility energy is not sum(energy x PUE) over the segments, or names other PUEs than they do."""
    parts_kwh = [segment.value["energy_it_kwh"] * gain for segment, gain in zip(seen, gains, strict=True)]
    if not near(total.value["value"], math.fsum(parts_kwh)):
        related = (*(f"{segment.pointer}/energy_it_kwh" for segment in seen), *_refs(seen))
        told = unlike(total.value["value"], "sum(energy x PUE) over its segments is", math.fsum(parts_kwh), "kWh")
        yield Finding(f"{total.pointer}/value", told, related)
    yield from same_refs(total, [(segment, "pue_ref") for segment in seen])


def _refs(seen: list[At]) -> tuple[str, ...]:
    """Where the segments name their PUEs."""
    return tuple(f"{segment.pointer}/pue_ref" for segment in seen)


def hosts(facts: Facts) -> Iterator[Finding]:
    """A stage whose components on a host do not draw what its segments on that host do."""
    for stage, components in _by_stage(facts):
        seen = _seen(facts, stage)
        named = [(_host(facts, component), component) for component in components]
        if not seen or any(host is None for host, _ in named):
            continue
        parts_kwh: dict[str | None, list[float]] = {}
        for host, component in named:
            parts_kwh.setdefault(host, []).append(component.value["energy"].get("value", 0.0))
        drawn_kwh: dict[str | None, list[float]] = {}
        for segment in seen:
            drawn_kwh.setdefault(segment.value["host_ref"], []).append(segment.value["energy_it_kwh"])
        for host, parts in parts_kwh.items():
            if not sums_to(math.fsum(drawn_kwh.get(host, [])), parts):
                there_kwh = math.fsum(drawn_kwh.get(host, []))
                told = f"on the host {host} they draw {math.fsum(parts):.9g} kWh, and its segments {there_kwh:.9g} kWh"
                yield Finding(f"{stage.pointer}/energy/components", told, _on_hosts(named, seen))
                break


def _by_stage(facts: Facts) -> list[tuple[At, list[At]]]:
    """The components of each stage that shows some."""
    found: dict[str, tuple[At, list[At]]] = {}
    for stage, component in facts.components:
        found.setdefault(stage.pointer, (stage, []))[1].append(component)
    return list(found.values())


def _host(facts: Facts, component: At) -> str | None:
    """The host of a component's hardware; None where nobody says."""
    resource = facts.resources.get(component.value["resource_ref"])
    return resource.value.get("host_ref") if resource else None


def _on_hosts(named: list[tuple[str | None, At]], seen: list[At]) -> tuple[str, ...]:
    """What says which energy belongs to which host."""
    own = [f"{component.pointer}/{member}" for _, component in named for member in ("resource_ref", "energy/value")]
    theirs = [f"{segment.pointer}/{member}" for segment in seen for member in ("host_ref", "energy_it_kwh")]
    return (*own, *theirs)


CHECKS = (segment_factors, segment_pues, hosts)
