"""R12: nothing is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def executions(facts: Facts) -> Iterator[Finding]:
    """An execution that two stages count, new or reused: the same id, or the same group, name and attempt."""
    new = [(stage, "execution_id", stage.value.get("execution_id")) for stage in facts.ran]
    old = [(reused, "execution_id", reused.value.get("execution_id")) for reused in facts.reused]
    yield from _twice([*new, *old], "the execution")
    yield from _twice(
        ((stage, "attempt", _try(stage)) for stage in facts.ran if "group" in stage.value), "the execution"
    )


def _try(stage: At) -> str:
    """What makes two entries one execution: group, name and attempt."""
    value = stage.value
    return f"of {value['name']!r}, attempt {value['attempt']} in the group {value['group']!r},"


def segments(facts: Facts) -> Iterator[Finding]:
    """A segment that is listed twice."""
    listed = (segment for stage in facts.stages for segment in stage.items("segments"))
    yield from _twice(((segment, "id", segment.value["id"]) for segment in listed), "the segment")


def sensors(facts: Facts) -> Iterator[Finding]:
    """Two components of a stage for the same resource, by the same sensor, model and way of reading."""
    by_stage: dict[At, list[Named]] = {}
    for stage, part in facts.components:
        named = (part.value[name] for name in ("resource_ref", "sensor", "reads", "model") if name in part.value)
        by_stage.setdefault(stage, []).append((part, "resource_ref", " by ".join(named)))
    for keys in by_stage.values():
        yield from _twice(keys, "the energy of")


def included(facts: Facts) -> Iterator[Finding]:
    """A component of hardware whose energy another one of the same stage and host holds too.

    Only where one segment of the stage was on that host: of several, each may have had other meters.
    """
    holding: dict[tuple[At, str | None, str], At] = {}
    for stage, part in facts.components:
        host = _host(facts, part) if "includes" in part.value and _drew(part) else None
        if host and len(facts.counted_on.get((stage, host), ())) <= 1:
            for kind in part.value["includes"]:
                holding.setdefault((stage, host, kind), part)
    for stage, part in facts.components if holding else ():
        outer = holding.get((stage, _host(facts, part), part.value["kind"]))
        if outer and outer is not part and _drew(part):
            told = f"is energy of a {part.value['kind']} that another component of this host holds too"
            yield Finding(f"{part.pointer}/kind", told, tuple(pointer for pointer, _ in outer.texts("includes")))


def _drew(part: At) -> bool:
    return bool(part.value["energy"].get("value"))


def _host(facts: Facts, part: At) -> str | None:
    resource = facts.resources.get(part.value["resource_ref"])
    return resource.value.get("host_ref") if resource else None


Named = tuple[At, str, str | None]  # an object, its member to point at, and what must not come twice


def _twice(named: Iterable[Named], what: str) -> Iterator[Finding]:
    """Every name that was there before, with the first place of it."""
    first: dict[str, tuple[At, str]] = {}
    for item, member, name in named:
        if name is None:
            continue
        if name in first:
            before, its = first[name]
            told = f"{what} {name} is counted twice"
            yield Finding(f"{item.pointer}/{member}", told, (f"{before.pointer}/{its}",))
        else:
            first[name] = item, member


CHECKS = (executions, segments, sensors, included)
