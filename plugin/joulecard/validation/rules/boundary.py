"""R13: boundary, status and gaps say what the numbers hold and what they do not."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from joulecard.validation.arithmetic import FRACTION, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

WORST_FIRST = ("failed", "interrupted", "completed")


def scope(facts: Facts) -> Iterator[Finding]:
    """A boundary `facility` where a stage that drew energy has no facility energy, or `node` where all have."""
    drew = [
        owner for owner in facts.ran or facts.reused if (it := quantity(owner, "energy_it")) and it.number is not None
    ]
    totals = [found for owner in drew if (found := quantity(owner, "energy_facility"))]
    known = [total for total in totals if total.number is not None]
    level = facts.boundary.value["scope_level"]
    if level == "facility" and len(known) < len(totals):
        missing = tuple(total.pointer for total in totals if total.number is None)
        yield Finding(
            "/boundary/scope_level",
            "is facility, and stages have no facility energy: without a PUE for all of them the scope is node",
            missing,
        )
    if level != "facility" and totals and len(known) == len(totals):
        yield Finding(
            "/boundary/scope_level",
            f"is {level}, and all stages have facility energy: the scope is facility",
            (known[0].pointer,),
        )


def nodes(facts: Facts) -> Iterator[Finding]:
    """A number of nodes that is not that of the hosts in the segments, or nodes missing without a gap."""
    stated = facts.boundary.value
    listed = [segment for stage in facts.stages for segment in stage.items("segments")]
    hosts = {segment.value["host_ref"] for segment in listed}
    seen = stated.get("nodes_seen")
    if seen is not None and hosts and seen != len(hosts):
        related = tuple(f"{segment.pointer}/host_ref" for segment in listed)
        yield Finding("/boundary/nodes_seen", f"is {seen}, and the segments come from {len(hosts)} hosts", related)
    expected = stated.get("nodes_expected")
    seen = len(hosts) if seen is None and hosts else seen
    if expected is not None and seen is not None and expected < seen:
        told = f"is {expected}, less than the {seen} nodes that left a record"
        yield Finding("/boundary/nodes_expected", told, ("/boundary/nodes_seen",))
    told_why = any("segment_ref" not in gap and "component_ref" not in gap for gap in facts.root.value["gaps"])
    if expected is not None and seen is not None and expected > seen and not told_why:
        told = "is more than nodes_seen, and no gap says why: one that is not about a segment or component"
        yield Finding("/boundary/nodes_expected", told, ("/boundary/nodes_seen", "/gaps"))


def coverage(facts: Facts) -> Iterator[Finding]:
    """A coverage that is not that of the segments, weighted by their time."""
    stated = facts.boundary.value.get("coverage_fraction")
    own = [segment for stage in facts.ran for segment in facts.counted[stage]]
    recorded_s = math.fsum(segment.value["monotonic_s"] for segment in own)
    if stated is None or recorded_s <= 0:
        return
    expected = math.fsum(segment.value["coverage"] * segment.value["monotonic_s"] for segment in own) / recorded_s
    if abs(stated - expected) > FRACTION:
        related = tuple(f"{segment.pointer}/{name}" for segment in own for name in ("coverage", "monotonic_s"))
        told = unlike(stated, "the part of the segments' time that was observed is", expected)
        yield Finding("/boundary/coverage_fraction", told, related)


def blind_segments(facts: Facts) -> Iterator[Finding]:
    """A segment that saw nothing and that no gap names."""
    told_of = {gap.get("segment_ref") for gap in facts.root.value["gaps"]}
    for stage in facts.ran:
        for segment in facts.counted[stage]:
            if "energy_it_kwh" not in segment.value and segment.value["id"] not in told_of:
                refs = (f"{gap.pointer}/segment_ref" for gap in facts.root.items("gaps"))
                told = "has no energy_it_kwh, and no gap with its id says why"
                yield Finding(segment.pointer, told, chain(("/gaps", f"{segment.pointer}/id"), refs))


def statuses(facts: Facts) -> Iterator[Finding]:
    """A stage that calls itself otherwise than the worst of its segments."""
    for stage in facts.ran:
        own = facts.counted[stage]
        found = {segment.value["status"] for segment in own}
        worst = next((status for status in WORST_FIRST if status in found), None)
        if worst and stage.value["status"] != worst:
            related = tuple(f"{segment.pointer}/status" for segment in own)
            yield Finding(
                f"{stage.pointer}/status",
                f"is {stage.value['status']}, and the worst of its segments is {worst}",
                related,
            )


def exits(facts: Facts) -> Iterator[Finding]:
    """A stage or segment that is called completed and whose command ended with another exit status than 0."""
    for stage in facts.ran:
        for ended in (stage, *stage.items("segments")):
            if ended.value["status"] == "completed" and ended.value.get("exit_status", 0) != 0:
                told = (
                    f"is completed, and its command ended with exit status {ended.value['exit_status']}: that is failed"
                )
                yield Finding(f"{ended.pointer}/status", told, (f"{ended.pointer}/exit_status",))


def runs(facts: Facts) -> Iterator[Finding]:
    """A boundary of final runs alone around executions that failed, were broken off or replaced."""
    if facts.boundary.value["runs_counted"] != "final":
        return
    for stage in facts.ran:
        replaced = "superseded_by" in stage.value
        if replaced or stage.value["status"] != "completed":
            cause = f"{stage.pointer}/{'superseded_by' if replaced else 'status'}"
            why = "was replaced by a later one" if replaced else f"is {stage.value['status']}"
            told = f"is final, and the stage {stage.value['id']!r}, which {why}, is counted; that is `all`"
            yield Finding("/boundary/runs_counted", told, (cause,))
            return


def hardware(facts: Facts) -> Iterator[Finding]:
    """Embodied emissions that the boundary names and no total holds, or the other way round."""
    included = "embodied" in facts.boundary.value["lifecycle_included"]
    new, all_of_them = (
        (found := At("", facts.totals.value[name]).member("embodied")) is not None and found.number is not None
        for name in ("new", "including_reused")
    )
    if (included and not all_of_them) or (new and not included):
        told = (
            "names embodied, and no total has a value for it: add the value, or leave embodied out here"
            if included
            else "leaves out embodied, and totals.new has a value for it: name it here"
        )
        yield Finding("/boundary/lifecycle_included", told, ("/totals/new/embodied",))


CHECKS = (scope, nodes, coverage, blind_segments, statuses, exits, runs, hardware)
