"""R03, first half: what a stage drew, from its components up to the facility."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.units import JOULES_PER_KWH
from joulecard.validation.arithmetic import RELATIVE, near, sums_to, unlike
from joulecard.validation.at import At, Finding, name_places, names_in
from joulecard.validation.derived import Sum
from joulecard.validation.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = 8
WHOLE = 0.999  # share of a device from which it is taken whole
FITTING = {"vCPU.s": "W/vCPU", "GB.s": "W/GB", "s": "W"}


def component_values(facts: Facts) -> Iterator[Finding]:
    """A component whose energy is not what its activity, its share of the node, or idle and dynamic parts give."""
    for _, component in facts.components:
        found = component.member("energy")
        if found and found.number is not None:
            yield from _from_activity(facts, component, found)
            yield from _from_node(component, found)
            yield from _from_idle(component, found)


def _from_activity(facts: Facts, component: At, found: At) -> Iterator[Finding]:
    """Where sum(amount x factor) / 3.6e6 is not the component's energy."""
    terms = component.items("activity")
    factors = [facts.factors.get(term.value["factor_ref"]) for term in terms]
    if not terms or None in factors:
        return
    applied = [factor for factor in factors if factor]
    yield from (_misfit(term, factor) for term, factor in zip(terms, applied, strict=True) if not _fits(term, factor))
    pairs = zip(terms, applied, strict=True)
    parts_kwh = [term.value["amount"] * factor.value["value"] / JOULES_PER_KWH for term, factor in pairs]
    if not sums_to(found.value["value"], parts_kwh):
        related = [f"{term.pointer}/{member}" for term in terms for member in ("amount", "factor_ref")]
        related += [f"{factor.pointer}/value" for factor in applied]
        told = unlike(found.value["value"], "sum(amount x factor) / 3.6e6 of its activity is", sum(parts_kwh), "kWh")
        yield Finding(f"{found.pointer}/value", told, tuple(related))
    yield from same_refs(found, [(term, "factor_ref") for term in terms])


def _fits(term: At, factor: At) -> bool:
    return bool(factor.value["kind"] == "power_model" and FITTING[term.value["unit"]] == factor.value["unit"])


def _misfit(term: At, factor: At) -> Finding:
    told = f"names a {factor.value['kind']} in {factor.value['unit']} for an activity in {term.value['unit']}"
    related = (f"{term.pointer}/unit", f"{factor.pointer}/kind", f"{factor.pointer}/unit")
    return Finding(f"{term.pointer}/factor_ref", told, related)


def _from_node(component: At, found: At) -> Iterator[Finding]:
    """Where node_kwh x node_share is not the component's energy."""
    yield from _both(component, "node_kwh", "node_share")
    node_kwh, share = component.value.get("node_kwh"), component.value.get("node_share")
    if node_kwh is not None and share is not None and not near(node_kwh * share, found.value["value"]):
        related = (f"{component.pointer}/node_kwh", f"{component.pointer}/node_share")
        told = unlike(found.value["value"], "node_kwh x node_share is", node_kwh * share, "kWh")
        yield Finding(f"{found.pointer}/value", told, related)


def device_shares(facts: Facts) -> Iterator[Finding]:
    """A component whose share of a device is less than the whole that it names, or more than the part declared."""
    for _, component in facts.components:
        share, declared = component.value.get("node_share"), component.value.get("share_declared")
        if share is None:
            continue
        place = f"{component.pointer}/node_share"
        if component.value.get("share_by") == "whole" and share < WHOLE:
            told = f"is {share:.9g}, and the device was taken whole"
            yield Finding(place, told, (f"{component.pointer}/share_by",))
        if declared is not None and share > declared * (1 + RELATIVE):
            told = unlike(share, "the declared part of the device is", declared)
            yield Finding(place, told, (f"{component.pointer}/share_declared",))


