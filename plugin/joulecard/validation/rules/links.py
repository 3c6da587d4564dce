"""R01, second half: references to what exists, and yet cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.instants import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN_OF_RING = 6
LINED = ("operational_location", "operational_market", "water")


def executions_of_segments(facts: Facts) -> Iterator[Finding]:
    """A segment listed in a stage whose execution it neither is nor lies within."""
    for stage in facts.stages:
        own = stage.value.get("execution_id")
        for segment in stage.items("segments"):
            member = "within" if "within" in segment.value else "execution_id"
            if segment.value.get(member, own) != own:
                told = f"names the execution {segment.value[member]}, not that of the stage that lists it"
                yield Finding(f"{segment.pointer}/{member}", told, (f"{stage.pointer}/execution_id",))


def acyclic(facts: Facts) -> Iterator[Finding]:
    """Stages that depend on one another in a ring."""
    by_id = facts.stages_by_id
    waiting = {
        name: {need for need in stage.value.get("depends_on", ()) if need in by_id} for name, stage in by_id.items()
    }
    users: dict[str, list[str]] = {}
    for name, needs in waiting.items():
        for need in needs:
            users.setdefault(need, []).append(name)
    ready = [name for name, needs in waiting.items() if not needs]
    while ready:
        done = ready.pop()
        del waiting[done]
        for user in users.get(done, ()):
            waiting[user].discard(done)
            if not waiting[user]:
                ready.append(user)
    if waiting:
        ring = _ring(waiting)
        first, *others = [f"{by_id[name].pointer}/depends_on" for name in ring]
        yield Finding(first, f"depends on itself: {_chain([*ring, ring[0]])}", tuple(others))


def _ring(waiting: dict[str, set[str]]) -> list[str]:
    """One ring among stages that all wait for one another, from the stage that is listed first."""
    places = {name: place for place, name in enumerate(waiting)}
    way: dict[str, None] = {}
    name = next(iter(waiting))
    while name not in way:
        way[name] = None
        name = min(waiting[name], key=places.__getitem__)
    names = list(way)
    ring = names[names.index(name) :]
    start = min(range(len(ring)), key=lambda index: places[ring[index]])
    return ring[start:] + ring[:start]


def _chain(names: list[str]) -> str:
    """Stages, each reading the next one's outputs; of many, the first and last."""
    shown = names if len(names) <= SHOWN_OF_RING else [*names[: SHOWN_OF_RING - 2], "...", names[-1]]
    return f"{shown[0]} reads {', which reads '.join(shown[1:])}"


def successors(facts: Facts) -> Iterator[Finding]:
    """A stage that another one, an earlier one or itself is said to replace."""
    places = {stage: place for place, stage in enumerate(facts.stages)}
    for stage in facts.stages:
        later = facts.stages_by_id.get(stage.value.get("superseded_by", ""))
        if later is None:
            continue
        place = f"{stage.pointer}/superseded_by"
        if later is stage:
            yield Finding(place, "names the stage itself", (f"{stage.pointer}/id",))
        elif later.value["name"] != stage.value["name"]:
            told = f"names an entry of {later.value['name']!r}; only a later entry of the same stage replaces this one"
            yield Finding(place, told, (f"{stage.pointer}/name", f"{later.pointer}/name"))
        elif not _starts_later(facts, stage, later, listed_later=places[stage] < places[later]):
            told = "names an earlier try, or one that began before this one; only a later one replaces it"
            yield Finding(place, told, (f"{stage.pointer}/time/start", f"{later.pointer}/time/start"))


def _starts_later(facts: Facts, stage: At, later: At, *, listed_later: bool) -> bool:
    """Whether one entry is a later try or began after another; where neither tells, whether it is listed after it."""
    if later.value.get("attempt", 0) > stage.value.get("attempt", 0):
        return True
    if "time" not in stage.value or "time" not in later.value or facts.clock_moved(stage) or facts.clock_moved(later):
        return listed_later
    first, last = milliseconds(stage.value["time"]["start"]), milliseconds(later.value["time"]["start"])
    return listed_later if first is None or last is None or first == last else first < last


