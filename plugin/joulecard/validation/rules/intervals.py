"""R06: methods, measured fractions, intervals and where their contributions come from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import FRACTION, between, lognormal_range, near
from joulecard.validation.facts import METHODS, At, Facts, Finding, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTERS = frozenset({"rapl", "nvml", "amd", "apple", "meter", "emi", "bmc"})
PRODUCTS = ("energy_facility", "operational_location", "operational_market", "water")


def recompute(facts: Facts) -> Iterator[Finding]:
    """An interval that does not hold its value or does not follow from its contributions."""
    uncertainty = facts.root.member("uncertainty")
    for found in facts.quantities:
        interval = found.member("interval")
        if interval:
            yield from _ends(found, interval)
            if uncertainty and interval.value["coverage"] != uncertainty.value["coverage"]:
                told = f"uncertainty.coverage is {uncertainty.value['coverage']}"
                yield Finding(f"{interval.pointer}/coverage", told, (f"{uncertainty.pointer}/coverage",))


def _ends(found: At, interval: At) -> Iterator[Finding]:
    """Where the ends are not around the value, or not those of the lognormal with the same two moments."""
    mean, lower, upper = found.value["value"], interval.value["lower"], interval.value["upper"]
    contributions = interval.items("contributions")
    ends = (f"{found.pointer}/value", f"{interval.pointer}/lower", f"{interval.pointer}/upper")
    amounts = tuple(f"{item.pointer}/amount" for item in contributions)
    if not lower <= upper or (interval.value["kind"] == "declared" and not lower <= mean <= upper):
        yield Finding(interval.pointer, f"{lower:.9g} to {upper:.9g} does not hold the value {mean:.9g}", ends)
    yield from _named_once(contributions)
    if interval.value["kind"] == "lognormal":
        values = [item.value["amount"] for item in contributions]
        expected = lognormal_range(mean, values, interval.value["coverage"])
        if not (near(lower, expected[0]) and near(upper, expected[1])):
            told = f"its contributions give {expected[0]:.9g} to {expected[1]:.9g}"
            yield Finding(interval.pointer, told, (*ends, f"{interval.pointer}/coverage", *amounts))


def _named_once(contributions: list[At]) -> Iterator[Finding]:
    """A source that contributes twice to one quantity."""
    first: dict[str, str] = {}
    for item in contributions:
        name, place = item.value["source_ref"], f"{item.pointer}/source_ref"
        if name in first:
            yield Finding(place, f"{name!r} contributes twice", (first[name],))
        first.setdefault(name, place)


def amounts_of(found: At) -> dict[str, tuple[float, str]] | None:
    """Amount and pointer of each contribution by source; None where the quantity shows none."""
    interval = found.member("interval")
    if interval is None or interval.value["kind"] == "declared":
        return None
    items = interval.items("contributions")
    return {item.value["source_ref"]: (item.value["amount"], f"{item.pointer}/amount") for item in items}


def sums(facts: Facts) -> Iterator[Finding]:
    """A sum whose method, measured fraction or contributions are not those of its parts."""
    for summed in facts.sums:
        known = [part for part in summed.parts if part.number is not None]
        if summed.total.number is not None and known:
            yield from _weakest(summed.total, known)
            yield from _measured(summed.total, known)
            yield from _summed_amounts(summed.total, known)


def _weakest(total: At, parts: list[At]) -> Iterator[Finding]:
    """Where the method of a sum is not the weakest of its parts'."""
    weakest = max((part.value["method"] for part in parts), key=METHODS.index)
    if total.value["method"] != weakest:
        related = tuple(f"{part.pointer}/method" for part in parts)
        yield Finding(f"{total.pointer}/method", f"the weakest of its parts is {weakest}", related)


def fraction_of(found: At) -> float:
    """The measured part of a quantity, 0 to 1."""
    whole = 1.0 if found.value["method"] == "measured" else 0.0
    fraction: float = found.value.get("measured_fraction", whole)
    return fraction


def _measured(total: At, parts: list[At]) -> Iterator[Finding]:
    """Where the measured fraction of a sum is not that of its parts."""
    if "measured_fraction" not in total.value or not total.number:
        return
    expected = math.fsum(fraction_of(part) * part.value["value"] for part in parts) / total.number
    if abs(total.value["measured_fraction"] - expected) > FRACTION:
        related = [f"{part.pointer}/measured_fraction" for part in parts if "measured_fraction" in part.value]
        related += [f"{part.pointer}/value" for part in parts]
        told = f"the measured part of its parts is {expected:.9g} of it"
        yield Finding(f"{total.pointer}/measured_fraction", told, tuple(related))