def _from_idle(component: At, found: At) -> Iterator[Finding]:
    """Where idle_kwh + dynamic_kwh is not the component's energy."""
    yield from _both(component, "idle_kwh", "dynamic_kwh")
    idle_kwh, dynamic_kwh = component.value.get("idle_kwh"), component.value.get("dynamic_kwh")
    if idle_kwh is not None and dynamic_kwh is not None and not sums_to(found.value["value"], [idle_kwh, dynamic_kwh]):
        related = (f"{component.pointer}/idle_kwh", f"{component.pointer}/dynamic_kwh")
        told = unlike(found.value["value"], "idle_kwh + dynamic_kwh is", idle_kwh + dynamic_kwh, "kWh")
        yield Finding(f"{found.pointer}/value", told, related)


def _both(component: At, one: str, other: str) -> Iterator[Finding]:
    """Where only one of two members that check each other is given."""
    if (one in component.value) != (other in component.value):
        given, missing = (one, other) if one in component.value else (other, one)
        yield Finding(f"{component.pointer}/{given}", f"cannot be checked without `{missing}`: give both or neither")


def same_refs(found: At, applied: list[tuple[At, str]]) -> Iterator[Finding]:
    """Where a quantity's factor_refs are not exactly the factors that were applied, named by members of objects."""
    given = found.value.get("factor_refs")
    names = {name for item, member in applied for name in names_in(item, member)}
    if given is not None and {*given} != names:
        places = [
            *found.texts("factor_refs"),
            *(place for item, member in applied for place in name_places(item, member)),
        ]
        told = f"names {_listed({*given})}, and the factors applied are {_listed(names)}"
        yield Finding(f"{found.pointer}/factor_refs", told, tuple(pointer for pointer, _ in places))


