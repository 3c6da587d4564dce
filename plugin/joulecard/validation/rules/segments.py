"""The rules of segment documents (R02, R03)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.validation.arithmetic import RELATIVE, unlike
from joulecard.validation.at import At, Finding
from joulecard.validation.instants import milliseconds
from joulecard.validation.rules import times
from joulecard.validation.verdict import violations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation.verdict import Violation


def check_segment(document: dict[str, Any], pointer: str = "") -> list[Violation]:
    """What breaks a rule in a segment document that the schema has accepted."""
    segment = At(pointer, document)
    return [*violations_of("R02", _times(segment)), *violations_of("R03", _shares(segment))]


def _times(segment: At) -> Iterator[Finding]:
    """Instants that do not exist, clocks that disagree, a series that does not cover the segment."""
    for member in ("start", "end"):
        if milliseconds(segment.value[member]) is None:
            yield Finding(f"{segment.pointer}/{member}", f"no calendar has {segment.value[member]}")
    yield from times.clock_of(segment)
    if not any(gap["what"] == "clock" for gap in segment.value.get("gaps", ())):
        yield from times.unexplained_step(segment)
    if series := segment.member("series"):
        count = len(series.value["counter_j"])
        if len(series.value["cpu_s"]) != count:
            yield Finding(f"{series.pointer}/cpu_s", f"has {len(series.value['cpu_s'])} items for {count} steps")
        yield from times.series_of(series, segment, count, [segment.value["clock_step_s"]])
        yield from times.powers_of(series, count)


def _shares(segment: At) -> Iterator[Finding]:
    """A share above the node, of a counter never seen, or below its idle part; a counter that comes twice."""
    first: dict[tuple[str, str], str] = {}
    for reading in segment.items("energy"):
        value = reading.value
        if value["share_j"] > value["node_j"] * (1 + RELATIVE):
            yield Finding(
                f"{reading.pointer}/share_j",
                unlike(value["share_j"], "the whole node drew", value["node_j"], "J"),
                (f"{reading.pointer}/node_j",),
            )
        if value.get("idle_j", 0.0) > value["share_j"] * (1 + RELATIVE):
            yield Finding(
                f"{reading.pointer}/idle_j",
                unlike(value["idle_j"], "the share it is part of is", value["share_j"], "J"),
                (f"{reading.pointer}/share_j",),
            )
        if value["share_j"] > 0 and value["coverage"] == 0:
            told = f"is {value['share_j']:.9g} J of a counter that was never seen: its coverage is 0"
            yield Finding(f"{reading.pointer}/share_j", told, (f"{reading.pointer}/coverage",))
        counter = (value["sensor"], value["domain"])
        if counter in first:
            yield Finding(f"{reading.pointer}/domain", "the counter comes twice", (first[counter],))
        first.setdefault(counter, f"{reading.pointer}/domain")
