"""R06: intervals, and sums of quantities with their contributions."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import lognormal_range, near, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts
from joulecard.validation.rules.methods import sum_fraction, sum_method

if TYPE_CHECKING:
    from collections.abc import Iterator


def recompute(facts: Facts) -> Iterator[Finding]:
    """An interval that does not hold its value or does not follow from its contributions."""
    uncertainty = facts.root.member("uncertainty")
    yield from _combined(facts, uncertainty)
    for found in facts.quantities:
        interval = found.member("interval")
        if interval:
            yield from ends_of(found, interval)
            if uncertainty and interval.value["coverage"] != uncertainty.value["coverage"]:
                told = f"is {interval.value['coverage']}, and uncertainty.coverage is {uncertainty.value['coverage']}"
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
    declared, contributions = interval.value["kind"] == "declared", interval.value.get("contributions", ())
    if not lower <= upper or (declared and not lower <= mean <= upper):
        told = f"is {lower:.9g} to {upper:.9g}, which does not hold the value {mean:.9g}"
        yield Finding(interval.pointer, told, _ends(found, interval))
    if len({item["source_ref"] for item in contributions}) < len(contributions):
        yield from _named_once(interval.items("contributions"))
    if declared and contributions:
        told = "is declared, and shows contributions; an interval that is computed from them is lognormal"
        yield Finding(f"{interval.pointer}/kind", told, (f"{interval.pointer}/contributions",))
    elif not declared:
        yield from _lognormal(found, interval)


def _lognormal(found: At, interval: At) -> Iterator[Finding]:
    """Where the ends are not those of the lognormal that the contributions give."""
    amounts = [item["amount"] for item in interval.value["contributions"]]
    lower, upper = lognormal_range(found.value["value"], amounts, interval.value["coverage"])
    if not (near(interval.value["lower"], lower) and near(interval.value["upper"], upper)):
        found_ends = f"{interval.value['lower']:.9g} to {interval.value['upper']:.9g}"
        told = f"is {found_ends}, and its contributions give {lower:.9g} to {upper:.9g}"
        places = (f"{item.pointer}/amount" for item in interval.items("contributions"))
        yield Finding(interval.pointer, told, (*_ends(found, interval), f"{interval.pointer}/coverage", *places))


def _ends(found: At, interval: At) -> tuple[str, ...]:
    """What an interval is around, and its ends."""
    return f"{found.pointer}/value", f"{interval.pointer}/lower", f"{interval.pointer}/upper"


def _named_once(contributions: list[At]) -> Iterator[Finding]:
    """A source that contributes twice to one quantity."""
    first: dict[str, str] = {}
    for item in contributions:
        name, place = item.value["source_ref"], f"{item.pointer}/source_ref"
        if name in first:
            yield Finding(place, f"{name!r} contributes twice", (first[name],))
        first.setdefault(name, place)


def sums(facts: Facts) -> Iterator[Finding]:
    """A sum whose method, measured fraction or contributions are not those of its parts."""
    for summed in facts.sums:
        if summed.total.number is not None and summed.known:
            yield from sum_method(summed.total, summed.known)
            yield from sum_fraction(summed.total, summed.known)
            yield from _summed_amounts(summed.total, summed.known)


def _summed_amounts(total: At, parts: list[At]) -> Iterator[Finding]:
    """Where the contributions of a sum are not the sums of its parts' contributions, source by source."""
    own, theirs = total.amounts, [part.amounts for part in parts]
    if own is None or None in theirs:
        return
    expected = added([amounts for amounts in theirs if amounts is not None])
    if own == expected:
        return
    for name in sorted(own.keys() | expected.keys()):
        if not near(own.get(name, 0.0), expected.get(name, 0.0)):
            told = unlike(own.get(name, 0.0), f"those of {name!r} to its parts sum to", expected.get(name, 0.0))
            yield Finding(total.amount_place(name), told, _contributing(total, parts, name))


def added(parts: list[dict[str, float]]) -> dict[str, float]:
    """What each source contributes to a sum."""
    if len(parts) == 1:
        return parts[0]
    found: dict[str, float] = {}
    for part in parts:
        for name, amount in part.items():
            found[name] = found.get(name, 0.0) + amount
    return found


def _contributing(total: At, parts: list[At], name: str) -> Iterator[str]:
    """Where a source contributes to parts of a sum, and all that contributes to the sum itself."""
    own = (part.amount_place(name) for part in parts if name in (part.amounts or ()))
    for place in chain(own, (total.amount_place(each) for each in total.amounts or ())):
        yield from (place, f"{place.removesuffix('amount')}source_ref")


CHECKS = (recompute, sums)