def gaps(facts: Facts) -> Iterator[Finding]:
    """A gap that names a component or segment of another stage than its own, or another host than its segment's."""
    told = facts.root.items("gaps")
    listed = ((stage, segment) for stage in facts.stages if told for segment in stage.items("segments"))
    owners = {segment.value["id"]: (stage, segment) for stage, segment in listed}
    components = {(stage, part.value["id"]) for stage, part in facts.components} if told else set()
    for gap in told:
        stage = facts.stages_by_id.get(gap.value.get("stage_ref", ""))
        yield from _component_of(gap, stage, components)
        if owner := owners.get(gap.value.get("segment_ref", "")):
            yield from _segment_of(gap, stage, *owner)


def _component_of(gap: At, stage: At | None, components: set[tuple[At, str]]) -> Iterator[Finding]:
    """Where the component is none of the stage's."""
    name, place = gap.value.get("component_ref"), f"{gap.pointer}/component_ref"
    if name is None or ("stage_ref" in gap.value and stage is None):
        return
    if stage is None:
        yield Finding(place, "cannot be found without `stage_ref`: each stage names its own components")
    elif (stage, name) not in components:
        told = f"names {name!r}, which is no component of the stage {stage.value['id']!r}"
        yield Finding(place, told, (f"{gap.pointer}/stage_ref",))


def _segment_of(gap: At, stage: At | None, owner: At, segment: At) -> Iterator[Finding]:
    """Where the segment is not of the stage, or not of the host."""
    place = f"{gap.pointer}/segment_ref"
    if stage and owner is not stage:
        told = f"names a segment of the stage {owner.value['id']!r}, and the gap is of another"
        yield Finding(place, told, (f"{gap.pointer}/stage_ref",))
    if gap.value.get("host_ref", segment.value["host_ref"]) != segment.value["host_ref"]:
        told = "is not the host of the segment that the gap names"
        yield Finding(f"{gap.pointer}/host_ref", told, (place, f"{segment.pointer}/host_ref"))


def places_of_lines(facts: Facts) -> Iterator[Finding]:
    """An energy line that names a place at which none of the stage's hardware stands."""
    for stage in facts.ran:
        named = [line for key in LINED if (found := quantity(stage, key)) for line in found.items("lines")]
        named = [line for line in named if "location_ref" in line.value]
        there = _places(facts, stage) if named else set()
        if None in there or not there:
            continue
        for line in named:
            if line.value["location_ref"] not in there:
                told = "names a place at which none of the stage's hardware stands"
                components = f"{stage.pointer}/energy/components"
                yield Finding(f"{line.pointer}/location_ref", told, (components,))


def _places(facts: Facts, stage: At) -> set[str | None]:
    """Where the hardware of a stage's components stands; None among it where nobody says."""
    energy = stage.member("energy")
    parts = energy.items("components") if energy else []
    found = [facts.resources.get(part.value["resource_ref"]) for part in parts]
    return {resource.value.get("location_ref") if resource else None for resource in found}


def own_name(facts: Facts) -> Iterator[Finding]:
    """A document that replaces itself, or was made from itself or twice from the same one."""
    document = facts.root.member("document")
    if document is None:
        return
    own, seen = document.value["id"], {document.value["id"]: "/document/id"}
    for pointer, name in document.texts("supersedes"):
        if name == own:
            yield Finding(pointer, "names the document itself; a correction gets a name of its own", ("/document/id",))
    for origin in document.items("derived_from"):
        name, place = origin.value["id"], f"{origin.pointer}/id"
        if name in seen:
            told = "names the document itself" if name == own else "names a document that is named before"
            yield Finding(place, told, (seen[name],))
        seen.setdefault(name, place)


CHECKS = (executions_of_segments, acyclic, successors, gaps, places_of_lines, own_name)
