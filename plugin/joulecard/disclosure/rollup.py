"""What the executions behind the headline came to: results, and what was tried, failed or repeated on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from joulecard.disclosure.instants import instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Outcome = Literal["result", "failed", "interrupted", "replaced", "unused"]
OUTCOMES: tuple[Outcome, ...] = ("result", "failed", "interrupted", "replaced", "unused")


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The executions of one outcome, as the document holds them: each that ran is in exactly one."""

    outcome: Outcome
    stages: tuple[dict[str, Any], ...]

    @property
    def energies(self) -> list[dict[str, Any]]:
        """IT energy of each, in kWh."""
        return [stage["energy"]["it_total"] for stage in self.stages]

    @property
    def emissions(self) -> list[dict[str, Any]]:
        """Operational, location-based emissions of each, in g CO2e."""
        return [stage["emissions"]["operational_location"] for stage in self.stages]


def roll_up(document: Mapping[str, Any]) -> tuple[RolledUp, ...]:
    """What ran, by its outcome; together these are `totals.new`. One alone where all came to the same."""
    ran = [stage for stage in document["stages"] if "energy" in stage]
    kept: dict[str, list[Mapping[str, Any]]] = {}
    for stage in document["stages"]:
        if "outputs" in stage and outcome_of(stage) == "result":
            kept.setdefault(stage["name"], []).append(stage)
    outcomes = [outcome_of(stage, kept.get(stage["name"], ())) for stage in ran]
    found = {each: tuple(stage for stage, its in zip(ran, outcomes, strict=True) if its == each) for each in OUTCOMES}
    return tuple(RolledUp(outcome, stages) for outcome, stages in found.items() if stages)


def beside_results(document: Mapping[str, Any]) -> Iterator[RolledUp]:
    """The executions that gave no result of their own, by their outcome; none where every one did."""
    return (line for line in roll_up(document) if line.outcome != "result")


def outcome_of(stage: Mapping[str, Any], kept: Sequence[Mapping[str, Any]] = ()) -> Outcome:
    """The outcome of an execution that ran; what failed and was repeated later has failed.

    `kept` are the executions of its stage that made its files and still count: others were tries, but for those at
    the same time, which may be the same work on another node.
    """
    if stage["status"] in {"failed", "interrupted"}:
        return "failed" if stage["status"] == "failed" else "interrupted"
    if "superseded_by" in stage:
        return "replaced"
    is_try = kept and "outputs" not in stage and not any(_at_once(stage, each) for each in kept)
    return "unused" if is_try else "result"


def _at_once(stage: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two executions overlap in time; what was taken over from earlier has none."""
    if "time" not in other:
        return False
    (start, end), (begin, until) = (
        (instant(each["time"]["start"]), instant(each["time"]["end"])) for each in (stage, other)
    )
    return start < until and begin < end