def _summed_amounts(total: At, parts: list[At]) -> Iterator[Finding]:
    """Where the contributions of a sum are not the sums of its parts' contributions, source by source."""
    own, theirs = amounts_of(total), [amounts_of(part) for part in parts]
    shown = [amounts for amounts in theirs if amounts is not None]
    if own is None or len(shown) < len(theirs):
        return
    expected: dict[str, list[tuple[float, str]]] = {}
    for amounts in shown:
        for name, contribution in amounts.items():
            expected.setdefault(name, []).append(contribution)
    for name in sorted(own.keys() | expected.keys()):
        pairs = expected.get(name, [])
        amount, pointer = own.get(name, (0.0, f"{total.pointer}/interval/contributions"))
        summed = math.fsum(part for part, _ in pairs)
        if not near(amount, summed):
            told = f"the contributions of {name!r} to its parts sum to {summed:.9g}"
            places = [*(where for _, where in own.values()), *(where for _, where in pairs)]
            sources = [f"{place.removesuffix('amount')}source_ref" for place in places]
            yield Finding(pointer, told, (*places, *sources))


def products(facts: Facts) -> Iterator[Finding]:
    """A product with a stronger method than its base, or another measured fraction."""
    for owner in [*facts.ran, *facts.reused]:
        base = quantity(owner, "energy_it")
        for key in PRODUCTS:
            found = quantity(owner, key)
            if base and base.number is not None and found and found.number is not None:
                yield from _inherited(found, base)


def _inherited(found: At, base: At) -> Iterator[Finding]:
    """Where a product claims more than the energy it was computed from."""
    if METHODS.index(found.value["method"]) < METHODS.index(base.value["method"]):
        told = f"is stronger than the energy it comes from, {base.value['method']}"
        yield Finding(f"{found.pointer}/method", told, (f"{base.pointer}/method",))
    one_factor = len(found.value.get("lines", ())) <= 1 and len(found.value.get("factor_refs", ())) <= 1
    if "measured_fraction" in found.value and one_factor and abs(fraction_of(found) - fraction_of(base)) > FRACTION:
        told = f"the energy it comes from is measured to {fraction_of(base):.9g}"
        yield Finding(f"{found.pointer}/measured_fraction", told, (f"{base.pointer}/measured_fraction",))


def component_methods(facts: Facts) -> Iterator[Finding]:
    """A component that calls a model measured, or a counter anything else."""
    for stage in facts.ran:
        energy = stage.member("energy")
        for component in energy.items("components") if energy else ():
            method = component.value["energy"]["method"]
            told = _method_complaint(component, method)
            if told:
                yield Finding(f"{component.pointer}/energy/method", told, (f"{component.pointer}/sensor",))
            elif abs(fraction_of(At("", component.value["energy"])) - (method == "measured")) > FRACTION:
                yield Finding(f"{component.pointer}/energy/measured_fraction", f"does not fit the method {method}")


def _method_complaint(component: At, method: str) -> str | None:
    """What is wrong with a component's method; None where it fits its sensor."""
    if method in {"not_available", "declared"}:
        return None
    sensor = component.value["sensor"]
    if method == "measured" and "activity" in component.value:
        return "is measured, and its energy comes from a power model"
    if sensor.split("-")[0] in COUNTERS and method != "measured":
        return f"the sensor {sensor} is a counter: measured"
    if method != "measured" and "activity" not in component.value:
        return f"is {method} and shows no `activity` to recompute it from; a number given by hand is `declared`"
    return None


def ordered(facts: Facts) -> Iterator[Finding]:
    """Drivers that are not ranked, or claim more than the whole."""
    uncertainty = facts.root.member("uncertainty")
    drivers = uncertainty.items("drivers") if uncertainty else []
    shares = [driver.value["variance_share"] for driver in drivers]
    for index in range(1, len(shares)):
        if not between(shares[index], 0, shares[index - 1]):
            yield Finding(
                f"{drivers[index].pointer}/variance_share", "drivers come greatest first", (drivers[index - 1].pointer,)
            )
    if math.fsum(shares) > 1 + FRACTION:
        yield Finding("/uncertainty/drivers", "their shares sum to more than 1")


CHECKS = (recompute, sums, products, component_methods, ordered)