def _listed(names: set[str]) -> str:
    """Names in a sentence, the first few of many."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return f"{', '.join(sorted(names)[:FEW])}{more}" if names else "none"


def stage_sums(facts: Facts) -> Iterator[Finding]:
    """A stage whose it_total is not the sum of its components."""
    for summed in facts.sums:
        if not summed.of_totals:
            yield from same_sum(summed)


def same_sum(summed: Sum) -> Iterator[Finding]:
    """Where a quantity is not the sum of its parts, or hides that a part is not available."""
    total, known, missing = summed.total, summed.known, summed.missing
    if total.number is None:
        if known and not missing:
            yield Finding(
                f"{total.pointer}/method", "is not_available although every part has a value: sum them", _values(known)
            )
        return
    if not known:
        told = "has a value, and nothing that it sums has one: then it is not_available, with a reason"
        yield Finding(f"{total.pointer}/value", told, tuple(part.pointer for part in missing))
        return
    if missing and "reason" not in total.value:
        told = f"leaves out {len(missing)} of its parts, without a value; a `reason` must say which"
        yield Finding(total.pointer, told, tuple(part.pointer for part in missing))
    numbers = [part.value["value"] for part in known]
    if not sums_to(total.value["value"], numbers):
        told = unlike(total.value["value"], "its parts sum to", sum(numbers), total.value["unit"])
        yield Finding(f"{total.pointer}/value", told, _values(known))


def _values(parts: list[At]) -> tuple[str, ...]:
    """Where the values of quantities stand."""
    return tuple(f"{part.pointer}/value" for part in parts)


def segment_sums(facts: Facts) -> Iterator[Finding]:
    """A stage whose it_total is not the sum over its segments, those within another left out."""
    for stage in facts.ran:
        energy = stage.member("energy")
        total = energy and energy.member("it_total")
        own = facts.counted[stage]
        if total and own:
            yield from _of_segments(total, own)


def _of_segments(total: At, own: list[At]) -> Iterator[Finding]:
    """Where it_total is not the sum over the segments that saw something, or does not say that others saw nothing."""
    seen = [segment for segment in own if "energy_it_kwh" in segment.value]
    numbers = [segment.value["energy_it_kwh"] for segment in seen]
    if total.value["method"] == "declared" and not seen:
        return  # nobody saw it, and somebody was told: a provider's number for the whole job
    if total.number is None:
        if seen:
            yield Finding(f"{total.pointer}/method", "is not_available, and segments have energy", _energies(seen))
    elif not sums_to(total.number, numbers):
        told = unlike(total.number, "its segments sum to", sum(numbers), "kWh")
        yield Finding(f"{total.pointer}/value", told, _energies(seen))
    elif len(seen) < len(own) and "reason" not in total.value:
        silent = tuple(segment.pointer for segment in own if "energy_it_kwh" not in segment.value)
        yield Finding(total.pointer, "leaves out segments that saw nothing; a `reason` must say so", silent)


def _energies(segments: list[At]) -> tuple[str, ...]:
    """Where the energies of segments stand."""
    return tuple(f"{segment.pointer}/energy_it_kwh" for segment in segments)


def series_sums(facts: Facts) -> Iterator[Finding]:
    """A stage whose series does not sum to its it_total."""
    for stage in facts.ran:
        energy, found = stage.member("energy"), stage.member("series")
        total = energy and energy.member("it_total")
        if found and total and total.number is not None:
            bins_j = found.value["it_energy_j"]
            if not sums_to(total.value["value"] * JOULES_PER_KWH, bins_j):
                related = [f"{found.pointer}/it_energy_j/{index}" for index in range(len(bins_j))]
                told = unlike(total.number, "its series sums to", sum(bins_j) / JOULES_PER_KWH, "kWh")
                yield Finding(f"{total.pointer}/value", told, tuple(related))


def facility(facts: Facts) -> Iterator[Finding]:
    """A stage (or what it reused) whose facility_total is not it_total times the PUE."""
    for owner in [*facts.ran, *facts.reused]:
        energy = owner.member("energy")
        total, base = (energy.member("facility_total"), energy.member("it_total")) if energy else (None, None)
        if total and base and total.number is not None and base.number is not None:
            yield from _facility(facts, total, base)


def _facility(facts: Facts, total: At, base: At) -> Iterator[Finding]:
    """Where the facility energy does not follow from the IT energy and the PUE factors it names."""
    refs = total.texts("factor_refs")
    factors = [factor for _, name in refs if (factor := facts.factors.get(name))]
    if len(factors) < len(refs):
        return
    for (pointer, _), factor in zip(refs, factors, strict=True):
        if factor.value["kind"] != "pue":
            yield Finding(pointer, f"names a {factor.value['kind']}, not a pue", (f"{factor.pointer}/kind",))
    it_kwh, facility_kwh = base.value["value"], total.value["value"]
    told = ""
    if not refs and total.value["method"] != "declared":
        causes = _causes(base, refs, factors)
        yield Finding(total.pointer, "names no PUE in `factor_refs`, so that nobody can recompute it", causes)
    elif len(refs) == 1 and not near(facility_kwh, it_kwh * factors[0].value["value"]):
        told = unlike(facility_kwh, "it_total x PUE is", it_kwh * factors[0].value["value"], "kWh")
    elif facility_kwh < it_kwh * (1 - RELATIVE):
        told = unlike(facility_kwh, "the IT energy inside it is", it_kwh, "kWh")
        told += "; where no PUE is known, its method is not_available"
    if told:
        yield Finding(f"{total.pointer}/value", told, _causes(base, refs, factors))


def _causes(base: At, refs: list[tuple[str, str]], factors: list[At]) -> tuple[str, ...]:
    """What facility energy follows from."""
    own = (f"{base.pointer}/value", *(pointer for pointer, _ in refs))
    return (*own, *(f"{factor.pointer}/value" for factor in factors))


def parts_given(facts: Facts) -> Iterator[Finding]:
    """A stage whose it_total is computed and shows no components."""
    for stage in facts.ran:
        energy = stage.member("energy")
        total = energy and energy.member("it_total")
        computed = total is not None and total.value["method"] not in {"declared", "not_available"}
        if energy and computed and not energy.value.get("components"):
            told = "shows no components, so that nobody can recompute it_total; a number given by hand is `declared`"
            yield Finding(energy.pointer, told, (f"{energy.pointer}/it_total/method",))


CHECKS = (component_values, device_shares, stage_sums, segment_sums, series_sums, facility, parts_given)
