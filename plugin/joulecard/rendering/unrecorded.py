"""The stages of a pipeline of which a disclosure holds no figures: with them left out, every number is a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard.disclosure.limits import MISSING_STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

SAID_ALREADY = "not recorded: "


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A stage without a record, and why there is none."""

    stage: str
    reason: str


def unrecorded(document: dict[str, Any]) -> tuple[Unrecorded, ...]:
    """The stages that the gaps name and that have no entry of their own, in their order."""
    seen = {stage["name"] for stage in document["stages"]}
    found: dict[str, Unrecorded] = {}
    for gap in document["gaps"]:
        name = missing_stage(gap)
        if name and name not in seen and "stage_ref" not in gap:
            found.setdefault(name, Unrecorded(name, why(gap)))
    return tuple(found.values())


def missing_stage(gap: dict[str, Any]) -> str:
    """The name of the stage that the gap is the lack of; empty for any other gap."""
    what = str(gap["what"])
    return what.removeprefix(MISSING_STAGE) if what.startswith(MISSING_STAGE) else ""


def why(gap: dict[str, Any]) -> str:
    """The gap's reason without the name of the stage and without saying that it was not recorded."""
    return str(gap["reason"]).removeprefix(f"{missing_stage(gap)}: ").removeprefix(SAID_ALREADY)


def share(document: dict[str, Any], ran: Sequence[dict[str, Any]], lacking: Sequence[Unrecorded]) -> str:
    """How many of the pipeline's stages the headline is about: "4 of 7 stages"; empty where it is all."""
    names = {stage["name"] for stage in document["stages"]}
    counted = {stage["name"] for stage in ran} or names  # where nothing ran anew the headline is that of reused results
    return f"{len(counted)} of {len(names) + len(lacking)} stages" if lacking else ""
