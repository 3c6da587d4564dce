"""R06: what makes the headline's emissions as wide as they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import FRACTION, near, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator


def drivers(facts: Facts) -> Iterator[Finding]:
    """Drivers that are not the widest sources of the headline's location-based emissions, with their shares."""
    uncertainty = facts.root.member("uncertainty")
    listed = uncertainty.items("drivers") if uncertainty else []
    if not uncertainty or not listed or uncertainty.value["method"] == "declared":
        return
    headline = facts.totals.member(facts.totals.value["headline"])
    emitted = headline and headline.member("operational_location")
    shown = emitted.amounts if emitted and emitted.number else None
    if emitted and shown:
        yield from _named(listed)
        yield from _shares(emitted, shown, listed)
    else:
        yield Finding(listed[0].pointer, "drives nothing: the headline's emissions show no contributions")


def _named(listed: list[At]) -> Iterator[Finding]:
    """A source that is named twice."""
    first: dict[str, str] = {}
    for driver in listed:
        name, place = driver.value["source_ref"], f"{driver.pointer}/source_ref"
        if name in first:
            yield Finding(place, f"{name!r} is named twice", (first[name],))
        first.setdefault(name, place)


def _shares(emitted: At, shown: dict[str, float], listed: list[At]) -> Iterator[Finding]:
    """Where shares are not ln(1 + (c/M)^2) over their sum, or a wider source than those listed is left out."""
    ratios = {name: amount / emitted.value["value"] for name, amount in shown.items()}
    parts = {name: math.log1p(ratio * ratio) for name, ratio in ratios.items()}  # a power may raise OverflowError
    whole = math.fsum(parts.values())
    ranked = sorted((part / whole for part in parts.values()), reverse=True) if whole > 0 else []
    for rank, (driver, most) in enumerate(zip(listed, ranked, strict=False), start=1):
        name, stated = driver.value["source_ref"], driver.value["variance_share"]
        related = (f"{driver.pointer}/source_ref", f"{emitted.pointer}/interval/contributions")
        if name not in parts or not near(stated, parts[name] / whole):
            share = parts.get(name, 0.0) / whole
            yield Finding(
                f"{driver.pointer}/variance_share", unlike(stated, "its contribution makes that", share), related
            )
        elif stated < most - FRACTION:
            told = f"is {stated:.4g}, and number {rank} of the sources has {most:.4g}: drivers come greatest first"
            yield Finding(f"{driver.pointer}/variance_share", told, related)
    if len(listed) > len(ranked):
        yield Finding(listed[len(ranked)].pointer, "is one more than the headline's emissions have sources")


CHECKS = (drivers,)
