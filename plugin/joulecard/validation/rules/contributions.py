"""R06, second half: each contribution follows from the source's width and from what the factor was applied to."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from joulecard.units import JOULES_PER_KWH
from joulecard.validation.arithmetic import FRACTION, between, near, relative_sd, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.rules.emissions import FITTING, amortised_g
from joulecard.validation.rules.methods import fraction_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation.lines import Line


GUESSED = frozenset({"even_split", "processes", "slices"})  # shares of a device that no counter tells
MOST_WRONG = 50  # contributions to one quantity that are looked at


class Applied(NamedTuple):
    """A factor and the part of a quantity that it gave."""

    factor: At
    part: float


class Step(NamedTuple):
    """A quantity, the one it came from, how much one unit of that became, and by which factors."""

    found: At
    base: At | None
    gains: tuple[float, ...]
    applied: tuple[Applied, ...]


def component_contributions(facts: Facts) -> Iterator[Finding]:
    """A component whose contributions are not those of its counter or of its power models."""
    for _, component in facts.components:
        found = component.member("energy")
        if found and found.number is not None and (shown := found.amounts) is not None:
            yield from _from_widths(facts, found, tuple(_terms(facts, component)))
            if found.number > 0 and found.value["method"] == "measured" and not shown:
                yield Finding(
                    f"{found.pointer}/interval/contributions",
                    "is empty, and no counter is exact: name the source of its error in `uncertainty`",
                )
            elif (
                component.value.get("share_by") in GUESSED
                and component.value.get("node_share", 1.0) < 1
                and found.number
            ):
                yield from _without_split(component, found, shown)


def _without_split(component: At, found: At, shown: dict[str, float]) -> Iterator[Finding]:
    """Where the share of a device that nobody measured has no source of error beside that of the counter."""
    if len(shown) == 1:
        told = f"has one source of error, and a share by {component.value['share_by']} has its own beside the counter's"
        related = (f"{component.pointer}/share_by", f"{component.pointer}/node_share")
        yield Finding(f"{found.pointer}/interval/contributions", told, related)


def embodied_contributions(facts: Facts) -> Iterator[Finding]:
    """Embodied emissions whose contributions are beyond the widths of their sources."""
    for owner in [*facts.ran, *facts.reused]:
        found = quantity(owner, "embodied")
        if found and found.number is not None and found.amounts is not None:
            yield from _from_widths(facts, found, tuple(_made(facts, found)))


def _made(facts: Facts, found: At) -> Iterator[Applied]:
    """The embodied factors behind the lines, each with the emissions it gave in g."""
    for line in found.items("lines"):
        resource = facts.resources.get(line.value["resource_ref"])
        made = resource.member("embodied") if resource else None
        factor = facts.factors.get(made.value.get("factor_ref", "")) if made else None
        if resource and factor:
            yield Applied(factor, amortised_g(line.value, resource.value))


def _from_widths(facts: Facts, found: At, applied: tuple[Applied, ...]) -> Iterator[Finding]:
    """Where a contribution is beyond its source's width, or not what the factors give."""
    amounts = found.amounts or {}
    own = _own_amounts(facts, applied)
    wrong: list[Finding] = []
    for name in {**amounts, **own}:
        amount = amounts.get(name, 0.0)
        source = facts.sources.get(name)
        if source is None:
            continue
        most = found.value["value"] * relative_sd(source.value["log_sd"])
        alone = len(amounts) == 1 and not applied
        expected = own.get(name, most if alone else None)
        if not (between(amount, 0, most) if expected is None else near(amount, expected)):
            limit = "at most" if expected is None else "exactly"
            told = unlike(amount, f"the width of {name!r} gives {limit}", most if expected is None else expected)
            wrong.append(Finding(found.amount_place(name), told, _causes(source, found, applied)))
        if len(wrong) == MOST_WRONG:
            break
    yield from _as_one(wrong, found)


def _as_one(wrong: list[Finding], found: At) -> Iterator[Finding]:
    """Several wrong contributions to one quantity as one finding, at the first of them."""
    if wrong:
        yield Finding(wrong[0].pointer, wrong[0].message, _all_places(wrong, found))


