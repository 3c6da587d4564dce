"""R14: emissions that are added up were computed with factors of one kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import Finding
from joulecard.validation.facts import Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation.at import At

FALLBACK = "profile-fallback"
SUMMED = ("operational_location", "operational_market")


def one_kind(facts: Facts) -> Iterator[Finding]:
    """Factors of one emissions sum that differ in what is inside them, or do not tell which gases are."""
    for key in SUMMED:
        applied = _applied(facts, key)
        told = [factor for factor in applied if "basis" in factor.value]
        yield from (_silent(factor) for factor in applied if "gases" not in factor.value.get("basis", {}))
        for member in ("scope", "attribution"):
            values = [factor.value["basis"][member] for factor in told]
            odd = next((index for index, value in enumerate(values) if value != values[0]), None)
            if odd is not None:
                here, first = (f"{told[index].pointer}/basis/{member}" for index in (odd, 0))
                yield Finding(here, f"is {values[odd]}, and another factor of the same sum is {values[0]}", (first,))


def _applied(facts: Facts, key: str) -> list[At]:
    """The grid factors on the lines of all stages, each once."""
    found = [quantity(owner, key) for owner in [*facts.ran, *facts.reused]]
    names = (line["factor_ref"] for each in found if each for line in each.value.get("lines", ()))
    factors = (facts.factors.get(name) for name in dict.fromkeys(names))
    return [factor for factor in factors if factor and factor.value["kind"] == "grid_intensity"]


def _silent(factor: At) -> Finding:
    """A grid factor whose gases nobody tells."""
    if "basis" in factor.value:
        return Finding(f"{factor.pointer}/basis", "does not tell its `gases`")
    return Finding(factor.pointer, "the member `basis` is missing on a factor that emissions were computed with")


def averages(facts: Facts) -> Iterator[Finding]:
    """A marginal factor in a location-based sum: it tells of a change, not of what was drawn."""
    for factor in _applied(facts, "operational_location"):
        if factor.value.get("basis", {}).get("attribution") == "marginal":
            told = "is marginal, and location-based emissions rest on averages"
            yield Finding(f"{factor.pointer}/basis/attribution", told)


def profile(facts: Facts) -> Iterator[Finding]:
    """A profile that is not that of the factors, where no assumption says that others had to do."""
    wanted = facts.root.value["generator"].get("profile")
    if wanted is None or any(item["id"] == FALLBACK for item in facts.root.value["assumptions"]):
        return
    for factor in _applied(facts, "operational_location"):
        scope = factor.value.get("basis", {}).get("scope", wanted)
        if scope != wanted:
            told = f"is {wanted}, a factor is {scope}, and no assumption `{FALLBACK}` says why"
            yield Finding("/generator/profile", told, (f"{factor.pointer}/basis/scope",))
            return


CHECKS = (one_kind, averages, profile)
