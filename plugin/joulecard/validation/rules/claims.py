"""R12: nothing is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import Finding
from joulecard.validation.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joulecard.validation.at import At


def executions(facts: Facts) -> Iterator[Finding]:
    """An execution that two stages count, new or reused: the same id, or the same group, name and attempt."""
    new = [(f"{stage.pointer}/execution_id", stage.value.get("execution_id")) for stage in facts.ran]
    old = [(f"{reused.pointer}/execution_id", reused.value.get("execution_id")) for reused in facts.reused]
    yield from _twice([*new, *old], "the execution")
    tries = [(f"{stage.pointer}/attempt", _try(stage)) for stage in facts.ran]
    yield from _twice(tries, "the execution")


def _try(stage: At) -> str | None:
    """What makes two entries one execution: group, name and attempt; None where no group is told."""
    value = stage.value
    return f"of {value['name']}, attempt {value['attempt']} in {value['group']}," if "group" in value else None


def segments(facts: Facts) -> Iterator[Finding]:
    """A segment that is listed twice."""
    listed = [segment for stage in facts.stages for segment in stage.items("segments")]
    yield from _twice(((f"{segment.pointer}/id", segment.value["id"]) for segment in listed), "the segment")


def sensors(facts: Facts) -> Iterator[Finding]:
    """Two components of a stage for the same resource, by the same sensor, model and way of reading."""
    by_stage: dict[str, list[tuple[str, str]]] = {}
    for stage, part in facts.components:
        named = (part.value[name] for name in ("resource_ref", "sensor", "reads", "model") if name in part.value)
        by_stage.setdefault(stage.pointer, []).append((f"{part.pointer}/resource_ref", " by ".join(named)))
    for keys in by_stage.values():
        yield from _twice(keys, "the energy of")


def _twice(named: Iterable[tuple[str, str | None]], what: str) -> Iterator[Finding]:
    """Every name that was there before, with the first place of it."""
    first: dict[str, str] = {}
    for pointer, name in named:
        if name is None:
            continue
        if name in first:
            yield Finding(pointer, f"{what} {name} is counted twice", (first[name],))
        first.setdefault(name, pointer)


CHECKS = (executions, segments, sensors)