def _all_places(wrong: list[Finding], found: At) -> Iterator[str]:
    """What wrong contributions rest on, and all contributions to the quantity, each once."""
    seen = {wrong[0].pointer}
    causes = (place for item in wrong for place in (item.pointer, *item.related))
    for place in chain(causes, (found.amount_place(name) for name in found.amounts or ())):
        for each in (place, f"{place.removesuffix('amount')}source_ref" if place.endswith("/amount") else place):
            if each not in seen:
                seen.add(each)
                yield each


def _causes(source: At | None, found: At, applied: tuple[Applied, ...]) -> tuple[str, ...]:
    """What a contribution was computed from."""
    factors = {factor.pointer: factor for factor, _ in applied}.values()
    values = [f"{factor.pointer}/value" for factor in factors]
    refs = [pointer for factor in factors for pointer, _ in factor.texts("uncertainty_refs")]
    own = [f"{source.pointer}/log_sd"] if source else []
    return (*own, f"{found.pointer}/value", *values, *refs)


def _terms(facts: Facts, component: At) -> Iterator[Applied]:
    """The power models of a component, each with the energy it gave in kWh."""
    for term in component.items("activity"):
        factor = facts.factors.get(term.value["factor_ref"])
        if factor:
            yield Applied(factor, term.value["amount"] * factor.value["value"] / JOULES_PER_KWH)


def _own_amounts(facts: Facts, applied: tuple[Applied, ...]) -> dict[str, float]:
    """What each source that comes with a factor adds: part x sqrt(exp(s^2) - 1)."""
    parts: dict[str, float] = {}
    for factor, part in applied:
        for name in factor.value.get("uncertainty_refs", ()):
            parts[name] = parts.get(name, 0.0) + part
    known = {name: source.value["log_sd"] for name in parts if (source := facts.sources.get(name))}
    return {name: parts[name] * relative_sd(log_sd) for name, log_sd in known.items()}


def product_contributions(facts: Facts) -> Iterator[Finding]:
    """Facility energy, emissions or water whose contributions are not those of the energy and the factors."""
    for owner in [*facts.ran, *facts.reused]:
        for step in (*_facility_steps(facts, owner), *_line_steps(facts, owner)):
            if step.found.amounts is not None and step.gains:
                yield from _step(facts, step)


def _facility_steps(facts: Facts, owner: At) -> Iterator[Step]:
    """The step from IT to facility energy."""
    found, base = quantity(owner, "energy_facility"), quantity(owner, "energy_it")
    if not found or found.number is None:
        return
    pues = [factor for name in found.value.get("factor_refs", ()) if (factor := facts.factors.get(name))]
    emitted = quantity(owner, "operational_location")
    lines = facts.lines(owner, emitted) if emitted and len(pues) > 1 else []
    parts = {factor.value["id"]: [found.number] for factor in pues} if len(pues) == 1 else _energies(lines)
    if all(factor.value["id"] in parts for factor in pues):
        applied = tuple(Applied(factor, math.fsum(parts[factor.value["id"]])) for factor in pues)
        yield Step(found, base, tuple(factor.value["value"] for factor in pues), applied)


def _energies(lines: list[Line]) -> dict[str, list[float]]:
    """Facility energies of lines by the PUE inside."""
    parts: dict[str, list[float]] = {}
    for line in lines:
        if line.pue:
            parts.setdefault(line.pue.value["id"], []).append(line.at.value["energy_kwh"])
    return parts


def _line_steps(facts: Facts, owner: At) -> Iterator[Step]:
    """The steps from energy to emissions and water."""
    for key in FITTING:
        found = quantity(owner, key)
        lines = facts.lines(owner, found) if found and found.number is not None else []
        if found and lines and all(line.factor for line in lines):
            opaque = any(line.opaque for line in lines)
            base = quantity(owner, "energy_facility" if opaque else "energy_it")
            yield Step(found, base, _gains(lines), tuple(_applied(lines)))


