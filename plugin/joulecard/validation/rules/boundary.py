"""R13: the boundary says what the numbers hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.facts import At, Facts, Finding, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator


def scope(facts: Facts) -> Iterator[Finding]:
    """A boundary `facility` where a stage has no facility energy, or `node` where all have."""
    totals = [found for stage in facts.ran if (found := quantity(stage, "energy_facility"))]
    known = [total for total in totals if total.number is not None]
    level = facts.root.value["boundary"]["scope_level"]
    if level == "facility" and len(known) < len(totals):
        missing = tuple(total.pointer for total in totals if total.number is None)
        yield Finding("/boundary/scope_level", "is facility, and stages have no facility energy", missing)
    if level != "facility" and totals and len(known) == len(totals):
        yield Finding("/boundary/scope_level", f"is {level}, and all stages have facility energy", (known[0].pointer,))


def nodes(facts: Facts) -> Iterator[Finding]:
    """A number of nodes that is not that of the hosts in the segments, or nodes missing without a gap."""
    stated = facts.root.value["boundary"]
    hosts = {segment.value["host_ref"] for stage in facts.stages for segment in stage.items("segments")}
    seen = stated.get("nodes_seen")
    if seen is not None and hosts and seen != len(hosts):
        yield Finding("/boundary/nodes_seen", f"the segments come from {len(hosts)} hosts")
    expected = stated.get("nodes_expected")
    if expected is not None and seen is not None and expected > seen and not facts.root.value["gaps"]:
        yield Finding("/boundary/nodes_expected", "is more than nodes_seen, and no gap says why", ("/gaps",))


def hardware(facts: Facts) -> Iterator[Finding]:
    """Embodied emissions that the boundary names and no total holds, or the other way round."""
    included = "embodied" in facts.root.value["boundary"]["lifecycle_included"]
    total = At("/totals/new", facts.totals.value["new"]).member("embodied")
    known = total is not None and total.number is not None
    if included != known:
        told = (
            "names embodied, and totals.new has no value for it"
            if included
            else "leaves out embodied, and totals.new has it"
        )
        yield Finding("/boundary/lifecycle_included", told, ("/totals/new/embodied",))


CHECKS = (scope, nodes, hardware)
