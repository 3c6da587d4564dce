"""How the headline's emissions are divided among the stages: the numbers that headings may speak of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from joulecard.rendering.foreign_text import plain

LONGEST_NAME = 40
UNFINISHED = ("failed", "interrupted")


@dataclass(frozen=True, slots=True)
class StageShare:
    """A stage, all its executions together, and its fraction of the headline's emissions."""

    name: str
    fraction: float


@dataclass(frozen=True, slots=True)
class StageShares:
    """The shares of all stages that the headline counts, the greatest first; none where the whole is not known or 0."""

    ranked: tuple[StageShare, ...]
    counted: int  # stages
    unknown: int  # stages whose emissions, or a part of them, are not known
    unfinished: float  # the fraction of executions that failed or were interrupted
    reused_only: bool  # nothing ran: these are the emissions of earlier runs


def stage_shares(document: dict[str, Any]) -> StageShares:
    """The shares of a disclosure's stages."""
    reused_only = not any("energy" in stage for stage in document["stages"])
    member = "reused_from" if document["totals"]["headline"] == "including_reused" else "energy"
    counted = [stage for stage in document["stages"] if "energy" in stage or member in stage]
    grams: dict[str, list[float | None]] = {}
    for stage in counted:
        grams.setdefault(stage["name"], []).append(_grams(stage))
    unknown = sum(None in values for values in grams.values())
    whole_g = math.fsum(_known(_grams(stage)) for stage in counted)
    unfinished_g = math.fsum(_known(_grams(stage)) for stage in counted if stage["status"] in UNFINISHED)
    if unknown or whole_g <= 0:
        return StageShares((), len(grams), unknown, 0.0, reused_only)
    shares = (
        StageShare(plain(name, LONGEST_NAME), math.fsum(map(_known, values)) / whole_g)
        for name, values in grams.items()
    )
    ranked = tuple(sorted(shares, key=lambda share: (-share.fraction, share.name)))
    return StageShares(ranked, len(grams), 0, unfinished_g / whole_g, reused_only)


def _grams(stage: dict[str, Any]) -> float | None:
    """The emissions of a stage, its own or those of the result that it reused; None where they are not known."""
    part = stage if "energy" in stage else stage.get("reused_from", {})
    value: float | None = part.get("emissions", {}).get("operational_location", {}).get("value")
    return value


def _known(grams: float | None) -> float:
    return grams or 0.0
