"""How much of the time no counter or model saw: what was drawn in it is in no figure, so each is a lower bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.numbers import percent
from joulecard.rendering import meter_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH = 0.99  # of the time seen is as good as all of it


class Unseen(NamedTuple):
    """The share of the time that was not seen, and the hardware that was not: empty where it is all that is counted."""

    share: float
    hardware: str = ""

    @property
    def told(self) -> str:
        """In words: "84 % of the time was not seen"."""
        what = f" the {self.hardware}" if self.hardware else ""
        return f"{percent(self.share)} of the time{what} was not seen"


def unseen(stages: Sequence[dict[str, Any]]) -> Unseen | None:
    """What was not seen of the stages that ran, by the hardware that was seen least; None where nearly all was."""
    told = [(_components(stage), _seconds(stage)) for stage in stages if "energy" in stage]
    timed = [(parts, seconds) for parts, seconds in told if parts and seconds > 0]
    whole_s = math.fsum(seconds for _, seconds in timed)
    if not whole_s:
        return None
    seen_s = math.fsum(min(part["coverage"] for part in parts) * seconds for parts, seconds in timed)
    if seen_s >= ENOUGH * whole_s:
        return None
    short = [part for parts, _ in timed for part in parts if part["coverage"] < ENOUGH]
    is_all = all(part["coverage"] < ENOUGH for parts, _ in timed if _is_short(parts) for part in parts)
    kinds = () if is_all else dict.fromkeys(meter_words.hardware_of(part) for part in short)
    return Unseen(1 - seen_s / whole_s, words.listed(kinds))


def _is_short(parts: Sequence[dict[str, Any]]) -> bool:
    """Whether any hardware of a stage was not seen for a time."""
    return any(part["coverage"] < ENOUGH for part in parts)


def _components(stage: dict[str, Any]) -> list[dict[str, Any]]:
    """The components of which it is told how long they were seen."""
    return [part for part in stage["energy"].get("components", ()) if part.get("coverage") is not None]


def _seconds(stage: dict[str, Any]) -> float:
    """How long it ran."""
    return float(stage["time"].get("monotonic_s", stage["time"]["wall_s"]))
