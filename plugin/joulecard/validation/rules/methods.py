"""R06: how a number was got: what a sensor, a product or a sum of parts may call itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import FRACTION, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import COUNTERS, METHODS, Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCTS = ("energy_facility", "operational_location", "operational_market", "water")
# Other counters: measured; whatever is not in a table: declared.
BY_SENSOR = {"power_model": ("modelled", "estimated"), "replay": ("estimated",)}


def component_methods(facts: Facts) -> Iterator[Finding]:
    """A component whose method does not fit its sensor, or its activity its method."""
    for _, component in facts.components:
        method, sensor = component.value["energy"]["method"], component.value["sensor"]
        places = (f"{component.pointer}/sensor", f"{component.pointer}/activity")
        allowed = BY_SENSOR.get(sensor) or (("measured",) if sensor in COUNTERS else ("declared",))
        if method not in {*allowed, "not_available"}:
            told = f"is {method}, and what {sensor} tells is {' or '.join(allowed)}"
            yield Finding(f"{component.pointer}/energy/method", told, places)
        elif method != "not_available":
            yield from _activity(component, needed=sensor == "power_model")
            stated, expected = fraction_of(At("", component.value["energy"])), float(method == "measured")
            if abs(stated - expected) > FRACTION:
                told = unlike(stated, f"of what is {method} the measured part is", expected)
                yield Finding(f"{component.pointer}/energy/measured_fraction", told)


def _activity(component: At, *, needed: bool) -> Iterator[Finding]:
    """Where a power model shows no activity, or something else does."""
    if ("activity" in component.value) != needed:
        told = "shows no `activity` to recompute it from" if needed else "shows `activity`, and is no power model"
        yield Finding(component.pointer, told, (f"{component.pointer}/sensor", f"{component.pointer}/activity"))


def weakest(methods: Iterator[str]) -> str:
    """The method that says least of what is true."""
    return max(methods, key=_RANK.__getitem__)


_RANK = {method: rank for rank, method in enumerate(METHODS)}


def sum_method(total: At, parts: list[At]) -> Iterator[Finding]:
    """Where the method of a sum is not the weakest of its parts'."""
    expected = weakest(part.value["method"] for part in parts)
    if total.value["method"] != expected:
        related = tuple(f"{part.pointer}/method" for part in parts)
        yield Finding(
            f"{total.pointer}/method",
            f"is {total.value['method']}, and the weakest of its parts is {expected}",
            related,
        )


def fraction_of(found: At) -> float:
    """The measured part of a quantity, 0 to 1."""
    whole = 1.0 if found.value["method"] == "measured" else 0.0
    fraction: float = found.value.get("measured_fraction", whole)
    return fraction


def sum_fraction(total: At, parts: list[At]) -> Iterator[Finding]:
    """Where the measured fraction of a sum is not that of its parts."""
    if "measured_fraction" not in total.value or not total.number:
        return
    expected = math.fsum(fraction_of(part) * part.value["value"] for part in parts) / total.number
    if expected > 1 + FRACTION:
        return  # the parts are more than the total, which the rules on sums tell
    if abs(total.value["measured_fraction"] - expected) > FRACTION:
        related = [f"{part.pointer}/measured_fraction" for part in parts if "measured_fraction" in part.value]
        related += [f"{part.pointer}/{member}" for part in parts for member in ("value", "method")]
        told = unlike(total.value["measured_fraction"], "the measured part of its parts is", expected)
        yield Finding(f"{total.pointer}/measured_fraction", told, tuple(related))


def wholly_measured(facts: Facts) -> Iterator[Finding]:
    """A quantity that calls itself measured, and of which only a part is."""
    for found in facts.quantities:
        if found.value["method"] == "measured" and fraction_of(found) < 1 - FRACTION:
            told = f"is measured, and only {fraction_of(found):.9g} of it is"
            yield Finding(f"{found.pointer}/method", told, (f"{found.pointer}/measured_fraction",))


def products(facts: Facts) -> Iterator[Finding]:
    """A product that was not got by computing from its base, or has another measured fraction."""
    for owner in [*facts.ran, *facts.reused]:
        base = quantity(owner, "energy_it")
        for key in PRODUCTS:
            found = quantity(owner, key)
            if base and base.number is not None and found and found.number is not None:
                yield from product(found, base)


def product(found: At, base: At) -> Iterator[Finding]:
    """Where a product of an energy and factors claims another method or measured part than follows from the energy.

    A number that was given by hand shows no factors.
    """
    expected = weakest(iter((base.value["method"], "modelled")))
    by_hand = found.value["method"] == "declared" and not (found.value.get("factor_refs") or found.value.get("lines"))
    if found.value["method"] != expected and not by_hand:
        told = (
            f"energy that is {base.value['method']}, times a factor, is {expected}; a number given by hand is declared"
        )
        yield Finding(f"{found.pointer}/method", told, (f"{base.pointer}/method",))
    one_factor = len(found.value.get("lines", ())) <= 1 and len(found.value.get("factor_refs", ())) <= 1
    if "measured_fraction" in found.value and one_factor and abs(fraction_of(found) - fraction_of(base)) > FRACTION:
        told = unlike(fraction_of(found), "that of the energy it comes from is", fraction_of(base))
        related = (f"{base.pointer}/measured_fraction", f"{base.pointer}/method")
        yield Finding(f"{found.pointer}/measured_fraction", told, related)


CHECKS = (component_methods, wholly_measured, products)
