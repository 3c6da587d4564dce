"""R07: totals and rates."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import near, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import TOTAL_PATHS, Facts, quantity
from joulecard.validation.rules.components import same_refs, same_sum

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_PHASE = "/totals/by_phase/"


def sums(facts: Facts) -> Iterator[Finding]:
    """A total that is not the sum over its stages, or names other factors than they do."""
    for summed in facts.sums:
        if summed.of_totals:
            yield from (_of_phase(finding) for finding in same_sum(summed))
            if "factor_refs" in summed.total.value:
                yield from same_refs(summed.total, [(part, "factor_refs") for part in summed.known])


def _of_phase(finding: Finding) -> Finding:
    """The finding on a total; of that of a phase with the phase that says which stages it sums."""
    if not finding.pointer.startswith(BY_PHASE):
        return finding
    block = "/".join(finding.pointer.split("/")[:4])
    return finding._replace(related=chain((f"{block}/phase",), finding.related))


def present(facts: Facts) -> Iterator[Finding]:
    """A total that is left out although stages have values for it."""
    for block, stages in facts.blocks:
        if block.pointer.startswith(BY_PHASE):
            continue
        for key in (key for key in TOTAL_PATHS if key not in block.value):
            parts = (part for stage in stages if (part := quantity(stage, key)))
            known = next((part for part in parts if part.number is not None), None)
            if known:
                told = f"the member `{key}` is missing; stages have values for it: sum them"
                yield Finding(block.pointer, told, (known.pointer,))


def phases(facts: Facts) -> Iterator[Finding]:
    """A phase that comes twice, that no stage has, or that is left out."""
    if "by_phase" not in facts.totals.value:
        return
    ran = {stage.value["phase"]: f"{stage.pointer}/phase" for stage in reversed(facts.ran)}
    seen: dict[str, str] = {}
    for block in facts.totals.items("by_phase"):
        phase = block.value["phase"]
        if phase in seen or phase not in ran:
            told = "comes twice" if phase in seen else "is the phase of no stage that ran"
            yield Finding(f"{block.pointer}/phase", f"{phase} {told}", tuple(filter(None, [seen.get(phase)])))
        seen[phase] = f"{block.pointer}/phase"
    for phase in sorted(ran.keys() - seen.keys()):
        yield Finding("/totals/by_phase", f"the phase {phase} is missing", (ran[phase],))


def rates(facts: Facts) -> Iterator[Finding]:
    """A rate that is not the headline total divided by the quantity of its functional unit."""
    units = {unit.value["id"]: unit for unit in facts.root.items("functional_units")}
    headline = facts.totals.member(facts.totals.value["headline"])
    for rate in facts.totals.items("per_functional_unit"):
        unit = units.get(rate.value["functional_unit_ref"])
        if unit and headline:
            yield from _rate(rate, unit, headline)


def _rate(rate: At, unit: At, headline: At) -> Iterator[Finding]:
    """Where a member of a rate is not that of the headline over the quantity."""
    for key in sorted(rate.value.keys() - {"functional_unit_ref"}):
        found, total = rate.member(key), headline.member(key)
        related = [f"{unit.pointer}/quantity", f"{rate.pointer}/functional_unit_ref", f"{headline.pointer}/{key}/value"]
        if found is None or found.number is None:
            continue
        if total is None or total.number is None:
            yield Finding(f"{rate.pointer}/{key}", f"the headline total has no `{key}` to divide", tuple(related))
        elif not near(found.number, total.number / unit.value["quantity"]):
            told = unlike(found.number, "the headline over the quantity is", total.number / unit.value["quantity"])
            yield Finding(f"{found.pointer}/value", told, tuple(related))


CHECKS = (sums, present, phases, rates)
