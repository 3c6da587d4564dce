"""Parts of stages: whom they name (R01), when they were (R02), and that with the rest they are the stage (R03, R06)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import FRACTION, RELATIVE, sums_to, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.instants import seconds_between
from joulecard.validation.rules.methods import fraction_of
from joulecard.validation.rules.times import ROUNDING_S, same_span, seconds_sum

if TYPE_CHECKING:
    from collections.abc import Iterator

NOISE = 1e-12  # of the whole, in a difference of doubles


def named_once(facts: Facts) -> Iterator[Finding]:
    """A part's execution, or a unit of work, that is listed twice."""
    for stage in facts.ran:
        for owner in (stage, *stage.items("parts")):
            yield from _once(owner.items("work_done"), "name")
        yield from _once(stage.items("parts"), "execution_id")


def _once(items: list[At], member: str) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for item in items:
        name, place = item.value[member], f"{item.pointer}/{member}"
        if name in first:
            yield Finding(place, f"{name!r} is listed before: list each once", (first[name],))
        first.setdefault(name, place)


def around(facts: Facts) -> Iterator[Finding]:
    """A part that lies in no part of its stage, or in itself, or of which the stage's segments saw nothing."""
    for stage, parts in _with_parts(facts):
        outer = {part.value["execution_id"]: part.value.get("part_of") for part in parts}
        inside = {item.value.get("execution_id") for item in stage.items("segments") if "within" in item.value}
        for part in parts:
            name, own = part.value.get("part_of"), part.value["execution_id"]
            if name is not None and name not in outer:
                told = f"names {name}, which is the execution of no part of the stage"
                yield Finding(f"{part.pointer}/part_of", told)
            if stage.items("segments") and own not in inside:
                told = "is the execution of no segment within the stage"
                yield Finding(f"{part.pointer}/execution_id", told, (f"{stage.pointer}/segments",))
        yield from _rings(parts, outer)


def _with_parts(facts: Facts) -> Iterator[tuple[At, list[At]]]:
    return ((stage, parts) for stage in facts.ran if (parts := stage.items("parts")))


def _rings(parts: list[At], outer: dict[str, str | None]) -> Iterator[Finding]:
    """Where a part lies in itself, by others or at once; each ring once, at the part that is listed first."""
    free: set[str] = set()
    for part in parts:
        way: dict[str, None] = {}
        name: str | None = part.value["execution_id"]
        while name is not None and name not in way and name not in free:
            way[name] = None
            name = outer.get(name)
        if name in way:
            yield Finding(f"{part.pointer}/part_of", "leads back to the part itself: it would lie in itself")
        free.update(way)


def spans(facts: Facts) -> Iterator[Finding]:
    """A part whose times are not those of its segments, or that lies outside its stage."""
    for stage, parts in _with_parts(facts):
        own: dict[str, list[At]] = {}
        for segment in stage.items("segments"):
            if "within" in segment.value:
                own.setdefault(segment.value.get("execution_id", ""), []).append(segment)
        for part in parts:
            if segments := own.get(part.value["execution_id"]):
                yield from same_span(part, segments, "segments")
                lengths = [(f"{item.pointer}/monotonic_s", item.value["monotonic_s"]) for item in segments]
                yield from seconds_sum(part, "monotonic_s", lengths)
            elif not facts.clock_moved(stage):
                yield from _outside(part, stage)


def _outside(part: At, stage: At) -> Iterator[Finding]:
    """Where a part begins before its stage, ends after it, or ends before it begins."""
    time = stage.member("time")
    if time is None:
        return
    steps = (
        ("start", time.value["start"], part.value["start"], f"{time.pointer}/start", "lies before the stage's start"),
        ("end", part.value["end"], time.value["end"], f"{time.pointer}/end", "lies after the stage's end"),
        ("end", part.value["start"], part.value["end"], f"{part.pointer}/start", "lies before the start"),
    )
    for member, first, last, other, told in steps:
        if (seconds_between(first, last) or 0.0) < -ROUNDING_S:
            yield Finding(f"{part.pointer}/{member}", told, (other,))


def sums(facts: Facts) -> Iterator[Finding]:
    """Parts that with `unattributed` are not the stage's energy, or that drew more than the part they lie in."""
    for stage, parts in _with_parts(facts):
        whole = quantity(stage, "energy_it")
        energies = {part.value["execution_id"]: part.member("energy_it") for part in parts}
        within: dict[str | None, list[At]] = {}
        for part in parts:
            energy = part.member("energy_it")
            if energy and energy.number is not None:
                within.setdefault(part.value.get("part_of"), []).append(energy)
        if whole:
            yield from _rest(stage, whole, within.pop(None, []))
        for name, inner in within.items():
            yield from _too_much(energies.get(name or ""), inner)


