"""What must be alike before two disclosures compare, and what a reader should know where they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.disclosure.merge import quantities
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure import document as doc
    from joulecard.disclosure.comparison.side import Side

KINDS = {
    "measured": "observed in the run",
    "modelled": "observed in the run",
    "estimated": "from facts that were not observed",
    "declared": "from facts that were not observed",
}
NOT_OF_ENERGY = frozenset({"embodied", "end_of_life", "stages"})  # beside the operational numbers, or told in a note
LEAST_COVERAGE = 0.995
MOST_NAMED = 6
ALSO = {"granularity": "granularity", "basis.flow": "flow", "basis.gwp_set": "set of warming potentials"}
NEEDS_PUE = "assemble the one of the node again with its PUE: facility energy is IT energy times that"


def refuse_unlike(one: Side, other: Side) -> None:
    """Raises InvalidInputError, naming both, for other boundaries, other kinds of method, other kinds of factor."""
    for found in (_boundary(one, other), _method(one, other), _factors(one, other), _values(one, other)):
        for what, mend in found:
            raise InvalidInputError(f"{one.named} and {other.named} do not compare: {what}", mend=mend)


def notes(side: Side) -> Iterator[str]:
    """What a reader of a side's numbers should know."""
    document, limits = side.disclosure.document, side.disclosure.boundary
    if document.status == "withdrawn":
        yield f"{side.label} is withdrawn" + (f": {document.note}" if document.note else "")
    for key in ("energy_it", "operational_location"):
        found = side.total(key)
        if found is not None and found.reason:
            yield f"{side.label} is a sum {found.reason}"
            break
    if limits.coverage_fraction is not None and limits.coverage_fraction < LEAST_COVERAGE:
        yield f"{side.label} was observed for {limits.coverage_fraction:.1%} of its time"
    if (limits.nodes_expected or 0) > (limits.nodes_seen or 0):
        yield f"{side.label} holds {limits.nodes_seen or 0} of {limits.nodes_expected} nodes"
    yield from (f"{side.label} leaves out {item.what}: {item.reason}" for item in _stages_out(limits))
    yield from _of_executions(side)


def pair_notes(one: Side, other: Side) -> Iterator[str]:
    """In what else the two differ, without being another kind of number."""
    editions = [side.disclosure.generator.factor_edition for side in (one, other)]
    if all(editions) and editions[0] != editions[1]:
        told = " and ".join(map(str, editions))
        yield f"Their factors are of the editions {told}: joulecard assemble --factors recomputes one with the other's"
    held = [{stage.execution_id: stage.name for stage in side.stages if stage.execution_id} for side in (one, other)]
    both = [name for execution, name in held[0].items() if execution in held[1]]
    if both:
        yield f"{one.label} and {other.label} hold the same executions: {listed(both)}"
    mine, theirs = _grids(one), _grids(other)
    for member, named in ALSO.items():
        for told in _otherwise(mine, theirs, member):
            yield f"The {named} of the grid factors of {one.label} and {other.label} is {told}"


def _of_executions(side: Side) -> Iterator[str]:
    """Results taken over that are not in the numbers, and executions that did not complete."""
    counted = {stage.id for stage in side.stages}
    cached = [stage.name for stage in side.disclosure.stages if stage.reused_from and stage.id not in counted]
    if cached:
        yield f"{side.label} took over {listed(cached)} from earlier executions, whose cost is not in it"
    lost = [stage.name for stage in side.stages if stage.status in {"failed", "interrupted"} or stage.superseded_by]
    if lost:
        yield f"{side.label} holds executions that failed, were interrupted or replaced: {listed(lost)}"


def _stages_out(limits: doc.Boundary) -> list[doc.Exclusion]:
    return [item for item in limits.exclusions if item.part == "stages"]


def listed(names: Sequence[str]) -> str:
    """The names, each once; of many the first, and how many there are beside them."""
    each = [*dict.fromkeys(names)]
    more = f" and {len(each) - MOST_NAMED} more" if len(each) > MOST_NAMED else ""
    return ", ".join(each[:MOST_NAMED]) + more


