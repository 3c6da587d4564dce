"""The numbered rules of the standard: what a schema cannot say. They read only the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.validation.facts import Facts
from joulecard.validation.rules import (
    assumptions,
    boundary,
    claims,
    components,
    contributions,
    dates,
    drivers,
    emissions,
    equipment,
    instruments,
    intervals,
    joins,
    links,
    methods,
    overlaps,
    parts,
    places,
    plausibility,
    profiles,
    references,
    timely,
    times,
    totals,
    work,
)
from joulecard.validation.verdict import Violation, violations_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from joulecard.validation.at import Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's id, its sentence in the standard, and the checks that find what breaks it."""

    id: str
    sentence: str
    checks: tuple[Callable[[Facts], Iterable[Finding]], ...]
    warns: bool = False


RULES = (
    Rule(
        "R01",
        "Ids are unique among their kind; every reference names something in the document, every factor is used, "
        "components name hardware of hosts that their stage's segments saw, gaps name parts of the stage that they "
        "name, and nothing depends on, replaces or is made from itself.",
        (*references.CHECKS, *links.CHECKS, *parts.LINKS),
    ),
    Rule(
        "R02",
        "Instants exist and are in order; both clocks, the times of stages and their parts, the period and the series "
        "agree; statements are made after the document and before they expire.",
        (*dates.CHECKS, *times.CHECKS, *parts.TIMES),
    ),
    Rule(
        "R03",
        "Every energy, emission and water value recomputes from its parts and factors, and each factor fits its use; "
        "emission lines carry the energy of the segments that name the same factor and PUE; the parts of a stage and "
        "`unattributed` sum to its energy.",
        (*components.CHECKS, *emissions.CHECKS, *joins.CHECKS, *parts.SUMS, *assumptions.CHECKS),
    ),
    Rule("R04", "Emissions over energy lie between 0 and 2500 g/kWh.", (plausibility.implied_intensity,)),
    Rule(
        "R05",
        "A component draws at most 1.2 times what its devices can at their thermal design power.",
        (plausibility.beyond_design_power,),
        warns=True,
    ),
    Rule(
        "R06",
        "Intervals recompute from their contributions and hold the value; contributions come from all of the parts' "
        "and the factors' sources; only counters measure, a sum has the method of its weakest part, and a product of "
        "measured energy is modelled; what one unit of work cost has the method and interval of what it divides; "
        "drivers are the widest sources of the headline's emissions.",
        (
            *intervals.CHECKS,
            *methods.CHECKS,
            *contributions.CHECKS,
            *parts.METHODS,
            *work.METHODS,
            *drivers.CHECKS,
        ),
    ),
    Rule(
        "R07",
        "Totals recompute from the stages and say why where they leave some out; rates recompute from the totals, and "
        "what one unit of work cost from the stage or part that did it.",
        (*totals.CHECKS, *work.RATES),
    ),
    Rule(
        "R08",
        "Numbers are finite, and an integer beyond 2^53 is written as RFC 8785 writes it, so that all readers read one "
        "number.",
        (),
    ),
    Rule(
        "R09",
        "A market-based number rests on instruments, with the factor they stand for and no more energy than they "
        "cover, or on a market or residual factor; on that of the grid only where an assumption `market-fallback` says "
        "why.",
        instruments.MARKET,
    ),
    Rule(
        "R10", "Offsets change no number: no emission line rests on an instrument of type credit.", instruments.OFFSETS
    ),
    Rule(
        "R12",
        "No execution, segment or device is counted twice, nor hardware whose energy another component of its host "
        "includes; components that overlap in time do not claim one node "
        "whole, or together more than it drew.",
        (*claims.CHECKS, *overlaps.CHECKS),
    ),
    Rule(
        "R13",
        "Boundary, coverage, status and gaps say what the numbers hold; a segment that saw nothing has a gap; where "
        "failed, interrupted or replaced executions count, all runs are counted.",
        boundary.CHECKS,
    ),
    Rule(
        "R14",
        "Grid factors of one emissions sum share scope and attribution and tell their gases; location-based ones are "
        "averages; the profile is theirs, or an assumption `profile-fallback` says why not.",
        profiles.CHECKS,
    ),
    Rule(
        "R15",
        "The boundary contradicts neither itself nor the numbers: no part is both included and left out, a list of "
        "included equipment names what the components show and nothing else, and cooling is included exactly where "
        "the scope is the facility.",
        equipment.CHECKS,
    ),
    Rule(
        "R16",
        "A grid factor describes days on which its energy was used, and a contract covers such days, or an assumption "
        "that names the factor says for what it stands.",
        timely.FACTORS,
        warns=True,
    ),
    Rule(
        "R17",
        "No stage ended before one began whose outputs it reads, and the document was made after its period.",
        timely.ORDER,
        warns=True,
    ),
    Rule(
        "R18",
        "A location holds what its precision names and nothing that tells more; a subdivision lies in its country.",
        places.CHECKS,
    ),
)


def check_rules(document: dict[str, Any]) -> tuple[list[Violation], list[Violation]]:
    """Violations and warnings of all rules over a disclosure that the schema has accepted."""
    return check_facts(Facts(document))


def check_facts(facts: Facts) -> tuple[list[Violation], list[Violation]]:
    """Violations and warnings of all rules over the disclosure that the facts are of."""
    violations: list[Violation] = []
    warnings: list[Violation] = []
    for rule in RULES:
        found = (finding for check in rule.checks for finding in check(facts))
        (warnings if rule.warns else violations).extend(violations_of(rule.id, found))
    return violations, warnings
