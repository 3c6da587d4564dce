"""Work that stages got done: what one unit cost (R06, R07), and that the parts' work is in the stage's (R07)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import FRACTION, RELATIVE, near, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.derived import Rate
from joulecard.validation.facts import Facts
from joulecard.validation.rules.methods import fraction_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def rates(facts: Facts) -> Iterator[Finding]:
    """A unit's cost that is not the stage's or part's figure over the count."""
    for rate in facts.rates:
        found, whole = rate.found, rate.whole
        related = (f"{rate.work.pointer}/count", *((f"{whole.pointer}/value",) if whole else ()))
        if whole is None or whole.number is None:
            if found.number is not None:
                yield Finding(found.pointer, "there is no figure to divide: leave it out", related)
        elif found.number is None:
            yield Finding(f"{found.pointer}/method", "is not_available, and the figure to divide is known", related)
        elif not near(found.number, whole.number / rate.work.value["count"]):
            told = unlike(found.number, "the figure over the count is", whole.number / rate.work.value["count"])
            yield Finding(f"{found.pointer}/value", told, related)


def counts(facts: Facts) -> Iterator[Finding]:
    """Work that parts got done and that is not in the work of the part or stage they lie in."""
    for stage in facts.ran:
        parts = stage.items("parts")
        by_execution = {part.value["execution_id"]: part for part in parts}
        inner: dict[tuple[str, str], list[At]] = {}
        for part in parts:
            if outer := by_execution.get(part.value["part_of"]) if "part_of" in part.value else stage:
                for work in part.items("work_done"):
                    inner.setdefault((outer.pointer, work.value["name"]), []).append(work)
        owners = {owner.pointer: owner for owner in (stage, *parts)}
        for (pointer, name), done in inner.items():
            yield from _more(owners[pointer], name, done)


def _more(owner: At, name: str, done: list[At]) -> Iterator[Finding]:
    """Where the parts of a stage or part did more of a unit than it did itself."""
    own = next((work for work in owner.items("work_done") if work.value["name"] == name), None)
    places = tuple(f"{work.pointer}/count" for work in done)
    most = math.fsum(work.value["count"] for work in done)
    if own is None:
        yield Finding(owner.pointer, f"its parts did work of the unit {name!r}, and `work` does not list it", places)
    elif most > own.value["count"] * (1 + RELATIVE):
        yield Finding(f"{own.pointer}/count", unlike(own.value["count"], "its parts did", most), places)


def as_divided(facts: Facts) -> Iterator[Finding]:
    """A unit's cost with another method, measured part or interval than the figure it divides."""
    for rate in facts.rates:
        found, whole = rate.found, rate.whole
        if whole is None or whole.number is None or found.number is None:
            continue
        if found.value["method"] != whole.value["method"]:
            told = f"is {found.value['method']}, and what it divides is {whole.value['method']}"
            yield Finding(f"{found.pointer}/method", told, (f"{whole.pointer}/method",))
        elif abs(fraction_of(found) - fraction_of(whole)) > FRACTION:
            told = unlike(fraction_of(found), "that of what it divides is", fraction_of(whole))
            yield Finding(f"{found.pointer}/measured_fraction", told, (f"{whole.pointer}/measured_fraction",))
        yield from _interval(rate, whole)


def _interval(rate: Rate, whole: At) -> Iterator[Finding]:
    """Where the interval is not that of what is divided, over the count."""
    own, theirs, count = rate.found.member("interval"), whole.member("interval"), rate.work.value["count"]
    if own is None or theirs is None:
        if own or theirs:
            told = "has an interval, and what it divides has none" if own else "the member `interval` is missing"
            yield Finding(own.pointer if own else rate.found.pointer, told, (whole.pointer,))
        return
    for end in ("lower", "upper"):
        if not near(own.value[end], theirs.value[end] / count):
            told = unlike(own.value[end], "that of what it divides over the count is", theirs.value[end] / count)
            yield Finding(f"{own.pointer}/{end}", told, (f"{theirs.pointer}/{end}", f"{rate.work.pointer}/count"))
    amounts, divided = rate.found.amounts or {}, whole.amounts or {}
    for name in sorted(amounts.keys() | divided.keys()):
        found, expected = amounts.get(name, 0.0), divided.get(name, 0.0) / count
        if not near(found, expected):
            told = unlike(found, f"that of {name!r} to what it divides over the count is", expected)
            places = [f"{item.pointer}/source_ref" for item in own.items("contributions")]
            yield Finding(rate.found.amount_place(name), told, (*places, f"{rate.work.pointer}/count"))


RATES = (rates, counts)
METHODS = (as_divided,)