def _boundary(one: Side, other: Side) -> Iterator[tuple[str, str]]:
    mine, theirs = one.disclosure.boundary, other.disclosure.boundary
    if mine.scope_level != theirs.scope_level:
        levels = mine.scope_level, theirs.scope_level
        yield f"their boundaries are {' and '.join(levels)}", NEEDS_PUE if set(levels) == {"node", "facility"} else ""
    if mine.attribution != theirs.attribution:
        yield f"their energy is attributed as {mine.attribution} and {theirs.attribution}", ""
    if mine.runs_counted != theirs.runs_counted and not one.scope.final:
        yield (
            f"they count {mine.runs_counted} and {theirs.runs_counted} runs",
            "--final compares the last completed execution of each stage alone",
        )
    if not one.scope.reused and one.disclosure.totals.headline != other.disclosure.totals.headline:
        told = (side.disclosure.totals.headline.replace("_", " ") for side in (one, other))
        yield f"their headlines are the totals {' and '.join(told)}", "--with-reused compares both including reused"
    yield from ((text, "") for text in _parts(one, other))


def _parts(one: Side, other: Side) -> Iterator[str]:
    """Parts of the boundary that one holds and the other leaves out."""
    for inside, outside in ((one, other), (other, one)):
        held = set(inside.disclosure.boundary.equipment_included or ())
        left_out = {item.part for item in outside.disclosure.boundary.exclusions if item.part}
        for part in sorted(held & left_out - NOT_OF_ENERGY):
            yield f"{inside.label} includes {part.replace('_', ' ')} and {outside.label} leaves it out"
    runs = [any(item.part == "runs" for item in side.disclosure.boundary.exclusions) for side in (one, other)]
    if runs[0] != runs[1]:
        yield f"only {(one if runs[0] else other).label} leaves out runs, such as searches and trials"


def _method(one: Side, other: Side) -> Iterator[tuple[str, str]]:
    """What was observed does not compare with what was told, or computed from facts alone."""
    for key, told in (("energy_it", "energies"), ("operational_location", "emissions")):
        methods = [str(side.totals[key].method) for side in (one, other)]
        kinds = {KINDS[method] for method in methods if method in KINDS}
        if len(kinds) > 1:
            named = " and ".join(f"{method} ({KINDS[method]})" for method in methods)
            yield f"their {told} are {named}", "recorded runs compare with recorded ones, stated with stated ones"


def _factors(one: Side, other: Side) -> Iterator[tuple[str, str]]:
    """Grid factors that hold other things: life cycle or stack, contract or grid, all gases or CO2 alone."""
    mine, theirs = _grids(one), _grids(other)
    for member in ("scope", "accounting", "gases"):
        for told in _otherwise(mine, theirs, f"basis.{member}"):
            mend = "assemble both with the same --profile" if member == "scope" else ""
            yield f"the {member} of their grid factors is {told}", mend


def _grids(side: Side) -> list[doc.Factor]:
    """The grid factors behind the emissions."""
    emitted = (stage.reused_from.emissions if stage.reused_from else stage.emissions for stage in side.stages)
    lines = (line for each in emitted if each for line in each.operational_location.lines or ())
    used = {line.factor_ref for line in lines}
    return [factor for factor in side.disclosure.factors if factor.id in used]


def _otherwise(mine: Sequence[doc.Factor], theirs: Sequence[doc.Factor], member: str) -> Iterator[str]:
    """What both say of that member, where it is not the same."""
    told = [{str(each) for factor in side if (each := _member(factor, member)) is not None} for side in (mine, theirs)]
    if all(told) and told[0] != told[1]:
        yield " and ".join(", ".join(sorted(each)) for each in told)


def _member(factor: doc.Factor, path: str) -> object:
    owner, _, name = path.rpartition(".")
    return getattr(factor.basis if owner else factor, name, None)


def _values(one: Side, other: Side) -> Iterator[tuple[str, str]]:
    """Nothing is so many times as much as nothing, or as what is not known, of all that emitted."""
    for side in (one, other):
        if side.total("energy_it") and (name := _without_it(side)):
            lacks = f"of stage {name!r} {side.label} tells what it emitted and not the IT energy"
            yield f"{lacks}, so that nothing tells how much of it was energy", "--stage NAME compares others alone"
        for key, told in (("energy_it", "energy it drew"), ("operational_location", "mass of CO2e it emitted")):
            found = side.totals.get(key)
            if found is None or found.value is None:
                yield f"the {told} is not known of {side.label}", (found.reason or "") if found else ""
            elif not found.value:
                yield f"the {told} is 0 for {side.label}, and nothing is so many times as much as nothing", ""


def _without_it(side: Side) -> str | None:
    """The first stage whose emissions are in the sum and whose IT energy is not; None where there is none."""
    for stage in side.stages:
        known = {key for key, found in quantities.told(stage).items() if found.value is not None}
        if "operational_location" in known and "energy_it" not in known:
            return stage.name
    return None
