"""R06: intervals, and sums of quantities with their contributions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import lognormal_range, near
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts
from joulecard.validation.rules.methods import sum_fraction, sum_method

if TYPE_CHECKING:
    from collections.abc import Iterator

Amounts = dict[str, tuple[float, str]]  # by source, with the pointer


def recompute(facts: Facts) -> Iterator[Finding]:
    """An interval that does not hold its value or does not follow from its contributions."""
    uncertainty = facts.root.member("uncertainty")
    yield from _combined(facts, uncertainty)
    for found in facts.quantities:
        interval = found.member("interval")
        if interval:
            yield from ends_of(found, interval)
            if uncertainty and interval.value["coverage"] != uncertainty.value["coverage"]:
                told = f"uncertainty.coverage is {uncertainty.value['coverage']}"
                yield Finding(f"{interval.pointer}/coverage", told, (f"{uncertainty.pointer}/coverage",))


def _combined(facts: Facts, uncertainty: At | None) -> Iterator[Finding]:
    """An uncertainty that calls itself declared, and an interval that is computed."""
    if uncertainty and uncertainty.value["method"] == "declared":
        intervals = (interval for found in facts.quantities if (interval := found.member("interval")))
        computed = next((interval for interval in intervals if interval.value["kind"] == "lognormal"), None)
        if computed:
            told = "is declared, and an interval is computed from its contributions"
            yield Finding(f"{uncertainty.pointer}/method", told, (f"{computed.pointer}/kind",))


def ends_of(found: At, interval: At) -> Iterator[Finding]:
    """Where the ends are not around the value, or not those of the lognormal with the same two moments."""
    mean, lower, upper = found.value["value"], interval.value["lower"], interval.value["upper"]
    contributions = interval.items("contributions")
    ends = (f"{found.pointer}/value", f"{interval.pointer}/lower", f"{interval.pointer}/upper")
    amounts = tuple(f"{item.pointer}/amount" for item in contributions)
    if not lower <= upper or (interval.value["kind"] == "declared" and not lower <= mean <= upper):
        yield Finding(interval.pointer, f"{lower:.9g} to {upper:.9g} does not hold the value {mean:.9g}", ends)
    yield from _named_once(contributions)
    if interval.value["kind"] == "declared" and contributions:
        told = "is declared, and shows contributions; an interval that is computed from them is lognormal"
        yield Finding(f"{interval.pointer}/kind", told, (f"{interval.pointer}/contributions",))
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


def amounts_of(found: At) -> Amounts | None:
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
            yield from sum_method(summed.total, known)
            yield from sum_fraction(summed.total, known)
            yield from _summed_amounts(summed.total, known)


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


CHECKS = (recompute, sums)