def _gains(lines: list[Line]) -> tuple[float, float]:
    """The least and the most that one unit of energy becomes: lines of each kind of factor take all of it."""
    kinds: dict[str, list[float]] = {}
    for line in lines:
        kinds.setdefault(line.factor.value["kind"] if line.factor else "", []).append(line.gain)
    return math.fsum(map(min, kinds.values())), math.fsum(map(max, kinds.values()))


def _applied(lines: list[Line]) -> Iterator[Applied]:
    """Each factor and PUE of lines with the part of the value it gave."""
    for line in lines:
        if line.factor:
            part = line.at.value["energy_kwh"] * line.factor.value["value"]
            yield from (Applied(factor, part) for factor in (line.factor, line.pue) if factor)


def _step(facts: Facts, step: Step) -> Iterator[Finding]:
    """Where a contribution is not what came with the base plus what the factors add; all of them must be there.

    Of a base without contributions nothing is known but that they are 0 or more.
    """
    own, base = step.found.amounts or {}, step.base.amounts if step.base else None
    added, least, most = _own_amounts(facts, step.applied), min(step.gains), max(step.gains)
    wrong: list[Finding] = []
    for name in {**own, **(base or {}), **added}:
        inherited, extra = (base or {}).get(name, 0.0), added.get(name, 0.0)
        limit = inherited * most + extra if base is not None else math.inf
        if not between(own.get(name, 0.0), inherited * least + extra, limit):
            origin = [step.base.amount_place(name)] if step.base and inherited else []
            causes = _causes(facts.sources.get(name), step.found, step.applied)
            told = unlike(
                own.get(name, 0.0), f"from {name!r} the energy and the factors give", inherited * most + extra
            )
            wrong.append(Finding(step.found.amount_place(name), told, (*origin, *causes)))
        if len(wrong) == MOST_WRONG:
            break
    yield from _as_one(wrong, step.found)


def rate_contributions(facts: Facts) -> Iterator[Finding]:
    """A rate whose contributions are not those of the headline over the quantity."""
    units = {unit.value["id"]: unit.value["quantity"] for unit in facts.root.items("functional_units")}
    headline = facts.totals.member(facts.totals.value["headline"])
    for rate in facts.totals.items("per_functional_unit"):
        count = units.get(rate.value["functional_unit_ref"])
        for key in sorted(rate.value.keys() - {"functional_unit_ref"}):
            found, total = rate.member(key), headline.member(key) if headline else None
            if count and found and total and found.number is not None and total.number is not None:
                yield from _same_method(found, total)
                yield from _rate(found, total, count)


def _same_method(found: At, total: At) -> Iterator[Finding]:
    """Where a rate says otherwise than its total how it was got."""
    if found.value["method"] != total.value["method"]:
        told = f"is {found.value['method']}, and the headline's is {total.value['method']}"
        yield Finding(f"{found.pointer}/method", told, (f"{total.pointer}/method",))
    if "measured_fraction" in found.value and abs(fraction_of(found) - fraction_of(total)) > FRACTION:
        told = unlike(fraction_of(found), "the headline's is", fraction_of(total))
        yield Finding(f"{found.pointer}/measured_fraction", told, (f"{total.pointer}/measured_fraction",))


def _rate(found: At, total: At, count: float) -> Iterator[Finding]:
    """Where one member of a rate has other contributions than its total."""
    own, theirs = found.amounts, total.amounts
    if own is None or theirs is None:
        return
    wrong: list[Finding] = []
    for name in chain(own, (name for name in theirs if name not in own)):
        whole = theirs.get(name, 0.0)
        if not near(own.get(name, 0.0), whole / count):
            told = unlike(own.get(name, 0.0), "the headline's over the quantity is", whole / count)
            related = (total.amount_place(name),) if name in theirs else ()
            wrong.append(Finding(found.amount_place(name), told, related))
        if len(wrong) == MOST_WRONG:
            break
    yield from _as_one(wrong, found)


CHECKS = (component_contributions, embodied_contributions, product_contributions, rate_contributions)