def _rest(stage: At, whole: At, direct: list[At]) -> Iterator[Finding]:
    """Where the energy of a stage is not that of the parts directly in it and what is in none."""
    rest = stage.member("unattributed")
    related = (f"{whole.pointer}/value", *(f"{energy.pointer}/value" for energy in direct))
    if whole.number is None:
        for energy in [*direct, *([rest] if rest and rest.number is not None else [])]:
            yield Finding(f"{energy.pointer}/value", "is part of an energy that is not available", (whole.pointer,))
    elif rest is None:
        yield Finding(stage.pointer, "the member `unattributed` is missing where there are parts", related)
    elif rest.number is None:
        yield Finding(f"{rest.pointer}/method", "is not_available, and the stage's energy is known", related)
    elif not sums_to(whole.number, [rest.number, *(energy.value["value"] for energy in direct)]):
        expected = whole.number - math.fsum(energy.value["value"] for energy in direct)
        told = unlike(rest.number, "it_total less the parts is", expected, "kWh")
        yield Finding(f"{rest.pointer}/value", told, related)


def _too_much(outer: At | None, inner: list[At]) -> Iterator[Finding]:
    """Where parts drew more than the part they lie in."""
    if outer is None:
        return
    drawn = math.fsum(energy.value["value"] for energy in inner)
    related = tuple(f"{energy.pointer}/value" for energy in inner)
    if outer.number is None:
        yield Finding(f"{outer.pointer}/method", "is not_available, and parts in it have values", related)
    elif drawn > outer.number * (1 + RELATIVE):
        yield Finding(f"{outer.pointer}/value", unlike(outer.number, "the parts in it drew", drawn, "kWh"), related)


def methods(facts: Facts) -> Iterator[Finding]:
    """An `unattributed` that was got in another way than the stage's energy, or claims another measured part."""
    for stage, parts in _with_parts(facts):
        whole, rest = quantity(stage, "energy_it"), stage.member("unattributed")
        if not whole or not rest or whole.number is None or rest.number is None:
            continue
        if rest.value["method"] != whole.value["method"]:
            told = f"is {rest.value['method']}, and it_total is {whole.value['method']}"
            yield Finding(f"{rest.pointer}/method", told, (f"{whole.pointer}/method",))
        direct = [part.member("energy_it") for part in parts if "part_of" not in part.value]
        known = [energy for energy in direct if energy and energy.number is not None]
        yield from _measured(whole, rest, known)
        yield from _contributed(whole, rest, known)


def _measured(whole: At, rest: At, direct: list[At]) -> Iterator[Finding]:
    """Where the measured part of what is left is not that of the stage less those of its parts."""
    if not sums_to(whole.value["value"], [rest.value["value"], *(energy.value["value"] for energy in direct)]):
        return  # which the rule on sums tells
    known = math.fsum(fraction_of(energy) * energy.value["value"] for energy in direct)
    expected = fraction_of(whole) * whole.value["value"] - known
    expected = min(max(expected, 0.0), rest.value["value"])
    found = fraction_of(rest) * rest.value["value"]
    if abs(found - expected) > FRACTION * rest.value["value"] + NOISE * whole.value["value"]:
        told = unlike(fraction_of(rest), "what the parts leave of the stage's is", expected / rest.value["value"])
        related = (f"{whole.pointer}/measured_fraction", f"{whole.pointer}/method", f"{rest.pointer}/method")
        yield Finding(f"{rest.pointer}/measured_fraction", told, related)


def _contributed(whole: At, rest: At, direct: list[At]) -> Iterator[Finding]:
    """Where a source contributes to what is left something else than to the stage less what it does to the parts."""
    total, own, theirs = whole.amounts, rest.amounts, [energy.amounts for energy in direct]
    if total is None or own is None or None in theirs or not rest.number:
        return
    listed = [amounts for amounts in theirs if amounts is not None]
    for name in sorted({*total, *own, *(source for amounts in listed for source in amounts)}):
        taken = math.fsum(amounts.get(name, 0.0) for amounts in listed)
        found, expected = own.get(name, 0.0), abs(total.get(name, 0.0) - taken)
        if abs(found - expected) > RELATIVE * max(found, expected) + NOISE * (total.get(name, 0.0) + taken):
            told = unlike(found, f"what the parts leave of that of {name!r} is", expected, "kWh")
            yield Finding(rest.amount_place(name), told, _shown(name, rest, [whole, *direct]))


def _shown(name: str, rest: At, others: list[At]) -> Iterator[str]:
    """Where a source contributes to a stage and its parts, and all that contributes to what is left."""
    places = (energy.amount_place(name) for energy in others if name in (energy.amounts or ()))
    for place in (*places, *(rest.amount_place(each) for each in rest.amounts or ())):
        yield from (place, f"{place.removesuffix('amount')}source_ref")


LINKS = (named_once, around)
TIMES = (spans,)
SUMS = (sums,)
METHODS = (methods,)
